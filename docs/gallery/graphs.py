"""Pictures of computation graphs: forward, backward, in order, of networks, and of gradients themselves."""

import numpy as np

import tinygrad_edu as tg


def _straight_line():
    """The loss (y' − y)² of one point on the line y' = b + w1·x1."""
    x1, y = tg.Tensor(2.0, name="x1"), tg.Tensor(1.0, name="y")
    w1 = tg.Tensor(-1.5, requires_grad=True, name="w1")
    b = tg.Tensor(0.5, requires_grad=True, name="b")
    predicted = b + w1 * x1
    predicted.name = "y'"
    loss = (predicted - y) ** 2
    loss.name = "loss"
    return loss


def _network():
    """Three dense layers for the breast-cancer data, and four patients."""
    tg.random.seed(0)
    layers = tg.keras.layers
    model = tg.keras.models.Sequential(
        [
            layers.Input((30,)),
            layers.Dense(16, activation="relu", name="hidden_1"),
            layers.Dense(8, activation="relu", name="hidden_2"),
            layers.Dense(1, activation="sigmoid", name="out"),
        ]
    )
    model.compile(optimizer="adam", loss="binary_crossentropy")
    rng = np.random.default_rng(0)
    return model, rng.normal(size=(4, 30)).astype("float32"), np.array([0, 1, 1, 0])


def graph(path):
    """A network of three neurons that has learnt which of two crescents a point is in, and the loss of one point."""
    tg.random.seed(1)
    x, y = tg.datasets.moons(200, noise=0.1, seed=0)
    layers = [tg.nn.Input((2,)), tg.nn.Dense(2, "tanh", name="hidden"), tg.nn.Dense(1, "sigmoid", name="out")]
    model = tg.nn.Sequential(layers)
    model.compile(tg.optim.Adam(0.05), "binary_crossentropy")
    model.fit(x, y, epochs=60, verbose=0)
    tg.viz.draw(model, x[:1], y[:1]).save(path)


def graph_line(path):
    """The computation graph of one point's loss on the line y' = b + w1·x1, with values and gradients."""
    tg.viz.draw(_straight_line()).save(path)


def graph_line_derivatives(path):
    """The same graph with the local derivative of every operation on its arrow."""
    tg.viz.draw(_straight_line(), derivatives=True).save(path)


def graph_line_backward(path):
    """The way back: what the rule of each operation makes of the gradient g that reaches it."""
    tg.viz.draw(_straight_line(), view="backward", derivatives=True).save(path)


def graph_topological_order(path):
    """Why a topological order: b = a + a is visited after both arrows from c = b + b have arrived."""
    a = tg.Tensor(1.0, requires_grad=True, name="a")
    b = a + a
    c = b + b
    b.name, c.name = "b", "c"
    tg.viz.draw(c, view="backward", order=True).save(path)


def graph_network(path):
    """A network of three layers with its loss on four samples, a frame a layer."""
    tg.viz.draw(*_network()).save(path)


def graph_network_derivatives(path):
    """The same network with the local derivatives: in rows, so that its letters stay legible on a projector."""
    tg.viz.draw(*_network(), derivatives=True).save(path)


def graph_network_collapsed(path):
    """The same network, each layer closed to one box."""
    tg.viz.draw(*_network(), collapse=True).save(path)


def graph_of_a_gradient(path):
    """The slope of x³/6 at 3, with the gradient of that: the second derivative."""
    x = tg.Tensor(3.0, requires_grad=True, name="x")
    tg.viz.draw(tg.grad(lambda x: x**3 / 6), x).save(path)


def graph_forward_and_gradient(path):
    """The computation and the operations that compute its gradients, as one graph."""
    tg.viz.draw(_straight_line(), view="both").save(path)
