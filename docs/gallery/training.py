"""Training: how the descent goes, and what a network has learnt.

Plots of matplotlib: each function draws on a new Figure, or on your own Axes with `ax=`.
"""

import tinygrad_edu as tg
from tinygrad_edu import nn, optim, viz


def _moons():
    """A network that has learnt which of two crescents a point belongs to, and what was recorded meanwhile."""
    tg.random.seed(4)
    x, y = tg.datasets.moons(300, noise=0.2, seed=0)
    model = nn.Sequential(
        [
            nn.Input((2,)),
            nn.Dense(16, activation="tanh", name="first"),
            nn.Dense(16, activation="tanh", name="second"),
            nn.Dense(1, activation="sigmoid", name="out"),
        ],
        name="moons",
    )
    model.compile(optim.Adam(0.02), "binary_crossentropy", metrics=["accuracy"])
    recorders = nn.callbacks.GradientRecorder(), nn.callbacks.WeightRecorder()
    history = model.fit(x, y, epochs=40, validation_split=0.2, callbacks=recorders, verbose=0)
    return model, x, y, history, *recorders


def _digits():
    """A network of one layer that has learnt to read digits."""
    tg.random.seed(0)
    x, y = tg.datasets.digits()
    x = x.reshape(-1, 64) / 16
    small = nn.regularizers.L2(0.002)  # weights that are not needed shrink to white
    model = nn.Sequential([nn.Input((64,)), nn.Dense(10, "softmax", kernel_regularizer=small, name="digits")])
    model.compile(optim.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x[:1400], y[:1400], epochs=40, verbose=0)
    return model, x[1400:], y[1400:]


def _save(figure, path):
    """Write it as large as a projector shows it, 1280 × 720."""
    figure.savefig(path, dpi=1280 / figure.get_figwidth())


def plot_history(path):
    """The losses and the accuracy of a training; validation is dashed."""
    _, _, _, history, *_ = _moons()
    _save(viz.plot_history(history), path)


def plot_history_compared(path):
    """Three optimizers on the same network, their losses on a logarithmic scale."""
    x, y = tg.datasets.moons(300, noise=0.1, seed=0)
    histories = {}
    for name in ("sgd", "momentum", "adam"):
        tg.random.seed(1)
        model = nn.Sequential([nn.Input((2,)), nn.Dense(16, activation="relu"), nn.Dense(1, activation="sigmoid")])
        optimizer = optim.get(name)
        optimizer.learning_rate = 0.02
        model.compile(optimizer, "binary_crossentropy")
        histories[name] = model.fit(x, y, epochs=60, verbose=0)
    _save(viz.plot_history(histories, log=True), path)


def plot_path(path):
    """The way of gradient descent down a function of two numbers."""

    def loss(b, w):
        return (b - 1) ** 2 + 2 * (w - 2) ** 2 + b * w

    figure = viz.plot_path(loss, optim.minimize(loss, [-3.0, -1.0], optim.SGD(0.15), steps=20))
    figure.axes[0].set_title("Gradient descent, learning rate 0.15")
    _save(figure, path)


def plot_gradients(path):
    """How large the gradients of each layer were, and how far each epoch moved its weights."""
    *_, gradients, _ = _moons()
    _save(viz.plot_gradients(gradients), path)


def plot_weights(path):
    """How the weights of each layer spread when the training has ended."""
    model, *_ = _moons()
    _save(viz.plot_weights(model), path)


def plot_weights_over_time(path):
    """How the weights of each layer spread from step to step: their median, the middle half, and all."""
    *_, weights = _moons()
    _save(viz.plot_weights(weights), path)


def trajectories_parabola(path):
    """Momentum against plain descent on the parabola x²/6; a learning rate that is too large climbs out."""
    optimizers = {
        "SGD, rate 0.5": optim.SGD(0.5),
        "Momentum, rate 0.5": optim.Momentum(0.5, momentum=0.8),
        "SGD, rate 6.2": optim.SGD(6.2),
    }
    _save(viz.trajectories("parabola", optimizers, steps=20), path)


def trajectories_bowl(path):
    """A long bowl: plain descent swings across it while the others bend towards its length."""
    optimizers = {"SGD": optim.SGD(0.18), "Momentum": optim.Momentum(0.03), "Adam": optim.Adam(0.4)}
    _save(viz.trajectories("bowl", optimizers, steps=40), path)


def trajectories_rosenbrock(path):
    """Rosenbrock's curved valley: the way into it is short, the way along it long."""
    optimizers = {
        "SGD": optim.SGD(0.0015),
        "Momentum": optim.Momentum(0.001),
        "RMSProp": optim.RMSProp(0.05),
        "Adam": optim.Adam(0.2),
    }
    _save(viz.trajectories("rosenbrock", optimizers, steps=200), path)


def trajectories_beale(path):
    """Beale's function in three dimensions, steep at its corners and nearly flat around its minimum."""
    optimizers = {"SGD": optim.SGD(0.01), "Momentum": optim.Momentum(0.01), "Adam": optim.Adam(0.1)}
    _save(viz.trajectories("beale", optimizers, steps=80, kind="3d"), path)


def trajectories_saddle(path):
    """A saddle has no minimum: who begins near its ridge leaves it sooner or later."""
    optimizers = {"SGD": optim.SGD(0.05), "Momentum": optim.Momentum(0.05), "Adam": optim.Adam(0.1)}
    _save(viz.trajectories("saddle", optimizers, steps=60, kind="3d"), path)


def trajectories_moving(path):
    """Three optimizers down the same bowl, step by step."""
    optimizers = {"SGD": optim.SGD(0.18), "Momentum": optim.Momentum(0.03), "Adam": optim.Adam(0.4)}
    viz.trajectories("bowl", optimizers, steps=40, animated=True).save(path.with_suffix(".gif"), width=800)


def landscape(path):
    """The loss around the weights that a training found, along two random filter-normalised directions."""
    model, x, y, *_ = _moons()
    _save(viz.landscape(model, x, y, kind="3d", points=31), path)


def landscape_of_the_training(path):
    """The loss in the plane in which the weights moved most, and the way that the training took there."""
    model, x, y, *_, weights = _moons()
    _save(viz.landscape(model, x, y, recorder=weights), path)


def decision_boundary(path):
    """Where a network draws the line between two classes, and the samples that it puts on the wrong side."""
    model, x, y, *_ = _moons()
    _save(viz.decision_boundary(model, x, y), path)


def decision_boundary_iris(path):
    """Three kinds of iris in the plane of two of their four features."""
    tg.random.seed(0)
    data = tg.datasets.iris()
    model = nn.Sequential([nn.Input((4,)), nn.Dense(8, activation="tanh"), nn.Dense(3, activation="softmax")])
    model.compile(optim.Adam(0.05), "sparse_categorical_crossentropy")
    model.fit(data.x, data.y, epochs=60, verbose=0)
    figure = viz.decision_boundary(
        model, data.x, data.y, features=(2, 3), names=data.feature_names, labels=data.target_names
    )
    _save(figure, path)


def confusion(path):
    """Which handwritten digits a network of one layer takes for which, on samples that it has not seen."""
    model, x, y = _digits()
    _save(viz.confusion(model, x, y), path)


def weight_images(path):
    """What each neuron of that network looks for: blue ink speaks for its digit, red against it."""
    model, *_ = _digits()
    _save(viz.weight_images(model), path)


def gradient_noise(path):
    """The gradient estimated from a few samples scatters around that of all; four times the samples halve the error."""
    x, y = tg.datasets.linear_regression(512, noise=2.0, seed=0)
    tg.random.seed(0)
    model = nn.Sequential([nn.Input(x.shape[1:]), nn.Dense(1, name="line")])
    model.compile("sgd", "mse")
    _save(viz.gradient_noise(model, x, y), path)


def learning_rate_range(path):
    """The learning rate rises from step to step: first nothing happens, then the loss falls, then it flies away."""
    x, y = tg.datasets.moons(600, noise=0.2, seed=0)
    tg.random.seed(0)
    model = nn.Sequential([nn.Input((2,)), nn.Dense(32, activation="relu"), nn.Dense(1, activation="sigmoid")])
    model.compile("sgd", "binary_crossentropy")
    _save(viz.learning_rate_range(model, x, y, low=1e-4, high=1000.0, steps=150), path)
