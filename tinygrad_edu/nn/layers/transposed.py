"""Transposed convolution: each value is spread over a window, so that images grow. It is the gradient of convolution.

Of all values at once one matrix product makes windows, which are added where they overlap.
"""

from typing import Any

from ...common.checks import is_whole
from ...common.types import Identifier, Lengths
from ...ops.windows import add_windows
from .convolution import _Convolution, _padded
from .shared import _channels_last, _product


class _Transposed(_Convolution):
    """Transposed convolution over any number of axes of positions, which `axes` says."""

    unsupported_arguments = {}

    def __init__(
        self,
        filters: int,
        kernel_size: Lengths,
        strides: Lengths = 1,
        padding: str = "valid",
        output_padding: Lengths | None = None,
        data_format: str | None = None,
        dilation_rate: Lengths = 1,
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
        super().__init__(
            filters, kernel_size, strides, padding, data_format, dilation_rate, 1, activation, use_bias,
            kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer, activity_regularizer,
            kernel_constraint, bias_constraint, **options,
        )  # fmt: skip
        self.output_padding = None if output_padding is None else self._checked_output_padding(output_padding)

    @classmethod
    def argument_names(cls):
        return [name for name in super().argument_names() if name != "groups"]

    def _checked_output_padding(self, given):
        values = tuple(given) if isinstance(given, (tuple, list)) else (given,) * self.axes
        fits = [is_whole(n, least=0) and n < s for n, s in zip(values, self.strides)]
        if len(values) != self.axes or not all(fits):
            raise ValueError(
                f"{type(self).__name__} expects output_padding of whole numbers from 0 to below strides "
                f"{self.strides}; received {given!r}."
            )
        return tuple(map(int, values))

    def _kernel_shape(self, channels):
        return *self.kernel_size, self.filters, channels

    def _channels(self):
        return self.kernel.shape[-1]

    def _margins(self):
        """The padding at the beginning and the end of each axis of what the windows cover; below 0 it is cut off.

        "valid" gives max(reach, stride) entries for one value, "same" so many as the stride has; output_padding says
        how many more than the least that would fit.
        """
        margins, further = [], self.output_padding or (None,) * self.axes
        for k, s, d, more in zip(self.kernel_size, self.strides, self.dilation_rate, further):
            reach = (k - 1) * d + 1
            if self.padding == "valid":
                margins.append((0, max(s - reach, 0) if more is None else more))
                continue
            total = s + reach - 2 if more is None else reach + reach % 2 - 2 + more
            left = min(total // 2 + total % 2, reach - 1)
            margins.append((left - reach + 1, total - left - reach + 1))
        return margins

    def _covered(self, lengths):
        """The lengths that the windows of so many values cover."""
        steps = zip(lengths, self.kernel_size, self.strides, self.dilation_rate)
        return [None if n is None else (n - 1) * s + (k - 1) * d + 1 for n, k, s, d in steps]

    def _shape_for(self, shape):
        covered = zip(self._covered(shape[1:-1]), self._margins())
        return shape[0], *[None if n is None else n + before + after for n, (before, after) in covered], self.filters

    def call(self, inputs):
        inputs = _channels_last(inputs, self.data_format)
        *places, channels = inputs.shape
        columns = self.kernel.reshape((_product(self.kernel.shape[:-1]), channels))
        windows = inputs.reshape((_product(places), channels)) @ columns.T
        windows = windows.reshape((*places, *self.kernel.shape[:-1]))
        shape = (places[0], *self._covered(places[1:]), self.filters)
        dilation = None if max(self.dilation_rate) == 1 else self.dilation_rate
        return self._finished(_with_margins(add_windows(windows, shape, self.strides, dilation), self._margins()))


def _with_margins(values, margins):
    """Zeros around the positions where a margin is above 0, and positions cut off where it is below."""
    inside = [slice(max(-before, 0), min(after, 0) or None) for before, after in margins]
    if any(part != slice(0, None) for part in inside):
        values = values[(slice(None), *inside)]
    return _padded(values, [(max(before, 0), max(after, 0)) for before, after in margins])


class Conv1DTranspose(_Transposed):
    """Transposed convolution of sequences: (batch, length, channels) → (batch, about length · strides, filters).

    Each value adds its multiple of a filter to the output, one stride farther than the value before; then bias
    and activation.

    Args:
        filters: the number of filters, which are the channels of the output.
        kernel_size: the length of a filter.
        strides: how much farther each value begins than the one before.
        padding: "valid" gives (length − 1) · strides + max(kernel_size, strides) values, "same" length · strides.
        output_padding: how many values the output has beyond the least, from 0 to below strides; None as above.
        data_format: "channels_last" or "channels_first", the order of the axes; what is set for all when None.
        dilation_rate: the step between neighbours inside a filter.
        activation, use_bias, kernel_initializer, …: as for Dense; the kernel has shape (size, filters, channels).

    Raises:
        ValueError: an argument is out of range.

    Source: Zeiler et al., "Deconvolutional Networks" (2010).

    Example:
        >>> layer = Conv1DTranspose(1, 2, strides=2, kernel_initializer="ones")
        >>> layer(np.array([[[1.0], [2.0]]])).numpy().ravel()
        array([1., 1., 2., 2.], dtype=float32)
    """

    aliases = ("Convolution1DTranspose",)
    axes = 1


class Conv2DTranspose(_Transposed):
    """Transposed convolution of images: (batch, height, width, channels) → (batch, rows, columns, filters).

    Each value adds its multiple of a filter to the output, one stride farther than the value before; then bias
    and activation.

    Args:
        filters: the number of filters, which are the channels of the output.
        kernel_size: the height and the width of a filter, one number for both.
        strides: how much farther each value begins than the one before, along each axis.
        padding: "valid" gives (length − 1) · strides + max(kernel_size, strides) values, "same" length · strides.
        output_padding: how many values the output has beyond the least, from 0 to below strides; None as above.
        data_format: "channels_last" or "channels_first", the order of the axes; what is set for all when None.
        dilation_rate: the steps between neighbours inside a filter.
        activation, use_bias, kernel_initializer, …: as for Dense; the kernel has shape (height, width, filters,
            channels).

    Raises:
        ValueError: an argument is out of range.

    Source: Zeiler et al., "Deconvolutional Networks" (2010).

    Example:
        >>> Conv2DTranspose(8, 3, strides=2, padding="same")(np.zeros((5, 7, 7, 16))).shape
        (5, 14, 14, 8)
    """

    aliases = ("Convolution2DTranspose",)
    axes = 2
