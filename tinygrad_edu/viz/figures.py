"""Figures of matplotlib, made so that they work with and without a screen."""

import os
import sys
import textwrap

import numpy as np

from .texts import say

# Okabe & Ito (2008), those of their colours that show on white, the most different first.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
MARKERS = ("", "o", "s", "^", "D")
TEXT = 13  # points: readable on a projector
SLIDE = (9.6, 5.4)  # inches: the shape of a projector
LARGE_SLIDE = (12.8, 7.2)  # the same shape, with room for several panels
_LINE_BELOW = 46  # points from the axes to what stands below its label


def matplotlib_figure(**options):
    """A figure that no window belongs to.

    Raises:
        ImportError: matplotlib is not installed; the message says how to get it.
    """
    _need_matplotlib()
    from matplotlib.figure import Figure

    return Figure(**options)


def plain_style():
    """A context in which matplotlib draws as it comes, whatever style the user has set.

    Raises:
        ImportError: matplotlib is not installed; the message says how to get it.
    """
    _need_matplotlib()
    from matplotlib import style

    return style.context("default")


def _need_matplotlib():
    try:
        import matplotlib.figure  # noqa: F401
    except ModuleNotFoundError:
        raise ImportError(
            'Plots need matplotlib, and it is not installed. One command gets it: pip install "tinygrad-edu[viz]"'
        ) from None


def new_figure(width=SLIDE[0], height=SLIDE[1]):
    """A figure of this size in inches, one of pyplot where the user has pyplot or a notebook that shows figures.

    So `plt.show()` finds it, no window system is chosen for the user, and a machine without a screen works.
    """
    _need_matplotlib()
    options = {"figsize": (width, height), "layout": "constrained"}
    in_notebook = os.environ.get("MPLBACKEND", "").startswith("module://")
    if "matplotlib.pyplot" in sys.modules or in_notebook:
        figure = _pyplot_figure(options)
    else:
        figure = matplotlib_figure(**options)
    figure.get_layout_engine().set(w_pad=0.12, h_pad=0.1, wspace=0.04)
    return figure


def _pyplot_figure(options):
    import matplotlib.pyplot as plt

    if not plt.get_backend().endswith("inline"):
        return plt.figure(**options)
    from .notebook import NotebookFigure

    return plt.figure(FigureClass=NotebookFigure, **options)


def leave_pyplot(figure):
    """Take a figure out of pyplot, so that neither `plt.show()` nor a notebook shows it."""
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close(figure)


def axes_for(ax, kind="flat"):
    """The Axes to draw on, and what the caller returns: `ax` where it was given, else the new Figure.

    Raises:
        TypeError: `ax` is no Axes.
        ValueError: the picture is in three dimensions, and the given Axes is not.
    """
    if ax is not None:
        if not hasattr(ax, "plot"):
            raise TypeError(f"ax expects one Axes of matplotlib, such as plt.subplots()[1]; received {ax!r}.")
        if kind == "3d" and not hasattr(ax, "get_zlim"):
            raise ValueError("kind='3d' draws on an Axes in 3-D: make it with projection='3d', or leave ax out.")
        return ax, ax
    figure = new_figure()
    if kind != "3d":
        return figure.subplots(), figure
    # Without computed_zorder what is drawn later stands in front: a path is never hidden behind its surface.
    return figure.subplots(subplot_kw={"projection": "3d", "computed_zorder": False}), figure


def ink():
    """The colour of lines and letters: black, or what the user's style has, such as white on a dark ground."""
    from matplotlib import rcParams

    return rcParams["text.color"]


def colour(i):
    """The colour of curve i; black is what the style writes in, so that it shows on a dark ground too."""
    return ink() if COLOURS[i % len(COLOURS)] == "#000000" else COLOURS[i % len(COLOURS)]


def dress(axes, x_label, y_label):
    """Name the axes and keep the rest of the frame light."""
    axes.set_xlabel(x_label, fontsize=TEXT)
    axes.set_ylabel(y_label, fontsize=TEXT)
    axes.tick_params(which="both", labelsize=TEXT - 1)
    axes.yaxis.get_offset_text().set_fontsize(TEXT - 1)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(True, color=ink(), alpha=0.14, linewidth=0.8)
    axes.set_axisbelow(True)


def whole_numbers(axis):
    """Ticks at whole numbers alone, of an axis (`axes.xaxis`) that counts epochs or steps."""
    axis.get_major_locator().set_params(integer=True, min_n_ticks=1)


def mark_gaps(axes, places):
    """A cross along the upper edge at each place where a figure is no number, and nothing else can be drawn."""
    if len(places):
        look = {"color": ink(), "markersize": 8, "markeredgewidth": 2, "linestyle": "none"}
        height = np.full(len(places), 0.96)
        axes.plot(places, height, "x", transform=axes.get_xaxis_transform(), label=say("NaN or infinite"), **look)


def shortened(name, letters):
    """The name, without its beginning where it is longer than so many letters.

    Example:
        >>> shortened("hidden_layer/kernel", 12)
        '…ayer/kernel'
    """
    return name if len(name) <= letters else "…" + name[1 - letters :]


def log_scale(axis):
    """Put an axis (`axes.xaxis` or `axes.yaxis`) on a logarithmic scale with plain numbers: 0.1, not 10⁻¹."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    axes = axis.axes
    (axes.set_xscale if axis is axes.xaxis else axes.set_yscale)("log")
    low, high = axis.get_view_interval()
    numbers = FuncFormatter(lambda value, _: f"{value:g}")
    axis.set_major_formatter(numbers)
    if high < 20 * low:  # hardly a power of ten among the ticks
        axis.set_minor_locator(LogLocator(subs=(2, 5)))
        axis.set_minor_formatter(numbers)
    else:
        axis.set_minor_formatter(NullFormatter())


def legend(axes, own=True, most_columns=3):
    """The legend: below the label of the x axis, where it covers no curve and leaves the top to a title.

    In the user's own Axes, which have no room for that, it stands inside, where it covers least.

    Args:
        axes: where the curves are.
        own: whether the Figure is ours, laid out around everything.
        most_columns: how many names stand side by side.
    """
    handles, labels = axes.get_legend_handles_labels()
    if not labels:
        return
    options = {"fontsize": TEXT - 1, "frameon": False, "borderaxespad": 0, "loc": "upper left"}
    if own:
        from matplotlib.transforms import ScaledTranslation

        down = ScaledTranslation(0, -_LINE_BELOW / 72, whole_figure(axes).dpi_scale_trans)
        options |= {"bbox_to_anchor": (0, 0), "bbox_transform": axes.transAxes + down}
        options["ncols"] = min(len(labels), most_columns, _columns_that_fit(axes, labels))
    else:
        options |= {"loc": "best", "frameon": True, "borderaxespad": 0.5}
    axes.legend(handles, labels, **options)


def legend_above(axes, most_columns=2):
    """The legend in a row above the axes, for a picture that has no title there."""
    handles, labels = axes.get_legend_handles_labels()
    if labels:
        place = {"loc": "lower left", "bbox_to_anchor": (0, 1.01), "borderaxespad": 0}
        columns = min(len(labels), most_columns)
        axes.legend(handles, labels, ncols=columns, fontsize=TEXT - 1, frameon=False, **place)


def legend_beside(axes, own=True):
    """The legend at the right edge of the Figure; in the user's own Axes inside, where it covers least."""
    if own:
        handles, labels = axes.get_legend_handles_labels()
        options = {"loc": "outside right center", "fontsize": TEXT - 1, "frameon": False, "labelspacing": 1.0}
        whole_figure(axes).legend(handles, labels, **options)
    else:
        legend(axes, own=False)


def title(axes, text, own=True):
    """The name of a picture, at the left above its axes; in the user's own Axes as wide as these are."""
    if not own:
        letters = int(axes.get_window_extent().width / whole_figure(axes).dpi * 72 / (0.6 * TEXT))
        text = "\n".join(textwrap.fill(line, max(letters, 20)) for line in text.splitlines())
    return axes.set_title(text, fontsize=TEXT, loc="left", pad=10)


def whole_figure(axes):
    """The Figure of some axes, not a part of it, in any matplotlib: `get_figure(root=True)` is of 3.10."""
    return axes.figure.figure


def _columns_that_fit(axes, labels):
    """How many names stand side by side below these axes: a name is its line, and about 7 points a letter."""
    width = axes.get_window_extent().width / whole_figure(axes).dpi * 72
    return max(1, int(0.95 * width / (7 * max(map(len, labels)) + 48)))


def colour_bar(axes, shades, label, **options):
    """The scale of the colours, beside the axes."""
    bar = axes.figure.colorbar(shades, ax=axes, **options)
    bar.ax.set_facecolor("white")
    bar.set_label(label, fontsize=TEXT)
    bar.ax.tick_params(labelsize=TEXT - 1)
    bar.ax.yaxis.get_offset_text().set_fontsize(TEXT - 1)
    return bar
