"""Metrics: numbers that people read, kept over the batches of an epoch. They are not differentiated.

Most are sums over the samples, and a quotient of them in the end; so the value of an epoch is that of all its
samples, however they were cut into batches. The sums are computed inside the training program.
"""

from ...common.naming import look_up
from ...common.objects import names_of, subclasses
from .. import losses
from .accuracy import (
    Accuracy,
    BinaryAccuracy,
    CategoricalAccuracy,
    SparseCategoricalAccuracy,
    SparseTopKCategoricalAccuracy,
    TopKCategoricalAccuracy,
    accuracy,
    binary_accuracy,
    categorical_accuracy,
    sparse_categorical_accuracy,
    sparse_top_k_categorical_accuracy,
    top_k_categorical_accuracy,
)
from .auc import AUC
from .base import Metric, update, values_of
from .confusion import (
    FalseNegatives,
    FalsePositives,
    Precision,
    PrecisionAtRecall,
    Recall,
    RecallAtPrecision,
    SensitivityAtSpecificity,
    SpecificityAtSensitivity,
    TrueNegatives,
    TruePositives,
)
from .fscore import F1Score, FBetaScore
from .iou import BinaryIoU, IoU, MeanIoU, OneHotIoU, OneHotMeanIoU
from .means import Mean, MeanMetricWrapper, MeanOf, Sum
from .of_losses import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    CategoricalHinge,
    Hinge,
    KLDivergence,
    LogCoshError,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    Poisson,
    SparseCategoricalCrossentropy,
    SquaredHinge,
)
from .regression import CosineSimilarity, R2Score, RootMeanSquaredError

ACCURACIES = (BinaryAccuracy, CategoricalAccuracy, SparseCategoricalAccuracy)


def get(identifier, y_shape=None, output_shape=None):
    """The metric for a name, a class, a configuration, an object or a function.

    "accuracy" depends on what is predicted: the shapes of targets and outputs decide, as in Keras.

    Args:
        identifier: what the user passed to `compile(metrics=[…])`.
        y_shape, output_shape: shapes of the targets and of the predictions, for "accuracy"; without them it is
            the share of predictions equal to their labels.

    Example:
        >>> get("accuracy", (8,), (None, 3)), get("mse").name
        (SparseCategoricalAccuracy(dtype='float32'), 'mse')
    """
    if isinstance(identifier, str):
        if is_accuracy(identifier) and output_shape is not None:
            return accuracy_for(y_shape, output_shape)(name=identifier)
        return look_up("metric", identifier, names())(name=identifier)
    if isinstance(identifier, dict) and {"class_name", "config"} <= identifier.keys():
        return look_up("metric", identifier["class_name"], names_of(Metric)).from_config(identifier["config"])
    if isinstance(identifier, type):
        identifier = identifier()
    if isinstance(identifier, Metric):
        return identifier
    if callable(identifier):
        name = getattr(identifier, "name", None) or getattr(identifier, "__name__", "metric")
        known = [cls for cls in subclasses(MeanOf) if cls.function is identifier]
        return known[0](name=name) if known else MeanMetricWrapper(identifier, name=name)
    raise TypeError(f"Expected the name of a metric, a Metric or a function; received {identifier!r}.")


def names():
    """Every string name of a metric of targets and predictions."""
    of_values = (Sum, Mean, MeanOf, MeanMetricWrapper)
    return {name: cls for name, cls in names_of(Metric).items() if cls not in of_values} | {"acc": Accuracy}


def is_accuracy(identifier):
    """Whether this is the name of the accuracy that fits the shapes.

    Example:
        >>> is_accuracy("Accuracy"), is_accuracy("binary_accuracy")
        (True, False)
    """
    return isinstance(identifier, str) and identifier.lower() in ("accuracy", "acc")


def accuracy_for(y_shape, output_shape):
    """The accuracy that fits: yes-or-no outputs, class numbers, or one-hot rows."""
    fitting = losses.fitting(y_shape, output_shape)
    return dict(zip(("binary", "categorical", "sparse"), ACCURACIES))[fitting]


__all__ = [
    "ACCURACIES",
    "AUC",
    "Accuracy",
    "BinaryAccuracy",
    "BinaryCrossentropy",
    "BinaryIoU",
    "CategoricalAccuracy",
    "CategoricalCrossentropy",
    "CategoricalHinge",
    "CosineSimilarity",
    "F1Score",
    "FBetaScore",
    "FalseNegatives",
    "FalsePositives",
    "Hinge",
    "IoU",
    "KLDivergence",
    "LogCoshError",
    "Mean",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanIoU",
    "MeanMetricWrapper",
    "MeanOf",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "Metric",
    "OneHotIoU",
    "OneHotMeanIoU",
    "Poisson",
    "Precision",
    "PrecisionAtRecall",
    "R2Score",
    "Recall",
    "RecallAtPrecision",
    "RootMeanSquaredError",
    "SensitivityAtSpecificity",
    "SparseCategoricalAccuracy",
    "SparseCategoricalCrossentropy",
    "SparseTopKCategoricalAccuracy",
    "SpecificityAtSensitivity",
    "SquaredHinge",
    "Sum",
    "TopKCategoricalAccuracy",
    "TrueNegatives",
    "TruePositives",
    "accuracy",
    "accuracy_for",
    "binary_accuracy",
    "categorical_accuracy",
    "get",
    "is_accuracy",
    "names",
    "sparse_categorical_accuracy",
    "sparse_top_k_categorical_accuracy",
    "top_k_categorical_accuracy",
    "update",
    "values_of",
]
