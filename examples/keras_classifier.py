"""The Keras classifier, batch sizes, learning-rate schedules and adaptive methods (course text 002).

Is a breast tumour malignant or benign? Measures of 569 patients; the network learns from four in five of them.

    python keras_classifier.py [folder for the pictures]
"""

import argparse
from pathlib import Path

import tinygrad_edu as tg
from tinygrad_edu.keras.layers import Dense
from tinygrad_edu.keras.models import Sequential
from tinygrad_edu.keras.optimizers import SGD, Adagrad, Adam, RMSprop
from tinygrad_edu.keras.optimizers.schedules import (
    CosineDecay,
    ExponentialDecay,
    InverseTimeDecay,
    PiecewiseConstantDecay,
)


def load_data():
    """The breast-cancer data, cut in two and normalised: (x_train, y_train), (x_test, y_test).

    The mean and the deviation are those of the training part: the test part must stay unseen.
    """
    (x_train, y_train), (x_test, y_test) = tg.datasets.breast_cancer().split(test_fraction=0.2, seed=4)
    mean, deviation = x_train.mean(axis=0), x_train.std(axis=0)
    return ((x_train - mean) / deviation, y_train), ((x_test - mean) / deviation, y_test)


def classifier(input_dim, optimizer):
    """The network of the text, compiled with an optimizer. The same seed gives every one the same start."""
    tg.random.seed(0)
    model = Sequential()
    model.add(Dense(units=64, activation="relu", input_shape=(input_dim,)))
    model.add(Dense(units=1, activation="sigmoid"))
    model.compile(optimizer=optimizer, loss="binary_crossentropy", metrics=["accuracy"])
    return model


def train(data, optimizer, epochs=10, batch_size=32, verbose=0):
    """Train the network of the text: (history, loss on the test part, accuracy on the test part)."""
    (x_train, y_train), (x_test, y_test) = data
    model = classifier(x_train.shape[1], optimizer)
    history = model.fit(x_train, y_train, epochs=epochs, batch_size=batch_size, verbose=verbose)
    return history, *model.evaluate(x_test, y_test, verbose=0)


def text_classifier(data):
    """As in the text: Adam with learning rate 0.001, 10 epochs, batches of 32."""
    return train(data, Adam(learning_rate=0.001), epochs=10, batch_size=32, verbose=2)


def compare_batch_sizes(data, epochs=3):
    """Batch, mini-batch and stochastic descent, the same rate and the same number of epochs."""
    sizes = {"batch": len(data[0][0]), "mini-batch": 32, "stochastic": 1}
    return {
        f"{name} ({size})": train(data, SGD(learning_rate=0.02), epochs=epochs, batch_size=size)
        for name, size in sizes.items()
    }


def schedules(steps):
    """The schedules to compare, for a training of so many updates."""
    return {
        "constant, too low": 0.002,
        "constant, high": 2.0,
        "exponential": ExponentialDecay(2.0, decay_steps=steps, decay_rate=0.02),
        "inverse time": InverseTimeDecay(2.0, decay_steps=steps, decay_rate=20.0),
        "piecewise": PiecewiseConstantDecay([steps // 3, 2 * steps // 3], [2.0, 0.4, 0.08]),
        "cosine": CosineDecay(2.0, decay_steps=steps),
    }


def compare_schedules(data, epochs=10):
    """Plain descent in mini-batches, with a learning rate that changes from update to update."""
    steps = epochs * -(-len(data[0][0]) // 32)
    return {name: train(data, SGD(learning_rate=rate), epochs) for name, rate in schedules(steps).items()}


def compare_adaptive(data):
    """Methods that adapt the step of each weight, and plain descent, all with the same learning rate."""
    optimizers = {"SGD": SGD, "AdaGrad": Adagrad, "RMSProp": RMSprop, "Adam": Adam}
    return {name: train(data, optimizer(learning_rate=0.01)) for name, optimizer in optimizers.items()}


# -- what a student sees ------------------------------------------------------------------------------


def show(title, results, note):
    """Print a table: the loss after the first and the last epoch, and how well the test part is told apart."""
    print(f"\n{title:<32}{'updates':>8}{'first loss':>12}{'last loss':>11}{'test loss':>11}{'accuracy':>10}")
    for name, (history, test_loss, accuracy) in results.items():
        losses, updates = history.history["loss"], history.model.optimizer.iterations
        print(f"  {name:<30}{updates:>8}{losses[0]:>12.4f}{losses[-1]:>11.4f}{test_loss:>11.4f}{accuracy:>10.1%}")
    print(note)


def main(folder="pictures"):
    """Train the network of the text, then change one thing at a time."""
    data = load_data()
    (x_train, _), (x_test, _) = data
    print(f"Breast tumours: {len(x_train)} to learn from, {len(x_test)} to test on, {x_train.shape[1]} measures.")
    print("The network of the text: 64 relu, 1 sigmoid; Adam with rate 0.001; 10 epochs of batches of 32.\n")
    text = text_classifier(data)
    print(f"Accuracy on the patients it has never seen: {text[2]:.1%} (loss {text[1]:.4f}).")

    sizes, by_schedule, adaptive = compare_batch_sizes(data), compare_schedules(data), compare_adaptive(data)
    show(
        "Batch size (SGD, 3 epochs)",
        sizes,
        "The smaller the batch, the more updates an epoch makes: it learns more from each row, but takes longer.",
    )
    show(
        "Schedule (SGD, rates from 2)",
        by_schedule,
        "A rate too low hardly learns. A high one can throw the loss up again; as the rate falls, the loss settles.",
    )
    show(
        "Method (learning rate 0.01)",
        adaptive,
        "Adaptive methods give each weight a step of its own: at the same rate they go much further.",
    )
    try:
        draw(Path(folder), text[0], sizes, by_schedule, adaptive)
    except ModuleNotFoundError as error:
        names = "classifier.png and classifier_comparisons.png"
        print(f"\nSkipped {names}: {error}. For the pictures: python -m pip install matplotlib")


def draw(folder, history, sizes, by_schedule, adaptive):
    """Save the curves of the text's training and those of the comparisons."""
    from matplotlib.figure import Figure

    folder.mkdir(parents=True, exist_ok=True)
    tg.viz.plot_history(history).savefig(folder / "classifier.png", dpi=120)

    figure = Figure(figsize=(11, 8), layout="constrained")
    (top_left, top_right), (bottom_left, bottom_right) = figure.subplots(2, 2)
    for ax, title, results in [
        (top_left, "Batch size", sizes),
        (top_right, "Method", adaptive),
        (bottom_left, "Schedule: the loss, colours as on the right", by_schedule),
    ]:
        for name, (history, *_) in results.items():
            losses = history.history["loss"]
            ax.plot(range(1, len(losses) + 1), losses, label=name)
        ax.set(title=title, xlabel="epoch", ylabel="loss", yscale="log")
        ax.xaxis.get_major_locator().set_params(integer=True)
        ax.minorticks_off()
        ax.set_yticks([0.02, 0.05, 0.1, 0.2, 0.5, 1])
        ax.yaxis.set_major_formatter("{x:g}")
        ax.set_ylim(0.015, 1.1)
    steps = next(iter(by_schedule.values()))[0].model.optimizer.iterations
    for name, rate in schedules(steps).items():
        bottom_right.plot([rate(k) if callable(rate) else rate for k in range(steps)], label=name)
    bottom_right.set(title="Schedule: the learning rate", xlabel="update", ylabel="learning rate")
    for ax in (top_left, top_right, bottom_right):
        ax.legend()
    figure.savefig(folder / "classifier_comparisons.png", dpi=120)
    print(f"\nWrote {folder / 'classifier.png'} and {folder / 'classifier_comparisons.png'}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", default="pictures", help="where the pictures go (default: %(default)s)")
    main(parser.parse_args().folder)
