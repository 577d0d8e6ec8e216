"""Heights above a plane: a function of two numbers as contour lines, or as a surface in three dimensions."""

import numpy as np

from ...common.checks import agree
from ...engine.recorder import no_grad
from ...engine.tensor import Tensor
from ..figures import TEXT, colour_bar, dress

GRID = 81  # points along each axis
_LEVELS = 16
_SHADES = "Greys"  # light and dark only, so that every colour is free for what stands on it


def function_of_row(f, start):
    """f as a function of one row of numbers, whatever shapes it takes them in.

    Args:
        f: the function, of Tensors.
        start: a point as `optim.minimize` takes it: an array, or a list of arrays for several arguments.

    Example:
        >>> function_of_row(lambda x, y: x - y, [1.0, 2.0])(np.array([5.0, 3.0]))
        2.0
    """
    shapes = [np.shape(part) for part in (start if isinstance(start, list | tuple) else [start])]
    ends = np.cumsum([int(np.prod(shape)) for shape in shapes])[:-1]

    def function(row):
        parts = [np.reshape(part, shape) for part, shape in zip(np.split(row, ends), shapes, strict=True)]
        return float(np.reshape(_values(f, parts), ()))

    return function


def heights_on(f, start, x, y):
    """The values of f at every point of a grid, shape (len(y), len(x)); NaN where f has none.

    A function of two numbers is called once with all points, where that gives what calling it point by point gives.
    """
    row = function_of_row(f, start)
    corners = [(0, 0), (-1, 0), (0, -1), (-1, -1), (len(y) // 2, len(x) // 3)]
    heights = None
    if isinstance(start, list | tuple) and all(np.ndim(part) == 0 for part in start):
        heights = _all_at_once(f, np.meshgrid(x, y))
        expected = [row(np.array([x[j], y[i]])) for i, j in corners]
        if heights is not None and not agree([heights[at] for at in corners], expected, 1e-5, 1e-8):
            heights = None
    if heights is None:
        heights = np.array([[row(np.array([a, b])) for a in x] for b in y])
    return np.where(np.isfinite(heights), heights, np.nan)


def _all_at_once(f, grids):
    try:
        heights = _values(f, grids)
    except (TypeError, ValueError):
        return None  # it takes single numbers only
    return np.array(heights, dtype=float) if np.shape(heights) == grids[0].shape else None


def _values(f, parts):
    with no_grad(), np.errstate(all="ignore"):
        y = f(*(Tensor(part) for part in parts))
    return y.numpy() if isinstance(y, Tensor) else y


def levels_of(heights):
    """The heights of the contour lines, closer where much of the plane is; none where all is flat.

    Half of the way between equal steps of height and equal shares of the plane: a bowl has even lines, and a
    valley with steep walls still shows its floor.
    """
    known = heights[np.isfinite(heights)]
    if not len(known) or known.max() <= known.min():
        return None
    shares = np.quantile(known, np.linspace(0, 1, _LEVELS))
    even = known.min() + np.ptp(known) * np.linspace(0, 1, _LEVELS) ** 2
    return np.unique((shares + even) / 2)


def draw_contour(axis, x, y, heights, label):
    """Contour lines and shades, with the scale beside them."""
    levels = levels_of(heights)
    if levels is None:
        return
    axis.set_facecolor("white")  # the shades are light, whatever the style
    shades = axis.contourf(x, y, heights, levels=levels, cmap=_SHADES, alpha=0.55)
    axis.contour(x, y, heights, levels=levels, colors="#777777", linewidths=0.7)
    colour_bar(axis, shades, label, format=lambda level, _: plain(level), ticks=levels[::3])


def draw_plane(axis, kind, x, y, heights, label, names):
    """The heights above a plane, as a "contour" or in "3d", with the names of both axes."""
    if kind == "3d":
        dress_surface(axis, *names)
        draw_surface(axis, x, y, heights, label)
    else:
        draw_contour(axis, x, y, heights, label)
        dress(axis, *names)
        axis.grid(False)


def plain(number):
    """A number with three digits, and no exponent where four letters do.

    Example:
        >>> plain(1483.2), plain(0.00271)
        ('1480', '0.00271')
    """
    return f"{float(f'{number:.3g}'):g}"


def draw_surface(axis, x, y, heights, label):
    """The surface in three dimensions."""
    axis.plot_surface(
        *np.meshgrid(x, y),
        heights,
        cmap="viridis",
        alpha=0.75,
        linewidth=0.2,
        edgecolor="#FFFFFF55",
        rcount=50,
        ccount=50,
    )
    axis.set_zlabel(label, fontsize=TEXT, labelpad=14, rotation=90)
    axis.tick_params(axis="z", pad=7)


def dress_surface(axis, x_label, y_label):
    """Name the axes of a plot in three dimensions."""
    dress(axis, x_label, y_label)
    axis.set_box_aspect(None, zoom=0.98)  # the layout does not know where these labels stand
    for each in (axis.xaxis, axis.yaxis, axis.zaxis):
        each.set_rotate_label(False)
        each.set_major_locator(_ticks())
    axis.xaxis.labelpad, axis.yaxis.labelpad = 12, 26
    axis.xaxis.label.set_horizontalalignment("right")
    axis.yaxis.label.set_horizontalalignment("left")


def _ticks():
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(5)
