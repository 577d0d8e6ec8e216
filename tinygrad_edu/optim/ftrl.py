"""FTRL: the weights that would have been best so far, with penalties that make many of them exactly 0."""

from typing import Any

import numpy as np

from ..common.types import NotNegative, NotPositive, Rate
from .optimizer import Optimizer


class Ftrl(Optimizer):
    """Follow the regularized leader: weights are computed anew at each step from sums over all gradients.

    n' = n + g²;    z ← z + g + 2 · shrinkage · w − (n'^p − n^p) / rate · w, where p = −learning_rate_power

    w ← (clip(z, −l1, l1) − z) / ((n'^p + beta) / rate + 2 · l2);    n ← n'

    Weights whose z stays within l1 are 0: made for models with very many inputs, most of them 0.

    Args:
        learning_rate: the size of the steps; above 0 at every step.
        learning_rate_power: how fast steps shrink: −0.5 as in `AdaGrad`, 0 not at all.
        initial_accumulator_value: what n is before the first step.
        l1_regularization_strength: l1.
        l2_regularization_strength: l2.
        l2_shrinkage_regularization_strength: shrinkage: a penalty on the weights as they are.
        beta: a number added to the root of n.
        shared: the arguments of every `Optimizer`.

    Source: McMahan et al. (2013), algorithm 1.

    Example:
        >>> w = Tensor([0.0, 0.0], requires_grad=True)
        >>> optimizer = Ftrl(learning_rate=0.5, initial_accumulator_value=0.0, l1_regularization_strength=1.0)
        >>> optimizer.apply([[4.0, 0.5]], [w])
        >>> w.data
        array([-0.375,  0.   ])
    """

    elementwise = True
    slots = ("accumulator", "linear")

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        learning_rate_power: NotPositive = -0.5,
        initial_accumulator_value: NotNegative = 0.1,
        l1_regularization_strength: NotNegative = 0.0,
        l2_regularization_strength: NotNegative = 0.0,
        l2_shrinkage_regularization_strength: NotNegative = 0.0,
        beta: NotNegative = 0.0,
        **shared: Any,
    ):
        super().__init__(learning_rate, **shared)
        self.learning_rate_power = learning_rate_power
        self.initial_accumulator_value = initial_accumulator_value
        self.l1_regularization_strength = l1_regularization_strength
        self.l2_regularization_strength = l2_regularization_strength
        self.l2_shrinkage_regularization_strength = l2_shrinkage_regularization_strength
        self.beta = beta

    def initial(self, slot, w):
        return np.full_like(w, self.initial_accumulator_value if slot == "accumulator" else 0.0)

    def update(self, w, g, rate, step, accumulator, linear):
        l1, power = self.l1_regularization_strength, -self.learning_rate_power
        old, accumulator = accumulator**power, accumulator + g * g
        root = accumulator**power
        if self.l2_shrinkage_regularization_strength:
            g = g + (2 * self.l2_shrinkage_regularization_strength) * w
        linear = linear + g - (root - old) / rate * w
        curvature = (root + self.beta) / rate + 2 * self.l2_regularization_strength
        return (np.minimum(np.maximum(linear, -l1), l1) - linear) / curvature, accumulator, linear
