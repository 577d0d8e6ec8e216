"""Layers that put the same values into another shape or order."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...common.types import Count, DataFormat, Lengths
from ..layer import Layer
from ..settings import image_data_format
from .shared import _channels_last, _product


class Flatten(Layer):
    """Each sample as one row: (batch, a, b) → (batch, a·b).

    Args:
        data_format: "channels_first" puts the channels last before, so that weights after it fit either order; what
            is set for all when None.

    Example:
        >>> Flatten()(np.zeros((5, 2, 3))).shape
        (5, 6)
    """

    def __init__(self, data_format: DataFormat | None = None, **options: Any):
        super().__init__(**options)
        self.data_format = data_format or image_data_format()

    def call(self, inputs):
        inputs = _channels_last(inputs, self.data_format) if inputs.ndim > 2 else inputs
        return inputs.reshape((inputs.shape[0], _product(inputs.shape[1:])))

    def compute_output_shape(self, input_shape):
        return input_shape[0], _product(input_shape[1:])


class Reshape(Layer):
    """Each sample in another shape.

    Args:
        target_shape: the shape of one sample; -1 for one length stands for what is left.

    Raises:
        ValueError: more than one -1, or another number of values.

    Example:
        >>> Reshape((3, -1))(np.zeros((5, 12))).shape
        (5, 3, 4)
    """

    def __init__(self, target_shape: Lengths, **options: Any):
        super().__init__(**options)
        self.target_shape = tuple(int(n) for n in np.atleast_1d(target_shape))
        if self.target_shape.count(-1) > 1 or any(n < 1 and n != -1 for n in self.target_shape):
            raise ValueError(
                f"Reshape expects the lengths of one sample, of which one may be -1; received {target_shape!r}."
            )

    def compute_output_shape(self, input_shape):
        have, named = _product(input_shape[1:]), _product([n for n in self.target_shape if n != -1])
        if have is None:
            return input_shape[0], *[None if n == -1 else n for n in self.target_shape]
        if have % named if -1 in self.target_shape else have != named:
            raise ValueError(
                f"{self._label()} cannot put samples of shape {tuple(input_shape[1:])}, {have} values, into the shape "
                f"{self.target_shape}."
            )
        return input_shape[0], *[have // named if n == -1 else n for n in self.target_shape]

    def call(self, inputs):
        return inputs.reshape(self.compute_output_shape(inputs.shape))


class Permute(Layer):
    """The axes of each sample in another order.

    Args:
        dims: the axes in their new order, counted from 1 as the batch is 0: (2, 1) swaps two.

    Raises:
        ValueError: dims are not the numbers 1, 2, …, each once, or the input has another number of axes.

    Example:
        >>> Permute((2, 1))(np.zeros((5, 10, 64))).shape
        (5, 64, 10)
    """

    def __init__(self, dims: Sequence[int], **options: Any):
        super().__init__(**options)
        self.dims = tuple(dims)
        if sorted(self.dims) != list(range(1, len(self.dims) + 1)):
            raise ValueError(f"Permute expects each of the axes 1, 2, … of a sample once; received {dims!r}.")

    def check_input(self, shape):
        if len(shape) != len(self.dims) + 1:
            raise ValueError(f"{self._label()} orders {len(self.dims)} axes; received samples of shape {shape[1:]}.")

    def call(self, inputs):
        return np.transpose(inputs, (0, *self.dims))

    def compute_output_shape(self, input_shape):
        self.check_input(input_shape)
        return tuple(input_shape[i] for i in (0, *self.dims))


class RepeatVector(Layer):
    """Each row n times: (batch, features) → (batch, n, features).

    Raises:
        ValueError: n is not a positive whole number, or the samples are not rows.

    Example:
        >>> RepeatVector(3)(np.zeros((5, 2))).shape
        (5, 3, 2)
    """

    def __init__(self, n: Count, **options: Any):
        super().__init__(**options)
        self.n = n

    def check_input(self, shape):
        if len(shape) != 2:
            raise ValueError(f"{self._label()} expects rows, shape (batch, features); received {shape}.")

    def call(self, inputs):
        return np.broadcast_to(np.expand_dims(inputs, 1), self.compute_output_shape(inputs.shape))

    def compute_output_shape(self, input_shape):
        self.check_input(input_shape)
        return input_shape[0], self.n, input_shape[1]
