"""Losses, by Keras's names."""

# Written by .ci/make_keras.py

from ..common.deserialization import deserializer
from ..common.serialization import serialize
from ..nn.losses import (
    BinaryCrossentropy, BinaryFocalCrossentropy, CategoricalCrossentropy, CategoricalFocalCrossentropy,
    CategoricalGeneralizedCrossEntropy, CategoricalHinge, Circle, CosineSimilarity, Dice, Hinge, Huber, KLDivergence,
    LogCosh, Loss, MeanAbsoluteError, MeanAbsolutePercentageError, MeanSquaredError, MeanSquaredLogarithmicError,
    Poisson, SparseCategoricalCrossentropy, SquaredHinge, Tversky, binary_crossentropy, binary_crossentropy as BCE,
    binary_crossentropy as bce, binary_focal_crossentropy, categorical_crossentropy, categorical_focal_crossentropy,
    categorical_generalized_cross_entropy, categorical_hinge, circle, cosine_similarity, dice, hinge, huber,
    kl_divergence, kl_divergence as KLD, kl_divergence as kld, kl_divergence as kullback_leibler_divergence, log_cosh,
    log_cosh as logcosh, mean_absolute_error, mean_absolute_error as MAE, mean_absolute_error as mae,
    mean_absolute_percentage_error, mean_absolute_percentage_error as MAPE, mean_absolute_percentage_error as mape,
    mean_squared_error, mean_squared_error as MSE, mean_squared_error as mse, mean_squared_logarithmic_error,
    mean_squared_logarithmic_error as MSLE, mean_squared_logarithmic_error as msle, named as get, poisson,
    sparse_categorical_crossentropy, squared_hinge, tversky,
)

deserialize = deserializer(get)

__all__ = [
    "BCE", "BinaryCrossentropy", "BinaryFocalCrossentropy", "CategoricalCrossentropy", "CategoricalFocalCrossentropy",
    "CategoricalGeneralizedCrossEntropy", "CategoricalHinge", "Circle", "CosineSimilarity", "Dice", "Hinge", "Huber",
    "KLD", "KLDivergence", "LogCosh", "Loss", "MAE", "MAPE", "MSE", "MSLE", "MeanAbsoluteError",
    "MeanAbsolutePercentageError", "MeanSquaredError", "MeanSquaredLogarithmicError", "Poisson",
    "SparseCategoricalCrossentropy", "SquaredHinge", "Tversky", "bce", "binary_crossentropy",
    "binary_focal_crossentropy", "categorical_crossentropy", "categorical_focal_crossentropy",
    "categorical_generalized_cross_entropy", "categorical_hinge", "circle", "cosine_similarity", "deserialize",
    "dice", "get", "hinge", "huber", "kl_divergence", "kld", "kullback_leibler_divergence", "log_cosh", "logcosh",
    "mae", "mape", "mean_absolute_error", "mean_absolute_percentage_error", "mean_squared_error",
    "mean_squared_logarithmic_error", "mse", "msle", "poisson", "serialize", "sparse_categorical_crossentropy",
    "squared_hinge", "tversky",
]
