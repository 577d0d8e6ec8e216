"""Figures of every loss by real Keras 3: arguments, reductions, sample weights, shapes, dtypes, edges; and the names.

    JAX_ENABLE_X64=1 KERAS_BACKEND=jax python tests/golden/nn_losses.py      (keras 3.15.1, jax 0.10.2)

writes nn_losses.json. The inputs are made here, by formula, for Keras and for the test.
"""

import itertools
import json
import sys
from pathlib import Path

import numpy as np

REDUCTIONS = ["sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", None]
SHAPES = {"(n,)": (6,), "(n, 1)": (6, 1), "(n, k)": (6, 3), "3-D": (6, 2, 3)}
DTYPES = ["float64", "float32"]

# name -> class, arguments, what the targets are, what the predictions are
LOSSES = {
    "mse": ("MeanSquaredError", {}, "real", "real"),
    "mae": ("MeanAbsoluteError", {}, "real", "real"),
    "mape": ("MeanAbsolutePercentageError", {}, "real", "real"),
    "msle": ("MeanSquaredLogarithmicError", {}, "real", "real"),
    "huber": ("Huber", {}, "real", "real"),
    "huber 0.3": ("Huber", {"delta": 0.3}, "real", "real"),
    "log cosh": ("LogCosh", {}, "real", "real"),
    "cosine": ("CosineSimilarity", {}, "real", "real"),
    "cosine of columns": ("CosineSimilarity", {"axis": 0}, "real", "real"),
    "hinge": ("Hinge", {}, "signs", "real"),
    "hinge of 0 and 1": ("Hinge", {}, "binary", "real"),
    "hinge of reals": ("Hinge", {}, "real", "real"),
    "squared hinge": ("SquaredHinge", {}, "signs", "real"),
    "squared hinge of 0 and 1": ("SquaredHinge", {}, "binary", "real"),
    "categorical hinge": ("CategoricalHinge", {}, "one-hot", "real"),
    "divergence": ("KLDivergence", {}, "probability", "probability"),
    "divergence of reals": ("KLDivergence", {}, "real", "real"),
    "poisson": ("Poisson", {}, "counts", "probability"),
    "binary": ("BinaryCrossentropy", {}, "binary", "probability"),
    "binary logits": ("BinaryCrossentropy", {"from_logits": True}, "binary", "real"),
    "binary smoothed": ("BinaryCrossentropy", {"label_smoothing": 0.2}, "binary", "probability"),
    "binary smoothed logits": ("BinaryCrossentropy", {"label_smoothing": 0.2, "from_logits": True}, "binary", "real"),
    "binary of columns": ("BinaryCrossentropy", {"axis": 0}, "binary", "probability"),
    "focal": ("BinaryFocalCrossentropy", {}, "binary", "probability"),
    "focal logits": ("BinaryFocalCrossentropy", {"from_logits": True, "gamma": 1.5}, "binary", "real"),
    "focal balanced": (
        "BinaryFocalCrossentropy",
        {"apply_class_balancing": True, "alpha": 0.7, "gamma": 3.0, "label_smoothing": 0.1},
        "binary",
        "probability",
    ),
    "focal without gamma": ("BinaryFocalCrossentropy", {"gamma": 0.0}, "binary", "probability"),
    "categorical": ("CategoricalCrossentropy", {}, "one-hot", "probability"),
    "categorical logits": ("CategoricalCrossentropy", {"from_logits": True}, "one-hot", "real"),
    "categorical smoothed": ("CategoricalCrossentropy", {"label_smoothing": 0.1}, "one-hot", "probability"),
    "categorical of shares": ("CategoricalCrossentropy", {}, "probability", "probability"),
    "categorical focal": ("CategoricalFocalCrossentropy", {}, "one-hot", "probability"),
    "categorical focal logits": (
        "CategoricalFocalCrossentropy",
        {"from_logits": True, "alpha": 0.5, "gamma": 1.0, "label_smoothing": 0.1},
        "one-hot",
        "real",
    ),
    "categorical focal weights": (
        "CategoricalFocalCrossentropy",
        {"alpha": [0.2, 0.5, 1.0], "gamma": 2.5},
        "one-hot",
        "probability",
    ),
    "sparse": ("SparseCategoricalCrossentropy", {}, "classes", "probability"),
    "sparse logits": ("SparseCategoricalCrossentropy", {"from_logits": True}, "classes", "real"),
    "sparse ignoring": ("SparseCategoricalCrossentropy", {"ignore_class": 1}, "classes", "probability"),
    "sparse ignoring -1": ("SparseCategoricalCrossentropy", {"ignore_class": -1}, "classes or -1", "probability"),
    "dice": ("Dice", {}, "binary", "probability"),
    "dice of samples": ("Dice", {"axis": (1,)}, "binary", "probability"),
    "tversky": ("Tversky", {}, "binary", "probability"),
    "tversky unequal": ("Tversky", {"alpha": 0.3, "beta": 0.9}, "binary", "probability"),
    "circle": ("Circle", {}, "classes", "unit"),
    "circle wide": ("Circle", {"gamma": 5.0, "margin": 0.2, "remove_diagonal": False}, "classes", "unit"),
    "generalized": ("CategoricalGeneralizedCrossEntropy", {}, "classes", "probability"),
    "generalized 0.9": ("CategoricalGeneralizedCrossEntropy", {"q": 0.9}, "classes", "probability"),
}
OF_CLASSES = ("one-hot", "classes", "classes or -1")

# name -> class, arguments, targets, predictions, sample weights
NAN = float("nan")
BY_WEIGHT = {"reduction": "mean_with_sample_weight"}
TURNED = [[0.0, 1.0], [1.0, 0.0]]
COLUMN = [[0.0], [1.0], [0.0], [1.0]]
EDGES = {
    "mape of 0": ("MeanAbsolutePercentageError", {}, [[0.0, 2.0]], [[1.0, 0.0]], None),
    "msle below 0": ("MeanSquaredLogarithmicError", {}, [[-0.5, 0.0, 2.0]], [[-3.0, 1.0, -1.0]], None),
    "huber at delta": ("Huber", {}, [[0.0, 0.0, 0.0]], [[1.0, -1.0, 0.0]], None),
    "log cosh of much": ("LogCosh", {}, [[0.0], [0.0], [0.0]], [[400.0], [-400.0], [0.0]], None),
    "cosine of zeros": ("CosineSimilarity", {}, [[0.0, 0.0], [1.0, 2.0]], [[1.0, 2.0], [0.0, 0.0]], None),
    "divergence at 0 and 1": ("KLDivergence", {}, TURNED, [[1.0, 0.0], [1.0, 0.0]], None),
    "poisson at 0": ("Poisson", {}, [[0.0], [2.0]], [[0.0], [0.0]], None),
    "binary at 0 and 1": ("BinaryCrossentropy", {}, COLUMN, [[0.0], [0.0], [1.0], [1.0]], None),
    "binary of large logits": (
        "BinaryCrossentropy",
        {"from_logits": True},
        COLUMN,
        [[800.0], [800.0], [-800.0], [-800.0]],
        None,
    ),
    "focal at 0 and 1": ("BinaryFocalCrossentropy", {}, COLUMN, [[0.0], [0.0], [1.0], [1.0]], None),
    "categorical at 0 and 1": ("CategoricalCrossentropy", {}, TURNED, [[1.0, 0.0], [1.0, 0.0]], None),
    "categorical focal at 0 and 1": ("CategoricalFocalCrossentropy", {}, TURNED, [[1.0, 0.0]] * 2, None),
    "hinge of one label": ("Hinge", {}, [[1.0], [1.0]], [[0.3], [2.0]], None),
    "hinge of one other": ("Hinge", {}, [[0.0], [0.0], [-1.0]], [[0.3], [2.0], [0.1]], None),
    "whole targets": ("MeanAbsoluteError", {}, [[1], [2]], [[0.5], [4.0]], None),
    "all ignored": ("SparseCategoricalCrossentropy", {"ignore_class": 1}, [1, 1], [[0.3, 0.7], [0.5, 0.5]], None),
    "no weight": ("MeanSquaredError", BY_WEIGHT, [[1.0], [2.0]], [[0.0], [0.0]], [0.0, 0.0]),
    "no weight, mean": ("MeanSquaredError", {}, [[1.0], [2.0]], [[0.0], [0.0]], [0.0, 0.0]),
    "negative weights": ("MeanSquaredError", BY_WEIGHT, [[1.0], [2.0]], [[0.0], [0.0]], [1.0, -3.0]),
    "nan": ("MeanSquaredError", {"reduction": None}, [[1.0], [2.0]], [[NAN], [0.0]], None),
    "nan, huber": ("Huber", {"reduction": None}, [[1.0], [2.0]], [[NAN], [0.0]], None),
    "nan, binary": ("BinaryCrossentropy", {"reduction": None}, [[1.0], [0.0]], [[NAN], [0.5]], None),
    "nan, hinge": ("Hinge", {"reduction": None}, [[1.0], [0.0]], [[NAN], [0.5]], None),
    "nan target, hinge": ("Hinge", {"reduction": None}, [[NAN], [0.0]], [[0.5], [0.5]], None),
    "nan, divergence": ("KLDivergence", {"reduction": None}, [[1.0], [0.5]], [[NAN], [0.5]], None),
    "nan, cosine": ("CosineSimilarity", {"reduction": None}, [[1.0, 0.0], [0.5, 1.0]], [[NAN, 1.0], [0.5, 0.5]], None),
}  # fmt: skip


def inputs(targets, predictions, shape, dtype="float32"):
    """(y_true, y_pred) for these kinds and this shape of the predictions."""
    count = int(np.prod(shape))
    z = (2.5 * np.sin(1.7 * np.arange(count) + 0.3)).reshape(shape)
    y_pred = {"real": z, "probability": 1 / (1 + np.exp(-z)), "unit": z / np.linalg.norm(z, axis=-1, keepdims=True)}
    y_pred = y_pred[predictions].astype(dtype)
    classes = (np.arange(count // shape[-1]) * 7 // 2 % shape[-1]).reshape(shape[:-1])
    yes = np.arange(count) * 5 % 3 == 0
    y_true = {
        "real": np.cos(0.9 * np.arange(count)).reshape(shape).astype(dtype),
        "probability": ((1 + np.cos(0.9 * np.arange(count))) / 2).reshape(shape).astype(dtype),
        "binary": yes.reshape(shape).astype(dtype),
        "signs": (2 * yes - 1).reshape(shape).astype(dtype),
        "one-hot": np.eye(shape[-1], dtype=dtype)[classes],
        "counts": (np.arange(count) % 4).reshape(shape).astype(dtype),
        "classes": classes,
        "classes or -1": classes - (np.arange(classes.size) % 3 == 0).reshape(classes.shape),
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
    """(name, loss, shape, reduction, weight, dtype) of every case."""
    for (name, loss), (label, shape) in itertools.product(LOSSES.items(), SHAPES.items()):
        if loss[2] in OF_CLASSES and (shape[-1] == 1 or len(shape) == 1):
            continue  # classes need an axis of their own
        if loss[3] == "unit" and label != "(n, k)":
            continue  # embeddings are rows
        if "axis" in loss[1] and label != "(n, k)":
            continue  # one value a column is no value a sample: without weights, and on one shape
        weights = ["none"] if "axis" in loss[1] else sample_weights(shape)
        for reduction, weight in itertools.product(REDUCTIONS, weights):
            yield f"{name} {label} {reduction} {weight}", loss, shape, reduction, weight, "float64"
        yield f"{name} {label} float32", loss, shape, None, "none", "float32"


def value(losses, loss, shape, reduction, weight, dtype):
    """The figure of one case by this package's or Keras's module of losses."""
    cls, arguments, targets, predictions = loss
    y_true, y_pred = inputs(targets, predictions, shape, dtype)
    loss = getattr(losses, cls)(reduction=reduction, dtype=dtype, **arguments)
    return loss(y_true, y_pred, sample_weights(shape)[weight])


def edge(losses, cls, arguments, y_true, y_pred, weight, dtype):
    """The figure of an edge."""
    y_true, y_pred = np.array(y_true), np.array(y_pred, dtype)
    y_true = y_true.astype(dtype) if y_true.dtype.kind == "f" else y_true
    weight = None if weight is None else np.array(weight, dtype)
    return getattr(losses, cls)(dtype=dtype, **arguments)(y_true, y_pred, weight)


def rounded(x):
    """Nested lists of figures with nine digits."""
    return [rounded(part) for part in x] if np.ndim(x) else float(f"{float(x):.9g}")


def defaults(losses):
    """The configuration of each class made without arguments."""
    return {cls: getattr(losses, cls)().get_config() for cls in dict.fromkeys(loss[0] for loss in LOSSES.values())}


if __name__ == "__main__":
    import keras
    from keras.src.losses import ALL_OBJECTS_DICT

    figures = {"configurations": defaults(keras.losses), "losses": {}, "edges": {}}
    for name, *case in cases():
        keras.config.set_floatx(case[-1])
        figures["losses"][name] = rounded(np.asarray(value(keras.losses, *case)))
    for (name, case), dtype in itertools.product(EDGES.items(), DTYPES):
        keras.config.set_floatx(dtype)
        figures["edges"][f"{name} {dtype}"] = rounded(np.asarray(edge(keras.losses, *case, dtype)))
    snake_case = keras.src.utils.naming.to_snake_case
    figures["names"] = {name: snake_case(thing.__name__) for name, thing in ALL_OBJECTS_DICT.items()}
    text = json.dumps(figures, separators=(",", ":")).replace('],"', '],\n"').replace('},"', '},\n"')
    Path(__file__).with_suffix(".json").write_text(text + "\n")
    print(keras.__version__, len(figures["losses"]) + len(figures["edges"]), len(text), file=sys.stderr)
