"""Losses of regression: how far predicted numbers are from the true ones."""

import numpy as np

from ...common.arguments import checked
from ...common.types import Lengths, Positive
from ...engine.recorder import no_grad
from ...ops import activations
from .base import EPSILON, Loss, aligned


def mean_squared_error(y_true, y_pred):
    """The mean over the outputs of (y_pred − y_true)², for each sample.

    Example:
        >>> mean_squared_error(np.array([[0.0, 1.0]]), np.array([[2.0, 1.0]]))
        array([2.])
    """
    y_true, y_pred = aligned(y_true, y_pred, "mean_squared_error")
    return np.mean(np.square(y_pred - y_true), axis=-1)


class MeanSquaredError(Loss):
    """The mean of (y_pred − y_true)². See `mean_squared_error`."""

    function = mean_squared_error
    aliases = ("mse", "MSE")


def mean_absolute_error(y_true, y_pred):
    """The mean over the outputs of |y_pred − y_true|, for each sample.

    Example:
        >>> mean_absolute_error(np.array([[0.0, 1.0]]), np.array([[2.0, 1.0]]))
        array([1.])
    """
    y_true, y_pred = aligned(y_true, y_pred, "mean_absolute_error")
    return np.mean(np.absolute(y_pred - y_true), axis=-1)


class MeanAbsoluteError(Loss):
    """The mean of |y_pred − y_true|. See `mean_absolute_error`."""

    function = mean_absolute_error
    aliases = ("mae", "MAE")


def mean_absolute_percentage_error(y_true, y_pred):
    """100 times the mean over the outputs of |y_pred − y_true| / |y_true|, for each sample; in percent.

    A true value nearer to 0 than 1e-7 counts as 1e-7.

    Example:
        >>> mean_absolute_percentage_error(np.array([[4.0, 1.0]]), np.array([[2.0, 1.0]]))
        array([25.])
    """
    y_true, y_pred = aligned(y_true, y_pred, "mean_absolute_percentage_error")
    return 100.0 * np.mean(np.absolute((y_true - y_pred) / np.maximum(np.absolute(y_true), EPSILON)), axis=-1)


class MeanAbsolutePercentageError(Loss):
    """The mean error in percent of the true value. See `mean_absolute_percentage_error`."""

    function = mean_absolute_percentage_error
    aliases = ("mape", "MAPE")


def mean_squared_logarithmic_error(y_true, y_pred):
    """The mean over the outputs of (log(1 + y_pred) − log(1 + y_true))², for each sample.

    For targets that grow by factors, such as prices and counts; values below 1e-7 count as 1e-7.

    Example:
        >>> mean_squared_logarithmic_error(np.array([[np.e - 1]]), np.array([[np.e**3 - 1]])).round(6)
        array([4.])
    """
    y_true, y_pred = aligned(y_true, y_pred, "mean_squared_logarithmic_error")
    difference = np.log1p(np.maximum(y_pred, EPSILON)) - np.log1p(np.maximum(y_true, EPSILON))
    return np.mean(np.square(difference), axis=-1)


class MeanSquaredLogarithmicError(Loss):
    """The mean of (log(1 + y_pred) − log(1 + y_true))². See `mean_squared_logarithmic_error`."""

    function = mean_squared_logarithmic_error
    aliases = ("msle", "MSLE")


@checked
def huber(y_true, y_pred, delta: Positive = 1.0):
    """Squared near zero and absolute beyond `delta`, so that outliers pull less. Source: Huber (1964).

    With e = y_pred − y_true:  ½e² where |e| ≤ delta, else delta·|e| − ½delta²; the mean over the outputs.

    Example:
        >>> huber(np.array([[0.0, 0.0]]), np.array([[1.0, 3.0]]))
        array([1.5])
    """
    y_true, y_pred = aligned(y_true, y_pred, "huber")
    error = np.absolute(y_pred - y_true)
    inside = np.minimum(error, delta)
    return np.mean(inside * (error - 0.5 * inside), axis=-1)


class Huber(Loss):
    """Squared near zero, absolute beyond `delta`. See `huber`."""

    function = huber
    default_name = "huber_loss"


def log_cosh(y_true, y_pred):
    """The mean over the outputs of log(cosh(y_pred − y_true)), for each sample.

    Nearly e²/2 for a small error e and |e| − log 2 for a large one: like `huber`, but smooth everywhere.

    Example:
        >>> log_cosh(np.array([[0.0]]), np.array([[1.0]])).round(4)
        array([0.4338])
    """
    y_true, y_pred = aligned(y_true, y_pred, "log_cosh")
    error = y_pred - y_true
    return np.mean(error + activations.softplus(-2.0 * error) - float(np.log(2.0)), axis=-1)


class LogCosh(Loss):
    """The mean of log(cosh(y_pred − y_true)). See `log_cosh`."""

    function = log_cosh
    aliases = ("logcosh",)


@checked
def cosine_similarity(y_true, y_pred, axis: Lengths = -1):
    """Minus the cosine of the angle between target and prediction, for each sample: −1 for one direction.

    −Σ t·p / (‖t‖ ‖p‖), where a norm below 1e-7 counts as 1e-7: the loss of a zero vector is 0.

    Example:
        >>> cosine_similarity(np.array([[3.0, 4.0], [1.0, 0.0]]), np.array([[6.0, 8.0], [0.0, 1.0]])).round(4)
        array([-1., -0.])
    """
    y_true, y_pred = aligned(y_true, y_pred, "cosine_similarity")
    return -np.sum(of_unit_length(y_true, axis) * of_unit_length(y_pred, axis), axis=axis)


def of_unit_length(a, axis):
    """Vectors along an axis divided by their lengths; those shorter than 1e-7 by 1e-7."""
    with no_grad():  # a size for each vector, so that no square overflows; it has no part in the gradient
        size = np.maximum(np.max(np.absolute(a), axis=axis, keepdims=True), 1.0)
    a = a / size
    return a / np.sqrt(np.maximum(np.sum(np.square(a), axis=axis, keepdims=True), np.square(EPSILON / size)))


class CosineSimilarity(Loss):
    """Minus the cosine of the angle between target and prediction. See `cosine_similarity`."""

    function = cosine_similarity
