"""Pictures: the computation graph of anything, backpropagation as a film, what a training did, the way down a function.

Graphs are DOT, laid out by Graphviz; plots are matplotlib; pages are HTML that works offline. All load on first use.
"""

from .animation import Animation
from .checks import plot_gradcheck
from .confusion import confusion
from .curves import plot_history, plot_path
from .decision import decision_boundary
from .drawing import Drawing
from .film import Film, film
from .gradient_noise import gradient_noise
from .graph import draw
from .images import weight_images
from .landscape import landscape
from .lines import source_lines
from .page import Page, explore
from .rates import learning_rate_range
from .report import report
from .surfaces import SURFACES, Surface, surface
from .trajectories import trajectories
from .weights import plot_gradients, plot_weights

__all__ = [
    "SURFACES",
    "Animation",
    "Drawing",
    "Film",
    "Page",
    "Surface",
    "confusion",
    "decision_boundary",
    "draw",
    "explore",
    "film",
    "gradient_noise",
    "landscape",
    "learning_rate_range",
    "plot_gradcheck",
    "plot_gradients",
    "plot_history",
    "plot_path",
    "plot_weights",
    "report",
    "source_lines",
    "surface",
    "trajectories",
    "weight_images",
]
