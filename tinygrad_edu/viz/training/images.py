"""Weights as images: what each neuron of a network looks for in a picture."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ...common.arguments import checked
from ...common.types import Count
from ..figures import LARGE_SLIDE, TEXT, new_figure, shortened
from ..texts import say
from .models import check_built

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from typing import Any

    from ...nn import Layer

_MOST = 64  # images in a figure
_WIDE = 16 / 9
_LETTERS = 84  # in a row of titles


@checked
def weight_images(model: Layer, shape: Sequence[Count] | None = None, labels: Collection[Any] | None = None) -> Any:
    """Show the kernel of a layer as images, one for each neuron or filter, red where it is negative and blue where
    it is positive, white at 0; all on one scale. NaN and infinity are black.

    Args:
        model: a layer Dense or Conv2D; or a model, whose first such layer is taken.
        shape: (rows, columns) of the picture that the features of a Dense layer are; by default a square.
        labels: what the neurons are called, such as the ten digits.

    Returns:
        The Figure. Of more than 64 images the first 64 are shown, and the title says so.

    Raises:
        TypeError: there is no layer with a kernel.
        ValueError: no weights yet, a shape that does not fit the features, or labels that do not fit the neurons.
        ImportError: matplotlib is not installed.

    Example:
        >>> from tinygrad_edu.nn import Dense, Input, Sequential
        >>> from tinygrad_edu.viz import weight_images
        >>> model = Sequential([Input((64,)), Dense(10, activation="softmax")])
        >>> figure = weight_images(model)
        >>> figure.axes[0].get_title(), figure.axes[0].images[0].get_array().shape
        ('0', (8, 8))
    """
    layer = _layer_with_kernel(model)
    kernel = layer.kernel.numpy()
    images = _of_dense(kernel, shape) if kernel.ndim == 2 else _of_filters(kernel)
    if labels is not None and len(labels) != kernel.shape[-1]:
        raise ValueError(f"labels expects {kernel.shape[-1]} names, one a neuron; received {len(labels)}.")
    texts = _titles(kernel, labels)
    count = min(len(images), _MOST)
    rows, columns = _layout(count, *images.shape[1:])
    figure = new_figure(*LARGE_SLIDE)
    from matplotlib import colormaps

    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    letters = max(4, int(_LETTERS / columns))
    finite = np.isfinite(images)
    largest = float(np.abs(images[finite]).max(initial=0.0)) or 1.0
    colours = colormaps["RdBu"].with_extremes(bad="black")
    for axis, values, text in zip(axes, np.where(finite, images, np.nan)[:count], texts, strict=False):
        shown = axis.imshow(values, cmap=colours, vmin=-largest, vmax=largest, interpolation="nearest")
        axis.set_title(shortened(text, letters), fontsize=TEXT - 1 if count > 30 else TEXT, pad=3)
        axis.set_xticks([])
        axis.set_yticks([])
    for axis in axes[count:]:
        axis.set_axis_off()
    bar = figure.colorbar(shown, ax=list(axes), pad=0.02)
    bar.set_label(say("weight"), fontsize=TEXT)
    bar.ax.tick_params(labelsize=TEXT - 1)
    text = say("{layer}: its kernel", layer=layer.name)
    if count < len(images):
        text += say(", the first {count} of {all}", count=count, all=len(images))
    if not finite.all():
        text += say(", {lost:,} of {count:,} numbers NaN or infinite", lost=(~finite).sum(), count=images.size)
    figure.suptitle(text, fontsize=TEXT + 1)
    return figure


def _layer_with_kernel(model):
    """The layer itself, or the first inside that has a kernel of two or four axes."""
    if not hasattr(model, "weights"):
        raise TypeError(f"weight_images expects a layer or a model; received {type(model).__name__}.")
    for layer in _inside(model):
        kernel = getattr(layer, "kernel", None)
        if kernel is not None and kernel.ndim in (2, 4):
            return layer
    if not getattr(model, "built", True):
        check_built(model, "weight_images")
    raise TypeError(f"{model.name!r} has no Dense or Conv2D layer: weight_images needs a kernel to show.")


def _inside(layer):
    yield layer
    for inner in layer.sublayers:
        yield from _inside(inner)


def _of_dense(kernel, shape):
    """The columns of a kernel (features, neurons) as images."""
    features = kernel.shape[0]
    if shape is None:
        side = math.isqrt(features)
        shape = (side, side)
        if side * side != features:
            raise ValueError(
                f"The {features} features of this layer are no square: say what the picture is, such as "
                f"shape=(1, {features})."
            )
    if len(shape) != 2 or shape[0] * shape[1] != features:
        raise ValueError(f"shape expects (rows, columns) with {features} pixels in all; received {shape!r}.")
    return kernel.T.reshape(-1, *shape)


def _of_filters(kernel):
    """The kernel (height, width, channels, filters) of a convolution: channel after channel of each filter."""
    height, width = kernel.shape[:2]
    return kernel.transpose(3, 2, 0, 1).reshape(-1, height, width)


def _titles(kernel, labels):
    labels = [str(label) for label in (range(kernel.shape[-1]) if labels is None else labels)]
    channels = kernel.shape[2] if kernel.ndim == 4 else 1
    if channels == 1:
        return labels
    return [f"{label}, ch. {channel}" for label in labels for channel in range(channels)]


def _layout(count, height, width):
    """How many rows and columns of images show them largest on a slide."""

    def size(columns):
        return min(_WIDE / (columns * width), 1 / (math.ceil(count / columns) * height))

    columns = max(range(1, count + 1), key=size)
    return math.ceil(count / columns), columns
