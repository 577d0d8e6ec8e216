"""Gradient descent and its two ways of gathering momentum."""

from typing import Any

from ..common.types import Rate, Share
from .optimizer import Optimizer


class SGD(Optimizer):
    """Gradient descent, with momentum if asked for: Keras's formula, where the velocity holds the rate.

    w ← w − rate · g, or with momentum:

    v ← momentum · v − rate · g;    w ← w + v;    nesterov: w ← w + momentum · v − rate · g

    Stochastic or not is a matter of the data: the gradient of one row, of a mini-batch or of all rows.

    Args:
        learning_rate: the size of the steps.
        momentum: the part of the velocity that is kept at each step, from 0 to 1.
        nesterov: whether the step looks ahead along the velocity.
        shared: the arguments of every `Optimizer`.

    Source: Cauchy (1847); Robbins & Monro (1951).

    Example:
        >>> x = Tensor(3.0, requires_grad=True)
        >>> SGD(learning_rate=1.0).minimize(x**2 / 6)
        >>> x.data
        np.float64(2.0)
    """

    elementwise = True

    def __init__(self, learning_rate: Rate = 0.01, momentum: Share = 0.0, nesterov: bool = False, **shared: Any):
        super().__init__(learning_rate, **shared)
        self.momentum = momentum
        self.nesterov = bool(nesterov)

    @property
    def slots(self):
        return ("momentum",) if self.momentum else ()

    def update(self, w, g, rate, step, momentum=None):
        if not self.momentum:
            return (w - rate * g,)
        velocity = self.momentum * momentum - rate * g
        if self.nesterov:
            return w + self.momentum * velocity - rate * g, velocity
        return w + velocity, velocity


class Momentum(Optimizer):
    """Gradient descent with the momentum of a heavy ball.

    v ← momentum · v + (1 − dampening) · g;    w ← w − rate · v

    With `dampening=momentum` the velocity is the exponentially weighted average of the gradients, as many
    course texts write it; with 0 the steps are 1 / (1 − momentum) times as long.

    Args:
        learning_rate: the size of the steps.
        momentum: the part of the velocity that is kept at each step, from 0 to 1.
        dampening: the part of each gradient that is left out, from 0 to 1.
        shared: the arguments of every `Optimizer`.

    Source: Polyak (1964).

    Example:
        >>> x = Tensor(3.0, requires_grad=True)
        >>> optimizer = Momentum(learning_rate=1.0, momentum=0.5, dampening=0.5)
        >>> optimizer.minimize(x**2 / 6)
        >>> x.data
        np.float64(2.5)
    """

    elementwise = True
    home = None  # Keras has it as SGD(momentum=…)
    slots = ("velocity",)

    def __init__(self, learning_rate: Rate = 0.01, momentum: Share = 0.9, dampening: Share = 0.0, **shared: Any):
        super().__init__(learning_rate, **shared)
        self.momentum = momentum
        self.dampening = dampening

    def update(self, w, g, rate, step, velocity):
        velocity = self.momentum * velocity + (1 - self.dampening) * g
        return w - rate * velocity, velocity


class Nesterov(Optimizer):
    """Momentum that looks ahead: the gradient is taken where the velocity is about to lead.

    v ← momentum · v + g;    w ← w − rate · (g + momentum · v)

    Here w is the point ahead, so that the gradient at w is all that is needed. The point behind it,
    θ = w + rate · momentum · v, follows v ← momentum · v + ∇f(θ − rate · momentum · v); θ ← θ − rate · v.

    Args:
        learning_rate: the size of the steps.
        momentum: the part of the velocity that is kept at each step, from 0 to 1.
        shared: the arguments of every `Optimizer`.

    Source: Nesterov (1983); in this form Sutskever et al. (2013).

    Example:
        >>> x = Tensor(3.0, requires_grad=True)
        >>> Nesterov(learning_rate=1.0, momentum=0.5).minimize(x**2 / 6)
        >>> x.data
        np.float64(1.5)
    """

    elementwise = True
    home = None  # Keras has it as SGD(nesterov=True)
    slots = ("velocity",)

    def __init__(self, learning_rate: Rate = 0.01, momentum: Share = 0.9, **shared: Any):
        super().__init__(learning_rate, **shared)
        self.momentum = momentum

    def update(self, w, g, rate, step, velocity):
        velocity = self.momentum * velocity + g
        return w - rate * (g + self.momentum * velocity), velocity
