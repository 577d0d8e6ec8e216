"""The estimated gradient: how a gradient from a few samples scatters around the gradient of all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...common.arguments import checked
from ...common.types import Count, Pair, Seed
from ...nn.callbacks.recording import named_weights
from ...nn.probing import batch_gradients
from ..figures import COLOURS, LARGE_SLIDE, TEXT, dress, ink, legend, log_scale, new_figure
from ..texts import say
from .models import copy_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike

    from ...nn import Model


@checked
def gradient_noise(
    model: Model,
    x: ArrayLike,
    y: ArrayLike,
    batch_sizes: Count | Iterable[Count] | None = None,
    draws: Pair = 60,
    seed: Seed | None = 0,
    ax: Axes | Iterable[Axes] | None = None,
) -> Any:
    """Show how the gradient estimated from a batch scatters around that of all samples, and that more samples help.

    For n samples drawn at random, each time anew from all,

        √(mean ‖g_n − g‖²) = σ / √n

    so four times the samples halve the error. Left: the estimates of the two partial derivatives that scatter most.
    Right: the error against n with the line that the formula gives. The model stays as it is.

    Args:
        model: a compiled model with weights. Layers that mix the samples of a batch, such as BatchNormalization, or
            draw noise, such as Dropout, add an error of their own.
        x, y: samples and targets, as for `fit`.
        batch_sizes: the number of samples, or several; by default 1, 2, 4, … to the number of samples, 256 at most.
        draws: how many batches of each size.
        seed: of the draws.
        ax: two Axes to draw on, or one for the right panel alone. By default a new Figure.

    Returns:
        The new Figure; or `ax`, where it was given.

    Raises:
        TypeError: this is no model.
        ValueError: no loss, no weights, bad data, batch sizes or draws out of range, or all samples are alike.
        ImportError: matplotlib is not installed.

    Example:
        >>> from tinygrad_edu.nn import Dense, Input, Sequential
        >>> from tinygrad_edu.viz import gradient_noise
        >>> model = Sequential([Input((2,)), Dense(1)])
        >>> model.compile("sgd", "mse")
        >>> figure = gradient_noise(model, [[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [1.0, 2.0, 3.0], draws=5)
        >>> [panel.get_xscale() for panel in figure.axes]
        ['linear', 'log']
    """
    true, estimates = gradient_estimates(model, x, y, batch_sizes, draws, seed)
    axes = None if ax is None else list(np.ravel(ax))
    if axes is not None and len(axes) not in (1, 2):
        raise ValueError(f"gradient_noise needs one Axes or two; received {len(axes)}.")
    figure = None
    if axes is None:
        figure = new_figure(*LARGE_SLIDE)
        axes = list(figure.subplots(1, 2))
    if len(axes) == 2:
        _draw_scatter(axes[0], true, estimates, _names(model), figure is not None)
    _draw_errors(axes[-1], true, estimates, figure is not None)
    return ax if figure is None else figure


def gradient_estimates(model, x, y, batch_sizes=None, draws=60, seed=0):
    """The gradient of all samples, and the estimates from batches: what `gradient_noise` draws.

    Returns:
        (the gradient, one long vector; {batch size: estimates, shape (draws, length of the vector)}).
    """
    rng = np.random.default_rng(seed)
    with copy_of(model, "gradient_noise") as copy:
        x, y, _ = copy.prepare(x, y)
        sizes = _sizes(batch_sizes, len(x))
        true = _gradient(copy, x, y)
        estimates = {}
        for size in sizes:
            chosen = rng.integers(len(x), size=(draws, size))
            estimates[size] = np.stack([_gradient(copy, x[rows], y[rows]) for rows in chosen])
    if not np.isfinite(true).all():
        raise ValueError("gradient_noise: the gradient of all samples is not finite; the loss overflows or is NaN.")
    return true, estimates


def _sizes(batch_sizes, samples):
    if batch_sizes is None:
        return [2**k for k in range(9) if 2**k <= samples]
    sizes = np.ravel(batch_sizes).tolist()
    for size in sizes:
        if isinstance(size, bool) or not isinstance(size, int) or size < 1:
            raise ValueError(f"batch_sizes expects whole numbers ≥ 1; received {size!r}.")
    if not sizes:
        raise ValueError("batch_sizes expects numbers of samples, such as [1, 4, 16]; received none.")
    return sorted({int(size) for size in sizes})


def _gradient(model, x, y):
    """The gradient on these samples as one long vector."""
    found = batch_gradients(model, (x, y))
    parts = [np.ravel(found.get(weight, np.zeros(weight.shape))) for weight in model.trainable_weights]
    return np.concatenate(parts).astype(float)


def _names(model):
    """The name of every single number of the weights: dense/kernel[0, 3]."""
    return [
        f"{name}[{', '.join(map(str, place))}]"
        for name, _, weight in named_weights(model)
        for place in np.ndindex(*weight.shape)
    ]


def _draw_scatter(axis, true, estimates, names, own):
    sizes = list(estimates)
    shown = [sizes[i] for i in sorted({0, len(sizes) // 2, len(sizes) - 1})]
    spread = estimates[sizes[0]].std(axis=0)
    first, second = (*np.argsort(-spread)[:2], 0)[:2]
    for size, colour, marker in zip(shown, (COLOURS[4], COLOURS[2], COLOURS[1]), "os^", strict=False):
        points = estimates[size][:, [first, second]]
        text = say("{size} samples", size=size) if size > 1 else say("1 sample")
        axis.plot(*points.T, marker, color=colour, markersize=6, alpha=0.75, linestyle="none", label=text)
    look = {"color": ink(), "markersize": 16, "linestyle": "none", "markeredgewidth": 3}
    axis.plot(true[first], true[second], "+", label=say("all samples"), **look)
    dress(axis, f"∂L / ∂ {names[first]}", f"∂L / ∂ {names[second]}")
    axis.locator_params(axis="x", nbins=5)
    legend(axis, own=own, most_columns=2)


def _draw_errors(axis, true, estimates, own):
    sizes = np.array(list(estimates))
    errors = {n: np.linalg.norm(found - true, axis=1) for n, found in estimates.items()}
    mean = np.array([np.sqrt((errors[n] ** 2).mean()) for n in estimates])
    if not mean.max() > 1e-6 * np.linalg.norm(true):
        raise ValueError("gradient_noise: every sample has the same gradient, so nothing scatters.")
    for n, found in errors.items():
        axis.plot(np.full(len(found), n), found, "o", color=COLOURS[4], markersize=4, alpha=0.35, zorder=1)
    axis.plot(sizes, mean, "o-", color=COLOURS[0], linewidth=2.5, markersize=8, label=say("root mean square"))
    sigma = np.sqrt(np.mean(mean**2 * sizes))
    axis.plot(sizes, sigma / np.sqrt(sizes), "--", color=ink(), linewidth=2, label=f"{sigma:.3g} ÷ √n")
    axis.axhline(
        np.linalg.norm(true), color=COLOURS[1], linewidth=2, linestyle=":", label=say("length of the gradient")
    )
    axis.set_xscale("log", base=2)
    log_scale(axis.yaxis)
    axis.set_ylim(bottom=max(axis.get_ylim()[0], mean[mean > 0].min() / 30))  # a batch may hit the gradient itself
    _whole_numbers(axis, sizes)
    dress(axis, say("samples in the batch, n"), say("error of the estimated gradient"))
    axis.xaxis.label.set_fontsize(TEXT)
    legend(axis, own=own, most_columns=2)


def _whole_numbers(axis, sizes):
    """Batch sizes as they are, not as powers."""
    some = [sizes[0]]
    for size in sizes:
        if size >= 1.5 * some[-1]:
            some.append(size)
    axis.set_xticks(some, [str(size) for size in some])
    axis.minorticks_off()
