"""The estimated gradient: from a sample of the rows, against the gradient of all of them (course text 004).

Then what the text recommends, measured: normalisation, the choice of the optimizer, L1 and L2.

    python estimated_gradient.py [folder for the pictures]
"""

import argparse
from pathlib import Path

import numpy as np

import tinygrad_edu as tg
from tinygrad_edu.keras.layers import Dense
from tinygrad_edu.keras.losses import binary_crossentropy
from tinygrad_edu.keras.models import Sequential
from tinygrad_edu.keras.regularizers import L1, L2

SAMPLE_SIZES = (1, 4, 16, 64, 256, 1024)


# -- how good is an estimate? ---------------------------------------------------------------------------


def large_regression():
    """20 000 rows of 5 features."""
    return tg.datasets.linear_regression(n=20_000, features=5, noise=1.0, seed=0)


def gradient(w, x, y):
    """The gradient for w of the mean of (x·w − y)² over the rows."""
    w = tg.Tensor(w, requires_grad=True)
    ((x @ w - y) ** 2).mean().backward()
    return w.grad


def estimation_errors(x, y, sizes=SAMPLE_SIZES, repeats=200):
    """How far the gradient of n random rows is from that of all rows: root mean square of the distance.

    Returns:
        An array with one error for each size.
    """
    rng = np.random.default_rng(0)
    w = np.zeros(x.shape[1])
    all_rows = gradient(w, x, y)
    errors = []
    for n in sizes:
        rows = rng.integers(len(x), size=(repeats, n))
        estimates = np.array([gradient(w, x[sample], y[sample]) for sample in rows])
        errors.append(np.sqrt(((estimates - all_rows) ** 2).sum(axis=1).mean()))
    return np.array(errors)


def slope(sizes, errors):
    """The slope of log(error) against log(n): −1/2 where the error falls like 1/√n."""
    return np.polyfit(np.log(sizes), np.log(errors), 1)[0]


def show_estimates():
    """Print and return the errors of the estimates."""
    x, y = large_regression()
    errors = estimation_errors(x, y)
    print(f"The gradient of n random rows against that of all {len(x)} (200 samples of each size):")
    print("  rows n    error   error · √n")
    for n, error in zip(SAMPLE_SIZES, errors, strict=True):
        print(f"  {n:6}{error:9.4f}{error * np.sqrt(n):13.2f}")
    print(f"The error falls like n to the power {slope(SAMPLE_SIZES, errors):.2f}: about 1/√n.")
    print("Four times the work halves the error, so small batches are a good bargain.\n")
    return errors


# -- what the text recommends ---------------------------------------------------------------------------


def ten_features(normalised=True):
    """The ten mean measures of the breast-cancer data, cut in two: (x_train, y_train), (x_test, y_test).

    The labels are a column, shape (rows, 1), like the predictions that they are compared with.
    """
    (x_train, y_train), (x_test, y_test) = tg.datasets.breast_cancer().split(test_fraction=0.3, seed=0)
    x_train, x_test = x_train[:, :10], x_test[:, :10]
    if normalised:
        mean, deviation = x_train.mean(axis=0), x_train.std(axis=0)
        x_train, x_test = (x_train - mean) / deviation, (x_test - mean) / deviation
    return (x_train, y_train[:, None]), (x_test, y_test[:, None])


def text_model(optimizer="adam", regularizer=None):
    """The network of the text, from the same seed each time.

    The added metric is the loss without the penalty of the regularizer.
    """
    tg.random.seed(0)
    model = Sequential()
    model.add(Dense(64, activation="relu", input_dim=10, kernel_regularizer=regularizer))
    model.add(Dense(1, activation="sigmoid", kernel_regularizer=regularizer))
    model.compile(optimizer=optimizer, loss="binary_crossentropy", metrics=["accuracy", binary_crossentropy])
    return model


def compare_optimizers():
    """The network of the text with each optimizer by name, on normalised data and on data as measured."""
    histories = {}
    for normalised in (True, False):
        (x_train, y_train), test = ten_features(normalised)
        for name in ("sgd", "rmsprop", "adam"):
            label = f"{name}, {'normalised' if normalised else 'as measured'}"
            model = text_model(name)
            histories[label] = model.fit(
                x_train, y_train, epochs=10, batch_size=32, validation_data=test, verbose=0
            ).history
    return histories


def compare_regularizers(rows=40, epochs=150):
    """A long training on few rows, which overfits, without and with a penalty: (weights, history) by name."""
    (x_train, y_train), test = ten_features()
    results = {}
    for name, penalty in {"none": None, "L1": L1(0.002), "L2": L2(0.005)}.items():
        model = text_model(tg.keras.optimizers.Adam(0.01), penalty)
        history = model.fit(
            x_train[:rows],
            y_train[:rows],
            epochs=epochs,
            batch_size=32,
            validation_data=test,
            validation_batch_size=len(test[0]),
            verbose=0,
        )
        kernels = np.concatenate([np.ravel(values) for values in model.get_weights()[::2]])
        results[name] = kernels, history.history
    return results


def show_optimizers():
    """Print and return the trainings of the network of the text."""
    histories = compare_optimizers()
    print("The network of the text (10-64-1, 10 epochs, batches of 32) on ten measures of breast tumours:")
    print(f"  {'optimizer and data':<25}{'first loss':>12}{'last loss':>11}{'test loss':>11}{'accuracy':>10}")
    for label, figures in histories.items():
        first, last = figures["loss"][0], figures["loss"][-1]
        test = f"{figures['val_loss'][-1]:11.4f}{figures['val_accuracy'][-1]:10.1%}"
        print(f"  {label:<25}{first:12.4f}{last:11.4f}{test}")
    print("As measured, the areas (up to 2500) drown the other features in the gradient.\n")
    return histories


def show_regularizers():
    """Print and return what L1 and L2 do to the weights and to the gap between training and test loss."""
    results = compare_regularizers()
    print("150 epochs of Adam on 40 rows only; losses without the penalty:")
    print(f"  {'penalty':<9}{'mean |w|':>9}{'|w| < 0.01':>12}{'training loss':>15}{'test loss':>11}{'gap':>9}")
    for name, (kernels, figures) in results.items():
        train, test = figures["binary_crossentropy"][-1], figures["val_binary_crossentropy"][-1]
        size, small = np.abs(kernels).mean(), np.mean(np.abs(kernels) < 0.01)
        print(f"  {name:<9}{size:9.3f}{small:12.0%}{train:15.4f}{test:11.4f}{test - train:9.4f}")
    print("L1 makes most weights (nearly) zero, L2 makes all of them small; both narrow the gap.")
    return results


# -- what a student sees --------------------------------------------------------------------------------


def main(folder="pictures"):
    """Measure the estimates, then the advice of the text, and draw both."""
    errors = show_estimates()
    histories = show_optimizers()
    results = show_regularizers()
    try:
        draw(Path(folder), errors, histories, results)
    except ModuleNotFoundError as error:
        names = "estimated_gradient.png and regularization.png"
        print(f"\nSkipped {names}: {error}. For the pictures: python -m pip install matplotlib")


def draw(folder, errors, histories, results):
    """Save the error of the estimate with the curves of the optimizers, and the effect of the penalties."""
    from matplotlib.figure import Figure

    folder.mkdir(parents=True, exist_ok=True)
    figure = Figure(figsize=(12, 4.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    left.loglog(SAMPLE_SIZES, errors, "o", label="measured")
    left.loglog(SAMPLE_SIZES, errors[0] / np.sqrt(SAMPLE_SIZES), "--", color="0.5", label="1/√n from the first")
    left.set(title="Error of the estimated gradient", xlabel="rows in the sample", ylabel="distance")
    left.legend()
    for i, (label, figures) in enumerate(histories.items()):
        style = "-" if label.endswith("normalised") else "--"
        right.plot(range(1, 11), figures["loss"], style, color=f"C{i % 3}", label=label)
    right.set(title="Optimizers and normalisation", xlabel="epoch", ylabel="loss", yscale="log")
    right.legend(fontsize="small", ncols=2)
    figure.savefig(folder / "estimated_gradient.png", dpi=120)

    figure = Figure(figsize=(13, 4), layout="constrained")
    for i, (ax, (name, (kernels, figures))) in enumerate(zip(figure.subplots(1, 3), results.items(), strict=True)):
        ax.plot(figures["binary_crossentropy"], color=f"C{i}", label="training")
        ax.plot(figures["val_binary_crossentropy"], "--", color=f"C{i}", label="test")
        ax.set(title=f"Penalty: {name}", xlabel="epoch", ylabel="loss without the penalty", ylim=(0, 0.8))
        ax.legend(loc="upper left")
        inset = ax.inset_axes([0.56, 0.6, 0.42, 0.37])
        inset.hist(np.clip(kernels, -1, 1), bins=41, range=(-1, 1), color=f"C{i}")
        inset.set(yticks=[])
        inset.text(0.04, 0.84, "weights", transform=inset.transAxes)
    figure.savefig(folder / "regularization.png", dpi=120)
    print(f"\nWrote {folder / 'estimated_gradient.png'} and {folder / 'regularization.png'}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", default="pictures", help="where the pictures go (default: %(default)s)")
    main(parser.parse_args().folder)
