"""Metrics of regression that are not the mean of a loss: root mean square, cosine similarity, R²."""

from typing import Literal

import numpy as np

from ...common.arguments import checked
from ...common.types import CountOrNone, DType, Lengths
from ...common.warning import warn
from .. import losses
from .base import Metric
from .means import MeanOf


def _squared_error(y_true, y_pred):
    """(y_pred − y_true)² of every output.

    Example:
        >>> _squared_error(np.array([[1.0, 2.0]]), np.array([[3.0, 2.0]]))
        array([[4., 0.]])
    """
    y_true, y_pred = losses.aligned(y_true, y_pred, "root_mean_squared_error")
    return np.square(y_pred - y_true)


class RootMeanSquaredError(MeanOf):
    """The square root of the mean of (y_pred − y_true)².

    Example:
        >>> round(RootMeanSquaredError()([[1.0], [2.0]], [[3.0], [2.0]]), 4)
        1.4142
    """

    _uses_mask = False  # as in Keras
    function = _squared_error

    def result(self):
        return float(np.sqrt(super().result()))


@checked
def cosine_similarity(y_true, y_pred, axis: Lengths = -1):
    """The cosine of the angle between target and prediction, for each sample; the loss is minus this.

    Example:
        >>> cosine_similarity(np.array([[3.0, 4.0], [1.0, 0.0]]), np.array([[6.0, 8.0], [0.0, 1.0]])).round(4)
        array([1., 0.])
    """
    return -losses.cosine_similarity(y_true, y_pred, axis) + 0.0


class CosineSimilarity(MeanOf):
    """The mean cosine of the angle between target and prediction."""

    function = cosine_similarity


_ROUNDING = 1e-12  # of float64: less variance than this share of the squares is none


class R2Score(Metric):
    """The coefficient of determination: the share of the targets' variance that the predictions explain.

    R² = 1 − Σ (y − p)² / Σ (y − mean of y)² for each output: 1 is perfect, 0 is as good as the mean.
    Outputs whose targets are all equal count as 0.

    Args:
        class_aggregation: "uniform_average" of the outputs, "variance_weighted_average", or None for one value
            an output.
        num_regressors: the number of independent regressors for the adjusted score, 1 − (1 − R²)(n − 1)/(n − p − 1);
            0 for the plain one.
        name: its name in logs and in the history of a training.
        dtype: the type in which it computes.

    Raises:
        ValueError: another aggregation, a negative number, or targets that are not of shape (batch, outputs).

    Example:
        >>> round(R2Score()([[1.0], [4.0], [3.0]], [[2.0], [4.0], [4.0]]), 4)
        0.5714
    """

    kept = ("squared_sum", "sum", "residual", "count", "num_samples")
    numbered = False

    def __init__(
        self,
        class_aggregation: Literal["uniform_average", "variance_weighted_average"] | None = "uniform_average",
        num_regressors: CountOrNone = 0,
        name: str | None = None,
        dtype: DType | None = None,
    ):
        super().__init__(name=name, dtype=dtype)
        self.class_aggregation, self.num_regressors = class_aggregation, num_regressors

    def sums(self, y_true, y_pred, sample_weight=None):
        y_true, y_pred = losses.aligned(y_true, y_pred, self.name)
        if y_true.ndim != 2:
            raise ValueError(f"{self.name} expects shape (batch, outputs); received {y_true.shape}.")
        residual = np.square(y_true - y_pred)
        y_true = y_true.astype(np.float64)  # the variance will be a small difference of large sums
        weighted, count = y_true, y_true.shape[0]
        if sample_weight is not None:
            weight = losses.weights_for(y_true, sample_weight, self.name)
            weighted, residual = y_true * weight, residual * weight
            count = np.sum(np.broadcast_to(weight, y_true.shape), axis=0)
        squares = np.sum(y_true * weighted, axis=0)
        return squares, np.sum(weighted, axis=0), np.sum(residual, axis=0), count, y_true.size

    def result(self):
        squared_sum, whole, residual, count, _ = self.totals()
        with np.errstate(divide="ignore", invalid="ignore"):
            total = squared_sum - np.square(whole) / count
            total = np.where(total > _ROUNDING * squared_sum, total, 0.0)
            scores = 1 - residual / total
            scores = np.where(np.isinf(scores), 0.0, scores)
            if self.class_aggregation == "uniform_average":
                scores = np.mean(scores)
            elif self.class_aggregation == "variance_weighted_average":
                scores = np.sum(total * scores) / np.sum(total)
        return self._adjusted(scores)[()] if np.ndim(scores) else float(self._adjusted(scores))

    def _adjusted(self, scores):
        p, n = self.num_regressors, float(self.num_samples.array)
        if p and p >= n - 1:
            warn(f"{self.name} has {p} regressors for {n:g} values, too many to adjust for: this is the plain score.")
        elif p:
            return 1 - (1 - scores) * (n - 1) / (n - p - 1)
        return scores
