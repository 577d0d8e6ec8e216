"""Helpers of several layers: shapes, whole numbers and tuples of them, the order of the axes of images."""

import numpy as np

from ...common.budget import spend
from ...common.checks import is_whole
from ...engine.op import constant
from ...engine.recorder import no_grad
from ..layer import Layer
from ..settings import image_data_format


class _SameShape(Layer):
    """A layer whose output has the shape of its input; so the mask of the one is that of the other."""

    supports_masking = True

    def compute_output_shape(self, input_shape):
        return tuple(input_shape)


class _OverPositions(Layer):
    """Takes (batch, …positions, channels), with `axes` axes of positions, or with the channels first.

    A subclass sets `data_format`, and defines `_shape_for(shape)` for channels that are last.
    """

    def check_input(self, shape):
        self._check_rank(shape)

    def _check_rank(self, shape):
        if len(shape) == self.axes + 2:
            return
        positions = ("length", "height, width")[self.axes - 1]
        first = self.data_format == "channels_first"
        wanted = f"(batch, channels, {positions})" if first else f"(batch, {positions}, channels)"
        hint = "x[:, np.newaxis]" if first else "x[..., np.newaxis]"
        raise ValueError(
            f"{self._label()} expects inputs of shape {wanted}; received shape {tuple(shape)}. For a single channel "
            f"write {hint}."
        )

    def compute_output_shape(self, input_shape):
        input_shape = tuple(input_shape)
        self._check_rank(input_shape)
        return _channels_back(self._shape_for(_channels_last(input_shape, self.data_format)), self.data_format)


def _shape_after(activation, shape):
    """The shape that an activation leaves, by a trial: most keep that of their input, `glu` halves the last axis."""
    tried = (*[1] * (len(shape) - 1), shape[-1] or 1)
    spend(meanwhile=64 * tried[-1])
    with no_grad():
        found = activation(constant(np.zeros(tried))).shape
    return (*shape[:-1], found[-1])


def _whole_numbers(owner, name, value, count):
    """The value as a tuple of `count` positive ints: one number stands for all.

    Raises:
        ValueError: it is neither a positive whole number nor so many of them.
    """
    values = tuple(value) if isinstance(value, (tuple, list)) else (value,) * count
    if len(values) != count or not all(map(is_whole, values)):
        many = f"or {count} of them" if count > 1 else "alone"
        raise ValueError(f"{owner} expects {name} as a positive whole number, {many}; received {value!r}.")
    return tuple(map(int, values))


def _order_of_axes(owner, data_format):
    """The data_format: "channels_last" or "channels_first"; for None what is set for the whole process.

    Raises:
        ValueError: another order.
    """
    if data_format is None:
        return image_data_format()
    return _one_of(owner, "data_format", data_format, ("channels_last", "channels_first"))


def _channels_last(values, data_format):
    """The values, or a shape, with the channels along the last axis."""
    if data_format == "channels_last":
        return values
    return (values[0], *values[2:], values[1]) if isinstance(values, tuple) else np.moveaxis(values, 1, -1)


def _channels_back(values, data_format):
    """The values, or a shape, with the channels where `data_format` has them; they come along the last axis."""
    if data_format == "channels_last":
        return values
    return (values[0], values[-1], *values[1:-1]) if isinstance(values, tuple) else np.moveaxis(values, -1, 1)


def _one_of(owner, name, value, choices):
    """The value in small letters.

    Raises:
        ValueError: it is not one of the choices.
    """
    found = value.lower() if isinstance(value, str) else value
    if found not in choices:
        raise ValueError(f"{owner} expects {name} to be {' or '.join(map(repr, choices))}; received {value!r}.")
    return found


def _product(lengths):
    """The product of the lengths; None where one is unknown."""
    return None if None in lengths else int(np.prod(lengths))
