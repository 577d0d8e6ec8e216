"""Constraints: what becomes of a weight after each update, such as «not negative» or «of length 1».

A constraint is called with a weight and gives the values that it should have. A kernel has its inputs along the
first axis, so that by default each column, the weights into one unit, is constrained by itself.
"""

import numpy as np

from ..common.objects import Configured, getter
from ..common.types import Lengths, NotNegative, Share

_EPSILON = 1e-7  # Keras's: spares a weight of length 0 the division by 0


class Constraint(Configured):
    """Base of the constraints: `constraint(weights)` gives the constrained weights."""

    home = "keras.constraints"

    def __call__(self, weights):
        raise NotImplementedError(f"{type(self).__name__} must define __call__(weights).")


class NonNeg(Constraint):
    """No weight below 0: max(w, 0).

    Example:
        >>> NonNeg()(np.array([-1.0, 2.0]))
        array([0., 2.])
    """

    def __call__(self, weights):
        return np.maximum(weights, 0.0)


class MaxNorm(Constraint):
    """No column longer than `max_value`: w · min(‖w‖, max) / ‖w‖.

    Args:
        max_value: the greatest length.
        axis: the axis, or axes, over which the length is taken: 0 for Dense, [0, 1, 2] for Conv2D.

    Source: Srivastava et al., "Dropout" (2014).

    Example:
        >>> MaxNorm(1.0)(np.array([[3.0, 0.1], [4.0, 0.2]])).round(3)
        array([[0.6, 0.1],
               [0.8, 0.2]])
    """

    def __init__(self, max_value: NotNegative = 2, axis: Lengths = 0):
        self.max_value, self.axis = max_value, axis

    def __call__(self, weights):
        length = _length(weights, self.axis)
        return weights * (np.clip(length, 0.0, self.max_value) / (length + _EPSILON))


class UnitNorm(Constraint):
    """Each column of length 1: w / ‖w‖.

    Args:
        axis: the axis, or axes, over which the length is taken.

    Source: Salimans and Kingma, "Weight Normalization" (2016), fixes the length in this way.

    Example:
        >>> UnitNorm()(np.array([[3.0], [4.0]])).round(3)
        array([[0.6],
               [0.8]])
    """

    def __init__(self, axis: Lengths = 0):
        self.axis = axis

    def __call__(self, weights):
        return weights / (_length(weights, self.axis) + _EPSILON)


class MinMaxNorm(Constraint):
    """The length of each column between two bounds, or nearer to them.

    The new length is rate · clip(‖w‖, min, max) + (1 − rate) · ‖w‖.

    Args:
        min_value, max_value: the bounds.
        rate: 1 enforces them at once; less moves towards them by this share at each update.
        axis: the axis, or axes, over which the length is taken.

    Example:
        >>> MinMaxNorm(2.0, 3.0, rate=0.5)(np.array([[1.0], [0.0]])).round(3)
        array([[1.5],
               [0. ]])
    """

    def __init__(
        self, min_value: NotNegative = 0.0, max_value: NotNegative = 1.0, rate: Share = 1.0, axis: Lengths = 0
    ):
        self.min_value = min_value
        self.max_value = max_value
        if max_value < min_value:
            raise ValueError(f"MinMaxNorm: max_value should be ≥ min_value, {min_value}; received {max_value}.")
        self.rate, self.axis = rate, axis

    def __call__(self, weights):
        length = _length(weights, self.axis)
        wanted = self.rate * np.clip(length, self.min_value, self.max_value) + (1 - self.rate) * length
        return weights * (wanted / (length + _EPSILON))


def _length(weights, axis):
    axis = tuple(axis) if isinstance(axis, list) else axis
    return np.sqrt(np.sum(np.square(weights), axis=axis, keepdims=True))


get = getter("constraint", Constraint)
