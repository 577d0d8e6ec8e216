"""Batch descent: the gradients of all the batches, averaged, then one update (course text 000).

1000 rows are cut into batches of 32; 8 rows are left for the last one. Each epoch takes the gradient of every
batch, averages them and moves the parameters once. The epochs go on until the loss stops changing.

    python batch_descent.py [folder for the picture]
"""

import argparse
from pathlib import Path

import numpy as np

import tinygrad_edu as tg
from tinygrad_edu import keras

BATCH_SIZE = 32
LEARNING_RATE = 0.1


# -- by hand --------------------------------------------------------------------------------------------


def squared_loss(w, b, x, y):
    """The mean of (x·w + b − y)² over the rows."""
    error = x @ w + b - y
    return (error * error).mean()


def averaged_gradients(w, b, x, y, batch_size=BATCH_SIZE, by_rows=True):
    """The loss and its gradients for w and b, averaged over the batches.

    Each batch counts as much as it has rows. With `by_rows=False` each counts the same, and then the 8 rows
    of the last batch weigh four times as much as the others.
    """
    starts = range(0, len(x), batch_size)
    w.grad = b.grad = None
    total = 0.0
    for start in starts:
        x_batch, y_batch = x[start : start + batch_size], y[start : start + batch_size]
        share = len(x_batch) / len(x) if by_rows else 1 / len(starts)
        loss = share * squared_loss(w, b, x_batch, y_batch)
        loss.backward()  # adds to w.grad and b.grad: after the last batch they hold the average
        total += loss.item()
    return total, w.grad, b.grad


def descend(x, y, tolerance=1e-8, most_epochs=500):
    """Batch descent from zero until an epoch changes the loss by no more than `tolerance`."""
    w = tg.Tensor(np.zeros(x.shape[1]), requires_grad=True, name="w")
    b = tg.Tensor(0.0, requires_grad=True, name="b")
    losses = []
    for _ in range(most_epochs):
        loss, w_gradient, b_gradient = averaged_gradients(w, b, x, y)
        losses.append(loss)
        if len(losses) > 1 and abs(losses[-2] - losses[-1]) <= tolerance:
            break
        w.data -= LEARNING_RATE * w_gradient
        b.data -= LEARNING_RATE * b_gradient
    return w, b, losses


# -- the same in Keras's words ------------------------------------------------------------------------


def keras_model(features, accumulated=None):
    """A linear model that starts from zero; it updates once every `accumulated` batches."""
    model = keras.models.Sequential()
    model.add(keras.layers.Dense(1, input_dim=features, kernel_initializer="zeros"))
    optimizer = keras.optimizers.SGD(learning_rate=LEARNING_RATE, gradient_accumulation_steps=accumulated)
    model.compile(optimizer=optimizer, loss="mean_squared_error")
    return model


def keras_descend(x, y, epochs=200):
    """Batch descent with `fit`: an epoch of small batches makes one update, so their order does not matter."""
    model = keras_model(x.shape[1], accumulated=-(-len(x) // BATCH_SIZE))
    stop = keras.callbacks.EarlyStopping(monitor="loss", min_delta=1e-6, patience=1)
    history = model.fit(x, y, batch_size=BATCH_SIZE, epochs=epochs, shuffle=True, callbacks=[stop], verbose=0)
    return model, history


def difference_from_one_batch(x, y, epochs):
    """The largest difference between the weights from averaged batches and from one big batch."""
    averaged = keras_model(x.shape[1], accumulated=-(-len(x) // BATCH_SIZE))
    averaged.fit(x, y, batch_size=BATCH_SIZE, epochs=epochs, verbose=0)
    big = keras_model(x.shape[1])
    big.fit(x, y, batch_size=len(x), epochs=epochs, verbose=0)
    return max(np.abs(a - b).max() for a, b in zip(averaged.get_weights(), big.get_weights(), strict=True))


# -- what a student sees ------------------------------------------------------------------------------


def main(folder="pictures"):
    """Compare one big batch with averaged small ones, then descend by hand and in Keras's words."""
    tg.random.seed(0)
    data = tg.datasets.linear_regression(n=1000, features=3, noise=0.5, seed=0)
    x, y = data
    batches = -(-len(x) // BATCH_SIZE)
    print(f"{len(x)} rows in {batches} batches of {BATCH_SIZE}; the last has {len(x) % BATCH_SIZE} rows.\n")

    print("The gradient of the loss at w = 0, b = 0:")
    w, b = tg.Tensor(np.zeros(3), requires_grad=True), tg.Tensor(0.0, requires_grad=True)
    _, big_w, big_b = averaged_gradients(w, b, x, y, batch_size=len(x))
    _, small_w, small_b = averaged_gradients(w, b, x, y)
    _, equal_w, equal_b = averaged_gradients(w, b, x, y, by_rows=False)
    for name, w_gradient, b_gradient in [
        ("one big batch of 1000 rows", big_w, big_b),
        ("average, weighted by rows", small_w, small_b),
        ("average, all batches equal", equal_w, equal_b),
    ]:
        difference = max(np.abs(w_gradient - big_w).max(), abs(b_gradient - big_b))
        numbers = "  ".join(f"{g:8.4f}" for g in [*w_gradient, b_gradient])
        print(f"  {name:<27}{numbers}   difference {difference:.0e}")
    print("Weighted by rows it is the big batch, to rounding; the short last batch must not count in full.\n")

    w, b, losses = descend(x, y)
    print("By hand, until the loss stops changing (by more than 1e-8):")
    for epoch in [0, 1, 2, 5, 10, 20, len(losses) - 1]:
        print(f"  after {epoch:>3} updates: loss {losses[epoch]:.6f}")
    for name, found, true in [("w", w.data.round(3), data.weights.round(3)), ("b", round(b.item(), 3), data.bias)]:
        print(f"  {name} = {found}, the data were made with {np.round(true, 3)}")

    model, history = keras_descend(x, y)
    epochs = len(history.history["loss"])
    print(f"\nIn Keras's words, gradient_accumulation_steps={batches} and EarlyStopping(monitor='loss'):")
    print(f"  {epochs} epochs, {model.optimizer.iterations} updates, loss {history.history['loss'][-1]:.6f}")
    difference = difference_from_one_batch(x, y, epochs=5)
    print(f"  after 5 epochs the weights differ from those of batch_size={len(x)} by {difference:.0e} (float32)")

    try:
        draw(Path(folder), losses, history)
    except ModuleNotFoundError as error:
        print(f"\nSkipped batch_descent.png: {error}. For the picture: python -m pip install matplotlib")


def draw(folder, losses, history):
    """Save the loss by hand and in Keras's words, and how little it still changes."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 4), layout="constrained")
    left, right = figure.subplots(1, 2)
    left.plot(losses, color="C0", linewidth=4, alpha=0.4, label="by hand")
    left.plot(history.history["loss"], color="C1", label="Keras's words")
    left.set(title="Batch descent: one update an epoch", xlabel="epoch", ylabel="loss", yscale="log")
    left.legend()
    right.plot(range(1, len(losses)), np.abs(np.diff(losses)), color="C0", label="by hand")
    right.axhline(1e-8, color="0.5", linestyle="--", label="tolerance")
    right.set(title="Until the loss stops changing", xlabel="epoch", ylabel="change of the loss", yscale="log")
    right.legend()
    folder.mkdir(parents=True, exist_ok=True)
    figure.savefig(folder / "batch_descent.png", dpi=120)
    print(f"\nWrote {folder / 'batch_descent.png'}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", default="pictures", help="where the picture goes (default: %(default)s)")
    main(parser.parse_args().folder)
