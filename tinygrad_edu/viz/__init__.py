"""Pictures: the computation graph of anything, the curves of a training, the way down a function.

Graphs are DOT, laid out by Graphviz; plots are matplotlib. Both are loaded on first use.
"""

from .curves import plot_history, plot_path
from .drawing import Drawing
from .graph import draw

__all__ = ["Drawing", "draw", "plot_history", "plot_path"]
