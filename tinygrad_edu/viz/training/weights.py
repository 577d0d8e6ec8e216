"""How the weights of a network spread, layer by layer, and what their gradients do while it trains."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ...common.arguments import checked
from ...nn.callbacks import GradientRecorder, WeightRecorder
from ...nn.callbacks.recording import named_weights
from ..figures import (
    COLOURS,
    LARGE_SLIDE,
    TEXT,
    axes_for,
    colour,
    dress,
    ink,
    legend,
    legend_beside,
    log_scale,
    mark_gaps,
    new_figure,
    shortened,
    whole_numbers,
)
from ..texts import say
from .models import check_built

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from matplotlib.axes import Axes

    from ...nn import Model

_MOST = 12  # panels in a figure
_FEW = 15  # records that are marked one by one
_LETTERS = 26  # of a name, at most
_NARROW_LETTERS = 20  # above one of four panels
_MOST_NAMES = 20  # in a legend
_MOST_TICKS = 36  # named below an axis
_PERCENTS = (0, 25, 50, 75, 100)
_BANDS = ((0, 4, 0.18, "all"), (1, 3, 0.4, "the middle half"))  # between which of them, and how dark
_PANELS = {
    "gradient": "norm of the gradient",
    "weight": "norm of the weights",
    "update": "change ÷ weights",
}


@checked
def plot_weights(model: Model | WeightRecorder, ax: Axes | None = None) -> Any:
    """Show how the weights of each layer spread: now, or over the training where a WeightRecorder kept them.

    Of a model each weight has a violin: wide where many numbers are, with a line at their median. Of a recorder each
    has a panel: the median, the middle half and the range of its numbers, record by record.

    Args:
        model: a built model, or the `tg.nn.callbacks.WeightRecorder` of a training.
        ax: the Axes to draw the violins of a model on. By default a new Figure.

    Returns:
        The new Figure, or `ax` where it was given. Of more than 12 weights a recorder shows the first 12.

    Raises:
        TypeError: neither a model nor a WeightRecorder.
        ValueError: no weights yet, nothing recorded, no finite number in any weight, or Axes for a recorder.
        ImportError: matplotlib is not installed.

    Example:
        >>> from tinygrad_edu.nn import Dense, Input, Sequential
        >>> from tinygrad_edu.viz import plot_weights
        >>> figure = plot_weights(Sequential([Input((3,)), Dense(4, name="hidden"), Dense(1, name="out")]))
        >>> [tick.get_text() for tick in figure.axes[0].get_xticklabels()]
        ['hidden/kernel', 'hidden/bias', 'out/kernel', 'out/bias']
    """
    if isinstance(model, WeightRecorder):
        if ax is not None:
            raise ValueError("plot_weights draws a panel for each recorded weight: leave ax out.")
        return _over_time(model)
    check_built(model, "plot_weights")
    found = [(name, np.ravel(weight.numpy()).astype(float)) for name, _, weight in named_weights(model)]
    finite = [(name, values[np.isfinite(values)]) for name, values in found]
    finite = [(name, values) for name, values in finite if len(values)]
    if not finite:
        what = "has no trainable weights" if not found else "has only weights that are NaN or infinite"
        raise ValueError(f"plot_weights: {model.name!r} {what}, so there is nothing to show.")
    axis, drawn = axes_for(ax)
    names = [shortened(name, _LETTERS) for name, _ in finite]
    for place, (_, values) in enumerate(finite):
        _violin(axis, place, values, COLOURS[place % 2])
    some = range(0, len(names), -(-len(names) // _MOST_TICKS))
    flat = max(map(len, names)) * len(names) < 84
    axis.set_xticks(some, names[:: some.step], rotation=0 if flat else 90)
    dress(axis, "", say("weight"))
    axis.grid(False, axis="x")
    return drawn


def _violin(axis, place, values, colour):
    """The distribution as a shape; single points where they are too few or all the same."""
    if len(values) > 8 and np.ptp(values) > 0:
        from matplotlib.cbook import violin_stats
        from matplotlib.mlab import GaussianKDE

        shape = axis.violin(
            violin_stats(values, lambda x, at: GaussianKDE(x).evaluate(at)), [place], widths=0.8, showextrema=False
        )
        for body in shape["bodies"]:
            body.set(facecolor=colour, edgecolor=colour, alpha=0.45)
    if len(values) <= 40:
        axis.plot(np.full(len(values), place), values, "o", color=colour, markersize=5, alpha=0.7)
    axis.hlines(np.median(values), place - 0.25, place + 0.25, color=ink(), linewidth=2)


def _over_time(recorder):
    if not recorder.weights:
        raise ValueError("The recorder has no weights yet: pass it to fit(callbacks=[recorder]) first.")
    shown = list(recorder.weights.items())[:_MOST]
    columns = min(len(shown), 2 if len(shown) <= 4 else 3 if len(shown) <= 9 else 4)
    rows = math.ceil(len(shown) / columns)
    figure = new_figure(*LARGE_SLIDE)
    panels = figure.subplots(rows, columns, squeeze=False, sharex=True).ravel()
    for panel, (name, arrays) in zip(panels, shown, strict=False):
        at = recorder.step[len(recorder.step) - len(arrays) :]
        values = np.stack([np.ravel(array) for array in arrays]).astype(float)
        known = np.isfinite(values).all(axis=1)
        percent = np.full((len(_PERCENTS), len(values)), np.nan)
        percent[:, known] = np.percentile(values[known], _PERCENTS, axis=1)
        for low, high, alpha, label in _BANDS:
            look = {"color": COLOURS[0], "alpha": alpha, "linewidth": 0, "label": say(label)}
            panel.fill_between(at, percent[low], percent[high], **look)
        marker = "o" if len(at) <= _FEW else ""
        panel.plot(at, percent[2], color=COLOURS[0], marker=marker, markersize=4, linewidth=2, label=say("median"))
        mark_gaps(panel, np.array(at)[~known])
        dress(panel, "", "")
        whole_numbers(panel.xaxis)
        panel.yaxis.set_major_formatter(lambda value, _: f"{value:.3g}")
        panel.set_title(shortened(name, _NARROW_LETTERS if columns == 4 else _LETTERS), fontsize=TEXT, loc="left")
    for panel in panels[len(shown) :]:
        panel.set_axis_off()
    figure.supxlabel(say("step"), fontsize=TEXT)
    figure.supylabel(say("weight"), fontsize=TEXT)
    handles = panels[0].get_legend_handles_labels()
    figure.legend(*handles, loc="outside upper right", ncols=4, fontsize=TEXT - 1, frameon=False)
    return figure


@checked
def plot_gradients(
    recorder: GradientRecorder,
    figures: str | Sequence[str] = ("gradient", "update"),
    ax: Axes | Iterable[Axes] | None = None,
) -> Any:
    """Show how large the gradients, the weights and their changes were while a model trained, layer by layer.

    Gradients that shrink from layer to layer towards the first vanish there; a change of about a thousandth of the
    weights a step is a usual one. The norm of a layer is that of all its weights together, √(Σ‖w‖²).

    Args:
        recorder: the `tg.nn.callbacks.GradientRecorder` of a training.
        figures: what to show, a panel each: "gradient", "weight", "update".
        ax: the Axes to draw on, one a panel. By default a new Figure.

    Returns:
        The new Figure; or `ax`, where it was given.

    Raises:
        TypeError: this is no GradientRecorder.
        ValueError: nothing is recorded, an unknown figure, or the number of Axes does not fit.
        ImportError: matplotlib is not installed.

    Example:
        >>> from tinygrad_edu.nn import Dense, Input, Sequential
        >>> from tinygrad_edu.viz import plot_gradients
        >>> model = Sequential([Input((2,)), Dense(3, name="first"), Dense(1, name="second")])
        >>> model.compile("sgd", "mse")
        >>> recorder = tg.nn.callbacks.GradientRecorder()
        >>> _ = model.fit(np.ones((8, 2)), np.ones(8), epochs=3, verbose=0, callbacks=[recorder])
        >>> [line.get_label() for line in plot_gradients(recorder).axes[0].lines]
        ['first', 'second']
    """
    if not isinstance(recorder, GradientRecorder):
        raise TypeError(f"plot_gradients expects a GradientRecorder; received {type(recorder).__name__}.")
    if not recorder.step:
        raise ValueError("The recorder has no gradients yet: pass it to fit(callbacks=[recorder]) first.")
    figures = [figures] if isinstance(figures, str) else list(figures)
    unknown = [name for name in figures if name not in _PANELS]
    if unknown or not figures:
        raise ValueError(f"figures expects some of {', '.join(map(repr, _PANELS))}; received {unknown or figures}.")
    figure = None
    if ax is None:
        figure = new_figure(*LARGE_SLIDE) if len(figures) > 1 else new_figure()
        axes = list(figure.subplots(1, len(figures), squeeze=False)[0])
    else:
        axes = list(np.ravel(ax))
        if len(axes) != len(figures):
            raise ValueError(f"plot_gradients needs an Axes for each of {figures}; received {len(axes)}.")
    epochs = recorder.every is None
    at = [epoch + 1 for epoch in recorder.epoch] if epochs else recorder.step
    for axis, name in zip(axes, figures, strict=True):
        _draw_layers(axis, np.array(at), layer_figures(recorder, name))
        dress(axis, say("Epoch") if epochs else say("step"), say(_PANELS[name]))
        whole_numbers(axis.xaxis)
        if figure is None:
            legend(axis, own=False)
    if figure is not None:
        legend_beside(axes[0])
    return ax if figure is None else figure


def _draw_layers(axis, at, curves):
    """A curve for each layer, on a logarithmic scale where some figure is positive; of many layers some are named."""
    table = np.array(list(curves.values()))
    logarithmic = bool((table > 0).any())
    every = -(-len(curves) // _MOST_NAMES)
    for i, (layer, values) in enumerate(curves.items()):
        label = shortened(layer, _LETTERS) if i % every == 0 or i == len(curves) - 1 else None
        look = {"color": _in_order(i, len(curves)), "marker": "o", "markersize": 4, "linewidth": 2}
        drawn = np.isfinite(values) & ((values > 0) | (not logarithmic))
        axis.plot(at, np.where(drawn, values, np.nan), label=label, **look)
    mark_gaps(axis, at[~np.isfinite(table).any(axis=0)])
    if logarithmic:
        log_scale(axis.yaxis)


def layer_figures(recorder, name):
    """{layer: one number a record}: of all weights of a layer together.

    Norms are those of one long vector; the change is taken by norms too, √Σ‖Δw‖² ÷ √Σ‖w‖².
    """
    table = {weight: np.array(values, dtype=float) for weight, values in recorder.history[name].items()}
    sizes = {weight: np.array(values, dtype=float) for weight, values in recorder.history["weight"].items()}
    layers = {}
    for weight, values in table.items():
        layers.setdefault(recorder.layers[weight], []).append((values, sizes[weight]))
    found = {}
    for layer, parts in layers.items():
        if name == "update":
            changes = np.sqrt(np.nansum([(value * size) ** 2 for value, size in parts], axis=0))
            total = np.sqrt(np.nansum([size**2 for _, size in parts], axis=0))
            with np.errstate(invalid="ignore"):  # ∞ ÷ ∞ where the training diverged
                found[layer] = np.divide(changes, total, out=np.full(len(total), np.nan), where=total > 0)
        else:
            found[layer] = np.sqrt(np.sum([value**2 for value, _ in parts], axis=0))
    return found


def _in_order(i, count):
    """The colour of layer i of `count`: apart from each other for a few, from dark to light for many."""
    if count <= len(COLOURS):
        return colour(i)
    from matplotlib import colormaps

    return colormaps["viridis"](0.95 * i / (count - 1))
