"""The learning-rate range test: which rates a model learns with, found in one short training."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...common.arguments import checked
from ...common.batching import batches
from ...common.types import Count, Pair, Positive, Seed
from ..figures import COLOURS, axes_for, dress, legend, log_scale
from ..texts import say
from .models import copy_of

if TYPE_CHECKING:
    from typing import Any

    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike

    from ...nn import Model

_SMOOTHING = 0.9  # how much of the mean so far each smoothed loss keeps
_CLEAR = 2.5  # how many times the scatter of the batches a fall of the loss must be
_TOO_LARGE = 4.0  # times the best loss: there the test ends


@checked
def learning_rate_range(
    model: Model,
    x: ArrayLike,
    y: ArrayLike,
    low: Positive = 1e-6,
    high: Positive = 10.0,
    steps: Pair = 100,
    batch_size: Count = 32,
    seed: Seed | None = 0,
    ax: Axes | None = None,
) -> Any:
    """Raise the learning rate from step to step, and show the loss against it; the model stays as it is.

    The rate grows by the same factor at every step. Too small a rate changes nothing, a good one brings the loss
    down, too large a one throws it up, and the test ends there. The suggestion is a tenth of the rate where the
    smoothed loss was smallest: at that rate itself the loss is already about to rise.

    Args:
        model: a compiled model with weights; its optimizer is used with each of the rates.
        x, y: samples and targets, as for `fit`.
        low, high: the first and the last rate.
        steps: how many rates.
        batch_size: samples a step.
        seed: of the order of the samples.
        ax: the Axes to draw on. By default a new Figure.

    Returns:
        The new Figure, or `ax` where it was given. The suggestion stands in the legend;
        `tg.viz.rates.suggested_rate(*tg.viz.rates.try_rates(model, x, y))` is the number.

    Raises:
        TypeError: this is no model.
        ValueError: no loss, no weights, bad data, rates or steps out of range, or a first loss that is no number.
        ImportError: matplotlib is not installed.

    Source:
        Smith, «Cyclical Learning Rates for Training Neural Networks» (2017), section 3.3, who raises the rate by equal
        steps and reads the bounds by eye; equal factors and the tenth as in Howard & Gugger, «fastai» (2020).

    Example:
        >>> from tinygrad_edu.nn import Dense, Input, Sequential
        >>> from tinygrad_edu.viz import learning_rate_range
        >>> model = Sequential([Input((2,)), Dense(1)])
        >>> model.compile("sgd", "mse")
        >>> figure = learning_rate_range(model, np.ones((8, 2)), np.ones(8), steps=20)
        >>> figure.axes[0].get_xscale()
        'log'
    """
    rates, losses = try_rates(model, x, y, low, high, steps, batch_size, seed)
    if not np.isfinite(losses[0]):
        raise ValueError(f"learning_rate_range: the loss of the first batch is {losses[0]}, before any step.")
    axis, drawn = axes_for(ax)
    axis.plot(rates, losses, "o", color=COLOURS[4], markersize=5, label=say("loss of a batch"))
    axis.plot(rates, smoothed(losses), color=COLOURS[0], linewidth=2.5, label=say("smoothed"))
    best = suggested_rate(rates, losses)
    if best is not None:
        axis.axvline(
            best, color=COLOURS[1], linewidth=2, linestyle="--", label=say("suggestion: {rate:.1g}", rate=best)
        )
    log_scale(axis.xaxis)
    known = losses[np.isfinite(losses)]
    room = 0.05 * np.ptp(known) or 1.0
    axis.set_ylim(known.min() - room, min(known.max(), known[0] + 3 * (known[0] - known.min() + room)) + room)
    dress(axis, say("Learning rate"), say("Loss"))
    legend(axis, own=ax is None)
    return drawn


def try_rates(model, x, y, low=1e-6, high=10.0, steps=100, batch_size=32, seed=0):
    """The rates of the test and the loss of the batch at each, up to where the loss grows too large or is no number.

    Returns:
        (rates, losses), arrays of the same length.

    Raises:
        ValueError: rates, steps, batch size or data out of range.
    """
    if low >= high:
        raise ValueError(f"low should be below high; received low={low:g} and high={high:g}.")
    rates, losses = np.geomspace(low, high, steps), []
    with copy_of(model, "learning_rate_range") as copy:
        copy.optimizer = copy.optimizer.fresh()
        x, y, _ = copy.prepare(x, y)
        feed = _endless(x, y, min(batch_size, len(x)), np.random.default_rng(seed))
        for rate in rates:
            copy.optimizer.learning_rate = float(rate)
            copy.reset_metrics()
            losses.append(copy.train_on_batch(*next(feed), return_dict=True)["loss"])
            means = smoothed(np.array(losses))
            if not np.isfinite(losses[-1]) or means[-1] > _TOO_LARGE * max(means.min(), 1e-12):
                break
    return rates[: len(losses)], np.array(losses)


def _endless(x, y, batch_size, rng):
    """Batch after batch, in a new order at each pass; a last batch that is too small is left out."""
    while True:
        for batch in batches((x, y), batch_size, rng=rng):
            if len(batch[0]) == batch_size:
                yield batch


def smoothed(losses):
    """The exponential mean of the losses, with its start corrected as Adam corrects its own.

    Example:
        >>> smoothed(np.array([1.0, 1.0, 2.0])).round(4)
        array([1.   , 1.   , 1.369])
    """
    mean, means = 0.0, []
    for k, loss in enumerate(losses, 1):
        mean = _SMOOTHING * mean + (1 - _SMOOTHING) * loss
        means.append(mean / (1 - _SMOOTHING**k))
    return np.array(means)


def suggested_rate(rates, losses):
    """A tenth of the rate at which the smoothed loss was smallest; None where it did not clearly come down.

    Example:
        >>> suggested_rate(np.array([0.01, 0.1, 1.0]), np.array([2.0, 1.0, 5.0]))
        0.01
    """
    means = smoothed(losses)
    means = np.where(np.isfinite(means), means, np.inf)
    best = int(means.argmin())
    if best <= len(rates) / 20:  # among the first rates a minimum is chance
        return None
    scatter = np.std(np.diff(losses[: best + 1])) / np.sqrt(2)  # of the batches, whatever the trend: von Neumann (1941)
    return float(rates[best] / 10) if means[0] - means[best] > _CLEAR * scatter else None
