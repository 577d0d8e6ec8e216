"""Linear regression by batch descent with momentum: nothing but two products of a tall matrix, and what is around them.

Every peer starts from zeros, and computes the loss of each step.
"""

import numpy as np

from .harness import Case
from .training import keras_on, warmed

ROWS, COLUMNS, STEPS = 100_000, 10, 100
RATE, MOMENTUM = 0.01, 0.9

linear = Case(
    "linear",
    "A step of linear regression, 100 000 × 10 by batch descent with momentum, float32",
    "µs a step",
    group="training",
    per=STEPS,
    repeats=3,
    rounds=9,
)


def data():
    """x, shape (rows, columns), and y = xw + 3 + noise, shape (rows, 1)."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(ROWS, COLUMNS)).astype("float32")
    y = x @ rng.normal(size=(COLUMNS, 1)) + 3 + 0.1 * rng.normal(size=(ROWS, 1))
    return x, y.astype("float32")


def fit(keras):
    x, y = data()
    layer = keras.layers.Dense(1, kernel_initializer="zeros")
    model = keras.Sequential([keras.Input((COLUMNS,)), layer])
    model.compile(optimizer=keras.optimizers.SGD(RATE, momentum=MOMENTUM), loss="mse")

    def run():
        return model.fit(x, y, batch_size=ROWS, epochs=STEPS, verbose=0, shuffle=False).history["loss"][-1]

    return warmed(run)


@linear.peer("tinygrad_edu fit")
def _():
    from tinygrad_edu import keras

    return fit(keras)


@linear.peer("NumPy by hand, flat and out=")
def _():
    x, y = data()
    # A column of ones for the bias; column by column in memory, where both products run three times as fast.
    x = np.asfortranarray(np.hstack([x, np.ones((ROWS, 1), "float32")]))
    y, error = y.ravel(), np.empty(ROWS, "float32")
    w, speed, gradient = (np.zeros(COLUMNS + 1, "float32") for _ in range(3))

    def run():
        for _ in range(STEPS):
            x.dot(w, error)
            np.subtract(error, y, error)
            loss = error.dot(error) / ROWS
            error.dot(x, gradient)
            np.multiply(gradient, 2 * RATE / ROWS, gradient)
            np.multiply(speed, MOMENTUM, speed)
            np.subtract(speed, gradient, speed)
            np.add(w, speed, w)
        return float(loss)

    return warmed(run)


@linear.peer("NumPy by hand, as a course writes it")
def _():
    x, y = data()
    w, b = np.zeros((COLUMNS, 1), "float32"), np.zeros(1, "float32")
    w_speed, b_speed = np.zeros_like(w), np.zeros_like(b)

    def run():
        nonlocal w, b, w_speed, b_speed
        for _ in range(STEPS):
            error = x @ w + b - y
            loss = np.mean(error**2)
            w_speed = MOMENTUM * w_speed - RATE * 2 * (x.T @ error) / ROWS
            b_speed = MOMENTUM * b_speed - RATE * 2 * error.mean(axis=0)
            w = w + w_speed
            b = b + b_speed
        return float(loss)

    return warmed(run)


@linear.peer("PyTorch")
def _():
    import torch

    x, y = map(torch.from_numpy, data())
    model, loss_of = torch.nn.Linear(COLUMNS, 1), torch.nn.MSELoss()
    for weight in model.parameters():
        torch.nn.init.zeros_(weight)
    optimizer = torch.optim.SGD(model.parameters(), RATE, momentum=MOMENTUM)

    def run():
        for _ in range(STEPS):
            optimizer.zero_grad()
            loss = loss_of(model(x), y)
            loss.backward()
            optimizer.step()
        return float(loss)

    return warmed(run)


@linear.peer("JAX, jitted step")
def _():
    import jax
    import optax

    x, y = map(jax.numpy.asarray, data())
    optimizer = optax.sgd(RATE, momentum=MOMENTUM)
    weights = jax.numpy.zeros((COLUMNS, 1)), jax.numpy.zeros(1)
    state = weights, optimizer.init(weights)

    def loss_of(weights, x, y):
        w, b = weights
        return jax.numpy.mean((x @ w + b - y) ** 2)

    def update(state, x, y):
        weights, slots = state
        loss, gradients = jax.value_and_grad(loss_of)(weights, x, y)
        changes, slots = optimizer.update(gradients, slots)
        return (optax.apply_updates(weights, changes), slots), loss

    update = jax.jit(update, donate_argnums=0)

    def run():
        nonlocal state
        for _ in range(STEPS):
            state, loss = update(state, x, y)
        return float(loss)

    return warmed(run)


@linear.peer("Keras fit, JAX backend")
def _():
    return fit(keras_on("jax"))
