"""Layers that make one value of several: sums, products, extremes, joins. Each takes a list of inputs."""

from collections.abc import Sequence
from functools import reduce
from typing import Any

import numpy as np

from ...common.checks import whole
from ..layer import Layer
from ..masking import mask_of, set_mask

__all__ = ["Add", "Average", "Concatenate", "Dot", "Maximum", "Minimum", "Multiply", "Subtract"]


class _Merge(Layer):
    """Takes a list of inputs of shapes that broadcast, the batch apart; a subclass defines `merge(inputs)`.

    Inputs with fewer axes get axes of length 1 after the batch. The output has a mask where all inputs have one: it is
    True where one of theirs is.
    """

    several_inputs = True
    supports_masking = True
    _exactly: int | None = None  # how many inputs it takes

    def check_input(self, shape):
        self._check_list(shape)
        self.compute_output_shape(shape)

    def _check_list(self, shapes):
        listed = isinstance(shapes, list | tuple) and all([isinstance(shape, list | tuple) for shape in shapes])
        if not listed or len(shapes) < 1 or (self._exactly is not None and len(shapes) != self._exactly):
            wanted = f"a list of {self._exactly} inputs" if self._exactly else "a list of inputs, such as [a, b]"
            raise ValueError(f"{self._label()} expects {wanted}; received shape {shapes}.")
        batches = {shape[0] for shape in shapes} - {None}
        if len(batches) > 1:
            raise ValueError(f"{self._label()} expects inputs of as many samples; received shapes {_listed(shapes)}.")

    def call(self, inputs):
        axes = max(x.ndim for x in inputs)
        return self.merge([np.reshape(x, (x.shape[0], *(1,) * (axes - x.ndim), *x.shape[1:])) for x in inputs])

    def compute_output_shape(self, input_shape):
        self._check_list(input_shape)
        axes, lengths = max(map(len, input_shape)), []
        for axis in range(1, axes):
            found = [shape[axis - axes] for shape in input_shape if len(shape) - 1 >= axes - axis]
            known = {n for n in found if n not in (None, 1)}
            if len(known) > 1:
                raise ValueError(
                    f"{self._label()} expects shapes that broadcast; received shapes {_listed(input_shape)}."
                )
            lengths.append(known.pop() if known else None if None in found else 1)
        return (next((shape[0] for shape in input_shape if shape[0] is not None), None), *lengths)

    def compute_mask(self, inputs, previous_mask=None):
        masks = previous_mask if isinstance(previous_mask, list | tuple) else [None]
        return None if any([mask is None for mask in masks]) else reduce(np.logical_or, masks)


def _listed(shapes):
    return ", ".join(str(tuple(shape)) for shape in shapes)


class Add(_Merge):
    """The sum of the inputs, a + b + …

    Example:
        >>> Add()([np.array([[1.0, 2.0]]), np.array([[10.0, 20.0]])])
        Tensor([[11., 22.]])
    """

    def merge(self, inputs):
        """The sum."""
        return reduce(np.add, inputs)


class Subtract(_Merge):
    """The difference of two inputs, a − b.

    Example:
        >>> Subtract()([np.array([[3.0]]), np.array([[1.0]])])
        Tensor([[2.]])
    """

    _exactly = 2

    def merge(self, inputs):
        """The difference."""
        return inputs[0] - inputs[1]


class Multiply(_Merge):
    """The product of the inputs, a · b · …; masked steps of an input do not count.

    Example:
        >>> Multiply()([np.array([[2.0, 3.0]]), np.array([[10.0, 20.0]])])
        Tensor([[20., 60.]])
    """

    def merge(self, inputs):
        """The product, where the mask of an input is False of the other ones."""
        masks = [_as_wide(x) for x in inputs]
        values = [x if mask is None else np.where(mask, x, np.ones((), x.dtype)) for x, mask in zip(inputs, masks)]
        out = reduce(np.multiply, values)
        if any([mask is None for mask in masks]):
            return out
        mask = reduce(np.logical_or, masks)
        return _masked_by(np.where(mask, out, np.zeros((), out.dtype)), mask)


class Average(_Merge):
    """The mean of the inputs, (a + b + …) / n.

    Example:
        >>> Average()([np.array([[1.0]]), np.array([[3.0]])])
        Tensor([[2.]])
    """

    def merge(self, inputs):
        """The mean."""
        return reduce(np.add, inputs) / len(inputs)


class _Extreme(_Merge):
    """The largest or smallest of the inputs at each place, masked steps left out."""

    def merge(self, inputs):
        out, seen = inputs[0], _as_wide(inputs[0])
        for x in inputs[1:]:
            mask = _as_wide(x)
            x = x if mask is None else np.where(mask, x, out)
            out = self.of_two(out if seen is None else np.where(seen, out, x), x)
            seen = None if mask is None or seen is None else np.logical_or(seen, mask)
        return out if seen is None else _masked_by(out, seen)


class Maximum(_Extreme):
    """The largest of the inputs at each place.

    Example:
        >>> Maximum()([np.array([[1.0, 5.0]]), np.array([[3.0, 2.0]])])
        Tensor([[3., 5.]])
    """

    of_two = staticmethod(np.maximum)


class Minimum(_Extreme):
    """The smallest of the inputs at each place.

    Example:
        >>> Minimum()([np.array([[1.0, 5.0]]), np.array([[3.0, 2.0]])])
        Tensor([[1., 2.]])
    """

    of_two = staticmethod(np.minimum)


class Concatenate(_Merge):
    """The inputs joined along an axis.

    Args:
        axis: the axis, counted with the batch; the last one by default.

    Raises:
        ValueError: the axis is not a whole number; or the inputs differ along other axes.

    Example:
        >>> Concatenate()([np.array([[1.0, 2.0]]), np.array([[3.0]])])
        Tensor([[1., 2., 3.]])
    """

    def __init__(self, axis: int = -1, **options: Any):
        super().__init__(**options)
        self.axis = whole("axis", axis, least=-32, owner="Concatenate")

    def call(self, inputs):
        return np.concatenate(inputs, axis=self.axis)

    def compute_output_shape(self, input_shape):
        self._check_list(input_shape)
        first = list(input_shape[0])
        if any([len(shape) != len(first) for shape in input_shape]) or not -len(first) <= self.axis < len(first):
            raise ValueError(self._refusal(input_shape))
        axis = self.axis % len(first)
        for n in range(1, len(first)):
            lengths = [shape[n] for shape in input_shape]
            if n == axis:
                first[n] = None if None in lengths else sum(lengths)
            elif len(set(lengths) - {None}) > 1:
                raise ValueError(self._refusal(input_shape))
            else:
                first[n] = next((length for length in lengths if length is not None), None)
        return tuple(first)

    def _refusal(self, shapes):
        return (
            f"{self._label()} expects shapes that are alike but for axis {self.axis}; received shapes "
            f"{_listed(shapes)}."
        )

    def compute_mask(self, inputs, previous_mask=None):
        masks = previous_mask if isinstance(previous_mask, list | tuple) else [None] * len(inputs)
        if all([mask is None for mask in masks]):
            return None
        wide = []
        for x, mask in zip(inputs, masks):
            mask = np.ones(x.shape, bool) if mask is None else mask
            axes = (..., *(np.newaxis,) * (x.ndim - mask.ndim))
            wide.append(np.logical_or(mask[axes], np.zeros(x.shape, bool)) if mask.ndim < x.ndim else mask)
        return np.any(np.concatenate(wide, axis=self.axis), axis=-1)


class Dot(_Merge):
    """The scalar products of two inputs along an axis of each, sample by sample.

    Args:
        axes: the axis along which products are summed, counted with the batch; or one for each of the inputs.
        normalize: whether both are brought to length 1 along it first, which gives cosines.

    Raises:
        TypeError, ValueError: axes is neither a whole number nor two of them, or the lengths there differ.

    Example:
        >>> Dot(axes=1)([np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]])])
        Tensor([[11.]])
    """

    _exactly = 2

    def __init__(self, axes: int | Sequence[int], normalize: bool = False, **options: Any):
        super().__init__(**options)
        if not isinstance(axes, int | list | tuple):
            raise TypeError(f"Dot expects axes as a whole number or two of them; received {axes!r}.")
        both = [axes, axes] if isinstance(axes, int) else list(axes)
        if len(both) != 2:
            raise ValueError(f"Dot expects axes as a whole number or two of them; received {axes!r}.")
        self.axes = axes if isinstance(axes, int) else [whole("axes", axis, least=-32, owner="Dot") for axis in both]
        self.normalize = bool(normalize)

    def _axis_of_each(self, shapes):
        both = [self.axes] * 2 if isinstance(self.axes, int) else self.axes
        if not all([-len(shape) <= axis < len(shape) for axis, shape in zip(both, shapes)]):
            raise ValueError(f"{self._label()} has axes={self.axes}; received shapes {_listed(shapes)}.")
        return [axis % len(shape) for axis, shape in zip(both, shapes)]

    def call(self, inputs):
        a, b = inputs
        i, j = self._axis_of_each([a.shape, b.shape])
        if self.normalize:
            a, b = _unit(a, i), _unit(b, j)
        left, right = np.moveaxis(a, i, -1), np.moveaxis(b, j, 1)
        count, kept = a.shape[0], (*left.shape[1:-1], *right.shape[2:])
        product = np.reshape(left, (count, -1, a.shape[i])) @ np.reshape(right, (count, b.shape[j], -1))
        return np.reshape(product, (count, *(kept or (1,))))

    def compute_output_shape(self, input_shape):
        self._check_list(input_shape)
        a, b = map(list, input_shape)
        i, j = self._axis_of_each(input_shape)
        if 0 in (i, j) or None not in (a[i], b[j]) and a[i] != b[j]:
            raise ValueError(
                f"{self._label()} sums along axes {i} and {j}, which have to be of one length, and not the batch; "
                f"received shapes {_listed(input_shape)}."
            )
        kept = [n for axis, n in enumerate(a) if axis not in (0, i)] + [n for k, n in enumerate(b) if k not in (0, j)]
        return (a[0], *(kept or [1]))

    def compute_mask(self, inputs, previous_mask=None):
        """None: where steps are summed, none is left to be masked."""


def _unit(x, axis):
    """x brought to length 1 along an axis."""
    squares = np.sum(np.square(x), axis=axis, keepdims=True)
    return x / np.sqrt(np.maximum(squares, 1e-14))


def _as_wide(x):
    """The mask of an input in its shape, or None."""
    mask = mask_of(x)
    return None if mask is None else np.logical_or(mask[..., np.newaxis], np.zeros(x.shape, bool))


def _masked_by(out, mask):
    set_mask(out, np.any(mask, axis=-1))
    return out


# -- as functions -----------------------------------------------------------------------------------------------


def add(inputs, **options):
    """The sum of the inputs; see `Add`.

    Example:
        >>> add([np.ones((1, 2)), np.ones((1, 2))])
        Tensor([[2., 2.]])
    """
    return Add(**options)(inputs)


def subtract(inputs, **options):
    """The difference of two inputs; see `Subtract`."""
    return Subtract(**options)(inputs)


def multiply(inputs, **options):
    """The product of the inputs; see `Multiply`."""
    return Multiply(**options)(inputs)


def average(inputs, **options):
    """The mean of the inputs; see `Average`."""
    return Average(**options)(inputs)


def maximum(inputs, **options):
    """The largest of the inputs at each place; see `Maximum`."""
    return Maximum(**options)(inputs)


def minimum(inputs, **options):
    """The smallest of the inputs at each place; see `Minimum`."""
    return Minimum(**options)(inputs)


def concatenate(inputs, axis=-1, **options):
    """The inputs joined along an axis; see `Concatenate`."""
    return Concatenate(axis=axis, **options)(inputs)


def dot(inputs, axes=-1, **options):
    """The scalar products of two inputs along an axis of each; see `Dot`."""
    return Dot(axes=axes, **options)(inputs)
