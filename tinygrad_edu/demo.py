"""The demonstration: a small network learns to tell malignant from benign tumours, in front of the user."""

from os import PathLike
from pathlib import Path

from .common.language import language
from .exercises.language import say


def run(folder: str | PathLike[str] = "tinygrad-edu-demo", epochs: int = 60, seed: int = 0) -> float:
    """Train on the breast-cancer data, say how well it went, and draw the curves and the graph.

    Args:
        folder: where the pictures go; made when missing.
        epochs: the longest the training may go on.
        seed: of the split, the first weights and the order of the samples.

    Returns:
        The accuracy on the test data, from 0 to 1.

    Raises:
        OSError: the folder cannot be made; nothing has been trained then.
    """
    from . import datasets, keras
    from .common import random

    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    random.seed(seed)
    data = datasets.breast_cancer()
    (x_train, y_train), (x_test, y_test) = data.split(test_fraction=0.2, seed=seed)
    _tell("demo_data")

    normalization = keras.layers.Normalization()
    normalization.adapt(x_train)
    model = keras.models.Sequential(
        [
            keras.layers.Input((30,)),
            normalization,
            keras.layers.Dense(16, activation="relu"),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile(optimizer=keras.optimizers.Adam(0.005), loss="binary_crossentropy", metrics=["accuracy"])
    _tell("demo_model")
    model.summary()
    _tell("demo_training")
    stop = keras.callbacks.EarlyStopping(monitor="val_loss", patience=5, restore_best_weights=True)
    history = model.fit(x_train, y_train, epochs=epochs, validation_split=0.2, callbacks=[stop])
    if stop.stopped_epoch:
        _tell("demo_stopped", epochs=stop.stopped_epoch + 1, best=stop.best_epoch + 1)
    loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
    _tell("demo_accuracy", accuracy=f"{accuracy:.1%}", count=len(x_test), loss=f"{loss:.3f}")
    _tell("demo_drawing")
    _draw(model, history, x_test[:1], folder)
    return accuracy


def _tell(key, **fields):
    """Print a message in the language that is chosen, with an empty line before it."""
    print(f"\n{say(key, language(), **fields)}", flush=True)


def _draw(model, history, patient, folder):
    """Write the pictures, and say where they are or what is missing to make them."""
    from . import viz

    pictures = {
        "loss_curves.png": lambda path: viz.plot_history(history).savefig(path),
        "graph.svg": lambda path: viz.draw(model, patient).save(path),
    }
    for name, write in pictures.items():
        try:
            write(folder / name)
            print(say("demo_wrote", language(), path=folder / name))
        except (ImportError, RuntimeError) as error:
            print(say("demo_not_drawn", language(), name=name, error=error))
