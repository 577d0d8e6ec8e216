"""Losses: how wrong the predictions are, as one number to make small.

Each loss is declared once, as a function that gives one value a sample. Its class carries the arguments
and the reduction over the batch; string names and `tg.keras` read the same declaration.
"""

import numpy as np

from ..objects import Configured, getter, snake_case
from ..op import constant
from ..ops import activations, crossentropy
from ..tensor import Tensor

EPSILON = 1e-7


def mean_squared_error(y_true, y_pred):
    """The mean over the outputs of (y_pred − y_true)², for each sample.

    Example:
        >>> mean_squared_error(np.array([[0.0, 1.0]]), np.array([[2.0, 1.0]]))
        array([2.])
    """
    return np.mean(np.square(y_pred - y_true), axis=-1)


def mean_absolute_error(y_true, y_pred):
    """The mean over the outputs of |y_pred − y_true|, for each sample.

    Example:
        >>> mean_absolute_error(np.array([[0.0, 1.0]]), np.array([[2.0, 1.0]]))
        array([1.])
    """
    return np.mean(np.absolute(y_pred - y_true), axis=-1)


def huber(y_true, y_pred, delta=1.0):
    """Squared near zero and absolute beyond `delta`, so that outliers pull less. Source: Huber (1964).

    With e = y_pred − y_true:  ½e² where |e| ≤ delta, else delta·|e| − ½delta²; the mean over the outputs.

    Example:
        >>> huber(np.array([[0.0, 0.0]]), np.array([[1.0, 3.0]]))
        array([1.5])
    """
    error = np.absolute(y_pred - y_true)
    inside = np.minimum(error, delta)
    return np.mean(inside * (error - 0.5 * inside), axis=-1)


def binary_crossentropy(y_true, y_pred, from_logits=False, label_smoothing=0.0):
    """−[y·log p + (1 − y)·log(1 − p)], the mean over the outputs, for each sample.

    Where `y_pred` is the result of a sigmoid, the loss is computed from what went into it, log(1 + eᶻ) − y·z:
    exact however sure the model is. Other probabilities are kept 1e-7 away from 0 and 1.

    Args:
        y_true: 0 or 1, or probabilities, of shape (batch, outputs).
        y_pred: probabilities, or logits with `from_logits=True`, of the same shape.
        label_smoothing: moves the labels this far, from 0 to 1, towards ½.

    Example:
        >>> binary_crossentropy(np.array([[1.0]]), np.array([[0.5]])).round(4)
        array([0.6931])
    """
    if label_smoothing:
        y_true = y_true * (1.0 - label_smoothing) + 0.5 * label_smoothing
    logits = y_pred if from_logits else _before(activations.sigmoid, y_pred)
    if logits is not None:
        return np.mean(crossentropy.sigmoid_crossentropy(logits, y_true), axis=-1)
    p = np.clip(y_pred, EPSILON, 1 - EPSILON)
    return -np.mean(y_true * np.log(p) + (1 - y_true) * np.log(1 - p), axis=-1)


def categorical_crossentropy(y_true, y_pred, from_logits=False, label_smoothing=0.0, axis=-1):
    """−Σ y·log p over the classes, for each sample, with labels as one-hot rows.

    Where `y_pred` is the result of a softmax, the loss is computed from what went into it. Other
    probabilities are scaled to sum to 1 and kept 1e-7 away from 0 and 1.

    Args:
        y_true: one-hot rows, or probabilities, of shape (batch, classes).
        y_pred: probabilities, or logits with `from_logits=True`, of the same shape.
        label_smoothing: moves the labels this far, from 0 to 1, towards 1/classes.
        axis: the axis of the classes.

    Example:
        >>> categorical_crossentropy(np.array([[0.0, 1.0]]), np.array([[0.5, 0.5]])).round(4)
        array([0.6931])
    """
    if label_smoothing:
        y_true = y_true * (1.0 - label_smoothing) + label_smoothing / y_true.shape[axis]
    logits = y_pred if from_logits else _before(activations.softmax, y_pred)
    if logits is not None:
        return crossentropy.softmax_crossentropy(logits, y_true, axis=axis)
    p = y_pred / np.sum(y_pred, axis=axis, keepdims=True)
    return -np.sum(y_true * np.log(np.clip(p, EPSILON, 1 - EPSILON)), axis=axis)


def sparse_categorical_crossentropy(y_true, y_pred, from_logits=False, ignore_class=None, axis=-1):
    """−log p of the right class, for each sample, with labels as class numbers.

    Args:
        y_true: class numbers from 0, of shape (batch,) or (batch, 1).
        y_pred: probabilities, or logits with `from_logits=True`, of shape (batch, classes).
        ignore_class: a class number whose samples count as loss 0.
        axis: the axis of the classes.

    Example:
        >>> sparse_categorical_crossentropy(np.array([1]), np.array([[0.5, 0.5]])).round(4)
        array([0.6931])
    """
    classes = y_pred.shape[axis]
    if y_true.ndim == y_pred.ndim and y_true.shape[axis] == 1:
        y_true = np.squeeze(y_true, axis=axis)
    numbers = np.moveaxis(np.expand_dims(y_true, -1) == np.arange(classes), -1, axis)
    one_hot = numbers.astype(y_pred.dtype)
    loss = categorical_crossentropy(one_hot, y_pred, from_logits, axis=axis)
    return loss if ignore_class is None else loss * (y_true != ignore_class)


def _before(activation, y_pred):
    """What went into `activation` to give these predictions, when the graph knows it."""
    if isinstance(y_pred, Tensor) and y_pred.op is activation.op and y_pred._args[1:] in ((), (-1,)):
        return y_pred.inputs[0]
    return None


class Loss(Configured):
    """Base of the losses: `loss(y_true, y_pred, sample_weight=None)` gives a Tensor.

    A subclass names its `function(y_true, y_pred, **arguments)`, or overrides `call(y_true, y_pred)` to
    give one value a sample.

    Args:
        reduction: "sum_over_batch_size" (the mean), "sum", "mean_with_sample_weight", or None for one
            value a sample.
        name: what logs call it.
        arguments: those of the function, such as from_logits=True.

    Raises:
        ValueError: an unknown reduction, or shapes that do not match.
        TypeError: an argument that the loss does not have.
    """

    function = None
    reductions = ("sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none", None)

    def __init__(self, reduction="sum_over_batch_size", name=None, **arguments):
        if reduction not in self.reductions:
            raise ValueError(f"Expected a reduction of {self.reductions}; received {reduction!r}.")
        self.name = name or snake_case(type(self).__name__)
        self.reduction, self.arguments = reduction, arguments
        known = _argument_names(self.function) if self.function else ()
        if unknown := [name for name in arguments if name not in known]:
            raise TypeError(
                f"{type(self).__name__} takes {', '.join(known) or 'no arguments'}; received {unknown[0]!r}."
            )

    def get_config(self):
        return {"reduction": self.reduction, "name": self.name, **self.arguments}

    def call(self, y_true, y_pred):
        """One value a sample."""
        return type(self).function(y_true, y_pred, **self.arguments)

    def __call__(self, y_true, y_pred, sample_weight=None):
        y_pred = y_pred if isinstance(y_pred, Tensor) else constant(np.asarray(y_pred))
        y_true = self.align(y_true, y_pred)
        return self.reduce(self.call(y_true, y_pred), sample_weight)

    def align(self, y_true, y_pred):
        """The targets in the dtype and shape of the predictions; (batch,) stands for (batch, 1)."""
        y_true = same_rank(y_true, y_pred)
        return y_true if self.function is None else same_shape(y_true, y_pred, self.name)

    def check_targets(self, y, output_shape):
        """Raise a ValueError for targets that this loss cannot use with outputs of this shape."""
        self.align(y[:1], np.zeros((1, *output_shape[1:]), dtype=np.float32))

    def reduce(self, values, sample_weight):
        """The losses of the samples, weighted, as one number; see `reduction`."""
        if sample_weight is not None:
            if not isinstance(sample_weight, Tensor):
                sample_weight = np.asarray(sample_weight, dtype=values.dtype)
            if sample_weight.ndim == values.ndim + 1 and sample_weight.shape[-1] == 1:
                sample_weight = np.squeeze(sample_weight, axis=-1)
            values = values * sample_weight
        if self.reduction in (None, "none"):
            return values
        total = np.sum(values)
        if self.reduction == "sum":
            return total
        if self.reduction == "mean_with_sample_weight" and sample_weight is not None:
            return total / np.sum(sample_weight)
        return total * (1 / max(values.size, 1))


def same_rank(y_true, y_pred):
    """The targets in the dtype of the predictions, with a last axis of length 1 added or taken off."""
    if not isinstance(y_true, Tensor):
        y_true = np.asarray(y_true)
    if y_true.dtype != y_pred.dtype:
        y_true = y_true.astype(y_pred.dtype)
    if y_true.ndim == y_pred.ndim - 1 and y_pred.shape[-1] == 1:
        return np.expand_dims(y_true, -1)
    if y_true.ndim == y_pred.ndim + 1 and y_true.shape[-1] == 1:
        return np.squeeze(y_true, axis=-1)
    return y_true


def same_shape(y_true, y_pred, name):
    """The targets, refused where broadcasting would be needed.

    Raises:
        ValueError: the shapes differ.
    """
    if y_true.shape == y_pred.shape:
        return y_true
    hint = "Make the last layer as wide as the targets."
    if name.startswith("categorical") and y_true.ndim < y_pred.ndim:
        hint = "For class numbers use 'sparse_categorical_crossentropy', or one-hot rows for this loss."
    raise ValueError(
        f"{name} expects targets and predictions of one shape; received y_true {y_true.shape} and "
        f"y_pred {y_pred.shape}. {hint}"
    )


def class_numbers(y_true, y_pred, name):
    """Class numbers of shape (batch,) for predictions of shape (batch, classes).

    Raises:
        ValueError: the shapes do not fit.
    """
    if not isinstance(y_true, Tensor):
        y_true = np.asarray(y_true)
    if y_true.ndim == y_pred.ndim and y_true.shape[-1] == 1:
        y_true = np.squeeze(y_true, axis=-1)
    if y_true.shape != y_pred.shape[:-1]:
        raise ValueError(
            f"{name} expects class numbers of shape {y_pred.shape[:-1]} for predictions of shape "
            f"{y_pred.shape}; received {y_true.shape}. For one-hot rows use 'categorical_crossentropy'."
        )
    return y_true


def _argument_names(function):
    code = function.__code__
    return code.co_varnames[2 : code.co_argcount]


class MeanSquaredError(Loss):
    """The mean of (y_pred − y_true)². See `mean_squared_error`."""

    function = mean_squared_error
    aliases = ("mse", "MSE")


class MeanAbsoluteError(Loss):
    """The mean of |y_pred − y_true|. See `mean_absolute_error`."""

    function = mean_absolute_error
    aliases = ("mae", "MAE")


class Huber(Loss):
    """Squared near zero, absolute beyond `delta`. See `huber`."""

    function = huber


class BinaryCrossentropy(Loss):
    """Crossentropy of two classes, or of independent yes-or-no outputs. See `binary_crossentropy`."""

    function = binary_crossentropy
    aliases = ("bce", "BCE")

    def check_targets(self, y, output_shape):
        super().check_targets(y, output_shape)
        if y.min() < 0 or y.max() > 1:
            raise ValueError(
                f"{self.name} expects labels of 0 or 1, or probabilities; received values from {y.min():g} to "
                f"{y.max():g}. Turn -1 and 1 into 0 and 1 with y = (y > 0), or choose another loss."
            )


class CategoricalCrossentropy(Loss):
    """Crossentropy of several classes, labels one-hot. See `categorical_crossentropy`."""

    function = categorical_crossentropy


class SparseCategoricalCrossentropy(Loss):
    """Crossentropy of several classes, labels as numbers. See `sparse_categorical_crossentropy`."""

    function = sparse_categorical_crossentropy

    def align(self, y_true, y_pred):
        return class_numbers(y_true, y_pred, self.name)

    def check_targets(self, y, output_shape):
        super().check_targets(y, output_shape)
        classes, ignored = output_shape[-1], self.arguments.get("ignore_class")
        wrong = y[((y < 0) | (y >= classes) | (y != np.round(y))) & (y != ignored)]
        if wrong.size:
            raise ValueError(
                f"{self.name} expects class numbers from 0 to {classes - 1}, one for each of the {classes} outputs; "
                f"received {wrong.flat[0]:g}. Number the classes from 0, or widen the last layer."
            )


class FunctionLoss(Loss):
    """A loss from the user's own function (y_true, y_pred), which gives one value a sample or a number."""

    def __init__(self, function, reduction="sum_over_batch_size", name=None):
        super().__init__(reduction, name or getattr(function, "__name__", "loss"))
        self.own = function

    def call(self, y_true, y_pred):
        return self.own(y_true, y_pred)


_find = getter("loss", Loss)


def get(identifier):
    """The loss for a string name, a class, an object or a function of (y_true, y_pred)."""
    loss = _find(identifier)
    if loss is None or isinstance(loss, Loss):
        return loss
    known = [cls for cls in Loss.__subclasses__() if cls.function is loss]
    return known[0]() if known else FunctionLoss(loss)
