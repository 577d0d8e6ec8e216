"""Means and sums over the samples, and the metric that is the mean of any function of targets and predictions."""

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np

from ...common.types import DType
from ...engine.tensor import Tensor
from .. import losses
from .base import Metric


class Sum(Metric):
    """The weighted sum of the values it was given.

    Example:
        >>> total = Sum()
        >>> total.update_state([1.0, 3.0], sample_weight=[1.0, 0.5])
        >>> total.result()
        2.5
    """

    kept = ("total",)
    numbered = False

    def __init__(self, name: str | None = None, dtype: DType | None = None):
        super().__init__(name=name, dtype=dtype)

    def sums(self, values, sample_weight=None):
        values = _numbers(values)
        if sample_weight is not None:
            values = values * losses.weights_for(values, sample_weight, self.name)
        return (np.sum(values),)

    def result(self):
        return float(self.total.array)


class Mean(Metric):
    """The weighted mean of the values it was given. Without any value it is 0.

    Example:
        >>> mean = Mean()
        >>> mean.update_state([1.0, 3.0])
        >>> mean.result()
        2.0
    """

    kept = ("total", "count")
    numbered = False

    def __init__(self, name: str | None = None, dtype: DType | None = None):
        super().__init__(name=name, dtype=dtype)

    def sums(self, values, sample_weight=None):
        values = _numbers(values)
        count = values.size
        if sample_weight is not None:
            weight = losses.weights_for(values, sample_weight, self.name)
            values, count = values * weight, np.broadcast_to(weight, values.shape).sum()
        total, each = values.sum(), prod(values.shape[1:])
        return (total, count) if each <= 1 else (total / each, count / each)  # every sample counts as one

    def result(self):
        total, count = float(self.total.array), float(self.count.array)
        return total / count if count else 0.0


def _numbers(values):
    return values if isinstance(values, Tensor) else np.asarray(values, dtype=float)


class MeanOf(Mean):
    """The mean over the samples of a function of (y_true, y_pred); a subclass names its `function`.

    Args:
        name: its name in logs and in the history of a training.
        dtype: the type in which it computes.
        values, arguments: those of the function, such as from_logits=True.
    """

    _uses_mask = True
    function = None
    unsupported_arguments = ()  # arguments of the function that the metric does not have, as in Keras

    def __init__(self, name: str | None = None, dtype: DType | None = None, *values: Any, **arguments: Any):
        own, defaults = losses.parameters(self.function)
        own = [argument for argument in own if argument not in self.unsupported_arguments]
        given = losses.bound(self, ("name", "dtype", *own), (name, dtype, *values), arguments, (self.function,))
        super().__init__(given.pop("name"), given.pop("dtype"))
        self.arguments = {key: value for key, value in defaults.items() if key in own} | given

    def _arguments(self):
        return {"name": self.name, "dtype": self.dtype, **self.arguments}

    def sums(self, y_true, y_pred, sample_weight=None):
        return super().sums(type(self).function(y_true, y_pred, **self.arguments), sample_weight)


class MeanMetricWrapper(Mean):
    """The mean over the samples of the user's own function (y_true, y_pred).

    Args:
        fn: gives one value a sample, or one an output, or one number for the batch. It is called with arrays.
        name: its name in logs and in the history of a training.
        dtype: the type in which it computes.
        arguments: further arguments of the function.

    Example:
        >>> metric = MeanMetricWrapper(lambda y_true, y_pred, power: np.abs(y_true - y_pred) ** power, power=3)
        >>> metric([[1.0], [2.0]], [[1.0], [4.0]])
        4.0
    """

    _uses_mask, in_program = True, False

    def __init__(self, fn: Callable[..., Any], name: str | None = None, dtype: DType | None = None, **arguments: Any):
        super().__init__(name, dtype)
        self.fn, self.arguments = fn, arguments

    @property
    def plain_function(self):
        """The function, where nothing else was chosen."""
        return self.fn if not self.arguments and self.name == getattr(self.fn, "__name__", None) else None

    def _arguments(self):
        return {"fn": self.fn, "name": self.name, "dtype": self.dtype, **self.arguments}

    def sums(self, y_true, y_pred, sample_weight=None):
        y_pred = np.asarray(y_pred)
        aligned = losses.same_rank(y_true, y_pred)
        losses.tell_alignment(self, y_true, aligned, y_pred, lambda *both: self.fn(*both, **self.arguments))
        values = self.fn(aligned, y_pred, **self.arguments)
        if values is None:
            raise TypeError(f"The metric {self.name!r} should return a value a sample, or a number; it returned None.")
        return super().sums(values.array if isinstance(values, Tensor) else values, sample_weight)
