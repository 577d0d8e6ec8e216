"""Adam and its relatives: a running mean of the gradients, divided by how large they are."""

from typing import Any

import numpy as np

from ..common.types import Decay, NotNegative, Rate
from .optimizer import Optimizer


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

    elementwise = True

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        beta_1: Decay = 0.9,
        beta_2: Decay = 0.999,
        epsilon: NotNegative = 1e-7,
        amsgrad: bool = False,
        **shared: Any,
    ):
        super().__init__(learning_rate, **shared)
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.amsgrad = bool(amsgrad)

    @property
    def slots(self):
        return ("momentum", "velocity", "velocity_hat") if self.amsgrad else ("momentum", "velocity")

    @property
    def slot_groups(self):
        return tuple(filter(None, (self.slots[:2], self.slots[2:])))

    def update(self, w, g, rate, step, momentum, velocity, velocity_hat=None):
        momentum = momentum + (1 - self.beta_1) * (g - momentum)
        velocity = velocity + (1 - self.beta_2) * (g * g - velocity)
        rate = rate * (1 - self.beta_2**step) ** 0.5 / (1 - self.beta_1**step)
        if self.amsgrad:
            velocity_hat = np.maximum(velocity_hat, velocity)
            return w - rate * momentum / (np.sqrt(velocity_hat) + self.epsilon), momentum, velocity, velocity_hat
        return w - rate * momentum / (np.sqrt(velocity) + self.epsilon), momentum, velocity


class AdamW(Adam):
    """Adam with weight decay, which does not pass through the running means.

    w ← w − rate · weight_decay · w, and then the step of `Adam`.

    Args:
        learning_rate: the size of the steps.
        weight_decay: the share of the rate by which weights shrink before each step.
        beta_1, beta_2, epsilon, amsgrad: as for `Adam`.
        shared: the other arguments of every `Optimizer`.

    Raises:
        ValueError: weight_decay is None.

    Source: Loshchilov & Hutter (2019).

    Example:
        >>> w = Tensor([1.0, 2.0], requires_grad=True)
        >>> AdamW(learning_rate=0.5, weight_decay=0.5).apply([[0.0, 0.0]], [w])
        >>> w.data
        array([0.75, 1.5 ])
    """

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        weight_decay: NotNegative | None = 0.004,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        **shared: Any,
    ):
        super().__init__(learning_rate, beta_1, beta_2, epsilon, amsgrad, weight_decay=weight_decay, **shared)
        if weight_decay is None:
            raise ValueError("AdamW needs a weight_decay, a number ≥ 0; received None. Without decay it is Adam.")


class Adamax(Optimizer):
    """Adam with the largest gradient, slowly forgotten, in place of the root of the mean square.

    m ← m + (1 − beta_1) · (g − m);    u ← max(beta_2 · u, |g|)

    w ← w − rate / (1 − beta_1ᵗ) · m / (u + epsilon), at step t = 1, 2, …

    Args:
        learning_rate: the size of the steps: no weight moves much further at any of them.
        beta_1: the part of the mean gradient m that is kept at each step, from 0 to below 1.
        beta_2: how much of the largest gradient is kept at each step, from 0 to below 1.
        epsilon: a small number against division by zero.
        shared: the arguments of every `Optimizer`.

    Source: Kingma & Ba (2015), section 7.1.

    Example:
        >>> w = Tensor([1.0, 1.0], requires_grad=True)
        >>> Adamax(learning_rate=0.5, epsilon=0.0).apply([[100.0, -0.01]], [w])
        >>> w.data.round(6)
        array([0.5, 1.5])
    """

    elementwise = True
    slots = ("momentum", "norm")

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        beta_1: Decay = 0.9,
        beta_2: Decay = 0.999,
        epsilon: NotNegative = 1e-7,
        **shared: Any,
    ):
        super().__init__(learning_rate, **shared)
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon

    def update(self, w, g, rate, step, momentum, norm):
        momentum = momentum + (1 - self.beta_1) * (g - momentum)
        norm = np.maximum(self.beta_2 * norm, np.abs(g))
        return w - rate / (1 - self.beta_1**step) * momentum / (norm + self.epsilon), momentum, norm


class Nadam(Optimizer):
    """Adam that looks ahead as Nesterov does, with a momentum that grows over the steps.

    uₜ = beta_1 · (1 − ½ · 0.96ᵗ);    m ← m + (1 − beta_1) · (g − m);    v ← v + (1 − beta_2) · (g² − v)

    w ← w − rate · m̂ / (√(v / (1 − beta_2ᵗ)) + epsilon), where with Uₜ = u₁ · u₂ · … · uₜ

    m̂ = uₜ₊₁ · m / (1 − Uₜ₊₁) + (1 − uₜ) · g / (1 − Uₜ)

    Args:
        learning_rate: the size of the steps.
        beta_1: the part of the mean gradient m that is kept at each step, from 0 to below 1.
        beta_2: the part of the mean squared gradient v that is kept at each step, from 0 to below 1.
        epsilon: a small number against division by zero.
        shared: the arguments of every `Optimizer`.

    Source: Dozat (2016).

    Example:
        >>> w = Tensor([1.0, 1.0], requires_grad=True)
        >>> Nadam(learning_rate=0.5, epsilon=0.0).apply([[100.0, -0.01]], [w])
        >>> w.data.round(3)
        array([0.469, 1.531])
    """

    elementwise = True
    slots = ("momentum", "velocity")
    numbers = ("momentum_product",)

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        beta_1: Decay = 0.9,
        beta_2: Decay = 0.999,
        epsilon: NotNegative = 1e-7,
        **shared: Any,
    ):
        super().__init__(learning_rate, **shared)
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon

    def momentum_at(self, step):
        """The momentum uₜ of a step."""
        return self.beta_1 * (1 - 0.5 * 0.96**step)

    def advance(self, name, value, step):
        return value * self.momentum_at(step)

    def update(self, w, g, rate, step, momentum, velocity, momentum_product):
        now, ahead = self.momentum_at(step), self.momentum_at(step + 1)
        momentum = momentum + (1 - self.beta_1) * (g - momentum)
        velocity = velocity + (1 - self.beta_2) * (g * g - velocity)
        mean = ahead / (1 - momentum_product * ahead) * momentum + (1 - now) / (1 - momentum_product) * g
        return w - rate * mean / (np.sqrt(velocity / (1 - self.beta_2**step)) + self.epsilon), momentum, velocity
