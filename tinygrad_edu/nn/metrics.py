"""Metrics: numbers that people read, kept over the batches of an epoch. They are not differentiated.

A metric adds up a total and a count with `update_state`, and `result` is their quotient; so the figure of
an epoch is that of all its samples, however they were cut into batches.
"""

import numpy as np

from .. import replay
from ..naming import look_up
from ..objects import Configured, names_of, snake_case
from ..tensor import Tensor
from . import losses


class Metric(Configured):
    """Base of the metrics: `update_state`, `result`, `reset_state`."""

    def __init__(self, name=None, dtype=None):
        self.name = name or snake_case(type(self).__name__)
        self.dtype = dtype
        self.reset_state()

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Take in one batch."""
        raise NotImplementedError(f"{type(self).__name__} must define update_state.")

    def result(self):
        """The figure of all batches since the last reset."""
        raise NotImplementedError(f"{type(self).__name__} must define result.")

    def reset_state(self):
        """Forget all batches."""
        raise NotImplementedError(f"{type(self).__name__} must define reset_state.")

    def __call__(self, y_true, y_pred, sample_weight=None):
        self.update_state(y_true, y_pred, sample_weight)
        return self.result()


class Mean(Metric):
    """The weighted mean of the values it was given.

    Example:
        >>> mean = Mean()
        >>> mean.update_state([1.0, 3.0])
        >>> mean.result()
        2.0
    """

    def update_state(self, values, sample_weight=None):
        values = values if isinstance(values, Tensor) else np.asarray(values, dtype=float)
        count = values.size
        if sample_weight is not None:
            weight = losses.weights_for(values, sample_weight, self.name)
            values, count = values * weight, np.sum(np.broadcast_to(weight, values.shape))
        replay.later(self.add, np.sum(values), count)

    def add(self, total, count):
        """Add to the sum of the values and to the sum of their weights."""
        self.total += float(total)
        self.count += float(count)

    def result(self):
        return self.total / self.count if self.count else 0.0

    def reset_state(self):
        self.total = self.count = 0.0


class MeanOf(Mean):
    """The mean over the samples of a function of (y_true, y_pred); a subclass names its `function`."""

    function = None

    def __init__(self, name=None, dtype=None, **arguments):
        super().__init__(name, dtype)
        self.arguments = losses.filled_in(self, self.function, (), arguments)

    def _arguments(self):
        return {"name": self.name, "dtype": self.dtype, **self.arguments}

    def update_state(self, y_true, y_pred, sample_weight=None):
        super().update_state(type(self).function(_values(y_true), _values(y_pred), **self.arguments), sample_weight)


def _values(v):
    """The array, or while a trace is on the Tensor, outside the graph that made it."""
    if isinstance(v, Tensor):
        return v.detach() if replay.active() else v._array
    return v if v is None else np.asarray(v)


def update(metric, *batch):
    """Take a batch into a metric, now and in every run of a program that is being traced.

    The means of this package are sums that the program computes; other metrics are called with arrays.
    """
    with replay.section("metrics", scope=metric.name):
        if type(metric).update_state in (MeanOf.update_state, Mean.update_state):
            metric.update_state(*[_values(v) for v in batch])
        else:
            replay.later(metric.update_state, *batch)


def binary_accuracy(y_true, y_pred, threshold=0.5):
    """The share of outputs on the right side of the threshold, for each sample.

    Example:
        >>> binary_accuracy(np.array([[1.0], [0.0]]), np.array([[0.9], [0.7]]))
        array([1., 0.])
    """
    y_true, y_pred = losses.aligned(y_true, y_pred, "binary_accuracy")
    return np.mean((y_pred > threshold) == y_true, axis=-1)


def categorical_accuracy(y_true, y_pred):
    """1 where the largest prediction is at the largest label, else 0, for each sample.

    Example:
        >>> categorical_accuracy(np.array([[0, 1], [1, 0]]), np.array([[0.1, 0.9], [0.2, 0.8]]))
        array([1., 0.])
    """
    y_true, y_pred = losses.aligned(y_true, y_pred, "categorical_accuracy")
    return (np.argmax(y_true, axis=-1) == np.argmax(y_pred, axis=-1)).astype(float)


def sparse_categorical_accuracy(y_true, y_pred):
    """1 where the largest prediction is at the class number, else 0, for each sample.

    Example:
        >>> sparse_categorical_accuracy(np.array([1, 0]), np.array([[0.1, 0.9], [0.2, 0.8]]))
        array([1., 0.])
    """
    y_pred = losses.floating(y_pred)
    y_true = losses.class_numbers(y_true, y_pred, "sparse_categorical_accuracy")
    return (y_true == np.argmax(y_pred, axis=-1)).astype(float)


def accuracy(y_true, y_pred):
    """1 where prediction and label are equal, averaged over the outputs, for each sample."""
    y_true, y_pred = losses.aligned(y_true, y_pred, "accuracy")
    return np.mean(y_true == y_pred, axis=-1)


class Accuracy(MeanOf):
    """The share of predictions equal to their labels."""

    function = accuracy


class BinaryAccuracy(MeanOf):
    """The share of yes-or-no outputs on the right side of `threshold`. See `binary_accuracy`."""

    function = binary_accuracy

    def __init__(self, name=None, dtype=None, threshold=0.5):
        super().__init__(name, dtype, threshold=threshold)


class CategoricalAccuracy(MeanOf):
    """The share of samples whose class is predicted, labels one-hot."""

    function = categorical_accuracy


class SparseCategoricalAccuracy(MeanOf):
    """The share of samples whose class is predicted, labels as class numbers."""

    function = sparse_categorical_accuracy


ACCURACIES = (BinaryAccuracy, CategoricalAccuracy, SparseCategoricalAccuracy)


class MeanSquaredError(MeanOf):
    """The mean of (y_pred − y_true)²."""

    function = losses.mean_squared_error
    aliases = ("mse", "MSE")


class MeanAbsoluteError(MeanOf):
    """The mean of |y_pred − y_true|."""

    function = losses.mean_absolute_error
    aliases = ("mae", "MAE")


class BinaryCrossentropy(MeanOf):
    """The mean crossentropy of yes-or-no outputs; takes the arguments of `losses.binary_crossentropy`."""

    function = losses.binary_crossentropy
    aliases = ("bce", "BCE")


class CategoricalCrossentropy(MeanOf):
    """The mean crossentropy of classes, labels one-hot; takes the arguments of its loss."""

    function = losses.categorical_crossentropy


class SparseCategoricalCrossentropy(MeanOf):
    """The mean crossentropy of classes, labels as class numbers; takes the arguments of its loss."""

    function = losses.sparse_categorical_crossentropy


class _FunctionMetric(MeanOf):
    """The mean of the user's own function (y_true, y_pred)."""

    def __init__(self, function, name=None, dtype=None):
        super().__init__(name or getattr(function, "__name__", "metric"), dtype)
        self.own = function

    def _arguments(self):
        return {"function": self.own} | super()._arguments()

    def update_state(self, y_true, y_pred, sample_weight=None):
        y_true, y_pred = (v._array if isinstance(v, Tensor) else np.asarray(v) for v in (y_true, y_pred))
        values = self.own(losses.same_rank(y_true, y_pred), y_pred)
        Mean.update_state(self, values._array if isinstance(values, Tensor) else values, sample_weight)


def get(identifier, y_shape=None, output_shape=None):
    """The metric for a name, a class, an object or a function.

    "accuracy" depends on what is predicted: the shapes of targets and outputs decide, as in Keras.

    Args:
        identifier: what the user passed to `compile(metrics=[…])`.
        y_shape, output_shape: shapes of the targets and of the predictions, for "accuracy".
    """
    if isinstance(identifier, Metric):
        return identifier
    if isinstance(identifier, type) and issubclass(identifier, Metric):
        return identifier()
    if isinstance(identifier, str):
        if identifier in ("accuracy", "acc"):
            return accuracy_for(y_shape, output_shape)(name=identifier)
        return look_up("metric", identifier, names())(name=identifier)
    if callable(identifier):
        return _FunctionMetric(identifier)
    raise TypeError(f"Expected the name of a metric, a Metric or a function; received {identifier!r}.")


def names():
    """Every string name of a metric."""
    table = names_of(Metric)
    return {name: cls for name, cls in table.items() if cls not in (Mean, MeanOf)} | {"acc": Accuracy}


def accuracy_for(y_shape, output_shape):
    """The accuracy that fits: yes-or-no outputs, class numbers, or one-hot rows."""
    if output_shape is None or output_shape[-1] == 1:
        return BinaryAccuracy
    if y_shape is not None and (len(y_shape) < len(output_shape) or y_shape[-1] == 1):
        return SparseCategoricalAccuracy
    return CategoricalAccuracy
