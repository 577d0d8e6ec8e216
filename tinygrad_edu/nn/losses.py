"""Losses: how wrong the predictions are, as one number to make small.

Each loss is declared once, as a function that gives one value a sample. Its class carries the arguments
and the reduction over the batch; string names and `tg.keras` read the same declaration. Targets are brought
into the shape of the predictions first, or refused: they are never broadcast.
"""

import warnings

import numpy as np

from .. import replay
from ..floats import floatx
from ..objects import Watched, getter, snake_case
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
    y_true, y_pred = aligned(y_true, y_pred, "mean_squared_error")
    return np.mean(np.square(y_pred - y_true), axis=-1)


def mean_absolute_error(y_true, y_pred):
    """The mean over the outputs of |y_pred − y_true|, for each sample.

    Example:
        >>> mean_absolute_error(np.array([[0.0, 1.0]]), np.array([[2.0, 1.0]]))
        array([1.])
    """
    y_true, y_pred = aligned(y_true, y_pred, "mean_absolute_error")
    return np.mean(np.absolute(y_pred - y_true), axis=-1)


def huber(y_true, y_pred, delta=1.0):
    """Squared near zero and absolute beyond `delta`, so that outliers pull less. Source: Huber (1964).

    With e = y_pred − y_true:  ½e² where |e| ≤ delta, else delta·|e| − ½delta²; the mean over the outputs.

    Example:
        >>> huber(np.array([[0.0, 0.0]]), np.array([[1.0, 3.0]]))
        array([1.5])
    """
    y_true, y_pred = aligned(y_true, y_pred, "huber")
    error = np.absolute(y_pred - y_true)
    inside = np.minimum(error, delta)
    return np.mean(inside * (error - 0.5 * inside), axis=-1)


def binary_crossentropy(y_true, y_pred, from_logits=False, label_smoothing=0.0, axis=-1):
    """−[y·log p + (1 − y)·log(1 − p)], the mean over the outputs, for each sample.

    Where `y_pred` is the result of a sigmoid, the loss is computed from what went into it, log(1 + eᶻ) − y·z:
    exact however sure the model is. Other probabilities are kept 1e-7 away from 0 and 1.

    Args:
        y_true: 0 or 1, or probabilities, of shape (batch, outputs).
        y_pred: probabilities, or logits with `from_logits=True`, of the same shape.
        label_smoothing: moves the labels this far, from 0 to 1, towards ½.
        axis: the axis of the outputs.

    Example:
        >>> binary_crossentropy(np.array([[1.0]]), np.array([[0.5]])).round(4)
        array([0.6931])
    """
    y_true, y_pred = aligned(y_true, y_pred, "binary_crossentropy")
    if label_smoothing:
        y_true = y_true * (1.0 - label_smoothing) + 0.5 * label_smoothing
    logits = y_pred if from_logits else _before(activations.sigmoid, y_pred)
    if logits is not None:
        return np.mean(crossentropy.sigmoid_crossentropy(logits, y_true), axis=axis)
    p = np.clip(y_pred, EPSILON, 1 - EPSILON)
    return -np.mean(y_true * np.log(p) + (1 - y_true) * np.log(1 - p), axis=axis)


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
    y_true, y_pred = aligned(y_true, y_pred, "categorical_crossentropy")
    if label_smoothing:
        y_true = y_true * (1.0 - label_smoothing) + label_smoothing / y_true.shape[axis]
    logits = y_pred if from_logits else _before(activations.softmax, y_pred, axis)
    if logits is not None:
        return crossentropy.softmax_crossentropy(logits, y_true, axis=axis)
    p = y_pred / np.sum(y_pred, axis=axis, keepdims=True)
    return -np.sum(y_true * np.log(np.clip(p, EPSILON, 1 - EPSILON)), axis=axis)


def sparse_categorical_crossentropy(y_true, y_pred, from_logits=False, ignore_class=None, axis=-1):
    """−log p of the right class, for each sample, with labels as class numbers.

    Args:
        y_true: class numbers from 0, of shape (batch,) or (batch, 1).
        y_pred: probabilities, or logits with `from_logits=True`, of shape (batch, classes).
        ignore_class: a class number whose samples count as loss 0; the mean of the class
            `SparseCategoricalCrossentropy` is over the others.
        axis: the axis of the classes.

    Example:
        >>> sparse_categorical_crossentropy(np.array([1]), np.array([[0.5, 0.5]])).round(4)
        array([0.6931])
    """
    y_pred = floating(y_pred)
    y_true = class_numbers(y_true, y_pred, "sparse_categorical_crossentropy", axis)
    is_class = np.expand_dims(y_true, -1) == np.arange(y_pred.shape[axis])
    one_hot = np.moveaxis(is_class, -1, axis).astype(y_pred.dtype)
    loss = categorical_crossentropy(one_hot, y_pred, from_logits, axis=axis)
    return loss if ignore_class is None else loss * (y_true != ignore_class)


def _before(activation, y_pred, *axis):
    """What went into `activation` (along this axis) to give these predictions, when the graph knows it."""
    if not isinstance(y_pred, Tensor) or y_pred.op is not activation.op:
        return None
    same_axis = all((a - b) % y_pred.ndim == 0 for a, b in zip(axis, y_pred._args[1:]))
    return y_pred.inputs[0] if same_axis else None


class Loss(Watched):
    """Base of the losses: `loss(y_true, y_pred, sample_weight=None)` gives a Tensor.

    A subclass names its `function(y_true, y_pred, **arguments)`, or overrides `call(y_true, y_pred)` to
    give one value a sample.

    Args:
        reduction: "sum_over_batch_size" (the mean), "sum", "mean_with_sample_weight", or None for one
            value a sample.
        name: what errors call it.
        values, arguments: those of the function, such as from_logits=True.

    Raises:
        ValueError: an unknown reduction, or shapes that do not match.
        TypeError: an argument that the loss does not have.
    """

    function = None
    reductions = ("sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none", None)

    def __init__(self, *values, reduction="sum_over_batch_size", name=None, **arguments):
        if reduction not in self.reductions:
            raise ValueError(f"Expected a reduction of {self.reductions}; received {reduction!r}.")
        self.name = name or snake_case(type(self).__name__)
        self.reduction = reduction
        self.arguments = filled_in(self, self.function, values, arguments)

    def _arguments(self):
        return {"name": self.name, "reduction": self.reduction, **self.arguments}

    def call(self, y_true, y_pred):
        """One value a sample."""
        if self.function is None:
            raise NotImplementedError(f"{type(self).__name__} must define call(y_true, y_pred).")
        return type(self).function(y_true, y_pred, **self.arguments)

    def __call__(self, y_true, y_pred, sample_weight=None):
        y_pred = floating(y_pred)
        y_pred = y_pred if isinstance(y_pred, Tensor) else constant(y_pred)
        with replay.section("loss", scope="loss"):
            values = self.call(self.align(y_true, y_pred), y_pred)
            return self.reduce(values if isinstance(values, Tensor) else constant(np.asarray(values)), sample_weight)

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
            sample_weight = weights_for(values, sample_weight, self.name)
            values = values * sample_weight
        if self.reduction in (None, "none"):
            return values
        total = np.sum(values)
        if self.reduction == "sum":
            return total
        if self.reduction == "mean_with_sample_weight" and sample_weight is not None:
            return total / np.sum(sample_weight)
        return total * (1 / max(values.size, 1))


def floating(values):
    """A Tensor or an array of a float type."""
    values = values if isinstance(values, Tensor) else np.asarray(values)
    return values if values.dtype.kind == "f" else values.astype(floatx())


def aligned(y_true, y_pred, name):
    """Targets and predictions as arrays or Tensors of one float type and one shape.

    Raises:
        ValueError: the shapes differ by more than a last axis of length 1.
    """
    y_pred = floating(y_pred)
    return same_shape(same_rank(y_true, y_pred), y_pred, name), y_pred


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
    if name.startswith("categorical") and (y_true.ndim < y_pred.ndim or y_true.shape[-1] == 1):
        hint = "For class numbers use 'sparse_categorical_crossentropy', or one-hot rows for this loss."
    raise ValueError(
        f"{name} expects targets and predictions of one shape; received y_true {y_true.shape} and "
        f"y_pred {y_pred.shape}. {hint}"
    )


def class_numbers(y_true, y_pred, name, axis=-1):
    """Class numbers of shape (batch,) for predictions of shape (batch, classes), the classes along `axis`.

    Raises:
        ValueError: the shapes do not fit.
    """
    if not isinstance(y_true, Tensor):
        y_true = np.asarray(y_true)
    if y_true.ndim == y_pred.ndim and y_true.shape[axis] == 1:
        y_true = np.squeeze(y_true, axis=axis)
    expected = tuple(n for i, n in enumerate(y_pred.shape) if i != axis % y_pred.ndim)
    if y_true.shape != expected:
        kind = "accuracy" if name.endswith("accuracy") else "crossentropy"
        raise ValueError(
            f"{name} expects class numbers of shape {expected} for predictions of shape {y_pred.shape}; "
            f"received shape {y_true.shape}. For one-hot rows use 'categorical_{kind}'."
        )
    return y_true


def weights_for(values, sample_weight, name):
    """Sample weights that multiply these values: each of its own, or one for all the values of a sample.

    Raises:
        ValueError: they do not fit the values.
    """
    if not isinstance(sample_weight, Tensor):
        sample_weight = np.asarray(sample_weight, dtype=values.dtype)
    if sample_weight.ndim == values.ndim + 1 and sample_weight.shape[-1] == 1:
        sample_weight = np.squeeze(sample_weight, axis=-1)
    shape = sample_weight.shape + (1,) * (values.ndim - sample_weight.ndim)
    if len(shape) != values.ndim or any(n not in (1, m) for n, m in zip(shape, values.shape)):
        hint = " It averages over the batch: give it outputs of shape (samples, 1)." if values.ndim == 0 else ""
        raise ValueError(
            f"{name} gives values of shape {values.shape}, which weights of shape {sample_weight.shape} do not fit: "
            f"expected one weight for each sample.{hint}"
        )
    return sample_weight if sample_weight.shape == shape else np.reshape(sample_weight, shape)


def filled_in(owner, function, values, arguments):
    """The arguments of a loss or metric after (y_true, y_pred), its defaults filled in.

    Raises:
        TypeError: the function has no such argument, or fewer.
    """
    code, defaults = function and function.__code__, function and function.__defaults__
    known = code.co_varnames[2 : code.co_argcount] if function else ()
    found = dict(zip(known[len(known) - len(defaults or ()) :], defaults or ()))
    found |= dict(zip(known, values)) | arguments
    if len(values) > len(known) or found.keys() - set(known):
        received = [*map(repr, values), *[f"{name}={value!r}" for name, value in arguments.items()]]
        raise TypeError(
            f"{type(owner).__name__} takes {', '.join(known) or 'no arguments of its own'}; "
            f"received {', '.join(received)}."
        )
    return found


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

    def check_targets(self, y, output_shape):
        super().check_targets(y, output_shape)
        if output_shape[self.arguments["axis"]] == 1:
            warnings.warn(
                f"{self.name} of a single class is always 0. For two classes with one output use "
                "'binary_crossentropy' and a sigmoid.",
                stacklevel=4,
            )


class SparseCategoricalCrossentropy(Loss):
    """Crossentropy of several classes, labels as numbers. See `sparse_categorical_crossentropy`."""

    function = sparse_categorical_crossentropy

    def align(self, y_true, y_pred):
        return class_numbers(y_true, y_pred, self.name, self.arguments["axis"])

    def __call__(self, y_true, y_pred, sample_weight=None):
        ignored = self.arguments["ignore_class"]
        if ignored is None:
            return super().__call__(y_true, y_pred, sample_weight)
        y_pred = floating(y_pred)
        counted = (self.align(y_true, y_pred) != ignored).astype(y_pred.dtype)
        weight = counted if sample_weight is None else counted * weights_for(counted, sample_weight, self.name)
        loss = super().__call__(y_true, y_pred, weight)
        if self.reduction in ("sum_over_batch_size", "mean"):  # over the samples that count
            loss = loss * (counted.size / np.maximum(np.sum(counted), 1))
        return loss

    def check_targets(self, y, output_shape):
        super().check_targets(y, output_shape)
        classes, ignored = output_shape[self.arguments["axis"]], self.arguments["ignore_class"]
        wrong = y[((y < 0) | (y >= classes) | (y != np.round(y))) & (y != ignored)]
        if wrong.size:
            remedy = "Number the classes from 0, or widen the last layer."
            if classes == 1:
                remedy = "For two classes with one output use 'binary_crossentropy' and a sigmoid."
            raise ValueError(
                f"{self.name} expects class numbers from 0 to {classes - 1}, one for each of the {classes} outputs; "
                f"received {wrong.flat[0]:g}. {remedy}"
            )


class _FunctionLoss(Loss):
    """A loss from the user's own function (y_true, y_pred), which gives one value a sample or a number."""

    def __init__(self, function, reduction="sum_over_batch_size", name=None):
        super().__init__(reduction=reduction, name=name or getattr(function, "__name__", "loss"))
        self.own = function

    def _arguments(self):
        return {"function": self.own} | super()._arguments()

    def call(self, y_true, y_pred):
        values = self.own(y_true, y_pred)
        if values is None:
            raise TypeError(f"The loss function {self.name!r} gave None; expected one value a sample. Does it return?")
        return values


_find = getter("loss", Loss)


def get(identifier):
    """The loss for a string name, a class, an object or a function of (y_true, y_pred)."""
    loss = _find(identifier)
    if loss is None or isinstance(loss, Loss):
        return loss
    known = [cls for cls in Loss.__subclasses__() if cls.function is loss]
    return known[0]() if known else _FunctionLoss(loss)
