"""Layers that change how many positions images and sequences have: borders are added or cut off, images scaled.

Scaling is linear: a matrix for each axis says how much of each old position goes into each new one.
"""

from functools import lru_cache
from typing import Any

import numpy as np

from ...common.checks import is_whole, number, whole
from ...common.types import Lengths
from ..layer import Layer
from .convolution import _padded
from .shared import _channels_back, _channels_last, _one_of, _order_of_axes, _OverPositions, _whole_numbers

# -- borders -------------------------------------------------------------------------------------------


def _pair(owner, name, value):
    """(before, after) of one axis: one number stands for both."""
    both = tuple(value) if isinstance(value, (tuple, list)) else (value, value)
    if len(both) != 2 or not all(is_whole(n, least=0) for n in both):
        raise ValueError(f"{owner} expects {name} as a whole number ≥ 0 or a pair of them; received {value!r}.")
    return tuple(map(int, both))


def _pairs(owner, name, value):
    """(before, after) of two axes: a number for all four, one for each axis, or a pair for each."""
    each = tuple(value) if isinstance(value, (tuple, list)) else (value, value)
    if len(each) != 2:
        raise ValueError(f"{owner} expects {name} as a number, or one or a pair for each axis; received {value!r}.")
    return tuple([_pair(owner, name, part) for part in each])


class _Widened(_OverPositions):
    """Each axis of positions gets longer or shorter at either end by what `_borders` says: `by` is 1 or −1."""

    by = 1

    def _shape_for(self, shape):
        widths = [before + after for before, after in self._borders()]
        lengths = [None if n is None else n + self.by * more for n, more in zip(shape[1:-1], widths)]
        if any(n is not None and n <= 0 for n in lengths):
            raise ValueError(f"{self._label()} cuts off {self._borders()}: nothing is left of inputs of shape {shape}.")
        return shape[0], *lengths, shape[-1]

    def check_input(self, shape):
        self.compute_output_shape(shape)

    def call(self, inputs):
        inputs = _channels_last(inputs, self.data_format)
        return _channels_back(self._changed(inputs), self.data_format)


class _ZeroPadding(_Widened):
    def _changed(self, inputs):
        return _padded(inputs, self._borders())


class _Cropping(_Widened):
    by = -1

    def _changed(self, inputs):
        inside = [slice(before, n - after) for n, (before, after) in zip(inputs.shape[1:-1], self._borders())]
        return inputs[(slice(None), *inside)]


class ZeroPadding1D(_ZeroPadding):
    """Zeros before and after sequences: (batch, length, channels) → (batch, before + length + after, channels).

    Args:
        padding: how many zeros at each end, or (before, after).
        data_format: "channels_last" or "channels_first", the order of the axes; what is set for all when None.

    Raises:
        ValueError: a number that is negative or not whole, or inputs that are no sequences.

    Example:
        >>> ZeroPadding1D((1, 2))(np.ones((1, 2, 1))).numpy().ravel()
        array([0., 1., 1., 0., 0.])
    """

    axes = 1

    def __init__(self, padding: Lengths = 1, data_format: str | None = None, **options: Any):
        super().__init__(**options)
        self.padding = _pair("ZeroPadding1D", "padding", padding)
        self.data_format = _order_of_axes("ZeroPadding1D", data_format)

    def _borders(self):
        return (self.padding,)


class ZeroPadding2D(_ZeroPadding):
    """Zeros around images: (batch, height, width, channels) → the same with more rows and columns.

    Args:
        padding: how many zeros at each side; (of height, of width); or ((top, bottom), (left, right)).
        data_format: "channels_last" or "channels_first", the order of the axes; what is set for all when None.

    Raises:
        ValueError: a number that is negative or not whole, or inputs that are no images.

    Example:
        >>> ZeroPadding2D(((1, 0), (2, 2)))(np.zeros((5, 3, 4, 1))).shape
        (5, 4, 8, 1)
    """

    axes = 2

    def __init__(self, padding=(1, 1), data_format: str | None = None, **options: Any):
        super().__init__(**options)
        self.padding = _pairs("ZeroPadding2D", "padding", padding)
        self.data_format = _order_of_axes("ZeroPadding2D", data_format)

    def _borders(self):
        return self.padding


class Cropping1D(_Cropping):
    """Sequences without their first and last steps: (batch, length, channels) → (batch, fewer, channels).

    Args:
        cropping: how many steps to leave out at each end, or (first, last).

    Raises:
        ValueError: a number that is negative or not whole, inputs that are no sequences, or nothing is left.

    Example:
        >>> Cropping1D((1, 2))(np.zeros((5, 6, 3))).shape
        (5, 3, 3)
    """

    axes = 1
    data_format = "channels_last"

    def __init__(self, cropping: Lengths = (1, 1), **options: Any):
        super().__init__(**options)
        self.cropping = _pair("Cropping1D", "cropping", cropping)

    def _borders(self):
        return (self.cropping,)


class Cropping2D(_Cropping):
    """Images without their borders: (batch, height, width, channels) → the same with fewer rows and columns.

    Args:
        cropping: how many to leave out at each side; (of height, of width); or ((top, bottom), (left, right)).
        data_format: "channels_last" or "channels_first", the order of the axes; what is set for all when None.

    Raises:
        ValueError: a number that is negative or not whole, inputs that are no images, or nothing is left.

    Example:
        >>> Cropping2D(((1, 0), (2, 2)))(np.zeros((5, 6, 7, 1))).shape
        (5, 5, 3, 1)
    """

    axes = 2

    def __init__(self, cropping=((0, 0), (0, 0)), data_format: str | None = None, **options: Any):
        super().__init__(**options)
        self.cropping = _pairs("Cropping2D", "cropping", cropping)
        self.data_format = _order_of_axes("Cropping2D", data_format)

    def _borders(self):
        return self.cropping


# -- scaling -------------------------------------------------------------------------------------------


def _triangle(x):
    return np.maximum(0, 1 - x)


def _cubic(x):
    """Keys's cubic, with a = −1/2."""
    near, far = ((1.5 * x - 2.5) * x) * x + 1, ((-0.5 * x + 2.5) * x - 4) * x + 2
    return np.where(x >= 2, 0, np.where(x >= 1, far, near))


def _lanczos(radius):
    return lambda x: np.where(x > radius, 0, np.sinc(x) * np.sinc(x / radius))


_KERNELS = {"bilinear": _triangle, "bicubic": _cubic, "lanczos3": _lanczos(3.0), "lanczos5": _lanczos(5.0)}
INTERPOLATIONS = ("nearest", *_KERNELS)


@lru_cache(64)
def _shares(old, new, interpolation, antialias, dtype):
    """The matrix (new, old) of how much of each old position goes into each new one; its rows sum to 1.

    Source: Keys, "Cubic Convolution Interpolation for Digital Image Processing" (1981), and his kernels' kin.
    """
    places = (np.arange(new) + 0.5) * (old / new) - 0.5
    if interpolation == "nearest":
        shares = np.arange(old) == np.floor(places + 0.5)[:, None]
    else:
        widened = max(old / new, 1.0) if antialias else 1.0
        shares = _KERNELS[interpolation](np.absolute(places[:, None] - np.arange(old)) / widened)
        shares = shares / shares.sum(1, keepdims=True)
    shares = shares.astype(dtype)
    shares.flags.writeable = False
    return shares


def _resized(images, size, interpolation="bilinear", antialias=False):
    """Images in another size: (batch, height, width, channels) → (batch, *size, channels).

    Every new pixel is a weighted mean of the old ones around its place, where the centres of pixels lie at ½, 1½, ….

    Args:
        images: an array or Tensor of floats.
        size: the new height and width.
        interpolation: "nearest", "bilinear", "bicubic", "lanczos3" or "lanczos5".
        antialias: whether the mean goes over more pixels where the images get smaller.
    """
    batch, height, width, channels = images.shape
    dtype = images.dtype.name
    if size[0] != height:
        rows = _shares(height, size[0], interpolation, antialias, dtype)
        images = (rows @ images.reshape((batch, height, width * channels))).reshape((batch, size[0], width, channels))
    return images if size[1] == width else _shares(width, size[1], interpolation, antialias, dtype) @ images


class UpSampling1D(_OverPositions):
    """Each step of sequences several times in a row: (batch, length, channels) → (batch, length · size, channels).

    Args:
        size: how many times.

    Raises:
        ValueError: it is not a positive whole number, or the inputs are no sequences.

    Example:
        >>> UpSampling1D(2)(np.array([[[1.0], [2.0]]])).numpy().ravel()
        array([1., 1., 2., 2.])
    """

    axes = 1
    data_format = "channels_last"

    def __init__(self, size: int = 2, **options: Any):
        super().__init__(**options)
        self.size = whole("size", size, owner="UpSampling1D")

    def _shape_for(self, shape):
        return shape[0], None if shape[1] is None else shape[1] * self.size, shape[2]

    def call(self, inputs):
        return np.repeat(inputs, self.size, axis=1)


class UpSampling2D(_OverPositions):
    """Images in a multiple of their size: (batch, height, width, channels) → (batch, height · a, width · b, channels).

    Args:
        size: the factors (a, b), one number for both.
        data_format: "channels_last" or "channels_first", the order of the axes; what is set for all when None.
        interpolation: "nearest" repeats the pixels; "bilinear", "bicubic", "lanczos3" and "lanczos5" are smooth.

    Raises:
        ValueError: an argument is another one, or the inputs are no images.

    Example:
        >>> UpSampling2D((1, 2), interpolation="bilinear")(np.array([[[[0.0], [1.0]]]])).numpy().ravel()
        array([0.  , 0.25, 0.75, 1.  ])
    """

    axes = 2

    def __init__(
        self, size: Lengths = (2, 2), data_format: str | None = None, interpolation: str = "nearest", **options: Any
    ):
        super().__init__(**options)
        self.size = _whole_numbers("UpSampling2D", "size", size, 2)
        self.data_format = _order_of_axes("UpSampling2D", data_format)
        self.interpolation = _one_of("UpSampling2D", "interpolation", interpolation, INTERPOLATIONS)

    def _shape_for(self, shape):
        return shape[0], *[None if n is None else n * k for n, k in zip(shape[1:-1], self.size)], shape[-1]

    def call(self, inputs):
        images = _channels_last(inputs, self.data_format)
        if self.interpolation == "nearest":
            images = np.repeat(np.repeat(images, self.size[0], axis=1), self.size[1], axis=2)
        else:
            images = _resized(images, self._shape_for(images.shape)[1:-1], self.interpolation)
        return _channels_back(images, self.data_format)


class Resizing(Layer):
    """Images in a given size: (batch, rows, columns, channels) → (batch, height, width, channels).

    One image without a batch does as well. Whole numbers stay whole numbers, rounded and kept in their range.

    Args:
        height, width: the new size.
        interpolation: "nearest", "bilinear", "bicubic", "lanczos3" or "lanczos5".
        crop_to_aspect_ratio: cut off borders first, as much as keeps the proportions of what is shown.
        pad_to_aspect_ratio: add borders first, as much as keeps the proportions.
        fill_mode: of these borders; "constant" alone.
        fill_value: of these borders.
        antialias: whether the mean goes over more pixels where the images get smaller.
        data_format: "channels_last" or "channels_first", the order of the axes; what is set for all when None.

    Raises:
        ValueError: an argument is another one, or the inputs are no images.

    Example:
        >>> Resizing(2, 4)(np.array([[[[0.0], [1.0]]]])).numpy()[0, :, :, 0]
        array([[0.  , 0.25, 0.75, 1.  ],
               [0.  , 0.25, 0.75, 1.  ]])
    """

    autocast = False

    def __init__(
        self,
        height: int,
        width: int,
        interpolation: str = "bilinear",
        crop_to_aspect_ratio: bool = False,
        pad_to_aspect_ratio: bool = False,
        fill_mode: str = "constant",
        fill_value: float = 0.0,
        antialias: bool = False,
        data_format: str | None = None,
        **options: Any,
    ):
        super().__init__(**options)
        self.height = whole("height", height, owner="Resizing")
        self.width = whole("width", width, owner="Resizing")
        self.interpolation = _one_of("Resizing", "interpolation", interpolation, INTERPOLATIONS)
        self.crop_to_aspect_ratio, self.pad_to_aspect_ratio = crop_to_aspect_ratio, pad_to_aspect_ratio
        self.fill_mode = _one_of("Resizing", "fill_mode", fill_mode, ("constant",))
        self.fill_value = number("fill_value", fill_value)
        self.antialias = bool(antialias)
        self.data_format = _order_of_axes("Resizing", data_format)
        if crop_to_aspect_ratio and pad_to_aspect_ratio:
            raise ValueError("Resizing keeps the proportions by crop_to_aspect_ratio or pad_to_aspect_ratio, not both.")

    def compute_output_shape(self, input_shape):
        self.check_input(input_shape)
        *before, a, b, c = input_shape
        if self.data_format == "channels_last":
            return *before, self.height, self.width, c
        return *before, a, self.height, self.width

    def check_input(self, shape):
        if len(shape) not in (3, 4):
            raise ValueError(f"{self._label()} expects images, of 4 axes or of 3 without a batch; received {shape}.")

    def call(self, inputs):
        images = inputs if inputs.ndim == 4 else np.expand_dims(inputs, 0)
        images = _channels_last(images, self.data_format)
        floats = images if images.dtype.kind == "f" else images.astype(self.dtype)
        out = _resized(self._in_proportion(floats), (self.height, self.width), self.interpolation, self.antialias)
        if images.dtype.kind in "iu":
            range_ = np.iinfo(images.dtype)
            out = np.clip(np.round(out), range_.min, range_.max).astype(images.dtype)
        out = _channels_back(out, self.data_format)
        return out if inputs.ndim == 4 else out[0]

    def _in_proportion(self, images):
        """The images cut, or with borders, in the proportions of height and width."""
        _, rows, columns, _ = images.shape
        wanted = int(columns * self.height / self.width), int(rows * self.width / self.height)
        if self.crop_to_aspect_ratio:
            inside = [max(min(n, m), 1) for n, m in zip((rows, columns), wanted)]
            starts = [int((n - m) / 2) for n, m in zip((rows, columns), inside)]
            return images[(slice(None), *[slice(start, start + m) for start, m in zip(starts, inside)])]
        if self.pad_to_aspect_ratio:
            borders = [int((max(n, m) - n) / 2) for n, m in zip((rows, columns), wanted)]
            return _padded(images, [(n, n) for n in borders], self.fill_value)
        return images
