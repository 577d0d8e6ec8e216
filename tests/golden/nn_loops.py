"""Loops around a training as courses write them, by real Keras 3: what each gives, to compare ours with.

    KERAS_BACKEND=jax python tests/golden/nn_loops.py      (keras 3.15.1, jax 0.10.2)

writes nn_loops.json. The data and the first weights are made by formula, the same in the test.
"""

import json
import sys
from pathlib import Path

import numpy as np

X = np.sin(np.arange(150 * 3.0)).reshape(150, 3).astype("float32")
Y = (X**2).sum(axis=1, keepdims=True)


def network(keras, optimizer="adam", last="dense"):
    """A compiled model 3 → 4 → 1 with weights by formula."""
    layers = keras.layers
    model = keras.Sequential([keras.Input((3,)), layers.Dense(4, "tanh", name="h"), layers.Dense(1, name=last)])
    model.set_weights([np.cos(np.arange(w.size)).reshape(w.shape) / 2 for w in model.get_weights()])
    model.compile(optimizer, "mse", metrics=["mae"])
    return model


def by_batches(keras):
    """A loop over batches: each has the figures of its own."""
    model = network(keras, keras.optimizers.SGD(0.1))
    trained = [model.train_on_batch(X[i : i + 25], Y[i : i + 25]) for i in range(0, 150, 25)]
    tested = [model.test_on_batch(X[i : i + 25], Y[i : i + 25]) for i in range(0, 75, 25)]
    weighted = model.train_on_batch(X, Y, sample_weight=np.linspace(0, 1, 150))
    return {"trained": trained, "tested": tested, "weighted": weighted, "steps": int(model.optimizer.iterations)}


def steps_of_arrays(keras):
    """Steps without a batch size: the arrays are cut into so many batches."""
    model = network(keras)
    history = model.fit(
        X,
        Y,
        epochs=2,
        steps_per_epoch=3,
        shuffle=False,
        verbose=0,
        validation_data=(X[:70], Y[:70]),
        validation_steps=2,
    )
    parts = []
    watch = keras.callbacks.LambdaCallback()
    watch.on_predict_batch_end = lambda batch, logs: parts.append(len(logs["outputs"]))
    model.predict(X, steps=4, verbose=0, callbacks=[watch])
    return {"history": history.history, "evaluated": model.evaluate(X, Y, steps=2, verbose=0), "predicted": parts}


def figures_of_the_end(keras):
    """What callbacks are told, with a learning rate that callbacks change at each batch and each epoch."""
    seen = {}

    class Cycle(keras.callbacks.Callback):
        """Another learning rate for each batch; a stop after three epochs."""

        def on_train_batch_begin(self, batch, logs=None):
            self.model.optimizer.learning_rate = 0.01 * (batch % 3 + 1)

        def on_epoch_end(self, epoch, logs=None):
            seen[f"epoch {epoch}"] = sorted(logs)
            if epoch == 2:
                self.model.stop_training = True

        def on_train_end(self, logs=None):
            seen["end"] = sorted(logs)

    halving = keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2)
    model = network(keras)
    history = model.fit(X, Y, epochs=5, batch_size=50, shuffle=False, verbose=0, callbacks=[halving, Cycle()])
    return {"history": history.history, "seen": seen}


def frozen_layers(keras):
    """Layers of one model in another, frozen, then free again: compile each time."""
    first = network(keras)
    first.fit(X, Y, epochs=2, shuffle=False, verbose=0)
    second, found = network(keras, last="new"), {}
    second.get_layer("h").set_weights(first.get_layer("h").get_weights())
    for name, trainable in (("frozen", False), ("free", True)):
        second.get_layer("h").trainable = trainable
        second.compile(keras.optimizers.Adam(0.01), "mse")
        history = second.fit(X, -Y, epochs=2, shuffle=False, verbose=0)
        trained = len(second.trainable_weights)
        found[name] = {"loss": history.history["loss"], "trained": trained, "weights": second.get_weights()}
    return found


def better_figures(keras):
    """Which metrics should rise, as EarlyStopping finds out, whatever they are called."""
    found = {}
    for name, arguments in RISING_AND_FALLING.items():
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, activation="sigmoid")])
        model.compile("sgd", "mse", metrics=[getattr(keras.metrics, name)(**arguments, name="figure")])
        watch = keras.callbacks.EarlyStopping("figure")
        model.fit(X, (Y > 1.5).astype("float32"), verbose=0, callbacks=[watch])
        is_better = watch.better if hasattr(watch, "better") else watch._is_improvement
        found[name] = bool(is_better(2.0, 1.0))
    return found


RISING_AND_FALLING = {
    **dict.fromkeys(["AUC", "BinaryAccuracy", "Precision", "Recall", "CosineSimilarity"], {}),
    "SensitivityAtSpecificity": {"specificity": 0.5},
    "SpecificityAtSensitivity": {"sensitivity": 0.5},
    "FBetaScore": {"average": "macro", "threshold": 0.5},
    "F1Score": {"average": "macro", "threshold": 0.5},
    "R2Score": {},
    "MeanIoU": {"num_classes": 2},
    "BinaryIoU": {"target_class_ids": [1]},
    **dict.fromkeys(["MeanSquaredError", "BinaryCrossentropy", "Hinge", "KLDivergence", "LogCoshError", "Poisson"], {}),
}
CASES = {f.__name__: f for f in (by_batches, steps_of_arrays, figures_of_the_end, frozen_layers, better_figures)}


if __name__ == "__main__":
    import keras

    figures = {name: case(keras) for name, case in CASES.items()}
    text = json.dumps(figures, default=lambda value: np.asarray(value, dtype=float).round(7).tolist(), indent=1)
    Path(__file__).with_suffix(".json").write_text(text + "\n")
    sys.stdout.write(f"{len(figures)} cases\n")
