"""Metrics, by Keras's names."""

# Written by .ci/make_keras.py

from ..common.deserialization import deserializer
from ..common.serialization import serialize
from ..nn.losses import (
    binary_crossentropy, binary_crossentropy as BCE, binary_crossentropy as bce, binary_focal_crossentropy,
    categorical_crossentropy, categorical_focal_crossentropy, categorical_generalized_cross_entropy,
    categorical_hinge, circle, dice, hinge, huber, kl_divergence, log_cosh, mean_absolute_error,
    mean_absolute_error as MAE, mean_absolute_error as mae, mean_absolute_percentage_error,
    mean_absolute_percentage_error as MAPE, mean_absolute_percentage_error as mape, mean_squared_error,
    mean_squared_error as MSE, mean_squared_error as mse, mean_squared_logarithmic_error,
    mean_squared_logarithmic_error as MSLE, mean_squared_logarithmic_error as msle, poisson,
    sparse_categorical_crossentropy, squared_hinge, tversky,
)
from ..nn.metrics import (
    AUC, Accuracy, BinaryAccuracy, BinaryCrossentropy, BinaryIoU, CategoricalAccuracy, CategoricalCrossentropy,
    CategoricalHinge, CosineSimilarity, F1Score, FBetaScore, FalseNegatives, FalsePositives, Hinge, IoU, KLDivergence,
    LogCoshError, Mean, MeanAbsoluteError, MeanAbsolutePercentageError, MeanIoU, MeanMetricWrapper, MeanSquaredError,
    MeanSquaredLogarithmicError, Metric, OneHotIoU, OneHotMeanIoU, Poisson, Precision, PrecisionAtRecall, R2Score,
    Recall, RecallAtPrecision, RootMeanSquaredError, SensitivityAtSpecificity, SparseCategoricalAccuracy,
    SparseCategoricalCrossentropy, SparseTopKCategoricalAccuracy, SpecificityAtSensitivity, SquaredHinge, Sum,
    TopKCategoricalAccuracy, TrueNegatives, TruePositives, accuracy, accuracy as acc, binary_accuracy,
    categorical_accuracy, cosine_similarity, named as get, sparse_categorical_accuracy,
    sparse_top_k_categorical_accuracy, top_k_categorical_accuracy,
)

deserialize = deserializer(get)

__all__ = [
    "AUC", "Accuracy", "BCE", "BinaryAccuracy", "BinaryCrossentropy", "BinaryIoU", "CategoricalAccuracy",
    "CategoricalCrossentropy", "CategoricalHinge", "CosineSimilarity", "F1Score", "FBetaScore", "FalseNegatives",
    "FalsePositives", "Hinge", "IoU", "KLDivergence", "LogCoshError", "MAE", "MAPE", "MSE", "MSLE", "Mean",
    "MeanAbsoluteError", "MeanAbsolutePercentageError", "MeanIoU", "MeanMetricWrapper", "MeanSquaredError",
    "MeanSquaredLogarithmicError", "Metric", "OneHotIoU", "OneHotMeanIoU", "Poisson", "Precision",
    "PrecisionAtRecall", "R2Score", "Recall", "RecallAtPrecision", "RootMeanSquaredError", "SensitivityAtSpecificity",
    "SparseCategoricalAccuracy", "SparseCategoricalCrossentropy", "SparseTopKCategoricalAccuracy",
    "SpecificityAtSensitivity", "SquaredHinge", "Sum", "TopKCategoricalAccuracy", "TrueNegatives", "TruePositives",
    "acc", "accuracy", "bce", "binary_accuracy", "binary_crossentropy", "binary_focal_crossentropy",
    "categorical_accuracy", "categorical_crossentropy", "categorical_focal_crossentropy",
    "categorical_generalized_cross_entropy", "categorical_hinge", "circle", "cosine_similarity", "deserialize",
    "dice", "get", "hinge", "huber", "kl_divergence", "log_cosh", "mae", "mape", "mean_absolute_error",
    "mean_absolute_percentage_error", "mean_squared_error", "mean_squared_logarithmic_error", "mse", "msle",
    "poisson", "serialize", "sparse_categorical_accuracy", "sparse_categorical_crossentropy",
    "sparse_top_k_categorical_accuracy", "squared_hinge", "top_k_categorical_accuracy", "tversky",
]
