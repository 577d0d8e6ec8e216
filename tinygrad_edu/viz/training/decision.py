"""Where a model draws the line between classes, in the plane of two features."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...common.arguments import checked
from ...common.types import Pair
from ..figures import COLOURS, TEXT, axes_for, colour_bar, dress, legend_beside
from ..texts import say
from .models import check_built, gives_logits, points_and_classes, predicted_classes, scores, threshold

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from typing import Any

    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike

    from ...nn import Model

_MARKERS = ("o", "s", "^", "D", "v", "P", "X")


@checked
def decision_boundary(
    model: Model,
    x: ArrayLike,
    y: ArrayLike,
    features: Sequence[int] = (0, 1),
    names: Collection[Any] | None = None,
    labels: Collection[Any] | None = None,
    points: Pair = 200,
    ax: Axes | None = None,
) -> Any:
    """Show what a model says in every point of the plane of two features, and the samples on it.

    Two classes are shades from one colour to the other, with the boundary as a line; more classes are areas, the
    paler the less sure. A sample that the model puts into another class is ringed in black. Of wider data the other
    features stay at their means, so a sample need not stand on the side that the model puts it on.

    Args:
        model: a model that tells classes apart, with one output or one for each class.
        x: samples, shape (samples, features).
        y: class numbers, shape (samples,), or one-hot rows.
        features: the columns of x that are the axes.
        names: what the two features are called, or all features; those of a DataFrame by default.
        labels: what the classes are called.
        points: how many points are asked along each axis, 2 or more.
        ax: the Axes to draw on. By default a new Figure.

    Returns:
        The new Figure, or `ax` where it was given.

    Raises:
        TypeError: this is no model.
        ValueError: x has not two features or more, NaN in the data, a model without weights, or features, names,
            labels or points that do not fit.
        ImportError: matplotlib is not installed.

    Example:
        >>> from tinygrad_edu.nn import Dense, Input, Sequential
        >>> from tinygrad_edu.viz import decision_boundary
        >>> model = Sequential([Input((2,)), Dense(1, activation="sigmoid")])
        >>> figure = decision_boundary(model, [[0.0, 1.0], [1.0, 0.0]], [0, 1], names=("width", "length"))
        >>> figure.axes[0].get_xlabel()
        'width'
    """
    check_built(model, "decision_boundary")
    columns = getattr(x, "columns", None)
    x, classes = points_and_classes(model, x, y, "decision_boundary")
    features = _checked(features, x)
    if names is None and columns is not None:
        names = [columns[i] for i in features]
    names = _names(names, features, x.shape[1])
    across, up, plane = _plane(x, features, points)
    outputs, told = scores(model, plane), predicted_classes(model, scores(model, x), classes)
    axis, drawn = axes_for(ax)
    axis.set_facecolor("white")  # the shades are light, whatever the style
    if outputs.shape[1] == 1:
        _shade_two(axis, across, up, outputs[:, 0], model, classes)
        kinds = [-1, 1] if (classes == -1).any() else [0, 1]
    else:
        _shade_many(axis, across, up, outputs, gives_logits(model))
        kinds = list(range(outputs.shape[1]))
    strange = sorted(set(classes.tolist()) - set(kinds))
    if strange:
        raise ValueError(f"decision_boundary: the model tells the classes {kinds} apart; y has {strange} too.")
    _draw_samples(axis, x[:, features], classes, told, kinds, _labels(labels, kinds))
    dress(axis, *names)
    axis.grid(False)
    legend_beside(axis, own=ax is None)
    return drawn


def _checked(features, x):
    if x.ndim != 2 or x.shape[1] < 2:
        raise ValueError(f"decision_boundary expects x with two features or more; received shape {x.shape}.")
    features = list(features)
    if len(features) != 2 or features[0] == features[1]:
        raise ValueError(f"features expects two different columns, such as (0, 1); received {tuple(features)}.")
    for i in features:
        if not isinstance(i, int | np.integer) or not 0 <= i < x.shape[1]:
            raise ValueError(f"features: x has the columns 0 to {x.shape[1] - 1}; received {i!r}.")
    return features


def _names(names, features, count):
    """The names of the two axes."""
    if names is None:
        return [say("feature {i}", i=i) for i in features]
    if len(names) not in (2, count):
        every = f", or {count} for all features" if count > 2 else ""
        raise ValueError(f"names expects 2 names{every}; received {len(names)}.")
    return [str(name) for name in (names if len(names) == 2 else [names[i] for i in features])]


def _labels(labels, kinds):
    if labels is None:
        return [say("class {kind}", kind=kind) for kind in kinds]
    if len(labels) != len(kinds):
        raise ValueError(f"labels expects {len(kinds)} names, one a class; received {len(labels)}.")
    return [str(label) for label in labels]


def _plane(x, features, points):
    """The values along both axes, and every point of the plane as a sample."""
    axes = []
    for i in features:
        low, high = x[:, i].min(), x[:, i].max()
        room = 0.12 * (high - low) or 1.0
        axes.append(np.linspace(low - room, high + room, points))
    plane = np.tile(x.mean(axis=0), (points * points, 1)).astype(x.dtype)
    plane[:, features] = np.stack([grid.ravel() for grid in np.meshgrid(*axes)], axis=1)
    return *axes, plane


def _shade_two(axis, across, up, outputs, model, classes):
    from matplotlib.colors import LinearSegmentedColormap

    shades = LinearSegmentedColormap.from_list("two classes", [COLOURS[0], "white", COLOURS[1]])
    at, grid = threshold(model, classes), outputs.reshape(len(up), len(across))
    far = np.abs(grid - at).max() or 1.0
    far = far if at == 0 else 0.5
    drawn = axis.pcolormesh(
        across, up, grid, cmap=shades, vmin=at - far, vmax=at + far, alpha=0.45, shading="nearest", rasterized=True
    )
    if grid.min() < at < grid.max():
        axis.contour(across, up, grid, levels=[at], colors="black", linewidths=2)
    colour_bar(axis, drawn, say("score") if at == 0 else say("probability of the second class"))


def _shade_many(axis, across, up, outputs, from_logits):
    from matplotlib.colors import to_rgb

    best = outputs.argmax(axis=1)
    if from_logits:
        outputs = np.exp(outputs - outputs.max(axis=1, keepdims=True))
    sure = outputs.max(axis=1) / outputs.sum(axis=1)
    strength = (0.15 + 0.4 * np.clip(sure, 0, 1))[:, None]
    colours = np.array([to_rgb(_colour(k)) for k in range(outputs.shape[1])])[best]
    image = (1 - strength) + strength * colours
    grid = (len(up), len(across))
    axis.pcolormesh(across, up, image.reshape(*grid, 3), shading="nearest", rasterized=True)
    for kind in np.unique(best):
        axis.contour(across, up, (best == kind).reshape(grid).astype(float), levels=[0.5], colors="black", linewidths=1)


def _colour(k):
    return COLOURS[k % len(COLOURS)]


def _draw_samples(axis, x, classes, told, kinds, labels):
    for k, (kind, label) in enumerate(zip(kinds, labels, strict=True)):
        own = classes == kind
        look = {"s": 36, "color": _colour(k), "marker": _MARKERS[k % len(_MARKERS)], "edgecolors": "white"}
        axis.scatter(*x[own].T, label=label, linewidths=0.8, **look)
    from matplotlib.patheffects import withStroke

    wrong = classes != told
    if wrong.any():
        text = say("in another class:\n{wrong} of {count}", wrong=wrong.sum(), count=len(x))
        rings = axis.scatter(*x[wrong].T, s=110, facecolors="none", edgecolors="black", linewidths=1.5, label=text)
        rings.set_path_effects([withStroke(linewidth=3, foreground="white")])
    axis.xaxis.label.set_fontsize(TEXT)
