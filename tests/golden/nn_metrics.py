"""Figures of every metric by real Keras 3: arguments, weights, ragged batches, edges; configurations and names.

    KERAS_BACKEND=jax python tests/golden/nn_metrics.py      (keras 3.15.1, jax 0.10.2)

writes nn_metrics.json. The inputs are made here, by formula, for Keras and for the test.
"""

import itertools
import json
import sys
from pathlib import Path

import numpy as np

ROWS = [7, 7, 3]  # a ragged last batch
LIST = [0.2, 0.5, 0.6]  # thresholds
EVEN = [0.0, 0.25, 0.5, 0.75, 1.0]

# name -> class, arguments, targets, predictions, shape of a sample
METRICS = {
    "equal": ("Accuracy", {}, "classes", "classes", ()),
    "equal rows": ("Accuracy", {}, "binary", "whole", (3,)),
    "binary": ("BinaryAccuracy", {}, "binary", "probability", (1,)),
    "binary 0.7": ("BinaryAccuracy", {"threshold": 0.7}, "binary", "probability", (3,)),
    "binary maps": ("BinaryAccuracy", {}, "binary", "probability", (2, 3)),
    "categorical": ("CategoricalAccuracy", {}, "one-hot", "probability", (4,)),
    "sparse": ("SparseCategoricalAccuracy", {}, "classes", "probability", (4,)),
    "sparse column": ("SparseCategoricalAccuracy", {}, "class column", "probability", (4,)),
    "top 2": ("TopKCategoricalAccuracy", {"k": 2}, "one-hot", "probability", (4,)),
    "top 5": ("TopKCategoricalAccuracy", {}, "one-hot", "probability", (8,)),
    "sparse top 2": ("SparseTopKCategoricalAccuracy", {"k": 2}, "classes", "probability", (4,)),
    "sparse top 3 ties": ("SparseTopKCategoricalAccuracy", {"k": 3}, "classes", "whole", (6,)),
    "sorted ids": ("SparseTopKCategoricalAccuracy", {"k": 2, "from_sorted_ids": True}, "classes", "ids", (4,)),
    "mse": ("MeanSquaredError", {}, "real", "probability", (2,)),
    "mse maps": ("MeanSquaredError", {}, "real", "probability", (2, 3)),
    "rmse": ("RootMeanSquaredError", {}, "real", "probability", (2,)),
    "rmse column": ("RootMeanSquaredError", {}, "real", "probability", (1,)),
    "mae": ("MeanAbsoluteError", {}, "real", "probability", (1,)),
    "mape": ("MeanAbsolutePercentageError", {}, "real", "probability", (2,)),
    "msle": ("MeanSquaredLogarithmicError", {}, "real", "probability", (2,)),
    "log cosh": ("LogCoshError", {}, "real", "probability", (2,)),
    "cosine": ("CosineSimilarity", {}, "real", "probability", (3,)),
    "cosine of another axis": ("CosineSimilarity", {"axis": 1}, "real", "probability", (2, 3)),
    "r2": ("R2Score", {}, "real", "probability", (2,)),
    "r2 column": ("R2Score", {}, "real", "probability", (1,)),
    "r2 each": ("R2Score", {"class_aggregation": None}, "real", "probability", (3,)),
    "r2 by variance": ("R2Score", {"class_aggregation": "variance_weighted_average"}, "real", "real", (3,)),
    "r2 adjusted": ("R2Score", {"num_regressors": 2}, "real", "probability", (2,)),
    "binary crossentropy": ("BinaryCrossentropy", {}, "binary", "probability", (2,)),
    "binary crossentropy logits": ("BinaryCrossentropy", {"from_logits": True}, "binary", "real", (2,)),
    "binary crossentropy smoothed": ("BinaryCrossentropy", {"label_smoothing": 0.2}, "binary", "probability", (2,)),
    "categorical crossentropy": ("CategoricalCrossentropy", {}, "one-hot", "probability", (4,)),
    "categorical crossentropy smoothed": (
        "CategoricalCrossentropy",
        {"label_smoothing": 0.1, "from_logits": True},
        "one-hot",
        "real",
        (4,),
    ),
    "sparse crossentropy": ("SparseCategoricalCrossentropy", {}, "classes", "probability", (4,)),
    "sparse crossentropy ignoring": (
        "SparseCategoricalCrossentropy",
        {"ignore_class": 2, "from_logits": True},
        "classes",
        "real",
        (4,),
    ),
    "divergence": ("KLDivergence", {}, "probability", "probability", (3,)),
    "poisson": ("Poisson", {}, "whole", "probability", (2,)),
    "hinge": ("Hinge", {}, "signs", "real", (2,)),
    "hinge of 0 and 1": ("Hinge", {}, "binary", "real", (2,)),
    "squared hinge": ("SquaredHinge", {}, "signs", "real", (2,)),
    "categorical hinge": ("CategoricalHinge", {}, "one-hot", "real", (4,)),
    "f1": ("F1Score", {}, "one-hot", "probability", (4,)),
    "f1 macro": ("F1Score", {"average": "macro", "threshold": 0.4}, "binary", "probability", (3,)),
    "f2": ("FBetaScore", {"beta": 2.0}, "one-hot", "probability", (4,)),
    "f0.5 micro": ("FBetaScore", {"average": "micro", "beta": 0.5}, "one-hot", "probability", (4,)),
    "f2 weighted": (
        "FBetaScore",
        {"average": "weighted", "beta": 2.0, "threshold": 0.5},
        "binary",
        "probability",
        (3,),
    ),
    "mean iou": ("MeanIoU", {"num_classes": 4}, "classes", "classes too", ()),
    "mean iou ignoring": ("MeanIoU", {"num_classes": 4, "ignore_class": 1}, "classes", "classes too", ()),
    "mean iou of too few": ("MeanIoU", {"num_classes": 3, "dtype": "float32"}, "classes", "classes too", ()),
    "mean iou of scores": (
        "MeanIoU",
        {"num_classes": 4, "sparse_y_pred": False, "dtype": "float32"},
        "classes",
        "probability",
        (4,),
    ),
    "iou": ("IoU", {"num_classes": 4, "target_class_ids": [1, 3]}, "classes", "classes too", ()),
    "iou float": ("IoU", {"num_classes": 4, "target_class_ids": [0], "dtype": "float32"}, "classes", "classes too", ()),
    "binary iou": ("BinaryIoU", {}, "binary", "probability", ()),
    "binary iou 0.3": (
        "BinaryIoU",
        {"target_class_ids": [1], "threshold": 0.3, "dtype": "float32"},
        "binary",
        "probability",
        (),
    ),
    "one-hot iou": (
        "OneHotIoU",
        {"num_classes": 4, "target_class_ids": [0, 2], "dtype": "float32"},
        "one-hot",
        "probability",
        (4,),
    ),
    "one-hot mean iou": ("OneHotMeanIoU", {"num_classes": 4}, "one-hot", "probability", (4,)),
}
for _cls in ("TruePositives", "FalsePositives", "TrueNegatives", "FalseNegatives", "Precision", "Recall"):
    METRICS |= {
        _cls: (_cls, {}, "binary", "probability", (1,)),
        f"{_cls} of rows": (_cls, {"thresholds": 0.4}, "binary", "probability", (3,)),
        f"{_cls} at several": (_cls, {"thresholds": LIST}, "binary", "probability", (2,)),
        f"{_cls} evenly": (_cls, {"thresholds": EVEN}, "binary", "probability", (2,)),
        f"{_cls} vector": (_cls, {}, "binary", "probability", ()),
    }
for _cls in ("Precision", "Recall"):
    METRICS |= {
        f"{_cls} top 2": (_cls, {"top_k": 2}, "one-hot", "probability", (4,)),
        f"{_cls} top 2 above": (_cls, {"top_k": 2, "thresholds": 0.6}, "one-hot", "probability", (4,)),
        f"{_cls} of a class": (_cls, {"class_id": 1}, "one-hot", "probability", (4,)),
        f"{_cls} of a class in the top": (_cls, {"class_id": 2, "top_k": 3}, "one-hot", "probability", (4,)),
        f"{_cls} of a class evenly": (_cls, {"class_id": 2, "thresholds": EVEN}, "one-hot", "probability", (4,)),
    }
for _cls, _value in itertools.product(
    ("SensitivityAtSpecificity", "SpecificityAtSensitivity", "PrecisionAtRecall", "RecallAtPrecision"), (0.3, 0.7)
):
    METRICS |= {
        f"{_cls} {_value}": (_cls, {"*": _value}, "binary", "probability", (1,)),
        f"{_cls} {_value} few": (_cls, {"*": _value, "num_thresholds": 5}, "binary", "probability", (2,)),
        f"{_cls} {_value} one": (_cls, {"*": _value, "num_thresholds": 1}, "binary", "probability", ()),
        f"{_cls} {_value} of a class": (_cls, {"*": _value, "class_id": 1}, "one-hot", "probability", (4,)),
    }
for _curve, _method in itertools.product(("ROC", "PR", "PRGAIN"), ("interpolation", "majoring", "minoring")):
    _arguments = {"curve": _curve, "summation_method": _method}
    _name = f"{_curve} {_method}"
    METRICS |= {
        _name: ("AUC", _arguments, "binary", "probability", (1,)),
        f"{_name} few": ("AUC", _arguments | {"num_thresholds": 7}, "binary", "probability", ()),
        f"{_name} given": ("AUC", _arguments | {"thresholds": [0.7, 0.1, 0.35]}, "binary", "probability", (2,)),
        f"{_name} labels": ("AUC", _arguments | {"multi_label": True}, "binary", "probability", (3,)),
    }
METRICS |= {
    "auc given evenly": ("AUC", {"thresholds": [0.25, 0.5, 0.75]}, "binary", "probability", (1,)),
    "auc logits": ("AUC", {"from_logits": True}, "binary", "real", (1,)),
    "auc of two points": ("AUC", {"num_thresholds": 2}, "binary", "probability", (1,)),
    "auc label weights": ("AUC", {"label_weights": [0.5, 2.0, 1.0]}, "binary", "probability", (3,)),
    "auc labels weighted": (
        "AUC",
        {"multi_label": True, "num_labels": 3, "label_weights": [0.5, 2.0, 0.0], "curve": "pr"},
        "binary",
        "probability",
        (3,),
    ),
    "auc labels given": (
        "AUC",
        {"multi_label": True, "thresholds": [0.3, 0.4]},
        "binary",
        "probability",
        (3,),
    ),
}
WHOLE_WEIGHTS = ("IoU", "MeanIoU", "BinaryIoU", "OneHotIoU", "OneHotMeanIoU")  # their matrix is of integers

# name -> class, arguments, targets, predictions, sample weights
NAN = float("nan")
ONES, ZEROS = [[1.0], [1.0], [1.0]], [[0.0], [0.0], [0.0]]
SCORES = [[0.2], [0.5], [0.9]]
ON_THRESHOLDS = [[0.0], [0.25], [0.5], [0.75], [1.0], [1.5]]
CURVES = {f"{curve} ": {"curve": curve} for curve in ("ROC", "PR", "PRGAIN")}
EDGES = {
    "no weight, mse": ("MeanSquaredError", {}, [[1.0], [2.0]], [[0.0], [0.0]], [0.0, 0.0]),
    "nan, mse": ("MeanSquaredError", {}, [[1.0], [2.0]], [[NAN], [0.0]], None),
    "nan, rmse": ("RootMeanSquaredError", {}, [[1.0], [2.0]], [[NAN], [0.0]], None),
    "nan, accuracy": ("BinaryAccuracy", {}, [[1.0], [0.0]], [[NAN], [NAN]], None),
    "nan, sparse accuracy": ("SparseCategoricalAccuracy", {}, [1, 0], [[0.3, NAN], [0.1, 0.2]], None),
    "nan, top k": ("SparseTopKCategoricalAccuracy", {"k": 2}, [0, 1, 2], [[NAN, 0.1, 0.2]] * 3, None),
    "cosine of zeros": ("CosineSimilarity", {}, [[0.0, 0.0], [1.0, 2.0]], [[1.0, 2.0], [2.0, 4.0]], None),
    "r2 of equal targets": ("R2Score", {}, [[2.0], [2.0]], [[1.0], [2.0]], None),
    "r2 of equal targets, met": ("R2Score", {}, [[2.0], [2.0]], [[2.0], [2.0]], None),
    "r2 of one": ("R2Score", {}, [[2.0, 1.0]], [[1.0, 1.0]], None),
    "f1 of no yes": ("F1Score", {}, [[0.0, 0.0], [1.0, 0.0]], [[0.0, 0.0], [0.0, 1.0]], None),
    "f1 of ties": ("F1Score", {}, [[1.0, 0.0], [0.0, 1.0]], [[0.5, 0.5], [0.5, 0.5]], None),
    "nan, precision": ("Precision", {}, ONES, [[NAN], [0.8], [0.3]], None),
    "nan, evenly": ("TruePositives", {"thresholds": EVEN}, ONES, [[NAN], [0.8], [0.3]], None),
    "on thresholds": ("TruePositives", {"thresholds": EVEN}, ONES * 2, ON_THRESHOLDS, None),
    "on a threshold": ("TruePositives", {"thresholds": [0.5, 0.3]}, ONES, [[0.5], [0.3], [1.5]], None),
    "precision of no yes": ("Precision", {}, ONES, ZEROS, None),
    "recall of no yes": ("Recall", {}, ZEROS, SCORES, None),
    "top k of ties": ("Precision", {"top_k": 2}, [[0.0, 1.0, 0.0, 1.0]], [[0.5, 0.5, 0.5, 0.5]], None),
    "soft labels": ("Recall", {}, [[0.3], [0.0], [2.0]], SCORES, None),
    "specificity of no no": ("SensitivityAtSpecificity", {"*": 0.5}, ONES, SCORES, None),
    "recall at a precision never reached": ("RecallAtPrecision", {"*": 0.9}, ZEROS, SCORES, None),
    "iou of absent classes": ("MeanIoU", {"num_classes": 5}, [0, 0], [0, 1], None),
    "iou outside": ("MeanIoU", {"num_classes": 3}, [0, 5, -1, 2, 1], [0, 1, 1, 7, 1], None),
    "iou of whole weights": ("MeanIoU", {"num_classes": 2}, [0, 1, 1], [0, 1, 0], [1, 2, 3]),
    "hinge of mixed batch": ("Hinge", {}, [[1.0], [0.5]], [[0.2], [0.4]], None),
}  # fmt: skip
for _name, _arguments in CURVES.items():
    EDGES |= {
        f"{_name}of yes": ("AUC", _arguments, ONES, SCORES, None),
        f"{_name}of no": ("AUC", _arguments, ZEROS, SCORES, None),
        f"{_name}nan": ("AUC", _arguments, [[1.0], [0.0], [1.0]], [[NAN], [0.2], [0.6]], None),
        f"{_name}no weight": ("AUC", _arguments, [[1.0], [0.0], [1.0]], SCORES, [0.0, 0.0, 0.0]),
        f"{_name}outside": ("AUC", _arguments, [[1.0], [0.0], [1.0]], [[1.5], [-0.5], [0.4]], None),
    }


def made(metrics, cls, arguments):
    """A new metric; "*" is the value of an argument that each class calls otherwise."""
    first = [arguments["*"]] if "*" in arguments else []
    return getattr(metrics, cls)(*first, **{key: value for key, value in arguments.items() if key != "*"})


def batches(cls, targets, predictions, sample):
    """(y_true, y_pred, sample_weight) of each batch."""
    count = sum(ROWS)

    def make(kind, phase):
        z = 2 * np.sin(phase * np.arange(count * int(np.prod(sample))) + 0.2).reshape(count, *sample)
        width = sample[-1] if sample else 4
        classes = (np.arange(count) * 7 // 3 % width).astype(int)
        return {
            "real": z.astype("float32"),
            "probability": (1 / (1 + np.exp(-z))).astype("float32"),
            "whole": np.round(np.abs(z)).astype("float32"),
            "binary": (z > 0).astype("float32"),
            "signs": np.where(z > 0, 1, -1).astype("float32"),
            "one-hot": np.eye(width, dtype="float32")[classes],
            "classes": classes,
            "classes too": (np.arange(count) * 5 // 2 % width).astype(int),
            "class column": classes[:, None],
            "ids": ((np.arange(count)[:, None] + np.arange(width) * 3) % width).astype("float32"),
        }[kind]

    weight = np.linspace(0.1, 2, count).astype("float32")
    if cls in WHOLE_WEIGHTS:
        weight = np.arange(count) % 3
    ends = np.cumsum([0, *ROWS])
    arrays = make(targets, 1.3), make(predictions, 0.7), weight
    return [[a[start:end] for a in arrays] for start, end in itertools.pairwise(ends)]


def figures_of(metrics, cls, arguments, targets, predictions, sample):
    """The result after each batch, without weights and with weights; then after a reset and one batch."""
    found, given = [], batches(cls, targets, predictions, sample)
    for weighted in (False, True):
        metric = made(metrics, cls, arguments)
        for y_true, y_pred, weight in given:
            metric.update_state(y_true, y_pred, sample_weight=weight if weighted else None)
            found.append(np.array(metric.result(), dtype=float))
    metric.reset_state()
    metric.update_state(*given[1][:2])
    return [*found, np.array(metric.result(), dtype=float)]


def edge(metrics, cls, arguments, y_true, y_pred, weight):
    """The figure of an edge."""
    y_true, y_pred = np.array(y_true), np.array(y_pred)
    y_true, y_pred = (y.astype("float32") if y.dtype.kind == "f" else y for y in (y_true, y_pred))
    weight = None if weight is None else np.array(weight)
    return np.array(made(metrics, cls, arguments)(y_true, y_pred, sample_weight=weight), dtype=float)


def at_first(metrics):
    """The result of each class before any batch, and its configuration; None where it cannot be asked."""
    found = {}
    for cls, arguments, *_ in METRICS.values():
        if cls not in found:
            metric = made(metrics, cls, arguments | {"name": "m"})
            try:
                result = np.array(metric.result(), dtype=float).tolist()
            except (AttributeError, ValueError):
                result = None
            found[cls] = [result, metric.get_config()]
    return found


def names_of(metrics):
    """The name of an unnamed object of each class."""
    return {cls: made(metrics, cls, arguments).name for cls, arguments, *_ in reversed(METRICS.values())}


def rounded(x):
    """Nested lists of figures with nine digits."""
    return [rounded(part) for part in x] if np.ndim(x) else float(f"{float(x):.9g}")


if __name__ == "__main__":
    import keras
    from keras.src.metrics import ALL_OBJECTS_DICT

    first = names_of(keras.metrics)
    figures = {
        "names": {name: cls.__name__ for name, cls in ALL_OBJECTS_DICT.items()},
        "own names": {cls: name.rstrip("0123456789").rstrip("_") for cls, name in first.items() if cls != "R2Score"},
        "metrics": {name: [rounded(x) for x in figures_of(keras.metrics, *case)] for name, case in METRICS.items()},
        "edges": {name: rounded(edge(keras.metrics, *case)) for name, case in EDGES.items()},
        "at first": at_first(keras.metrics),
    }
    text = json.dumps(figures, separators=(",", ":")).replace('],"', '],\n"')
    Path(__file__).with_suffix(".json").write_text(text + "\n")
    print(keras.__version__, len(figures["metrics"]) + len(figures["edges"]), len(text), file=sys.stderr)
