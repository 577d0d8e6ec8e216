"""Figures of every loss by real Keras 3: reductions, sample weights and shapes.

    KERAS_BACKEND=jax python tests/golden/nn_losses.py      (keras 3.15.1, jax 0.10.2)

writes nn_losses.json. The inputs are made here, by formula, for Keras and for the test.
"""

import itertools
import json
import sys
from pathlib import Path

import numpy as np

REDUCTIONS = ["sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", None]
SHAPES = {"(n,)": (6,), "(n, 1)": (6, 1), "(n, k)": (6, 3), "3-D": (6, 2, 3)}

# name -> class, arguments, what the targets are, what the predictions are
LOSSES = {
    "mse": ("MeanSquaredError", {}, "real", "real"),
    "mae": ("MeanAbsoluteError", {}, "real", "real"),
    "huber": ("Huber", {}, "real", "real"),
    "huber 0.3": ("Huber", {"delta": 0.3}, "real", "real"),
    "binary": ("BinaryCrossentropy", {}, "binary", "probability"),
    "binary logits": ("BinaryCrossentropy", {"from_logits": True}, "binary", "real"),
    "binary smoothed": ("BinaryCrossentropy", {"label_smoothing": 0.2}, "binary", "probability"),
    "binary smoothed logits": ("BinaryCrossentropy", {"label_smoothing": 0.2, "from_logits": True}, "binary", "real"),
    "categorical": ("CategoricalCrossentropy", {}, "one-hot", "probability"),
    "categorical logits": ("CategoricalCrossentropy", {"from_logits": True}, "one-hot", "real"),
    "categorical smoothed": ("CategoricalCrossentropy", {"label_smoothing": 0.1}, "one-hot", "probability"),
    "sparse": ("SparseCategoricalCrossentropy", {}, "classes", "probability"),
    "sparse logits": ("SparseCategoricalCrossentropy", {"from_logits": True}, "classes", "real"),
    "sparse ignoring": ("SparseCategoricalCrossentropy", {"ignore_class": 1}, "classes", "probability"),
}


def inputs(targets, predictions, shape):
    """(y_true, y_pred) for these kinds and this shape of the predictions."""
    count = int(np.prod(shape))
    z = (2.5 * np.sin(1.7 * np.arange(count) + 0.3)).reshape(shape).astype("float32")
    y_pred = z if predictions == "real" else (1 / (1 + np.exp(-z))).astype("float32")
    classes = (np.arange(count // shape[-1]) * 7 // 2 % shape[-1]).reshape(shape[:-1])
    y_true = {
        "real": np.cos(0.9 * np.arange(count)).reshape(shape).astype("float32"),
        "binary": (np.arange(count) * 5 % 3 == 0).reshape(shape).astype("float32"),
        "one-hot": np.eye(shape[-1], dtype="float32")[classes],
        "classes": classes,
    }[targets]
    return y_true, y_pred


def sample_weights(shape):
    """By name: none, one a sample, the same as a column, and one for each value of the loss."""
    weight = np.linspace(0, 2, shape[0]).astype("float32")
    found = {"none": None}
    if len(shape) > 1:
        found |= {"row": weight, "column": weight[:, None]}
    if len(shape) == 3:
        del found["row"]  # Keras cannot align it
        found |= {"each": (weight[:, None] + np.arange(shape[1])).astype("float32")}
    return found


def cases():
    """(name, loss, shape, reduction, weight) of every case."""
    for (name, loss), (label, shape) in itertools.product(LOSSES.items(), SHAPES.items()):
        if (
            loss[2] in ("one-hot", "classes")
            and shape[-1] == 1
            or len(shape) == 1
            and loss[2] in ("one-hot", "classes")
        ):
            continue  # classes need an axis of their own
        for reduction, weight in itertools.product(REDUCTIONS, sample_weights(shape)):
            yield f"{name} {label} {reduction} {weight}", loss, shape, reduction, weight


def value(losses, loss, shape, reduction, weight):
    """The figure of one case by this package's or Keras's module of losses."""
    cls, arguments, targets, predictions = loss
    y_true, y_pred = inputs(targets, predictions, shape)
    return getattr(losses, cls)(reduction=reduction, **arguments)(y_true, y_pred, sample_weights(shape)[weight])


if __name__ == "__main__":
    import keras

    figures = {name: np.asarray(value(keras.losses, *case)).round(6).tolist() for name, *case in cases()}
    Path(__file__).with_suffix(".json").write_text(
        json.dumps(figures, separators=(",", ":")).replace("],", "],\n") + "\n"
    )
    print(keras.__version__, len(figures), file=sys.stderr)
