"""Pooling: each window of a sequence or an image gives one value for every channel."""

from typing import Any

import numpy as np

from ...common.types import Counts, DataFormat, Padding
from ...ops.windows import max_windows, sum_windows
from ..settings import image_data_format
from .convolution import _padded, _padding_for, _windows_along
from .shared import _channels_back, _channels_last, _OverPositions, _whole_numbers


class _Pooling(_OverPositions):
    """Pooling over windows."""

    def _set_pooling(self, pool_size, strides, padding, data_format):
        kind = type(self).__name__
        self.pool_size = _whole_numbers(kind, "pool_size", pool_size, self.axes)
        self.strides = _whole_numbers(kind, "strides", pool_size if strides is None else strides, self.axes)
        self.padding = padding
        self.data_format = data_format or image_data_format()

    def call(self, inputs):
        inputs = _channels_last(inputs if inputs.dtype.kind == "f" else inputs.astype(self.dtype), self.data_format)
        widths = _padding_for(self.padding, inputs.shape[1:-1], self.pool_size, self.strides)
        return _channels_back(self._pool(inputs, widths), self.data_format)

    def _shape_for(self, shape):
        counts = _windows_along(self.padding, shape[1:-1], self.pool_size, self.strides)
        if 0 in counts:
            raise ValueError(
                f"{self._label()} has windows of {self.pool_size}, which do not fit into its input of shape {shape}."
            )
        return shape[0], *counts, shape[-1]


class _MaxPooling(_Pooling):
    def _pool(self, inputs, widths):
        return max_windows(_padded(inputs, widths, -np.inf), self.pool_size, self.strides)


class _AveragePooling(_Pooling):
    def _pool(self, inputs, widths):
        total = sum_windows(_padded(inputs, widths), self.pool_size, self.strides)
        if not np.any(widths):
            return total / int(np.prod(self.pool_size))
        ones = np.pad(np.ones((1, *inputs.shape[1:-1], 1), inputs.dtype), ((0, 0), *widths, (0, 0)))
        return total / sum_windows(ones, self.pool_size, self.strides)


class MaxPooling1D(_MaxPooling):
    """The greatest value of each window of a sequence: (batch, length, channels) → (batch, windows, channels).

    Args:
        pool_size: the length of a window.
        strides: the step from window to window; the length when None.
        padding: "valid" has windows inside alone, "same" ⌈length / stride⌉ of them, of which those at the ends may
            reach beyond.
        data_format: "channels_last" or "channels_first", the order of the axes; what is set for all when None.

    Raises:
        ValueError: an argument is out of range, or the windows do not fit into the input.

    Example:
        >>> MaxPooling1D(2)(np.array([[[1.0], [3.0], [2.0], [0.0]]])).numpy().ravel()
        array([3., 2.])
    """

    aliases = ("MaxPool1D",)
    axes = 1

    def __init__(
        self,
        pool_size: Counts = 2,
        strides: Counts | None = None,
        padding: Padding = "valid",
        data_format: DataFormat | None = None,
        **options: Any,
    ):
        super().__init__(**options)
        self._set_pooling(pool_size, strides, padding, data_format)


class MaxPooling2D(_MaxPooling):
    """The greatest value of each window of an image: (batch, height, width, channels), each channel by itself.

    Args:
        pool_size: the height and the width of a window, one number for both.
        strides, padding, data_format: as for MaxPooling1D.

    Raises:
        ValueError: an argument is out of range, or the windows do not fit into the input.

    Source: Riesenhuber and Poggio (1999); Ranzato, Boureau and LeCun (2007).

    Example:
        >>> MaxPooling2D()(np.zeros((5, 28, 28, 8))).shape
        (5, 14, 14, 8)
    """

    aliases = ("MaxPool2D",)
    axes = 2

    def __init__(
        self,
        pool_size: Counts = (2, 2),
        strides: Counts | None = None,
        padding: Padding = "valid",
        data_format: DataFormat | None = None,
        **options: Any,
    ):
        super().__init__(**options)
        self._set_pooling(pool_size, strides, padding, data_format)


class AveragePooling1D(_AveragePooling):
    """The mean of each window of a sequence; beyond the ends, which "same" may reach, nothing counts.

    Args:
        pool_size, strides, padding, data_format: as for MaxPooling1D.

    Raises:
        ValueError: an argument is out of range, or the windows do not fit into the input.

    Example:
        >>> AveragePooling1D(2)(np.array([[[1.0], [3.0], [2.0], [0.0]]])).numpy().ravel()
        array([2., 1.])
    """

    aliases = ("AvgPool1D",)
    axes = 1

    def __init__(
        self,
        pool_size: Counts,
        strides: Counts | None = None,
        padding: Padding = "valid",
        data_format: DataFormat | None = None,
        **options: Any,
    ):
        super().__init__(**options)
        self._set_pooling(pool_size, strides, padding, data_format)


class AveragePooling2D(_AveragePooling):
    """The mean of each window of an image, each channel by itself; beyond the edges nothing counts.

    Args:
        pool_size, strides, padding, data_format: as for MaxPooling2D.

    Raises:
        ValueError: an argument is out of range, or the windows do not fit into the input.

    Source: LeCun et al. (1989), as subsampling.

    Example:
        >>> AveragePooling2D(2)(np.zeros((5, 28, 28, 8))).shape
        (5, 14, 14, 8)
    """

    aliases = ("AvgPool2D",)
    axes = 2

    def __init__(
        self,
        pool_size: Counts,
        strides: Counts | None = None,
        padding: Padding = "valid",
        data_format: DataFormat | None = None,
        **options: Any,
    ):
        super().__init__(**options)
        self._set_pooling(pool_size, strides, padding, data_format)


class _GlobalPooling(_OverPositions):
    """Pooling over all positions."""

    def __init__(self, data_format: DataFormat | None = None, keepdims: bool = False, **options: Any):
        super().__init__(**options)
        self.data_format = data_format or image_data_format()
        self.keepdims = keepdims

    def call(self, inputs):
        first = 1 if self.data_format == "channels_last" else 2
        return self._reduce(inputs, axis=tuple(range(first, first + self.axes)), keepdims=self.keepdims)

    def _shape_for(self, shape):
        return shape[0], *((1,) * self.axes if self.keepdims else ()), shape[-1]


class GlobalMaxPooling1D(_GlobalPooling):
    """The greatest value of a whole sequence: (batch, length, channels) → (batch, channels).

    Args:
        data_format: "channels_last" or "channels_first", the order of the axes; what is set for all when None.
        keepdims: keep the axes of positions, with length 1.
    """

    aliases = ("GlobalMaxPool1D",)
    axes, _reduce = 1, staticmethod(np.max)


class GlobalMaxPooling2D(_GlobalPooling):
    """The greatest value of a whole image: (batch, height, width, channels) → (batch, channels).

    Args:
        data_format: "channels_last" or "channels_first", the order of the axes; what is set for all when None.
        keepdims: keep the axes of positions, with length 1.
    """

    aliases = ("GlobalMaxPool2D",)
    axes, _reduce = 2, staticmethod(np.max)


class GlobalAveragePooling1D(_GlobalPooling):
    """The mean of a whole sequence: (batch, length, channels) → (batch, channels).

    Where the input has a mask, of shape (batch, length), the mean is over the steps that count; without any it is NaN.

    Args:
        data_format: "channels_last" or "channels_first", the order of the axes; what is set for all when None.
        keepdims: keep the axes of positions, with length 1.

    Source: Lin, Chen and Yan, "Network In Network" (2014).
    """

    aliases = ("GlobalAvgPool1D",)
    axes, _reduce = 1, staticmethod(np.mean)

    def call(self, inputs, mask=None):
        if mask is None:
            return super().call(inputs)
        steps, channels = (1, 2) if self.data_format == "channels_last" else (2, 1)
        mask = np.expand_dims(mask, channels).astype(bool)
        count = np.sum(mask.astype(inputs.dtype), axis=steps, keepdims=self.keepdims)
        return np.sum(np.where(mask, inputs, 0), axis=steps, keepdims=self.keepdims) / count

    def compute_mask(self, inputs, previous_mask=None):
        return None


class GlobalAveragePooling2D(_GlobalPooling):
    """The mean of a whole image: (batch, height, width, channels) → (batch, channels).

    Args:
        data_format: "channels_last" or "channels_first", the order of the axes; what is set for all when None.
        keepdims: keep the axes of positions, with length 1.

    Source: Lin, Chen and Yan, "Network In Network" (2014).
    """

    aliases = ("GlobalAvgPool2D",)
    axes, _reduce = 2, staticmethod(np.mean)
