"""The confusion matrix: which classes a model takes for which."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...common.arguments import checked
from ...common.arrays import as_array, check_lengths
from ..figures import TEXT, axes_for, colour_bar, dress, whole_numbers
from ..texts import say
from .models import check_built, class_numbers, points_and_classes, predicted_classes, scores

if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import Any

    from matplotlib.axes import Axes

_SIDE = 290  # points of a side of the matrix, about
_LINE = 17  # points of a line of text
_MOST = 1000  # classes


@checked
def confusion(*data: Any, labels: Collection[Any] | None = None, share: bool = False, ax: Axes | None = None) -> Any:
    """Show how many samples of each class the model takes for each class: rows are true, columns predicted.

    Args:
        *data: (model, x, y), or (y_true, y_pred) with class numbers or one-hot rows.
        labels: what the classes are called.
        share: show the share of each true class in percent, rows that sum to 100, in place of counts.
        ax: the Axes to draw on. By default a new Figure.

    Returns:
        The new Figure, or `ax` where it was given.

    Raises:
        TypeError: neither (model, x, y) nor (y_true, y_pred).
        ValueError: lengths that differ, y that are no classes, more than 1000 classes, labels that do not fit.
        ImportError: matplotlib is not installed.

    Example:
        >>> from tinygrad_edu.viz import confusion
        >>> figure = confusion([0, 0, 1, 1], [0, 1, 1, 1], labels=["benign", "malignant"])
        >>> [text.get_text() for text in figure.axes[0].texts]
        ['1', '1', '0', '2']
    """
    y_true, y_pred, count = _classes(data)
    if min(y_true.min(), y_pred.min()) < 0:  # the classes of a hinge are -1 and 1
        kinds = np.unique(np.concatenate([y_true, y_pred]))
    else:
        kinds = np.arange(max(y_true.max() + 1, y_pred.max() + 1, count, 0 if labels is None else len(labels)))
    if len(kinds) > _MOST:
        raise ValueError(
            f"confusion shows {_MOST} classes at most; the class numbers go up to {kinds[-1]}. "
            "np.unique(y, return_inverse=True)[1] numbers them from 0."
        )
    labels = [str(kind) for kind in kinds] if labels is None else [str(label) for label in labels]
    if len(labels) != len(kinds):
        raise ValueError(f"labels expects {len(kinds)} names, one a class; received {len(labels)}.")
    counts = np.zeros((len(kinds), len(kinds)), dtype=int)
    np.add.at(counts, (np.searchsorted(kinds, y_true), np.searchsorted(kinds, y_pred)), 1)
    shown = 100 * counts / np.maximum(counts.sum(axis=1, keepdims=True), 1) if share else counts
    axis, drawn = axes_for(ax)
    if ax is None:
        drawn.set_layout_engine("compressed")  # a square in the middle of the figure, with its scale beside it
    image = axis.imshow(shown, cmap="Blues", vmin=0, vmax=100 if share else max(counts.max(), 1))
    _write(axis, shown)
    dress(axis, say("predicted class"), say("true class"))
    axis.grid(False)
    _name_classes(axis, labels)
    bar = colour_bar(axis, image, say("% of the true class") if share else say("samples"), format="{x:,.0f}")
    whole_numbers(bar.ax.yaxis)
    return drawn


def _name_classes(axis, labels):
    """The names along both sides, turned where they are longer than a field, and only some where there are many."""
    field = _SIDE / len(labels)
    some = range(0, len(labels), max(1, -int(-_LINE // field)))
    turned = max(map(len, labels)) * 8 > field * some.step
    names = [labels[i] for i in some]
    axis.set_xticks(some, names, rotation=90 if turned else 0)
    axis.set_yticks(some, names)


def _classes(data):
    """The true and the predicted class numbers, and how many classes the model has at least."""
    if len(data) == 3:
        model, x, y = data
        check_built(model, "confusion")
        x, y_true = points_and_classes(model, x, y, "confusion")
        outputs = scores(model, x)
        return y_true, predicted_classes(model, outputs, y_true), max(outputs.shape[1], 2 * (y_true.min() >= 0))
    if len(data) != 2 or any(hasattr(one, "predict") for one in data):
        raise TypeError(f"confusion expects (model, x, y) or (y_true, y_pred); received {len(data)} arguments.")
    y_true, y_pred = (as_array(one, name) for one, name in zip(data, ("y_true", "y_pred"), strict=True))
    check_lengths(y_true=y_true, y_pred=y_pred)
    return class_numbers(y_true, "confusion"), _of_predictions(y_pred), 2


def _of_predictions(y_pred):
    """Class numbers of predictions; what lies between 0 and 1 are probabilities of class 1."""
    if y_pred.ndim == 2 and y_pred.shape[1] > 1:
        return y_pred.argmax(axis=1)
    flat = np.ravel(y_pred)
    between = (flat != np.round(flat)).any()
    if between and flat.min() >= 0 and flat.max() <= 1:
        return (flat > 0.5).astype(int)
    return class_numbers(y_pred, "confusion")


def _write(axis, shown):
    dark = 0.55 * max(shown.max(), 1)
    size = min(TEXT + 2, 150 / len(shown)) if len(shown) <= 16 else None
    for i, j in np.ndindex(*shown.shape) if size else ():
        colour = "white" if shown[i, j] > dark else "black"
        axis.text(j, i, f"{shown[i, j]:,.0f}", ha="center", va="center", fontsize=size, color=colour)
