"""The landscape of the loss: what the loss would be with other weights around those of a model.

A network has too many weights to draw. Two directions through its weights span a plane, and the loss above that
plane is a surface: directions drawn at random, or those in which the training moved most.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np

from ...common.arguments import Whole, checked
from ...common.types import Positive, Seed
from ...nn.callbacks import WeightRecorder
from ...nn.callbacks.recording import named_weights
from ..figures import COLOURS, axes_for, legend_beside, title
from ..texts import say
from ..training.models import LARGEST_BATCH, copy_of
from .contours import draw_plane

if TYPE_CHECKING:
    from typing import Any

    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike

    from ...nn import Model

_KINDS = ("contour", "3d")
_MOST_SAMPLES = 4096


@checked
def landscape(
    model: Model,
    x: ArrayLike,
    y: ArrayLike,
    recorder: WeightRecorder | None = None,
    radius: Positive = 1.0,
    points: Annotated[int, Whole(least=3)] = 25,
    seed: Seed | None = 0,
    kind: Literal["contour", "3d"] = "contour",
    ax: Axes | None = None,
) -> Any:
    """Show the loss around the weights of a model, along two directions; the model stays as it is.

    Without a recorder the directions are random and filter-normalised (Li et al., 2018): each neuron's or filter's
    part has the norm that its weights have, and biases and scales, arrays of one axis, stay; so networks of different
    scales compare. With a `WeightRecorder` they are the first two principal components of the way that the training
    took to the weights it ended with, and that way is drawn.

    Args:
        model: a compiled model with weights.
        x, y: samples and targets, as for `evaluate`; of more than 4096 samples the first 4096.
        recorder: the WeightRecorder of the training.
        radius: how far to go along random directions: 1 is as far as the weights are large.
        points: how many losses are computed along each axis; odd, so that the middle is one of them.
        seed: of the random directions.
        kind: "contour" or "3d".
        ax: the Axes to draw on. By default a new Figure.

    Returns:
        The new Figure, or `ax` where it was given.

    Raises:
        TypeError: this is no model, or no WeightRecorder.
        ValueError: no loss, no weights, fewer than three records, weights of another model, weights or losses that
            are NaN or infinite, or numbers out of range.
        ImportError: matplotlib is not installed.

    Source:
        Li, Xu, Taylor, Studer & Goldstein, «Visualizing the Loss Landscape of Neural Nets» (2018).

    Example:
        >>> from tinygrad_edu.nn import Dense, Input, Sequential
        >>> from tinygrad_edu.viz import landscape
        >>> model = Sequential([Input((2,)), Dense(3, activation="tanh"), Dense(1)])
        >>> model.compile("sgd", "mse")
        >>> figure = landscape(model, np.ones((8, 2)), np.ones(8), points=5)
        >>> figure.axes[0].get_xlabel()
        'direction 1'
    """
    across, up, losses, path, what = loss_plane(model, x, y, recorder, radius, points, seed)
    names = (say("direction {n}", n=1), say("direction {n}", n=2))
    axis, drawn = axes_for(ax, kind)
    losses, label = _cut(losses)
    draw_plane(axis, kind, across, up, losses, label, names)
    heights = [] if kind == "contour" else [np.array([_height(across, up, losses, point) for point in path])]
    if len(path) > 1:
        axis.plot(*path.T, *heights, "o-", color=COLOURS[1], markersize=4, linewidth=1.8, label=say("training"))
    end = [*path[-1:].T, *[h[-1:] for h in heights]]
    look = {"color": COLOURS[1], "markeredgecolor": "black", "markersize": 16, "linestyle": "none"}
    axis.plot(*end, "*", label=say("the model"), **look)
    title(
        axis, say("{loss} of {model}\nalong {what}", loss=model.loss.name, model=model.name, what=what), own=ax is None
    )
    legend_beside(axis, own=ax is None)
    return drawn


def loss_plane(model, x, y, recorder=None, radius=1.0, points=25, seed=0):
    """The losses that `landscape` draws.

    Returns:
        (steps across, steps up, losses of shape (up, across), the path of the training in these steps with the
        model's place last, what the directions are in words).
    """
    with copy_of(model, "landscape") as copy:
        data = copy.prepare(x, y)
        x, y = (array[:_MOST_SAMPLES] for array in data[:2])
        weights = [weight for _, _, weight in named_weights(copy)]
        centre = [weight.numpy() for weight in weights]
        if not centre:
            raise ValueError(f"landscape: {model.name!r} has no trainable weights.")
        if not all(np.isfinite(array).all() for array in centre):
            raise ValueError(f"landscape: weights of {model.name!r} are NaN or infinite: its training diverged.")
        if recorder is None:
            directions = random_directions(centre, seed)
            path, what = np.zeros((1, 2)), say("random directions, filter-normalised")
            across = up = np.linspace(-radius, radius, points)
        else:
            directions, path, shares = _principal(recorder, copy, centre)
            what = say("the principal components of its training ({a:.0%}, {b:.0%})", a=shares[0], b=shares[1])
            across, up = (_span(column, points) for column in path.T)
        losses = np.empty((len(up), len(across)))
        for i, j in np.ndindex(*losses.shape):
            _place(weights, centre, directions, across[j], up[i])
            losses[i, j] = _loss(copy, x, y)
    if not np.isfinite(losses).any():
        raise ValueError("landscape: the loss is NaN or infinite everywhere in the plane.")
    return across, up, losses, path, what


def random_directions(weights, seed=0):
    """Two random directions through weights, filter-normalised: a list of arrays each.

    For every neuron or filter, the last axis of a kernel, ‖direction‖ = ‖weights‖. Arrays of one axis, such as
    biases, have direction 0.

    Example:
        >>> first, _ = random_directions([np.array([[3.0, 0.0], [4.0, 2.0]]), np.ones(2)])
        >>> np.linalg.norm(first[0], axis=0), first[1]
        (array([5., 2.]), array([0., 0.]))
    """
    rng = np.random.default_rng(seed)
    return [[_normalised(rng.standard_normal(w.shape), w) for w in weights] for _ in range(2)]


def _normalised(direction, weight):
    if weight.ndim < 2:
        return np.zeros(weight.shape)
    axes = tuple(range(weight.ndim - 1))
    norm = np.sqrt((direction**2).sum(axis=axes))
    return direction * np.sqrt((weight.astype(float) ** 2).sum(axis=axes)) / np.where(norm > 0, norm, 1)


def _principal(recorder, model, centre):
    """The first two principal components of the way to the centre, the way in them, and their shares of it."""
    if not isinstance(recorder, WeightRecorder):
        raise TypeError(f"landscape expects a WeightRecorder; received {type(recorder).__name__}.")
    names = [name for name, _, _ in named_weights(model)]
    columns = [recorder.weights.get(name, []) for name in names]
    shapes = [[np.shape(array) for array in column[:1]] for column in columns]
    count = min(map(len, columns))
    if count < 3:
        raise ValueError(
            f"landscape needs three records or more of the weights {', '.join(names)}; the recorder has {count}. "
            "Pass it to fit(callbacks=[recorder]) for more epochs, or record with every=1."
        )
    if shapes != [[array.shape] for array in centre]:
        raise ValueError("landscape: the recorder has weights of other shapes: it belongs to another model.")
    steps = [np.concatenate([np.ravel(c[-count + k]) for c in columns]).astype(float) for k in range(count)]
    end = np.concatenate([np.ravel(array) for array in centre]).astype(float)
    steps = np.stack([*steps, end]) - end
    if not np.isfinite(steps).all():
        raise ValueError("landscape: recorded weights are NaN or infinite, so their way cannot be shown.")
    _, sizes, components = np.linalg.svd(steps - steps.mean(axis=0), full_matrices=False)
    if not sizes[0] > 0:
        raise ValueError("landscape: the recorded weights never changed, so there is no way to show.")
    ends = np.cumsum([array.size for array in centre])[:-1]
    directions = [
        [part.reshape(array.shape) for part, array in zip(np.split(component, ends), centre, strict=True)]
        for component in components[:2]
    ]
    return directions, steps @ components[:2].T, sizes[:2] ** 2 / (sizes**2).sum()


def _span(values, points):
    """The steps along an axis: all of the path with room around it, and 0, the model, exactly among them."""
    far = 1.25 * np.abs(values).max() or 1.0
    low, high = min(values.min() - 0.3 * far, -0.4 * far), max(values.max() + 0.3 * far, 0.4 * far)
    grid = np.linspace(low, high, points)
    return grid - grid[np.abs(grid).argmin()]


def _place(weights, centre, directions, across, up):
    for weight, values, first, second in zip(weights, centre, *directions, strict=True):
        weight.data = (values + across * first + up * second).astype(values.dtype)


def _loss(model, x, y):
    """The loss on all samples, by the model's test program."""
    return model.evaluate(x, y, batch_size=min(len(x), LARGEST_BATCH), verbose=0, return_dict=True)["loss"]


def _cut(losses):
    """Losses far above the rest are cut off, so that they do not flatten all that is below; the label says so."""
    known = losses[np.isfinite(losses)]
    losses = np.where(np.isfinite(losses), losses, np.nan)
    most = known.min() + 20 * (np.median(known) - known.min())
    if known.max() <= most or most <= known.min():
        return losses, say("loss")
    return np.minimum(losses, most), say("loss, cut off at {most:.2g}", most=most)


def _height(across, up, losses, point):
    """The drawn loss at the point of the grid nearest to a point of the path."""
    return losses[np.abs(up - point[1]).argmin(), np.abs(across - point[0]).argmin()]
