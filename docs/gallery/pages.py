"""Pages: a graph to explore, and backpropagation as a film. `film(loss).save("film.html")` writes it as a page."""

import numpy as np

import tinygrad_edu as tg
from tinygrad_edu.viz.graph.film import film


def _straight_line():
    """The loss (y' − y)² of one point on the line y' = b + w1·x1."""
    x1, y = tg.Tensor(2.0, name="x1"), tg.Tensor(1.0, name="y")
    w1 = tg.Tensor(-1.5, requires_grad=True, name="w1")
    b = tg.Tensor(0.5, requires_grad=True, name="b")
    predicted = b + w1 * x1
    loss = (predicted - y) ** 2
    predicted.name, loss.name = "y'", "L"
    return loss


def film_line(path):
    """Backpropagation step by step: each picture visits an operation and writes its chain rule with its numbers."""
    film(_straight_line()).save(path.with_suffix(".gif"))


def film_line_step(path):
    """The last step of that film: the product w1 × x1 passes its gradient on to the weight."""
    picture = film(_straight_line()).frames[-1]
    path.with_suffix(".svg").write_text(picture, encoding="utf-8")


def network_film_step(path):
    """One step of training on the network itself: the gradients have flowed back along the edges of the first layer."""
    tg.random.seed(0)
    layers = [tg.nn.Input((2,)), tg.nn.Dense(3, "tanh", name="hidden"), tg.nn.Dense(1, "sigmoid", name="out")]
    model = tg.nn.Sequential(layers, name="network")
    model.compile("sgd", "binary_crossentropy")
    picture = tg.viz.network_film(model, [[0.5, -1.0]], [[1.0]]).frames[5]
    path.with_suffix(".svg").write_text(picture, encoding="utf-8")


def explore_network(path):
    """A page to explore a network: zoom, open a layer, see the array and the gradient behind each box."""
    tg.random.seed(0)
    layers = [tg.nn.Input((4,)), tg.nn.Dense(5, "relu", name="hidden"), tg.nn.Dense(3, "softmax", name="out")]
    model = tg.nn.Sequential(layers, name="iris")
    model.compile("adam", "sparse_categorical_crossentropy")
    iris = tg.datasets.iris()
    tg.viz.explore(model, np.asarray(iris.x)[::30], np.asarray(iris.y)[::30]).save(path.with_suffix(".html"))
