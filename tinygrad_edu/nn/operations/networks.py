"""`keras.ops.nn`: activations, crossentropies, normalization with Keras's names and arguments."""

from typing import TYPE_CHECKING, Any

import numpy as np

from ...common.naming import list_public
from .. import activations, losses
from ..activations import functions as _activations
from .values import given, name_of_dtype, table

_EPSILON = 1e-7


def _of_one(function):
    return lambda x: function(given(x))


def _with_alpha(function):
    return lambda x, alpha=1.0: function(given(x), alpha)


def _along_axis(function):
    return lambda x, axis=-1: function(given(x), axis)


def _beyond_threshold(function):
    return lambda x, threshold=0.5: function(given(x), threshold)


table(
    globals(),
    _activations,
    (_of_one, "hard_sigmoid hard_silu hard_swish hard_tanh log_sigmoid relu relu6 selu sigmoid silu softplus softsign"),
    (_of_one, "sparse_plus sparse_sigmoid swish tanh_shrink"),
    (_with_alpha, "celu elu"),
    (_along_axis, "glu log_softmax softmax"),
    (_beyond_threshold, "hard_shrink soft_shrink"),
)


if TYPE_CHECKING:  # the functions of the table

    def __getattr__(name: str) -> Any: ...


def leaky_relu(x, negative_slope=0.2):
    """x where it is positive, else its multiple by a slope."""
    return _activations["leaky_relu"](given(x), negative_slope)


def squareplus(x, b=4):
    """(x + √(x² + b)) ÷ 2."""
    return activations.squareplus(given(x), b)


def gelu(x, approximate=True):
    """x Φ(x), with the distribution function Φ of the normal distribution, or an approximation by tanh."""
    return _activations["gelu"](given(x), approximate)


def threshold(x, threshold, default_value):
    """x where it is above the threshold, else the default."""
    return activations.threshold(given(x), threshold, default_value)


# -- crossentropies ------------------------------------------------------------------------------------


def binary_crossentropy(target, output, from_logits=False):
    """The crossentropy of yes or no for each output."""
    target, output = np.expand_dims(given(target), -1), np.expand_dims(given(output), -1)
    return losses.binary_crossentropy(target, output, from_logits)


def categorical_crossentropy(target, output, from_logits=False, axis=-1):
    """The crossentropy of several classes, labels one-hot."""
    return losses.categorical_crossentropy(given(target), given(output), from_logits, axis=axis)


def sparse_categorical_crossentropy(target, output, from_logits=False, axis=-1):
    """The crossentropy of several classes, labels as numbers."""
    return losses.sparse_categorical_crossentropy(given(target), given(output), from_logits, axis=axis)


# -- classes as vectors --------------------------------------------------------------------------------


def one_hot(x, num_classes, axis=-1, dtype=None, sparse=False):
    """Each class number as a vector with a 1 at its place; of numbers that are no class, zeros."""
    _refuse_sparse("one_hot", sparse)
    found = np.expand_dims(given(x), -1) == np.arange(num_classes)
    found = found.astype(name_of_dtype(dtype))
    return found if axis == -1 else np.moveaxis(found, -1, axis)


def multi_hot(inputs, num_classes=None, axis=-1, dtype=None, sparse=False, **kwargs):
    """The classes of each sample as one vector with a 1 at the place of each."""
    _refuse_sparse("multi_hot", sparse)
    x = given(inputs)
    axes = 1 if x.ndim > 1 else 0
    return np.max(one_hot(x, num_classes, axis, dtype), axis=axes)


def _refuse_sparse(name, sparse):
    if sparse:
        raise ValueError(f"{name} gives dense arrays alone: expected sparse=False; received {sparse!r}.")


# -- normalization -------------------------------------------------------------------------------------


def moments(x, axes, keepdims=False, synchronized=False):
    """The mean and the variance along axes."""
    x, axes = given(x), tuple(axes) if isinstance(axes, (list, tuple)) else axes
    return np.mean(x, axis=axes, keepdims=keepdims), np.var(x, axis=axes, keepdims=keepdims)


def normalize(x, axis=-1, order=2, epsilon=None):
    """The vectors along an axis with length 1, by the norm of this order."""
    x, least = given(x), _EPSILON if epsilon is None else epsilon
    if order == 2:
        return x / np.sqrt(np.maximum(np.sum(np.square(x), axis=axis, keepdims=True), least**2))
    length = np.sum(np.absolute(x) ** order, axis=axis, keepdims=True) ** (1.0 / order)
    return x / np.maximum(length, least)


def batch_normalization(x, mean, variance, axis, offset=None, scale=None, epsilon=1e-3):
    """(x − mean) / √(variance + epsilon) · scale + offset, with statistics along an axis."""
    x = given(x)
    parts = [None if part is None else _along(x, given(part), [axis]) for part in (mean, variance, offset, scale)]
    mean, variance, offset, scale = parts
    factor = 1.0 / np.sqrt(variance + epsilon)
    out = (x - mean) * (factor if scale is None else factor * scale)
    return out if offset is None else out + offset


def layer_normalization(x, gamma=None, beta=None, axis=-1, epsilon=None, **kwargs):
    """(x − mean) / √(variance + epsilon) · gamma + beta, with mean and variance along axes."""
    x, axes = given(x), [axis] if isinstance(axis, int) else sorted(axis)
    mean, variance = moments(x, axes, keepdims=True)
    out = (x - mean) / np.sqrt(variance + (_EPSILON if epsilon is None else epsilon))
    out = out if gamma is None else out * _along(x, given(gamma), axes)
    return out if beta is None else out + _along(x, given(beta), axes)


def rms_normalization(x, scale=None, axis=-1, epsilon=None):
    """x / √(mean x² + epsilon) · scale, along axes."""
    x, axes = given(x), (axis,) if isinstance(axis, int) else tuple(sorted(axis))
    least = _EPSILON if epsilon is None else epsilon
    out = x / np.sqrt(np.mean(np.square(x), axis=axes, keepdims=True) + least)
    return out if scale is None else out * _along(x, given(scale), axes)


def _along(x, part, axes):
    """A statistic in the shape in which it meets x along these axes."""
    axes = [axis % x.ndim for axis in axes]
    return part if part.ndim == x.ndim else part.reshape([n if i in axes else 1 for i, n in enumerate(x.shape)])


list_public(globals())
