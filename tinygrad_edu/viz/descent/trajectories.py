"""Several optimizers down the same surface: contour lines or three dimensions, still or moving."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np

from ...common.arguments import CHECKED_INSIDE, checked
from ...common.types import Count
from ...optim import Optimizer, get, minimize
from ..figures import COLOURS, axes_for, dress, leave_pyplot, legend_beside, title, whole_figure
from ..labels import coordinate_names
from ..texts import say
from .animation import Animation
from .contours import GRID, draw_plane, function_of_row, heights_on, plain
from .surfaces import Surface, surface

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike

_FINE = 201  # points of a drawn function of one number
_FAR = 3.0  # widths of the picture: what lies further out is not drawn
_KINDS = ("contour", "3d")


@checked
def trajectories(
    f: str | Callable[..., Any],
    optimizers: Mapping[str, Any] | Sequence[Any],
    start: ArrayLike | None = None,
    steps: Count = 50,
    kind: Literal["contour", "3d"] = "contour",
    animated: bool = False,
    ranges: Annotated[Sequence[tuple[float, float]] | None, CHECKED_INSIDE] = None,
    ax: Axes | None = None,
) -> Any:
    """Show how several optimizers go down the same function from the same start.

    A path that leaves the picture, or diverges, is drawn as far as it can be seen; the legend says at which step.

    Args:
        f: "parabola", "bowl", "rosenbrock", "beale", "saddle", or a function of one or two numbers.
        optimizers: optimizers by name, {"SGD": tg.optim.SGD(0.1), …}; or a list of optimizers or of their names.
        start: where they begin, as `optim.minimize` takes it; not needed for a named surface.
        steps: how many steps each makes.
        kind: "contour", or "3d" for a function of two numbers.
        animated: give an Animation, whose `save("x.gif")` or `save("x.html")` writes the paths step by step.
        ranges: what is shown, ((lowest, highest), …), a pair for each number; by default where the paths are.
        ax: the Axes to draw on. By default a new Figure.

    Returns:
        The new Figure, `ax` where it was given, or an Animation.

    Raises:
        ValueError: an unknown surface, kind or optimizer, no optimizer, no start, or a function of more numbers.
        ImportError: matplotlib is not installed.

    Example:
        >>> from tinygrad_edu.viz import trajectories
        >>> figure = trajectories("parabola", {"SGD": tg.optim.SGD(1.0), "Momentum": tg.optim.Momentum(0.3)}, steps=20)
        >>> figure.axes[0].get_title(loc="left")
        'f(x) = x²/6'
    """
    f, start, ranges = _what(f, start, ranges)
    paths = descents(f, optimizers, start, steps)
    count = sum(np.size(part) for part in start) if isinstance(start, list) else np.size(start)
    if count not in (1, 2):
        raise ValueError(f"trajectories draws functions of one or two numbers; this one has {count}.")
    if kind == "3d" and count == 1:
        raise ValueError("kind='3d' needs a function of two numbers; a function of one is a curve: kind='contour'.")
    tracks = {name: _Track(name, path, function_of_row(f, start)) for name, path in paths.items()}
    ranges = _checked_ranges(ranges, count) if ranges is not None else _ranges_of(tracks.values())
    axis, drawn = axes_for(ax, kind)
    names = _names(f, count)
    label = f"f({', '.join(names)})"
    heading = f.formula if isinstance(f, Surface) else ""
    title_text = title(axis, heading, own=ax is None)
    if count == 1:
        _draw_curve(axis, f, start, ranges, names, label)
    else:
        _draw_plane(axis, f, start, ranges, names, label, kind)
    for i, track in enumerate(tracks.values()):
        line = "-" if i < len(COLOURS) else "--"
        track.draw(axis, COLOURS[(i + 1) % len(COLOURS)], line, ranges, kind)
    moving = [title_text, *(artist for track in tracks.values() for artist in (track.line, track.end))]
    if isinstance(f, Surface) and f.minimum is not None:
        moving += _draw_minimum(axis, f, kind)  # which lies over the paths
    legend_beside(axis, own=ax is None)
    if not animated:
        return drawn

    def show(k):
        title_text.set_text(f"{heading}     {say('step {k}', k=k)}".lstrip())
        for track in tracks.values():
            track.show(k)

    longest = max(map(len, tracks.values()))
    if ax is None:
        leave_pyplot(drawn)  # a notebook shows it moving, and not once more
    name = f"{heading or label}: {', '.join(tracks)}"
    return Animation(whole_figure(axis), show, longest, name, moving=moving)


def descents(f, optimizers, start, steps=50):
    """The Path of each optimizer, by name: what `trajectories` draws.

    A path that diverges ends where the function or its gradient is no longer finite.

    Example:
        >>> descents(lambda x: x**2, [tg.optim.SGD(0.25)], 4.0, steps=2)
        {'SGD': Path of 2 steps, not converged: f from 16 to 1, x from 4 to 1}
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "minimize stopped", UserWarning)
        return {name: minimize(f, start, optimizer, steps) for name, optimizer in _named(optimizers).items()}


def _named(optimizers):
    """{name: optimizer}, whatever way they were given."""
    if isinstance(optimizers, str | Optimizer):
        optimizers = [optimizers]
    if not isinstance(optimizers, dict):
        given = [get(one) for one in optimizers]
        kinds = [type(one).__name__ for one in given]
        optimizers = {}
        for one, kind in zip(given, kinds, strict=True):
            name = kind if kinds.count(kind) == 1 else f"{kind} {one.learning_rate:g}"
            optimizers[name if name not in optimizers else f"{name} ({len(optimizers) + 1})"] = one
    if not optimizers:
        raise ValueError("trajectories expects optimizers, such as ['sgd', 'adam']; received none.")
    return {str(name): get(one) for name, one in optimizers.items()}


def _what(f, start, ranges):
    """The function, its start as `minimize` takes it, and what to show where a surface knows it."""
    if isinstance(f, str):
        f = surface(f)
    if not isinstance(f, Surface):
        if not callable(f):
            raise TypeError(f"trajectories expects a function, or the name of a surface; received {f!r}.")
        if start is None:
            raise ValueError("trajectories needs a start for your own function, such as start=[1.0, 2.0].")
        return f, list(start) if isinstance(start, tuple) else start, ranges
    given = f.start if start is None else np.ravel(np.asarray(start, dtype=float))
    if len(given) != len(f.ranges):
        raise ValueError(f"The surface {f.name!r} has {len(f.ranges)} numbers; the start has {len(given)}.")
    start = [float(number) for number in given]
    return f, start if len(start) > 1 else start[0], f.ranges if ranges is None else ranges


def _names(f, count):
    if isinstance(f, Surface):
        return ("x", "y")[:count]
    return coordinate_names(f, count)


def _checked_ranges(ranges, count):
    pairs = np.asarray(ranges, dtype=float)
    if pairs.shape == (2,) and count == 1:
        pairs = pairs[None]
    if pairs.shape != (count, 2) or not np.isfinite(pairs).all() or (pairs[:, 0] >= pairs[:, 1]).any():
        raise ValueError(f"ranges expects {count} pairs (lowest, highest); received {ranges!r}.")
    return [tuple(pair) for pair in pairs]


def _ranges_of(tracks):
    """The range of each number: where the paths are that go down, or else the first steps of all."""
    good = [track.points for track in tracks if not track.diverged and track.heights[-1] <= track.heights[0]]
    points = np.concatenate(good or [track.points[:3] for track in tracks])
    low, high = points.min(axis=0), points.max(axis=0)
    room = np.where(high > low, 0.25 * (high - low), 1.0)
    return list(zip(low - room, high + room, strict=True))


def _draw_curve(axis, f, start, ranges, names, label):
    x = np.linspace(*ranges[0], _FINE)
    row = function_of_row(f, start)
    heights = np.array([row(np.array([value])) for value in x])
    axis.plot(x, heights, color="#777777", linewidth=2)
    dress(axis, names[0], label)
    axis.set_xlim(*ranges[0])
    known = heights[np.isfinite(heights)]
    if len(known):
        room = 0.06 * np.ptp(known) or 1.0
        axis.set_ylim(known.min() - room, known.max() + room)


def _draw_plane(axis, f, start, ranges, names, label, kind):
    x, y = (np.linspace(*pair, GRID) for pair in ranges)
    heights = heights_on(f, start, x, y)
    draw_plane(axis, kind, x, y, heights, label, names)
    axis.set_xlim(*ranges[0])
    axis.set_ylim(*ranges[1])


def _draw_minimum(axis, f, kind):
    at = [[number] for number in f.minimum]
    if len(at) == 1 or kind == "3d":
        at.append([f(*f.minimum)])
    return axis.plot(
        *at, "P", color="white", markeredgecolor="black", markersize=11, label=say("minimum"), linestyle="none"
    )


class _Track:
    """The path of one optimizer: what of it can be seen, and its artists."""

    def __init__(self, name, path, function):
        columns = path.points if isinstance(path.points, list) else [path.points]
        rows = np.concatenate([np.reshape(np.asarray(c, float), (len(c), -1)) for c in columns], axis=1)
        self.diverged = not (np.isfinite(path.values[-1]) and np.isfinite(rows[-1]).all())
        known = np.isfinite(rows).all(axis=1)
        self.name, self.points = name, rows[known]
        self.heights = np.array([function(row) for row in self.points])

    def __len__(self):
        return len(self.points)

    def draw(self, axis, colour, line, ranges, kind):
        """The line with a dot a step, and the last point larger."""
        low, high = np.array(ranges, dtype=float).T
        far = _FAR * (high - low)
        inside = ((self.points >= low) & (self.points <= high)).all(axis=1)
        points = np.clip(self.points, low - far, high + far)
        # What is outside is cut off in 3-D, where nothing else hides it; the flat picture ends at its frame.
        if kind == "3d":
            points = np.where(inside[:, None], points, np.nan)
        heights = np.where(inside, self.heights, np.nan) if kind == "3d" else self.heights
        self.places = list(points.T)
        if kind == "3d" or len(self.places) == 1:
            self.places.append(heights)
        dots = {"markersize": 4 if len(self) <= 60 else 2.5, "linewidth": 1.8, "color": colour, "linestyle": line}
        self.line = axis.plot(*self.places, marker="o", label=self._label(inside), **dots)[0]
        ends = [place[-1:] for place in self.places]
        self.end = axis.plot(*ends, "o", color=colour, markeredgecolor="black", markersize=11)[0]

    def _label(self, inside):
        gone = np.flatnonzero(~inside)
        if self.diverged:
            return f"{self.name}\n" + say("diverges at step {step}", step=len(self) - 1)
        if len(gone) and not inside[-1]:
            first = len(inside) - np.argmax(inside[::-1]) if inside.any() else gone[0]
            return f"{self.name}\n" + say("leaves the picture at step {step}", step=first)
        return f"{self.name}\n" + say("f = {f} after {steps} steps", f=plain(self.heights[-1]), steps=len(self) - 1)

    def show(self, k):
        """Only the points of the first k steps."""
        last = min(k, len(self) - 1)
        self._set(self.line, [place[: last + 1] for place in self.places])
        self._set(self.end, [place[last : last + 1] for place in self.places])

    @staticmethod
    def _set(line, places):
        (line.set_data_3d if len(places) == 3 else line.set_data)(*places)
