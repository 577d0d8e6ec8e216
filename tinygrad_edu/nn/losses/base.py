"""The base of the losses: targets brought into the shape of the predictions, sample weights, the reduction."""

import warnings
from typing import Annotated, Any

import numpy as np
from numpy.typing import ArrayLike

from ... import replay
from ...common.arguments import OneOf, declaration, received, refuse
from ...common.floats import floatx
from ...common.naming import snake_case, some_of
from ...common.notes import notes_of
from ...common.objects import Configured
from ...common.old import place_in_script
from ...common.types import DType
from ...engine.op import constant
from ...engine.recorder import no_grad, section
from ...engine.tensor import Tensor
from ..masking import mask_of

EPSILON = 1e-7  # how far probabilities are kept from 0, as in Keras
_ZERO = bytes(4)  # the one entry of arrays that take no room, whatever their shape


class Loss(Configured):
    """Base of the losses: `loss(y_true, y_pred, sample_weight=None)` gives a Tensor.

    A subclass names its `function(y_true, y_pred, **arguments)`, or overrides `call(y_true, y_pred)` to
    give one value a sample. What the mask of y_pred leaves out counts neither in the sum nor for the mean.

    Args:
        values, arguments: those of the function, such as from_logits=True, and then:
        reduction: "sum_over_batch_size" (the mean), "mean", "sum", "mean_with_sample_weight" (divided by the sum
            of the weights), or None for one value a sample.
        name: what errors call it.
        dtype: the float type in which it is computed; that of the predictions when None.

    Raises:
        ValueError: an unknown reduction, or shapes that do not match.
        TypeError: an argument that the loss does not have.
    """

    home = "keras.losses"
    function = None
    default_name = None
    reductions = ("sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none", None)
    order = None  # the arguments in the order of Keras, where it is not: the function's, reduction, name, dtype

    def __init__(self, *values: Any, **arguments: Any):
        own, defaults = parameters(self.function)
        shared = ("reduction", "name", "dtype") if self.function else ("name", "reduction", "dtype")
        given = bound(self, self.order or (*own, *shared), values, arguments, (Loss._shared, self.function))
        self.reduction = given.pop("reduction", "sum_over_batch_size")
        default = vars(type(self)).get("default_name") or snake_case(type(self).__name__)
        self.name = given.pop("name", None) or default
        self.dtype = given.pop("dtype", None)
        self.arguments = defaults | given

    def _shared(
        self,
        reduction: Annotated[str | None, OneOf(reductions)],
        name: str | None,
        dtype: DType | None,
    ):
        """The arguments of every loss, declared for their check."""

    def _arguments(self):
        return {"name": self.name, "reduction": self.reduction, **self.arguments}

    def call(self, y_true, y_pred):
        """One value a sample."""
        if self.function is None:
            raise NotImplementedError(f"{type(self).__name__} must define call(y_true, y_pred).")
        return type(self).function(y_true, y_pred, **self.arguments)

    def __call__(self, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None) -> Tensor:
        mask = mask_of(y_pred)
        y_pred = floating(y_pred)
        y_pred = y_pred if isinstance(y_pred, Tensor) else constant(y_pred)
        with section("loss", scope="loss"):
            if self.dtype is not None:
                y_pred = y_pred.astype(self.dtype)
            given, y_true = y_true, self.align(y_true, y_pred)
            if type(self).call is not Loss.call and self.plain_function is None:
                tell_alignment(self, given, y_true, y_pred, self.call)
            values = self.call(y_true, y_pred)
            values = values if isinstance(values, Tensor) else constant(np.asarray(values))
            return self.reduce(values, sample_weight, self._mask_of_losses(y_true, mask))

    def _mask_of_losses(self, y_true, mask):
        """The mask of the losses, for predictions with this one: the same, or None."""
        return mask

    def align(self, y_true, y_pred):
        """The targets in the dtype and shape of the predictions; (batch,) stands for (batch, 1)."""
        y_true = same_rank(y_true, y_pred)
        return y_true if self.function is None else same_shape(y_true, y_pred, self.name)

    def check_targets(self, y, output_shape):
        """Raise a ValueError for targets that this loss cannot use with outputs of this shape."""
        shapes = y.shape, (len(y), *output_shape[1:])
        self.align(*[np.ndarray(shape, np.float32, _ZERO, strides=(0,) * len(shape)) for shape in shapes])
        self.check_labels(y, output_shape)

    def check_labels(self, y, output_shape):
        """Raise a ValueError for targets of a shape that fits, whose values this loss cannot use."""

    def reduce(self, values, sample_weight, mask=None):
        """The losses of the samples that the mask leaves, weighted, as one number; see `reduction`."""
        if mask is not None and 0 < values.ndim < mask.ndim:
            raise ValueError(
                f"{self.name} gives values of shape {values.shape}, but y_pred has a mask of shape {mask.shape}: end "
                "the mask where the steps end, by GlobalAveragePooling1D or by a compute_mask that gives None."
            )
        if mask is not None and values.ndim:  # a loss that is a mean itself stays as it is, as in Keras
            mean = self.reduction in ("sum_over_batch_size", "mean")
            sample_weight = masked(sample_weight, mask, values.dtype, self.name, mean)
        if sample_weight is not None:
            sample_weight = weights_for(values, sample_weight, self.name)
            values = values * sample_weight
        if self.reduction in (None, "none"):
            return values
        if values.dtype == np.float16:  # a sum of them is soon more than 65504
            values = values.astype(np.float32)
        total = values.sum()
        if self.reduction == "sum":
            return total
        if self.reduction == "mean_with_sample_weight" and sample_weight is not None:
            weight = np.sum(sample_weight)
            return total * (weight != 0) / (weight + (weight == 0))  # without any weight it is 0
        return total * (1 / max(values.size, 1))


class _FunctionLoss(Loss):
    """A loss from the user's own function (y_true, y_pred), which gives one value a sample or a number."""

    def __init__(self, function, reduction="sum_over_batch_size", name=None, dtype=None):
        default = getattr(function, "__name__", "loss")
        super().__init__(reduction=reduction, name=name or default, dtype=dtype)
        self.own = self.plain_function = function

    def _arguments(self):
        return {"function": self.own} | super()._arguments()

    def call(self, y_true, y_pred):
        values = self.own(y_true, y_pred)
        if values is None:
            raise TypeError(f"The loss function {self.name!r} gave None; expected one value a sample. Does it return?")
        return values


# -- shapes ---------------------------------------------------------------------------------------------------


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


def tell_alignment(owner, given, aligned, y_pred, function):
    """Warn once where targets of shape (n,) were aligned with predictions of (n, 1): Keras makes n × n of them.

    Args:
        owner: the loss or the metric.
        given, aligned: the targets before and after.
        y_pred: the predictions.
        function: what is computed of both, by code of the user's own.
    """
    if np.ndim(given) == np.ndim(aligned) or len(given) < 2 or getattr(notes_of(owner), "told_of_alignment", False):
        return
    notes_of(owner).told_of_alignment = True
    given, aligned, y_pred = (np.asarray(getattr(x, "array", x)) for x in (given, aligned, y_pred))
    with no_grad(), replay.untraced(), np.errstate(all="ignore"):
        try:
            here, there = (np.mean(getattr(v, "array", v)) for v in (function(y, y_pred) for y in (aligned, given)))
        except (ValueError, TypeError, IndexError):
            return  # there it would be an error
    if np.isclose(here, there, rtol=1e-6, atol=0):
        return
    every = np.broadcast_shapes(given.shape, y_pred.shape)
    warnings.warn_explicit(
        f"{owner.name}: targets of shape {given.shape} are taken for {aligned.shape}, one for each prediction. Keras "
        f"makes an array of shape {every} of them, and would give {there:.4g} in place of {here:.4g} here. "
        "y.reshape(-1, 1) is the same in both.",
        UserWarning,
        *place_in_script(),
    )


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
        remedy = f"For one-hot rows use 'categorical_{kind}'."
        if y_true.ndim == 1 and y_pred.ndim > 2 and len(y_true) == len(y_pred):
            remedy = "There is one class a sample: put a Flatten() before the last layer."
        raise ValueError(
            f"{name} expects class numbers of shape {expected} for predictions of shape {y_pred.shape}; "
            f"received shape {y_true.shape}. {remedy}"
        )
    return y_true


def check_class_numbers(y, classes, name, ignored=None):
    """Raise a ValueError for class numbers that none of the outputs is for, but the one that is ignored."""
    wrong = (y < 0) | (y >= classes) | (y != np.trunc(y))
    if ignored is not None:
        wrong &= y != ignored
    if wrong.any():
        remedy = "Number the classes from 0, or widen the last layer."
        if y.min() == 1 and y.max() == classes > 1:
            remedy = "Number the classes from 0: y - 1."
        if classes == 1:
            remedy = "For two classes with one output use 'binary_crossentropy' and a sigmoid."
        raise ValueError(
            f"{name} expects class numbers from 0 to {classes - 1}, one for each of the {classes} outputs; "
            f"received {y[wrong].flat[0]:g}. {remedy}"
        )


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


def masked(sample_weight, mask, dtype, name, mean=False):
    """The sample weights, with 0 where the mask is False.

    Args:
        sample_weight: those without the mask, or None.
        mask: booleans.
        dtype: the float type of the weights.
        name: who asks, for errors.
        mean: scale them so that a mean over all values becomes one over those that the mask leaves.

    Raises:
        ValueError: weights and mask do not fit each other.

    Example:
        >>> masked(None, np.array([True, True, False]), float, "loss", mean=True)
        array([1.5, 1.5, 0. ])
    """
    weight = mask.astype(dtype)
    if mean:
        left = np.sum(weight)
        weight = weight * (mask.size / (left + (left == 0)))  # where nothing is left, all weights are 0
    return weight if sample_weight is None else weight * weights_for(weight, sample_weight, name)


def fitting(y_shape, output_shape):
    """The kind of classes that these shapes suit: "binary", "sparse" (class numbers) or "categorical"."""
    if output_shape is None or output_shape[-1] == 1:
        return "binary"
    if y_shape is not None and (len(y_shape) < len(output_shape) or y_shape[-1] == 1):
        return "sparse"
    return "categorical"


# -- arguments ------------------------------------------------------------------------------------------------


def parameters(function):
    """The arguments of a loss or metric function after (y_true, y_pred): their names, and a dict of the defaults."""
    if function is None:
        return (), {}
    declared = declaration(function)
    names = declared.names[2:]
    return names, {name: declared.defaults[name] for name in names if name in declared.defaults}


def bound(owner, names, values, arguments, declaring=()):
    """The arguments by name, checked, those given by position in the order of `names`.

    Args:
        owner: the object that takes them.
        names: of all that it takes.
        values, arguments: those given by position, and by name.
        declaring: functions whose annotations declare them.

    Raises:
        TypeError: there is no such argument, or it is of another kind.
        ValueError: a value out of its range.
    """
    kind = type(owner).__name__
    if unknown := [name for name in arguments if name not in names]:
        refuse(kind, unknown, names)
    if len(values) > len(names) or arguments.keys() & set(names[: len(values)]):
        given = [*map(received, values), *[f"{name}={received(value)}" for name, value in arguments.items()]]
        raise TypeError(f"{kind} takes {some_of(names)}, each once; received {', '.join(given)}.")
    given = dict(zip(names, values)) | arguments
    for declared in [declaration(function) for function in declaring if function is not None]:
        given |= {name: declared.read(kind, name, given[name]) for name in declared.kinds if name in given}
    return given
