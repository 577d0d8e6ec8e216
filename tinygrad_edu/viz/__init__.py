"""Pictures: the computation graph of anything, backpropagation as a film, what a training did, the way down a function.

`graph` draws DOT, laid out by Graphviz; `network` draws neurons and edges; `training` and `descent` plot with
matplotlib; pages are HTML that works offline. All load on first use. What they share is beside them: `figures`, `html`,
`labels`, `moving`, `notebook`, `player`.
"""

from .descent.animation import Animation
from .descent.landscape import landscape
from .descent.surfaces import SURFACES, Surface, surface
from .descent.trajectories import trajectories
from .graph.draw import draw
from .graph.drawing import Drawing
from .graph.film import Film, film
from .graph.lines import source_lines
from .graph.page import Page, explore
from .network.film import NetworkFilm, network_film
from .training.checks import plot_gradcheck
from .training.confusion import confusion
from .training.curves import plot_history, plot_path
from .training.decision import decision_boundary
from .training.gradient_noise import gradient_noise
from .training.images import weight_images
from .training.rates import learning_rate_range
from .training.report import report
from .training.weights import plot_gradients, plot_weights

__all__ = [
    "SURFACES",
    "Animation",
    "Drawing",
    "Film",
    "NetworkFilm",
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
    "network_film",
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
