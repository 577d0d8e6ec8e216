"""Curves with matplotlib: how a training went, and the way of an optimizer down a function."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...common.arguments import checked
from ...common.display import single_figures
from ...nn.texts import metric_name
from ..descent.contours import GRID, draw_contour, function_of_row, heights_on
from ..figures import (
    COLOURS,
    LARGE_SLIDE,
    MARKERS,
    axes_for,
    colour,
    dress,
    legend,
    log_scale,
    mark_gaps,
    new_figure,
    whole_numbers,
)
from ..labels import coordinate_names
from ..texts import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any

    from matplotlib.axes import Axes

    from ...nn.callbacks import History
    from ...optim.minimize import Path

_FEW = 15  # points of a curve that are marked one by one
_FINE = 201  # points of a drawn function of one number
_MOST_NAMES = 6  # of curves that are named one by one; of more, one entry of the legend tells what is dashed
_PANELS = {"loss": "Loss", "metric": "Metric", "learning_rate": "Learning rate"}


@checked
def plot_history(
    history: History | Mapping[str, Any], ax: Axes | Iterable[Axes] | None = None, log: bool = False
) -> Any:
    """Plot the losses and the metrics of a training against its epochs.

    Losses stand in one panel and metrics in another; validation is dashed, in the colour of its training
    curve. An epoch that was validated from time to time only is shown where it was. A metric of several numbers,
    such as F1Score(average=None), has a curve for each; epochs without a number are marked with a cross.

    Args:
        history: what `fit` returned, its dict {"loss": [...], …}, or several by name: {"SGD": history, …}.
        ax: the Axes to draw on: one for all curves, or one a panel. By default a new Figure.
        log: whether the losses and learning rates stand on a logarithmic scale, which shows the small ones; where
            none is positive the scale stays as it is.

    Returns:
        The new Figure, which has `.savefig(path)`; or `ax`, where it was given.

    Raises:
        TypeError: this is no history, or its figures are no numbers.
        ValueError: no epoch is recorded, or the number of Axes does not fit.
        ImportError: matplotlib is not installed.

    Example:
        >>> from tinygrad_edu.viz import plot_history
        >>> figure = plot_history({"loss": [0.9, 0.4], "val_loss": [0.8, 0.5], "accuracy": [0.6, 0.9]})
        >>> [panel.get_ylabel() for panel in figure.axes]
        ['Loss', 'accuracy']
    """
    runs = _runs(history)
    panels = {kind: curves for kind in _PANELS if (curves := _curves(runs, kind))}
    if not panels:
        raise ValueError("The history has no epochs yet: there is nothing to plot. Train first: history = fit(…).")
    figure = None
    if ax is None:
        figure = new_figure() if len(panels) == 1 else new_figure(*LARGE_SLIDE)
        axes = figure.subplots(1, len(panels), squeeze=False)[0]
    else:
        axes = list(np.ravel(ax))
        if len(axes) == 1:
            panels = {"all": [curve for curves in panels.values() for curve in curves]}
        elif len(axes) != len(panels):
            raise ValueError(f"This history needs one Axes, or {len(panels)}: {', '.join(panels)}. Got {len(axes)}.")
    for axis, (kind, curves) in zip(axes, panels.items(), strict=True):
        _draw_curves(axis, curves)
        names = {name for _, name, *_ in curves}
        dress(axis, say("Epoch"), _y_label(kind, names))
        first = min(epochs[0] for *_, epochs, _ in curves)
        axis.set_xlim(left=max(axis.get_xlim()[0], first - 0.5))
        whole_numbers(axis.xaxis)
        if log and kind != "metric" and any((values > 0).any() for *_, values in curves):
            log_scale(axis.yaxis)
        legend(axis, own=figure is not None, most_columns=4 - len(panels))
    return ax if figure is None else figure


def _runs(history):
    """{name of the run: (figures by name, epochs)}; the name is empty where there is one run."""
    if isinstance(history, dict) and any(isinstance(v, dict) or hasattr(v, "history") for v in history.values()):
        return {str(name): _run(one) for name, one in history.items()}
    return {"": _run(history)}


def _run(history):
    figures = getattr(history, "history", history)
    if not isinstance(figures, dict):
        raise TypeError(
            f"plot_history expects what fit returned, a dict of lists, or several by name; received {history!r}."
        )
    figures = single_figures(figures)
    length = max(map(len, figures.values()), default=0)
    epochs = np.asarray(getattr(history, "epoch", ()), dtype=int)
    return figures, (epochs if len(epochs) == length else np.arange(length)) + 1


def _kind(name):
    name = name.removeprefix("val_")
    if name in ("learning_rate", "lr"):
        return "learning_rate"
    return "loss" if name == "loss" or name.endswith("_loss") else "metric"


def _curves(runs, kind):
    """The curves of a panel: (run, name without val_, whether it is validation, epochs, values)."""
    curves = []
    for run, (figures, epochs) in runs.items():
        for name, values in figures.items():
            if _kind(name) == kind and len(values):
                every = max(len(epochs) // len(values), 1)
                at = epochs[every - 1 :: every][: len(values)]
                curves.append((run, name.removeprefix("val_"), name.startswith("val_"), at, values))
    return curves


def _draw_curves(axis, curves):
    several_runs = len({run for run, *_ in curves}) > 1
    several_names = len({name for _, name, *_ in curves}) > 1
    looks, gaps = {}, []
    named = len(curves) <= _MOST_NAMES or not any(validation for _, _, validation, *_ in curves)
    for run, name, validation, epochs, values in curves:
        i = looks.setdefault((run, name), len(looks))
        what = " ".join(
            ([run] if several_runs else []) + ([metric_name(name)] if several_names or not several_runs else [])
        )
        finite = np.isfinite(values)
        gaps.append(epochs[~finite])
        axis.plot(
            epochs,
            np.where(finite, values, np.nan),
            color=colour(i),
            linestyle="--" if validation else "-",
            marker="o" if len(values) <= _FEW else MARKERS[i // len(COLOURS) % len(MARKERS)],
            markersize=5,
            markevery=max(len(values) // _FEW, 1),
            linewidth=2,
            label=what if not validation else f"{what} ({say('validation')})" if named else None,
        )
    if not named:
        axis.plot([], [], "--", color="#777777", linewidth=2, label=say("validation"))
    mark_gaps(axis, np.unique(np.concatenate(gaps)))


def _y_label(kind, names):
    if kind == "metric" and len(names) == 1:
        return metric_name(next(iter(names)))
    return say(_PANELS.get(kind, "Value"))


# -- the way down a function ---------------------------------------------------------------------------


@checked
def plot_path(
    f: Callable[..., Any], path: Path | Mapping[str, Path], ax: Axes | None = None, names: Sequence[str] | None = None
) -> Any:
    """Plot the points that an optimizer visited, on the curve or the contour lines of the function.

    Args:
        f: the function of one or two numbers, as `optim.minimize` was given it.
        path: what `optim.minimize` returned, or several of them by name: {"SGD": path, …}.
        ax: the Axes to draw on. By default a new Figure.
        names: the names of the numbers, such as ("b", "w₁"); by default the names of f's arguments.

    Returns:
        The new Figure, which has `.savefig(path)`; or `ax`, where it was given.

    Raises:
        TypeError: this is no path of `optim.minimize`.
        ValueError: the points have more than two numbers, or the names do not fit.
        ImportError: matplotlib is not installed.

    Example:
        >>> from tinygrad_edu.viz import plot_path
        >>> parabola = lambda x: x**2 / 6
        >>> figure = plot_path(parabola, tg.optim.minimize(parabola, 3.0, "sgd", steps=5))
        >>> figure.axes[0].get_xlabel(), figure.axes[0].get_ylabel()
        ('x', 'f(x)')
    """
    paths = path if isinstance(path, dict) else {"": path}
    if not paths:
        raise ValueError("plot_path expects a path of optim.minimize, or several by name; received none.")
    for one in paths.values():
        if not hasattr(one, "points"):
            raise TypeError(f"plot_path expects a path of optim.minimize, or several by name; received {one!r}.")
    tracks = {str(name): _points(one) for name, one in paths.items()}
    every = np.concatenate(list(tracks.values()))
    count = every.shape[1]
    if count not in (1, 2):
        raise ValueError(f"plot_path draws functions of one or two numbers; the points of this path have {count}.")
    start = _start_of(next(iter(paths.values())))
    names = coordinate_names(f, count) if names is None else tuple(names)
    if len(names) != count:
        raise ValueError(f"names expects {count}, one a number of the points; received {names}.")
    axis, drawn = axes_for(ax)
    label = f"f({', '.join(names)})"
    if count == 1:
        _draw_curve(axis, function_of_row(f, start), _span(every[:, 0]), tracks)
        dress(axis, names[0], label)
    else:
        x, y = (np.linspace(*_span(column), GRID) for column in every.T)
        draw_contour(axis, x, y, heights_on(f, start, x, y), label)
        for i, (name, points) in enumerate(tracks.items()):
            _draw_track(axis, i, name, points[:, 0], points[:, 1], last=i == len(tracks) - 1)
        dress(axis, *names)
        axis.grid(False)
    legend(axis, own=ax is None)
    return drawn


def _start_of(path):
    """The first point of a path, as `minimize` was given it."""
    return [column[0] for column in path.points] if isinstance(path.points, list) else path.points[0]


def _points(path):
    """The finite points of a path as rows."""
    columns = path.points if isinstance(path.points, list) else [path.points]
    rows = np.concatenate([np.reshape(np.asarray(c, dtype=float), (len(c), -1)) for c in columns], axis=1)
    return rows[np.isfinite(rows).all(axis=1)]


def _span(values):
    """The ends of an axis: all values, and a quarter of their range on both sides."""
    low, high = values.min(), values.max()
    room = 0.25 * (high - low) or 1.0
    return low - room, high + room


def _draw_curve(axis, function, span, tracks):
    x = np.linspace(*span, _FINE)
    axis.plot(x, [function(np.array([value])) for value in x], color="#777777", linewidth=2)
    for i, (name, points) in enumerate(tracks.items()):
        heights = np.array([function(row) for row in points])
        _draw_track(axis, i, name, points[:, 0], heights, last=i == len(tracks) - 1)


def _draw_track(axis, i, name, x, y, last):
    """One path: a dot a step, a ring where it starts and a star where it ends."""
    own = COLOURS[(i + 1) % len(COLOURS)]
    steps = say("1 step") if len(x) == 2 else say("{count} steps", count=len(x) - 1)
    axis.plot(x, y, "o-", color=own, markersize=4, linewidth=1.5, label=f"{name}, {steps}" if name else steps)
    axis.plot(
        x[:1],
        y[:1],
        "o",
        color="white",
        markeredgecolor=own,
        markeredgewidth=2,
        markersize=10,
        label=say("start") if last else None,
    )
    axis.plot(
        x[-1:], y[-1:], "*", color=own, markeredgecolor="black", markersize=16, label=say("end") if last else None
    )
