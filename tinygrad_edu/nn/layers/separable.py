"""Convolution in parts: of each channel by itself (depthwise), and then from channel to channel (separable)."""

from typing import Any

from ...common.checks import whole
from ...common.types import Identifier, Lengths
from ...engine.variable import Variable
from .. import activations, constraints, initializers, regularizers
from .convolution import _OverWindows
from .shared import _channels_last, _one_of, _order_of_axes, _product, _whole_numbers


class _ByChannel(_OverWindows):
    """Convolves each channel with filters of its own; `_take_windows` takes the arguments that this needs."""

    bias: Variable

    def _take_windows(self, kernel_size, strides, padding, depth_multiplier, data_format, dilation_rate):
        kind, axes = type(self).__name__, self.axes
        self.kernel_size = _whole_numbers(kind, "kernel_size", kernel_size, axes)
        self.strides = _whole_numbers(kind, "strides", strides, axes)
        self.padding = _one_of(kind, "padding", padding, ("valid", "same"))
        self.depth_multiplier = whole("depth_multiplier", depth_multiplier, owner=kind)
        self.data_format = _order_of_axes(kind, data_format)
        self.dilation_rate = _whole_numbers(kind, "dilation_rate", dilation_rate, axes)

    def _built_channels(self, input_shape):
        """The number of channels of the inputs, which has to be known."""
        self.compute_output_shape(input_shape)
        channels = _channels_last(tuple(input_shape), self.data_format)[-1]
        if channels is None:
            raise ValueError(f"{self._label()} expects a known number of channels; received shape {input_shape}.")
        return channels

    def check_input(self, shape):
        super().check_input(shape)
        received, channels = _channels_last(shape, self.data_format)[-1], self._depthwise().shape[-2]
        if received != channels:
            raise ValueError(f"{self._label()} expects {channels} channels, got {received} (input shape {shape}).")

    def _by_channel(self, inputs):
        """Each channel convolved with its own filters: (batch, …windows, channels · depth_multiplier)."""
        kernel = self._depthwise()
        channels = kernel.shape[-2]
        filters = kernel.reshape((*self.kernel_size, 1, channels * self.depth_multiplier))
        return self._convolved(_channels_last(inputs, self.data_format), filters, channels)


class _Depthwise(_ByChannel):
    """Depthwise convolution over any number of axes of positions, which `axes` says."""

    kernel: Variable

    def __init__(
        self,
        kernel_size: Lengths,
        strides: Lengths = 1,
        padding: str = "valid",
        depth_multiplier: int = 1,
        data_format: str | None = None,
        dilation_rate: Lengths = 1,
        activation: Identifier | None = None,
        use_bias: bool = True,
        depthwise_initializer: Identifier | None = "glorot_uniform",
        bias_initializer: Identifier | None = "zeros",
        depthwise_regularizer: Identifier | None = None,
        bias_regularizer: Identifier | None = None,
        activity_regularizer: Identifier | None = None,
        depthwise_constraint: Identifier | None = None,
        bias_constraint: Identifier | None = None,
        **options: Any,
    ):
        super().__init__(activity_regularizer=activity_regularizer, **options)
        self._take_windows(kernel_size, strides, padding, depth_multiplier, data_format, dilation_rate)
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.depthwise_initializer = initializers.get(depthwise_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.depthwise_regularizer = regularizers.get(depthwise_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.depthwise_constraint = constraints.get(depthwise_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self.kernel = self.bias = None

    def build(self, input_shape):
        channels = self._built_channels(input_shape)
        self.kernel = self.add_weight(
            (*self.kernel_size, channels, self.depth_multiplier),
            self.depthwise_initializer,
            name="kernel",
            regularizer=self.depthwise_regularizer,
            constraint=self.depthwise_constraint,
        )
        self._add_bias(channels * self.depth_multiplier)

    def _depthwise(self):
        return self.kernel

    def _shape_for(self, shape):
        channels = None if shape[-1] is None else shape[-1] * self.depth_multiplier
        return shape[0], *self._window_counts(shape), channels

    def call(self, inputs):
        return self._finished(self._by_channel(inputs))


class DepthwiseConv1D(_Depthwise):
    """Convolution of each channel of sequences by itself: (batch, length, channels) → (batch, …, channels · depth).

    Args:
        kernel_size: the length of a window.
        strides: the step from window to window.
        padding: "valid" has windows inside alone, "same" ⌈length / stride⌉ of them with zeros around.
        depth_multiplier: how many filters each channel has; their outputs stand side by side.
        data_format: "channels_last" or "channels_first", the order of the axes; what is set for all when None.
        dilation_rate: the step between neighbours inside a window.
        activation, use_bias, depthwise_initializer, …: as for Dense; the kernel has shape (size, channels, depth).

    Raises:
        ValueError: an argument is out of range, or the windows do not fit into the input.

    Example:
        >>> DepthwiseConv1D(3, depth_multiplier=2)(np.zeros((5, 10, 4))).shape
        (5, 8, 8)
    """

    axes = 1


class DepthwiseConv2D(_Depthwise):
    """Convolution of each channel of images by itself: (batch, height, width, channels) → (batch, …, channels · depth).

    Args:
        kernel_size: the height and the width of a window, one number for both.
        strides: the steps from window to window.
        padding: "valid" has windows inside alone, "same" ⌈length / stride⌉ of them with zeros around.
        depth_multiplier: how many filters each channel has; their outputs stand side by side.
        data_format: "channels_last" or "channels_first", the order of the axes; what is set for all when None.
        dilation_rate: the steps between neighbours inside a window.
        activation, use_bias, depthwise_initializer, …: as for Dense; the kernel has shape (height, width, channels,
            depth).

    Raises:
        ValueError: an argument is out of range, or the windows do not fit into the input.

    Source: Howard et al., "MobileNets" (2017).

    Example:
        >>> DepthwiseConv2D(3, padding="same")(np.zeros((5, 28, 28, 4))).shape
        (5, 28, 28, 4)
    """

    axes = 2


class _Separable(_ByChannel):
    """Separable convolution over any number of axes of positions, which `axes` says."""

    depthwise_kernel: Variable
    pointwise_kernel: Variable

    def __init__(
        self,
        filters: int,
        kernel_size: Lengths,
        strides: Lengths = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Lengths = 1,
        depth_multiplier: int = 1,
        activation: Identifier | None = None,
        use_bias: bool = True,
        depthwise_initializer: Identifier | None = "glorot_uniform",
        pointwise_initializer: Identifier | None = "glorot_uniform",
        bias_initializer: Identifier | None = "zeros",
        depthwise_regularizer: Identifier | None = None,
        pointwise_regularizer: Identifier | None = None,
        bias_regularizer: Identifier | None = None,
        activity_regularizer: Identifier | None = None,
        depthwise_constraint: Identifier | None = None,
        pointwise_constraint: Identifier | None = None,
        bias_constraint: Identifier | None = None,
        **options: Any,
    ):
        super().__init__(activity_regularizer=activity_regularizer, **options)
        self.filters = whole("filters", filters, owner=type(self).__name__)
        self._take_windows(kernel_size, strides, padding, depth_multiplier, data_format, dilation_rate)
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.depthwise_initializer = initializers.get(depthwise_initializer)
        self.pointwise_initializer = initializers.get(pointwise_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.depthwise_regularizer = regularizers.get(depthwise_regularizer)
        self.pointwise_regularizer = regularizers.get(pointwise_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.depthwise_constraint = constraints.get(depthwise_constraint)
        self.pointwise_constraint = constraints.get(pointwise_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self.depthwise_kernel = self.pointwise_kernel = self.bias = None

    def build(self, input_shape):
        channels = self._built_channels(input_shape)
        self.depthwise_kernel = self.add_weight(
            (*self.kernel_size, channels, self.depth_multiplier),
            self.depthwise_initializer,
            name="depthwise_kernel",
            regularizer=self.depthwise_regularizer,
            constraint=self.depthwise_constraint,
        )
        self.pointwise_kernel = self.add_weight(
            (*(1,) * self.axes, channels * self.depth_multiplier, self.filters),
            self.pointwise_initializer,
            name="pointwise_kernel",
            regularizer=self.pointwise_regularizer,
            constraint=self.pointwise_constraint,
        )
        self._add_bias(self.filters)

    def _depthwise(self):
        return self.depthwise_kernel

    def _shape_for(self, shape):
        return shape[0], *self._window_counts(shape), self.filters

    def call(self, inputs):
        parts = self._by_channel(inputs)
        *places, channels = parts.shape
        out = parts.reshape((_product(places), channels)) @ self.pointwise_kernel.reshape((channels, self.filters))
        return self._finished(out.reshape((*places, self.filters)))


class SeparableConv1D(_Separable):
    """Convolution of sequences in two parts, of each channel by itself and then from channel to channel.

    Args:
        filters: the number of channels of the output.
        kernel_size: the length of a window.
        strides: the step from window to window.
        padding: "valid" has windows inside alone, "same" ⌈length / stride⌉ of them with zeros around.
        data_format: "channels_last" or "channels_first", the order of the axes; what is set for all when None.
        dilation_rate: the step between neighbours inside a window.
        depth_multiplier: how many filters each channel has in the first part.
        activation, use_bias, depthwise_initializer, pointwise_initializer, …: as for Dense; the kernels have shapes
            (size, channels, depth) and (1, channels · depth, filters).

    Raises:
        ValueError: an argument is out of range, or the windows do not fit into the input.

    Example:
        >>> SeparableConv1D(6, 3)(np.zeros((5, 10, 4))).shape
        (5, 8, 6)
    """

    aliases = ("SeparableConvolution1D",)
    axes = 1


class SeparableConv2D(_Separable):
    """Convolution of images in two parts, of each channel by itself and then from channel to channel.

    For kernels of k × k values it takes k²·C + C·filters weights in place of k²·C·filters.

    Args:
        filters: the number of channels of the output.
        kernel_size: the height and the width of a window, one number for both.
        strides: the steps from window to window.
        padding: "valid" has windows inside alone, "same" ⌈length / stride⌉ of them with zeros around.
        data_format: "channels_last" or "channels_first", the order of the axes; what is set for all when None.
        dilation_rate: the steps between neighbours inside a window.
        depth_multiplier: how many filters each channel has in the first part.
        activation, use_bias, depthwise_initializer, pointwise_initializer, …: as for Dense; the kernels have shapes
            (height, width, channels, depth) and (1, 1, channels · depth, filters).

    Raises:
        ValueError: an argument is out of range, or the windows do not fit into the input.

    Source: Chollet, "Xception: Deep Learning with Depthwise Separable Convolutions" (2017).

    Example:
        >>> SeparableConv2D(8, 3, padding="same")(np.zeros((5, 28, 28, 4))).shape
        (5, 28, 28, 8)
    """

    aliases = ("SeparableConvolution2D",)
    axes = 2
