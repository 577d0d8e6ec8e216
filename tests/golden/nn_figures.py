"""Figures of real Keras 3 beside losses and trainings: metrics, Normalization, EarlyStopping, accuracy.

    KERAS_BACKEND=jax python tests/golden/nn_figures.py      (keras 3.15.1, jax 0.10.2)

writes nn_figures.json. The inputs are made here, by formula, for Keras and for the tests.
"""

import itertools
import json
import sys
from pathlib import Path

import numpy as np

# -- metrics: name -> class, arguments, targets, predictions ---------------------------------------------

METRICS = {
    "binary": ("BinaryAccuracy", {}, "binary", "probability", (1,)),
    "binary 0.7": ("BinaryAccuracy", {"threshold": 0.7}, "binary", "probability", (3,)),
    "binary soft": ("BinaryAccuracy", {}, "probability", "probability", (1,)),
    "categorical": ("CategoricalAccuracy", {}, "one-hot", "probability", (4,)),
    "sparse": ("SparseCategoricalAccuracy", {}, "classes", "probability", (4,)),
    "equal": ("Accuracy", {}, "classes column", "classes column", (4,)),
    "mse": ("MeanSquaredError", {}, "real", "probability", (2,)),
    "mae": ("MeanAbsoluteError", {}, "real", "probability", (1,)),
    "mse 3-D": ("MeanSquaredError", {}, "real", "probability", (2, 3)),
    "binary crossentropy": ("BinaryCrossentropy", {}, "binary", "probability", (2,)),
    "binary crossentropy logits": ("BinaryCrossentropy", {"from_logits": True}, "binary", "real", (2,)),
    "categorical crossentropy": ("CategoricalCrossentropy", {}, "one-hot", "probability", (4,)),
    "sparse crossentropy": ("SparseCategoricalCrossentropy", {}, "classes", "probability", (4,)),
}
ROWS = [5, 5, 2]  # a ragged last batch


def batches(targets, predictions, sample):
    """(y_true, y_pred, sample_weight) of each batch."""
    count = sum(ROWS)

    def make(kind, phase):
        z = 2 * np.sin(phase * np.arange(count * int(np.prod(sample))) + 0.2).reshape(count, *sample)
        classes = (np.arange(count) * phase * 3 % sample[-1]).astype(int)
        return {
            "real": z.astype("float32"),
            "probability": (1 / (1 + np.exp(-z))).astype("float32"),
            "binary": (z > 0).astype("float32"),
            "one-hot": np.eye(sample[-1], dtype="float32")[classes],
            "classes": classes,
            "classes column": classes[:, None],
        }[kind]

    arrays = make(targets, 1.3), make(predictions, 0.7), np.linspace(0.1, 2, count).astype("float32")
    ends = np.cumsum([0, *ROWS])
    return [[a[start:end] for a in arrays] for start, end in itertools.pairwise(ends)]


def metric_figures(metrics, cls, arguments, targets, predictions, sample):
    """The result after each batch, without weights and with weights; then after a reset and one batch."""
    found = []
    for weighted in (False, True):
        metric = getattr(metrics, cls)(**arguments)
        for y_true, y_pred, weight in batches(targets, predictions, sample):
            metric.update_state(y_true, y_pred, sample_weight=weight if weighted else None)
            found.append(float(metric.result()))
    metric.reset_state()
    metric.update_state(*batches(targets, predictions, sample)[1][:2])
    return [*found, float(metric.result())]


# -- which accuracy "accuracy" is: shape of the targets, shape of the outputs ------------------------------

ACCURACIES = {
    "sigmoid": ("binary", 1, "sigmoid", "binary_crossentropy"),
    "sigmoid column": ("binary column", 1, "sigmoid", "binary_crossentropy"),
    "several sigmoids": ("several", 3, "sigmoid", "binary_crossentropy"),
    "softmax": ("classes", 3, "softmax", "sparse_categorical_crossentropy"),
    "softmax column": ("classes column", 3, "softmax", "sparse_categorical_crossentropy"),
    "softmax one-hot": ("one-hot", 3, "softmax", "categorical_crossentropy"),
}


def accuracy_of(keras, targets, units, activation, loss):
    """The accuracy of a fixed network."""
    x = np.sin(np.arange(60)).reshape(20, 3).astype("float32")
    classes = np.arange(20) % 3
    y = {
        "binary": x[:, 0] > 0.1,
        "binary column": x[:, :1] > 0.1,
        "several": (x > 0.2).astype("float32"),
        "classes": classes,
        "classes column": classes[:, None],
        "one-hot": np.eye(3)[classes],
    }[targets]
    model = keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(units, activation=activation)])
    model.set_weights([np.cos(np.arange(3 * units)).reshape(3, units), np.zeros(units)])
    model.compile(optimizer="sgd", loss=loss, metrics=["accuracy"])
    return model.evaluate(x, y, verbose=0, return_dict=True)["accuracy"]


# -- Normalization -----------------------------------------------------------------------------------------

NORMALIZATIONS = {
    "last axis": ((8, 3), {}),
    "no axis": ((8, 3), {"axis": None}),
    "no axis, one row": ((8,), {"axis": None}),
    "first of two": ((8, 3, 2), {"axis": 1}),
    "two axes": ((8, 3, 2), {"axis": (1, 2)}),
    "last of two": ((8, 3, 2), {"axis": -1}),
    "given": ((8, 3), {"mean": [1.0, 2.0, 3.0], "variance": [4.0, 1.0, 0.25]}),
    "given numbers": ((8, 3), {"mean": 1.0, "variance": 4.0}),
    "invert": ((8, 3), {"invert": True}),
    "constant feature": ((8, 3), {"constant": True}),
}


def normalized(keras, shape, arguments):
    """What an adapted layer makes of other data, and its weights."""
    data = (3 + 5 * np.sin(np.arange(np.prod(shape)))).reshape(shape).astype("float32")
    arguments = dict(arguments)
    if arguments.pop("constant", False):
        data[:, 1] = 4.0
    layer = keras.layers.Normalization(**arguments)
    if "mean" not in arguments:
        layer.adapt(data)
    out = np.asarray(layer(data[:3]).numpy() if hasattr(layer(data[:3]), "numpy") else layer(data[:3]))
    weights = [np.asarray(w) for w in layer.get_weights()]
    return {"out": out.round(5).tolist(), "weights": [w.round(5).tolist() for w in weights]}


# -- EarlyStopping: a series of figures fed to the callback --------------------------------------------------

SERIES = {
    "falls": [5.0, 4.0, 3.0, 2.0, 1.0],
    "turns": [5.0, 4.0, 3.0, 3.5, 3.2, 2.9, 3.0, 3.0, 3.0, 3.0, 1.0],
    "flat": [1.0] * 8,
    "slow": [1.0, 0.99, 0.98, 0.97, 0.5, 0.499, 0.498, 0.497, 0.496],
    "rises": [0.1, 0.2, 0.3, 0.25, 0.28, 0.31, 0.3, 0.3, 0.3, 0.2],
    "broken": [2.0, float("nan"), 1.0, float("nan"), float("nan"), float("nan"), 0.5],
    "negative": [-1.0, -2.0, -1.5, -1.6, -2.5, -2.4],
}
STOPPINGS = [
    {},
    {"patience": 1},
    {"patience": 3},
    {"patience": 2, "min_delta": 0.05},
    {"patience": 2, "min_delta": -0.05},
    {"patience": 2, "mode": "max"},
    {"patience": 2, "baseline": 0.9},
    {"patience": 3, "baseline": 2.95, "restore_best_weights": True},
    {"patience": 2, "restore_best_weights": True},
    {"patience": 1, "start_from_epoch": 3},
    {"patience": 1, "start_from_epoch": 3, "restore_best_weights": True},
    {"patience": 2, "mode": "max", "restore_best_weights": True},
    {"patience": 0, "mode": "min", "restore_best_weights": True},
]


class StandIn:
    """A model whose weights are the number of the epoch."""

    def __init__(self):
        self.stop_training, self.weights = False, [0]

    def get_weights(self):
        return list(self.weights)

    def set_weights(self, weights):
        self.weights = list(weights)


def trace(callback, series):
    """The epochs seen, where it stopped, the best epoch and value, and the weights at the end."""
    model = StandIn()
    callback.set_model(model)
    callback.on_train_begin()
    for epoch, value in enumerate(series):
        model.weights = [epoch]
        callback.on_epoch_end(epoch, {"loss": value})
        if model.stop_training:
            break
    callback.on_train_end()
    best = None if callback.best is None or np.isnan(callback.best) else float(callback.best)
    return [epoch, callback.stopped_epoch, callback.best_epoch, best, callback.wait, model.weights[0]]


if __name__ == "__main__":
    import keras

    stoppings = {}
    for name, options in itertools.product(SERIES, STOPPINGS):
        callback = keras.callbacks.EarlyStopping(monitor="loss", **options)
        stoppings[f"{name} {options}"] = trace(callback, SERIES[name])
    figures = {
        "metrics": {name: metric_figures(keras.metrics, *case) for name, case in METRICS.items()},
        "accuracies": {name: accuracy_of(keras, *case) for name, case in ACCURACIES.items()},
        "normalizations": {name: normalized(keras, *case) for name, case in NORMALIZATIONS.items()},
        "stoppings": stoppings,
    }
    text = json.dumps(figures, separators=(",", ":"), ensure_ascii=False).replace('],"', '],\n"')
    Path(__file__).with_suffix(".json").write_text(text + "\n")
    print(keras.__version__, len(text), file=sys.stderr)
