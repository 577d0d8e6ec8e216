"""Training: what a step costs in small networks, from a whole shuffled epoch, for each way to train them.

A peer is a function of a problem that sets everything up, runs once to warm up, and gives what a turn runs: the
epochs of the problem, giving the mean loss of the last one.
"""

import os
import warnings

import numpy as np

from . import by_hand
from .harness import Case
from .problems import Problem, network_loss

PROBLEMS = {
    problem.name: problem
    for problem in (
        Problem("seed", (10, 64, 1), batch=32, rows=1000, epochs=20),
        Problem("mnist", (784, 128, 10), batch=128, rows=2560, epochs=3),
        Problem("wide", (1024, 1024, 1024, 10), batch=256, rows=2560, epochs=1),
    )
}

peers = {}


def peer(name):
    """Enter a way to train: decorates a function of a problem."""

    def enter(prepare):
        peers[name] = prepare
        return prepare

    return enter


def warmed(run):
    run()
    return run


# -- fit -----------------------------------------------------------------------------------------------


def compiled(problem, keras, **options):
    """A compiled Sequential network under whichever module has Keras's names, and its data."""
    keras.utils.set_random_seed(0)
    x, y = problem.data()
    *hidden, outputs = problem.sizes[1:]
    last = keras.layers.Dense(outputs, activation="sigmoid" if problem.binary else "softmax")
    layers = [keras.layers.Dense(width, activation="relu") for width in hidden]
    model = keras.Sequential([keras.Input((problem.sizes[0],)), *layers, last])
    loss = "binary_crossentropy" if problem.binary else "sparse_categorical_crossentropy"
    model.compile(optimizer=keras.optimizers.Adam(problem.rate), loss=loss, metrics=["accuracy"], **options)
    return model, x, y


def fit(problem, keras, epochs=1, **options):
    """The whole call of fit of such a network, with a metric.

    Args:
        epochs: of a first call, which warms up.
        options: further arguments of `compile`.
    """
    model, x, y = compiled(problem, keras, **options)
    model.fit(x, y, batch_size=problem.batch, epochs=epochs, verbose=0)

    def run():
        history = model.fit(x, y, batch_size=problem.batch, epochs=problem.epochs, verbose=0, shuffle=True)
        return history.history["loss"][-1]

    return warmed(run)


def keras_on(backend):
    os.environ["KERAS_BACKEND"] = backend
    import keras

    return keras


@peer("tinygrad_edu fit")
def ours(problem):
    from tinygrad_edu import keras

    return fit(problem, keras)


@peer("tinygrad_edu fit, under XLA")
def ours_under_xla(problem):
    from tinygrad_edu import keras

    return fit(problem, keras, epochs=5, jit_compile=True)  # until whole epochs are compiled


# -- NumPy by hand -------------------------------------------------------------------------------------


@peer("NumPy by hand, flat and out=")
def flat(problem):
    return warmed(problem.trainer(by_hand.flat(problem)))


@peer("NumPy by hand, flat, no metric")
def flat_without_metric(problem):
    return warmed(problem.trainer(by_hand.flat(problem, metric=False)))


@peer("NumPy by hand, as a course writes it")
def plain(problem):
    return warmed(problem.trainer(by_hand.plain(problem)))


# -- other libraries on NumPy --------------------------------------------------------------------------


@peer("scikit-learn MLPClassifier")
def scikit_learn(problem):
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    x, y = problem.data()
    model = MLPClassifier(
        problem.sizes[1:-1],
        alpha=0,
        batch_size=problem.batch,
        learning_rate_init=problem.rate,
        max_iter=problem.epochs,
        n_iter_no_change=10**9,  # it counts on from fit to fit, and must never stop one
        random_state=0,
        warm_start=True,
    )

    def run():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            return model.fit(x, y.ravel()).loss_

    return warmed(run)


@peer("MyGrad")
def mygrad(problem):
    import mygrad as mg

    mg.turn_memory_guarding_off()  # its documentation's advice for speed
    x, y = problem.data()
    weights, depth = by_hand.named(problem.weights()), len(problem.shapes)
    update = by_hand.plain_adam(problem, weights)

    def step(rows):
        w = {name: mg.tensor(value, copy=False) for name, value in weights.items()}
        a = x[rows]
        for i in range(1, depth):
            a = mg.nnet.relu(a @ w[f"W{i}"] + w[f"b{i}"])
        z = a @ w[f"W{depth}"] + w[f"b{depth}"]
        if problem.binary:
            loss = mg.mean(mg.logaddexp(np.float32(0), z) - y[rows] * z)
        else:
            loss = mg.nnet.softmax_crossentropy(z, y[rows])
        loss.backward()
        update({name: tensor.grad for name, tensor in w.items()})
        return loss.item()

    return warmed(problem.trainer(step))


@peer("HIPS autograd")
def autograd(problem):
    from autograd import numpy as autograd_numpy
    from autograd import value_and_grad

    x, y = problem.one_hot()
    weights = problem.weights()
    value_and_gradients = value_and_grad(lambda w, x, y: network_loss(autograd_numpy, w, x, y))
    update = by_hand.plain_adam(problem, by_hand.named(weights))

    def step(rows):
        loss, gradients = value_and_gradients(weights, x[rows], y[rows])
        update(by_hand.named(gradients))
        return loss

    return warmed(problem.trainer(step))


# -- PyTorch -------------------------------------------------------------------------------------------


def torch_trainer(problem, fused=False, compiled=False):
    import torch

    torch.manual_seed(0)
    x, y = map(torch.from_numpy, problem.data())
    layers = []
    for shape in problem.shapes:
        layers += [torch.nn.Linear(*shape), torch.nn.ReLU()]
    model = torch.nn.Sequential(*layers[:-1])
    loss_of = torch.nn.BCEWithLogitsLoss() if problem.binary else torch.nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), problem.rate, fused=fused)

    def forward(x, y):
        return loss_of(model(x), y)

    if compiled:
        forward = torch.compile(forward, dynamic=False)

    def run():
        for _ in range(problem.epochs):
            losses = []
            for rows in torch.randperm(problem.rows).split(problem.batch):
                optimizer.zero_grad()
                loss = forward(x[rows], y[rows])
                loss.backward()
                optimizer.step()
                losses.append(loss.detach())
        return float(torch.stack(losses).mean())

    return warmed(run)


@peer("PyTorch, plain Adam")
def torch_plain(problem):
    return torch_trainer(problem)


@peer("PyTorch, fused Adam")
def torch_fused(problem):
    return torch_trainer(problem, fused=True)


@peer("PyTorch, compiled")
def torch_compiled(problem):
    os.environ["TORCHINDUCTOR_COMPILE_THREADS"] = "1"  # no pool of compilers that waits beside the bench
    try:
        return torch_trainer(problem, fused=True, compiled=True)
    except ImportError:
        raise
    except Exception as error:  # the first line says what is missing, such as a C++ compiler
        raise RuntimeError(f"torch.compile: {str(error).splitlines()[0]}") from error


# -- JAX -----------------------------------------------------------------------------------------------


def jax_update(problem):
    """The first state (weights, slots, summed loss) and the function that a step is: (state, x, y) to state."""
    import jax
    import optax

    optimizer = optax.adam(problem.rate)
    weights = jax.tree.map(jax.numpy.asarray, problem.weights())

    def update(state, x, y):
        weights, slots, total = state
        loss, gradients = jax.value_and_grad(lambda w: network_loss(jax.numpy, w, x, y))(weights)
        changes, slots = optimizer.update(gradients, slots)
        return optax.apply_updates(weights, changes), slots, total + loss

    return (weights, optimizer.init(weights), jax.numpy.zeros(())), update


@peer("JAX, jitted step")
def jax_step(problem):
    import jax

    x, y = problem.one_hot()
    state, update = jax_update(problem)
    update = jax.jit(update, donate_argnums=0)
    rng = np.random.default_rng(2)

    def run():
        nonlocal state
        for _ in range(problem.epochs):
            order, before = rng.permutation(problem.rows), float(state[2])
            for start in range(0, problem.rows, problem.batch):
                rows = order[start : start + problem.batch]
                state = update(state, x.take(rows, 0), y.take(rows, 0))
        return (float(state[2]) - before) / problem.batches

    return warmed(run)


def jax_epoch(problem):
    """The first state, and the function of (state, x, y, order of the rows) that an epoch is: all steps in one scan."""
    import jax

    state, update = jax_update(problem)
    full = problem.rows - problem.rows % problem.batch

    def epoch(state, x, y, order):
        weights, slots, _ = state
        state = weights, slots, jax.numpy.zeros(())
        batches = order[:full].reshape(-1, problem.batch)
        state, _ = jax.lax.scan(lambda state, rows: (update(state, x[rows], y[rows]), None), state, batches)
        if full < problem.rows:
            state = update(state, x[order[full:]], y[order[full:]])
        return state

    return state, jax.jit(epoch, donate_argnums=0)


@peer("JAX, whole epoch in one scan")
def jax_scan(problem):
    import jax

    x, y = map(jax.numpy.asarray, problem.one_hot())
    state, epoch = jax_epoch(problem)
    rng = np.random.default_rng(2)

    def run():
        nonlocal state
        for _ in range(problem.epochs):
            state = epoch(state, x, y, rng.permutation(problem.rows))
        return float(state[2]) / problem.batches

    return warmed(run)


# -- Keras ---------------------------------------------------------------------------------------------


@peer("Keras fit, JAX backend")
def keras_jax(problem):
    return fit(problem, keras_on("jax"))


@peer("Keras fit, torch backend")
def keras_torch(problem):
    return fit(problem, keras_on("torch"))


# -- the cases -----------------------------------------------------------------------------------------

for problem in PROBLEMS.values():
    network = "-".join(map(str, problem.sizes))
    case = Case(
        problem.name,
        f"A training step of {network}, batch {problem.batch}, Adam, float32, from whole shuffled epochs",
        "µs a step",
        group="training",
        per=problem.steps,
        repeats=3,
        rounds=9,
    )
    for name, prepare in peers.items():
        case.peer(name)(lambda prepare=prepare, problem=problem: prepare(problem))
