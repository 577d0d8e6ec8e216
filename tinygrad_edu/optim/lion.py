"""Lion: every weight moves by the same distance, in the direction of a running mean of its gradients."""

from typing import Any

import numpy as np

from ..common.types import PositiveShare, Rate, Share
from .optimizer import Optimizer


class Lion(Optimizer):
    """Steps of one length: only the sign of the mean gradient counts.

    w ← w − rate · sign(beta_1 · m + (1 − beta_1) · g);    m ← beta_2 · m + (1 − beta_2) · g

    Steps are larger than Adam's: take a rate 3 to 10 times smaller, and a weight decay as many times larger.

    Args:
        learning_rate: how far each weight moves at each step.
        beta_1: the part of the direction that is the mean gradient m, above 0 to 1; with 0 only g would count.
        beta_2: the part of the mean gradient m that is kept at each step, from 0 to 1.
        shared: the arguments of every `Optimizer`.

    Source: Chen et al. (2023).

    Example:
        >>> w = Tensor([1.0, 1.0], requires_grad=True)
        >>> Lion(learning_rate=0.5).apply([[100.0, -0.01]], [w])
        >>> w.data
        array([0.5, 1.5])
    """

    elementwise = True
    slots = ("momentum",)

    def __init__(self, learning_rate: Rate = 0.001, beta_1: PositiveShare = 0.9, beta_2: Share = 0.99, **shared: Any):
        super().__init__(learning_rate, **shared)
        self.beta_1 = beta_1
        self.beta_2 = beta_2

    def update(self, w, g, rate, step, momentum):
        direction = np.sign(self.beta_1 * momentum + (1 - self.beta_1) * g)
        return w - rate * direction, self.beta_2 * momentum + (1 - self.beta_2) * g
