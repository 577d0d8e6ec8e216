"""Convolution: one small set of weights for every window of a sequence or an image.

The windows are laid out as the rows of a matrix, so that all of them take one matrix product.
"""

from typing import Annotated, Any

import numpy as np

from ...common.arguments import Choice
from ...common.types import Count, Counts, DataFormat, Identifier
from ...engine.variable import Variable
from ...ops.windows import sliding_windows
from .. import activations, constraints, initializers, regularizers
from ..settings import image_data_format
from .shared import (
    _channels_back,
    _channels_last,
    _OverPositions,
    _product,
    _shape_after,
    _whole_numbers,
)


def _padding_for(padding, lengths, size, strides, dilation=None):
    """The zeros (before, after) along each axis of positions: none where it is "valid".

    "same" gives ⌈length / stride⌉ windows, the odd zero after; "causal" looks back only.
    """
    widths = []
    for n, k, s, d in zip(lengths, size, strides, dilation or (1,) * len(size)):
        reach = (k - 1) * d + 1
        total = {"valid": 0, "causal": reach - 1, "same": max((-(-n // s) - 1) * s + reach - n, 0)}[padding]
        widths.append((total, 0) if padding == "causal" else (total // 2, total - total // 2))
    return widths


def _padded(inputs, widths, value=0.0):
    """The inputs with values around their positions."""
    if not any(before or after for before, after in widths):
        return inputs
    return np.pad(inputs, ((0, 0), *widths, (0, 0)), constant_values=value)


def _windows_along(padding, lengths, size, strides, dilation=None):
    """How many windows there are along each axis of positions; None where its length is unknown."""
    counts = []
    for i, (n, k, s, d) in enumerate(zip(lengths, size, strides, dilation or (1,) * len(size))):
        if n is not None:
            n += sum(_padding_for(padding, lengths[i : i + 1], (k,), (s,), (d,))[0])
        counts.append(None if n is None else max((n - (k - 1) * d - 1) // s + 1, 0))
    return tuple(counts)


class _OverWindows(_OverPositions):
    """Base of the convolutions of all kinds: windows along the positions, a bias, an activation."""

    def compute_output_shape(self, input_shape):
        return _shape_after(self.activation, super().compute_output_shape(input_shape))

    def _window_counts(self, shape):
        """How many windows there are along each axis of positions."""
        counts = _windows_along(self.padding, shape[1:-1], self.kernel_size, self.strides, self.dilation_rate)
        if 0 in counts:
            raise ValueError(
                f"{self._label()} has windows of {self.kernel_size}, which do not fit into its input of shape "
                f"{shape}. Use a smaller kernel_size, less pooling before, or padding='same'."
            )
        return counts

    def _add_bias(self, filters):
        if self.use_bias:
            self.bias = self.add_weight(
                (filters,),
                self.bias_initializer,
                name="bias",
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
            )

    def _finished(self, out):
        """With bias and activation, the channels where they belong."""
        out = out + self.bias if self.use_bias else out
        return self.activation(_channels_back(out, self.data_format))

    def _convolved(self, inputs, kernel, groups):
        """The products of the windows of each group of channels with the filters of the group.

        Args:
            inputs: (batch, …positions, channels).
            kernel: (…size, channels / groups, filters).
        """
        size, strides, dilation = self.kernel_size, self.strides, self.dilation_rate
        inputs = _padded(inputs, _padding_for(self.padding, inputs.shape[1:-1], size, strides, dilation))
        windows = sliding_windows(inputs, size, strides, None if max(dilation) == 1 else dilation)
        places, filters = windows.shape[: self.axes + 1], kernel.shape[-1]
        count, values = _product(places), _product(kernel.shape[:-1])
        if groups == 1:
            out = windows.reshape((count, values)) @ kernel.reshape((values, filters))
        else:
            rows = windows.reshape((count, _product(size), groups, kernel.shape[-2]))
            rows = np.moveaxis(rows, 2, 0).reshape((groups, count, values))
            columns = np.moveaxis(kernel.reshape((values, groups, filters // groups)), 1, 0)
            out = np.moveaxis(rows @ columns, 0, 1).reshape((count, filters))
        return out.reshape((*places, filters))


class _Convolution(_OverWindows):
    """Convolution over any number of axes of positions, which `axes` says."""

    kernel: Variable
    bias: Variable
    unsupported_arguments = {"lora_rank": None, "lora_alpha": None, "quantization_config": None}
    paddings = ("valid", "same")

    def __init__(
        self,
        filters: Count,
        kernel_size: Counts,
        strides: Counts = 1,
        padding: Annotated[str, Choice("valid", "same", "causal")] = "valid",
        data_format: DataFormat | None = None,
        dilation_rate: Counts = 1,
        groups: Count = 1,
        activation: Identifier | None = None,
        use_bias: bool = True,
        kernel_initializer: Identifier | None = "glorot_uniform",
        bias_initializer: Identifier | None = "zeros",
        kernel_regularizer: Identifier | None = None,
        bias_regularizer: Identifier | None = None,
        activity_regularizer: Identifier | None = None,
        kernel_constraint: Identifier | None = None,
        bias_constraint: Identifier | None = None,
        **options: Any,
    ):
        super().__init__(activity_regularizer=activity_regularizer, **options)
        kind, axes = type(self).__name__, self.axes
        self.filters = filters
        self.kernel_size = _whole_numbers(kind, "kernel_size", kernel_size, axes)
        self.strides = _whole_numbers(kind, "strides", strides, axes)
        self.padding = padding
        if padding not in self.paddings:
            raise ValueError(f"{kind}: padding should be one of {self.paddings}; received {padding!r}.")
        self.data_format = data_format or image_data_format()
        self.dilation_rate = _whole_numbers(kind, "dilation_rate", dilation_rate, axes)
        self.groups = groups
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self.kernel = self.bias = None
        if self.filters % self.groups:
            raise ValueError(f"{kind} expects filters in {self.groups} equal groups; received filters={filters}.")
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ValueError(
                f"{kind} expects strides of 1 or a dilation_rate of 1; received strides={self.strides} and "
                f"dilation_rate={self.dilation_rate}."
            )

    def build(self, input_shape):
        self.compute_output_shape(input_shape)
        channels = _channels_last(tuple(input_shape), self.data_format)[-1]
        if channels is None or channels % self.groups:
            raise ValueError(
                f"{self._label()} expects channels in {self.groups} equal groups; received inputs of shape "
                f"{input_shape}."
            )
        self.kernel = self.add_weight(
            self._kernel_shape(channels),
            self.kernel_initializer,
            name="kernel",
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )
        self._add_bias(self.filters)

    def _kernel_shape(self, channels):
        return *self.kernel_size, channels // self.groups, self.filters

    def _channels(self):
        """How many channels the kernel was made for."""
        return self.kernel.shape[-2] * self.groups

    def check_input(self, shape):
        super().check_input(shape)
        received, channels = _channels_last(shape, self.data_format)[-1], self._channels()
        if received != channels:
            raise ValueError(f"{self._label()} expects {channels} channels, got {received} (input shape {shape}).")

    def _shape_for(self, shape):
        return shape[0], *self._window_counts(shape), self.filters

    def call(self, inputs):
        return self._finished(self._convolved(_channels_last(inputs, self.data_format), self.kernel, self.groups))


class Conv1D(_Convolution):
    """Convolution of sequences: (batch, length, channels) → (batch, windows, filters).

    Each window is multiplied with each filter and summed; then bias and activation.

    Args:
        filters: the number of filters, which are the channels of the output.
        kernel_size: the length of a window.
        strides: the step from window to window.
        padding: "valid" has windows inside alone, "same" ⌈length / stride⌉ of them with zeros around, "causal" as many
            with zeros before, so that no output looks ahead.
        data_format: "channels_last" or "channels_first", the order of the axes; what is set for all when None.
        dilation_rate: the step between neighbours inside a window.
        groups: how many groups the channels and the filters are divided into; each filter sees its own group.
        activation, use_bias, kernel_initializer, …: as for Dense; the kernel has shape (size, channels / groups,
            filters).

    Raises:
        ValueError: an argument is out of range, or the windows do not fit into the input.

    Source: Waibel et al., "Phoneme Recognition Using Time-Delay Neural Networks" (1989).

    Example:
        >>> layer = Conv1D(1, 2, kernel_initializer="ones")
        >>> layer(np.array([[[1.0], [2.0], [3.0]]])).numpy().ravel()
        array([3., 5.], dtype=float32)
    """

    aliases = ("Convolution1D",)
    axes = 1
    paddings = ("valid", "same", "causal")


class Conv2D(_Convolution):
    """Convolution of images: (batch, height, width, channels) → (batch, rows, columns, filters).

    Each window is multiplied with each filter and summed; then bias and activation.

    Args:
        filters: the number of filters, which are the channels of the output.
        kernel_size: the height and the width of a window, one number for both.
        strides: the steps from window to window.
        padding: "valid" has windows inside alone, "same" ⌈length / stride⌉ of them with zeros around.
        data_format: "channels_last" or "channels_first", the order of the axes; what is set for all when None.
        dilation_rate: the steps between neighbours inside a window.
        groups: how many groups the channels and the filters are divided into; each filter sees its own group.
        activation, use_bias, kernel_initializer, …: as for Dense; the kernel has shape (height, width, channels /
            groups, filters).

    Raises:
        ValueError: an argument is out of range, or the windows do not fit into the input.

    Source: LeCun et al., "Backpropagation Applied to Handwritten Zip Code Recognition" (1989).

    Example:
        >>> Conv2D(8, 3, padding="same")(np.zeros((5, 28, 28, 1))).shape
        (5, 28, 28, 8)
    """

    aliases = ("Convolution2D",)
    axes = 2
