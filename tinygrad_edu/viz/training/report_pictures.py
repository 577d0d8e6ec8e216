"""The pictures in a report: each as (data URI, width, height), so that the page needs no other file."""

import base64
import io
import re

import numpy as np

from ..figures import COLOURS, SLIDE, TEXT, dress, leave_pyplot, legend, log_scale, mark_gaps, new_figure
from ..graph.draw import draw
from ..texts import say
from .confusion import confusion
from .curves import plot_history
from .decision import decision_boundary
from .models import scores

_DPI = 110
_MOST_POINTS = 2000  # of a scatter: more are one blot


def curves(history):
    """The losses and metrics by epoch."""
    return _picture(plot_history(history), "svg")


def graphs(model, batch):
    """The graph by layers and by operations: of the loss on the first sample, or of the model where there is none."""
    sample = () if batch is None else [part[:1] for part in batch]
    closed, whole = draw(model, *sample, collapse=True, legend=False), draw(model, *sample, collapse=False)
    return _graph(closed), _graph(whole)


def _graph(drawing):
    svg = drawing.svg()
    points = re.search(r'width="([\d.]+)pt" height="([\d.]+)pt"', svg).groups()
    return _uri(svg.encode("utf-8"), "svg+xml"), *(round(float(n) * 96 / 72) for n in points)


def gradient_bars(sizes):
    """A bar for each weight, from the input to the output, on a logarithmic scale; 0 and NaN are written out."""
    figure = new_figure(SLIDE[0], 1.0 + 0.42 * len(sizes))
    axes = figure.subplots()
    names, values = list(sizes), np.array(list(sizes.values()))
    drawn = np.isfinite(values) & (values > 0)
    axes.barh(names, np.where(drawn, values, np.nan), color=COLOURS[0], height=0.6)
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    if drawn.any():
        axes.set_xlim(10 ** np.floor(np.log10(values[drawn].min() / 2)), 10 ** np.ceil(np.log10(values[drawn].max())))
        log_scale(axes.xaxis)
    for i in np.flatnonzero(~drawn):
        place = {"xycoords": ("axes fraction", "data"), "textcoords": "offset points", "xytext": (4, 0)}
        axes.annotate(f"{values[i]:g}", (0, i), **place, va="center", fontsize=TEXT - 1, color=COLOURS[1])
    dress(axes, say("norm of the gradient"), "")
    return _picture(figure, "svg")


def boundary(model, x, y, names, labels):
    """The plane of two features."""
    chosen = _some(len(x))
    return _picture(decision_boundary(model, x[chosen], y[chosen], names=names, labels=labels), "png")


def confusion_picture(model, x, y, labels):
    """The confusion matrix."""
    return _picture(confusion(model, x, y, labels=labels), "png")


def predictions(model, x, y):
    """Predictions against right values, one dot a sample."""
    chosen = _some(len(x))
    true, told = np.ravel(y[chosen]).astype(float), scores(model, x[chosen])[:, 0]
    figure = new_figure()
    axes = figure.subplots()
    ends = [true.min(), true.max()]
    axes.plot(ends, ends, color="#777777", linewidth=1.5)
    axes.plot(true, told, "o", color=COLOURS[0], markersize=5, alpha=0.6, markeredgewidth=0)
    mark_gaps(axes, true[~np.isfinite(told)])
    dress(axes, say("target"), say("prediction"))
    legend(axes)
    return _picture(figure, "png")


def _some(count):
    """The samples that are shown: all, or so many from everywhere among them."""
    return np.arange(count) if count <= _MOST_POINTS else np.linspace(0, count - 1, _MOST_POINTS).astype(int)


def _picture(figure, kind):
    """The figure as a picture; a notebook does not show it once more."""
    from matplotlib import rc_context

    content = io.BytesIO()
    options = {"metadata": {"Date": None}} if kind == "svg" else {"dpi": _DPI}
    with rc_context({"svg.hashsalt": "report"}):  # equal figures are equal bytes
        figure.savefig(content, format=kind, **options)
    leave_pyplot(figure)
    width, height = (round(inches * 96) for inches in figure.get_size_inches())
    if kind == "svg":
        return _uri(content.getvalue(), "svg+xml"), width, height
    return _uri(_in_256_colours(content), "png"), width, height


def _in_256_colours(content):
    """A PNG of a quarter of the size: a plot needs no more colours."""
    from PIL import Image  # matplotlib writes with it too

    smaller = io.BytesIO()
    with Image.open(content) as image:
        image.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(smaller, "PNG", optimize=True)
    return smaller.getvalue()


def _uri(content, kind):
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"
