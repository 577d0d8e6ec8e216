"""Optimizers that give every weight a step size of its own, from the gradients it has seen."""

import numpy as np

from ..objects import number
from .optimizer import Optimizer


class AdaGrad(Optimizer):
    """Divides each weight's steps by the root of all its squared gradients so far.

    a ← a + g²;    w ← w − rate · g / √(a + epsilon)

    Weights that seldom get a gradient keep long steps. The steps only ever shrink.

    Args:
        learning_rate: the size of the steps.
        initial_accumulator_value: what a is before the first step.
        epsilon: a small number against division by zero.
        shared: the arguments of every `Optimizer`.

    Source: Duchi et al. (2011).

    Example:
        >>> w = Tensor([1.0, 1.0], requires_grad=True)
        >>> optimizer = AdaGrad(learning_rate=0.5, initial_accumulator_value=0.0, epsilon=0.0)
        >>> optimizer.apply([[100.0, 0.01]], [w])
        >>> w.data
        array([0.5, 0.5])
    """

    slots = ("accumulator",)

    def __init__(self, learning_rate=0.001, initial_accumulator_value=0.1, epsilon=1e-7, **shared):
        super().__init__(learning_rate, **shared)
        self.initial_accumulator_value = number("initial_accumulator_value", initial_accumulator_value, low=0)
        self.epsilon = number("epsilon", epsilon, low=0)

    def initial(self, slot, w):
        return np.full_like(w, self.initial_accumulator_value)

    def update(self, w, g, rate, step, accumulator):
        accumulator = accumulator + g * g
        return w - rate * g / np.sqrt(accumulator + self.epsilon), accumulator


class RMSProp(Optimizer):
    """Divides each weight's steps by the root of a running mean of its squared gradients.

    v ← rho · v + (1 − rho) · g²;    w ← w − rate · g / √(v + epsilon)

    Args:
        learning_rate: the size of the steps.
        rho: the part of the running mean that is kept at each step, from 0 to below 1.
        momentum: above 0, the steps themselves gather momentum: m ← momentum · m + step; w ← w − m.
        epsilon: a small number against division by zero.
        centered: divide by the variance of the gradients: v minus the square of their running mean.
        shared: the arguments of every `Optimizer`.

    Source: Hinton, Neural Networks for Machine Learning, lecture 6 (2012); centered: Graves (2013).

    Example:
        >>> w = Tensor([1.0, 1.0], requires_grad=True)
        >>> RMSProp(learning_rate=0.5, rho=0.75, epsilon=0.0).apply([[100.0, 0.01]], [w])
        >>> w.data
        array([0., 0.])
    """

    def __init__(self, learning_rate=0.001, rho=0.9, momentum=0.0, epsilon=1e-7, centered=False, **shared):
        super().__init__(learning_rate, **shared)
        self.rho = number("rho", rho, low=0, below=1)
        self.momentum = number("momentum", momentum, low=0, high=1)
        self.epsilon = number("epsilon", epsilon, low=0)
        self.centered = bool(centered)

    @property
    def slots(self):
        momentum = ("momentum",) if self.momentum else ()
        return ("velocity", *momentum, "average_gradient") if self.centered else ("velocity", *momentum)

    def update(self, w, g, rate, step, velocity, momentum=None, average_gradient=None):
        velocity = self.rho * velocity + (1 - self.rho) * (g * g)
        spread = velocity
        if self.centered:
            average_gradient = self.rho * average_gradient + (1 - self.rho) * g
            # A variance; rounding must not make it negative.
            spread = np.maximum(velocity - average_gradient * average_gradient, 0.0)
        change = rate * g / np.sqrt(spread + self.epsilon)
        if self.momentum:
            change = momentum = self.momentum * momentum + change
        memory = [slot for slot in (velocity, momentum, average_gradient) if slot is not None]
        return w - change, *memory


class Adam(Optimizer):
    """Momentum and a step size for each weight, both corrected for their start at zero.

    m ← m + (1 − beta_1) · (g − m);    v ← v + (1 − beta_2) · (g² − v)

    w ← w − rate · √(1 − beta_2ᵗ) / (1 − beta_1ᵗ) · m / (√v + epsilon), at step t = 1, 2, …

    Args:
        learning_rate: the size of the steps: in the beginning, how far each weight moves at each.
        beta_1: the part of the mean gradient m that is kept at each step, from 0 to below 1.
        beta_2: the part of the mean squared gradient v that is kept at each step, from 0 to below 1.
        epsilon: a small number against division by zero: the paper's ε̂, as in Keras.
        amsgrad: divide by the largest √v so far, so that steps never grow again.
        shared: the arguments of every `Optimizer`.

    Source: Kingma & Ba (2015), the form at the end of section 2; amsgrad: Reddi et al. (2018).

    Example:
        >>> w = Tensor([1.0, 1.0], requires_grad=True)
        >>> Adam(learning_rate=0.5, epsilon=0.0).apply([[100.0, -0.01]], [w])
        >>> w.data.round(6)
        array([0.5, 1.5])
    """

    def __init__(self, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7, amsgrad=False, **shared):
        super().__init__(learning_rate, **shared)
        self.beta_1 = number("beta_1", beta_1, low=0, below=1)
        self.beta_2 = number("beta_2", beta_2, low=0, below=1)
        self.epsilon = number("epsilon", epsilon, low=0)
        self.amsgrad = bool(amsgrad)

    @property
    def slots(self):
        return ("momentum", "velocity", "velocity_hat") if self.amsgrad else ("momentum", "velocity")

    def update(self, w, g, rate, step, momentum, velocity, velocity_hat=None):
        momentum = momentum + (1 - self.beta_1) * (g - momentum)
        velocity = velocity + (1 - self.beta_2) * (g * g - velocity)
        rate = rate * (1 - self.beta_2**step) ** 0.5 / (1 - self.beta_1**step)
        if self.amsgrad:
            velocity_hat = np.maximum(velocity_hat, velocity)
            return w - rate * momentum / (np.sqrt(velocity_hat) + self.epsilon), momentum, velocity, velocity_hat
        return w - rate * momentum / (np.sqrt(velocity) + self.epsilon), momentum, velocity
