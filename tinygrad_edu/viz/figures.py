"""Figures of matplotlib, made so that they work with and without a screen."""

import os
import sys

# Okabe & Ito (2008), those of their colours that show on white, the most different first.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
MARKERS = ("", "o", "s", "^", "D")
TEXT = 13  # points: readable on a projector


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


def new_figure(width, height):
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


def dress(axes, x_label, y_label):
    """Name the axes and keep the rest of the frame light."""
    axes.set_xlabel(x_label, fontsize=TEXT)
    axes.set_ylabel(y_label, fontsize=TEXT)
    axes.tick_params(labelsize=TEXT - 1)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(True, color="#DDDDDD", linewidth=0.8)
    axes.set_axisbelow(True)


def legend_above(axes, most_columns=2):
    """The legend in a row above the axes, where it covers no curve."""
    handles, labels = axes.get_legend_handles_labels()
    if labels:
        columns = min(len(labels), most_columns)
        axes.legend(
            handles,
            labels,
            loc="lower left",
            bbox_to_anchor=(0, 1.01),
            ncols=columns,
            fontsize=TEXT - 1,
            frameon=False,
            borderaxespad=0,
        )
