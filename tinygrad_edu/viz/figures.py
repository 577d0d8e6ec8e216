"""Figures of matplotlib, made so that they work with and without a screen."""

import os
import sys

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
    try:
        from matplotlib.figure import Figure
    except ModuleNotFoundError:
        raise ImportError(
            'Plots need matplotlib, and it is not installed. One command gets it: pip install "tinygrad-edu[viz]"'
        ) from None
    return Figure(**options)


def new_figure(width=SLIDE[0], height=SLIDE[1]):
    """A figure of this size in inches, one of pyplot where the user has pyplot or a notebook that shows figures.

    So `plt.show()` finds it, no window system is chosen for the user, and a machine without a screen works.
    """
    options = {"figsize": (width, height), "layout": "constrained"}
    in_notebook = os.environ.get("MPLBACKEND", "").startswith("module://")
    if "matplotlib.pyplot" in sys.modules or in_notebook:
        import matplotlib.pyplot as plt

        figure = plt.figure(**options)
    else:
        figure = matplotlib_figure(**options)
    figure.get_layout_engine().set(w_pad=0.12, h_pad=0.1, wspace=0.04)
    return figure


def axes_for(ax, kind="flat"):
    """The Axes to draw on, and what the caller returns: `ax` where it was given, else the new Figure.

    Raises:
        ValueError: the picture is in three dimensions, and the given Axes is not.
    """
    if ax is not None:
        if kind == "3d" and not hasattr(ax, "get_zlim"):
            raise ValueError("kind='3d' draws on an Axes in 3-D: make it with projection='3d', or leave ax out.")
        return ax, ax
    figure = new_figure()
    if kind != "3d":
        return figure.subplots(), figure
    # Without computed_zorder what is drawn later stands in front: a path is never hidden behind its surface.
    return figure.subplots(subplot_kw={"projection": "3d", "computed_zorder": False}), figure


def dress(axes, x_label, y_label):
    """Name the axes and keep the rest of the frame light."""
    axes.set_xlabel(x_label, fontsize=TEXT)
    axes.set_ylabel(y_label, fontsize=TEXT)
    axes.tick_params(which="both", labelsize=TEXT - 1)
    axes.yaxis.get_offset_text().set_fontsize(TEXT - 1)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(True, color="#DDDDDD", linewidth=0.8)
    axes.set_axisbelow(True)


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

        down = ScaledTranslation(0, -_LINE_BELOW / 72, axes.get_figure(root=True).dpi_scale_trans)
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
        axes.get_figure(root=True).legend(handles, labels, **options)
    else:
        legend(axes, own=False)


def title(axes, text):
    """The name of a picture, at the left above its axes."""
    return axes.set_title(text, fontsize=TEXT, loc="left", pad=10)


def _columns_that_fit(axes, labels):
    """How many names stand side by side below these axes: a name is its line, and about 7 points a letter."""
    width = axes.get_window_extent().width / axes.get_figure(root=True).dpi * 72
    return max(1, int(0.95 * width / (7 * max(map(len, labels)) + 48)))


def colour_bar(axes, shades, label, **options):
    """The scale of the colours, beside the axes."""
    bar = axes.figure.colorbar(shades, ax=axes, **options)
    bar.set_label(label, fontsize=TEXT)
    bar.ax.tick_params(labelsize=TEXT - 1)
    bar.ax.yaxis.get_offset_text().set_fontsize(TEXT - 1)
    return bar
