"""Optimizers that give every weight a step size of its own, from the gradients it has seen."""

from typing import Any

import numpy as np

from ..common.types import Decay, NotNegative, Rate, Share
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

    elementwise = True
    keras_name = "Adagrad"
    slots = ("accumulator",)

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        initial_accumulator_value: NotNegative = 0.1,
        epsilon: NotNegative = 1e-7,
        **shared: Any,
    ):
        super().__init__(learning_rate, **shared)
        self.initial_accumulator_value = initial_accumulator_value
        self.epsilon = epsilon

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

    elementwise = True
    keras_name = "RMSprop"

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        rho: Decay = 0.9,
        momentum: Share = 0.0,
        epsilon: NotNegative = 1e-7,
        centered: bool = False,
        **shared: Any,
    ):
        super().__init__(learning_rate, **shared)
        self.rho = rho
        self.momentum = momentum
        self.epsilon = epsilon
        self.centered = bool(centered)

    @property
    def slots(self):
        momentum = ("momentum",) if self.momentum else ()
        return ("velocity", *momentum, "average_gradient") if self.centered else ("velocity", *momentum)

    @property
    def slot_groups(self):
        return tuple((slot,) for slot in self.slots)

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


class Adadelta(Optimizer):
    """Divides steps by the root of a mean of squared gradients, and multiplies them by that of squared steps.

    a ← rho · a + (1 − rho) · g²;    s = √(d + epsilon) / √(a + epsilon) · g

    d ← rho · d + (1 − rho) · s²;    w ← w − rate · s

    So steps have the unit of the weights, whatever that of the loss.

    Args:
        learning_rate: the size of the steps; the paper's formula has 1.
        rho: the part of the running means that is kept at each step, from 0 to below 1.
        epsilon: a small number that sets the length of the first steps.
        shared: the arguments of every `Optimizer`.

    Source: Zeiler (2012).

    Example:
        >>> w = Tensor([1.0, 1.0], requires_grad=True)
        >>> Adadelta(learning_rate=1.0, rho=0.75, epsilon=1e-4).apply([[100.0, -50.0]], [w])
        >>> w.data.round(6)
        array([0.98, 1.02])
    """

    elementwise = True
    slots = ("accumulated_grad", "accumulated_delta_var")

    def __init__(self, learning_rate: Rate = 0.001, rho: Decay = 0.95, epsilon: NotNegative = 1e-7, **shared: Any):
        super().__init__(learning_rate, **shared)
        self.rho = rho
        self.epsilon = epsilon

    def update(self, w, g, rate, step, accumulated_grad, accumulated_delta_var):
        accumulated_grad = self.rho * accumulated_grad + (1 - self.rho) * (g * g)
        change = np.sqrt(accumulated_delta_var + self.epsilon) * g / np.sqrt(accumulated_grad + self.epsilon)
        accumulated_delta_var = self.rho * accumulated_delta_var + (1 - self.rho) * (change * change)
        return w - rate * change, accumulated_grad, accumulated_delta_var
