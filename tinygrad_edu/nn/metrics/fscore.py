"""F-scores: precision and recall in one number."""

from typing import Literal

import numpy as np

from ...common.types import DType, Positive, PositiveShare
from .. import losses
from .base import Metric


class FBetaScore(Metric):
    """(1 + β²)·precision·recall / (β²·precision + recall), for each class. Source: van Rijsbergen (1979).

    Args:
        average: None for one value a class, "macro" for their mean, "weighted" by the true samples of each class,
            or "micro" for precision and recall of all classes together.
        beta: recall counts β times as much as precision; above 0.
        threshold: above which a score is a yes, in (0, 1]; by default the largest score of each sample is.
        name: its name in logs and in the history of a training.
        dtype: the type in which scores are compared.

    Raises:
        ValueError: an argument out of its range, or data that is not of shape (batch, classes).

    Example:
        >>> FBetaScore(beta=2.0, threshold=0.5)([[1, 1, 1], [1, 0, 0], [1, 1, 0]],
        ...                                     [[0.2, 0.6, 0.7], [0.2, 0.6, 0.6], [0.6, 0.8, 0.0]]).round(4)
        array([0.3846, 0.9091, 0.8333])
    """

    kept = ("true_positives", "false_positives", "false_negatives", "intermediate_weights")
    default_name = "fbeta_score"
    numbered = False

    def __init__(
        self,
        average: Literal["micro", "macro", "weighted"] | None = None,
        beta: Positive = 1.0,
        threshold: PositiveShare | None = None,
        name: str | None = None,
        dtype: DType | None = None,
    ):
        super().__init__(name=name, dtype=dtype)
        self.average, self.beta, self.threshold = average, beta, threshold

    def sums(self, y_true, y_pred, sample_weight=None):
        y_true, y_pred = losses.aligned(y_true, y_pred, self.name)
        if y_pred.ndim != 2:
            raise ValueError(f"{self.name} expects shape (batch, classes); received {y_pred.shape}.")
        if self.threshold is None:
            largest = y_pred >= np.max(y_pred, axis=-1, keepdims=True)
            chosen = largest & (np.absolute(y_pred) > 1e-9)
        else:
            chosen = y_pred > self.threshold
        chosen = chosen.astype(y_true.dtype)
        weight = None if sample_weight is None else losses.weights_for(y_pred, sample_weight, self.name)
        parts = (chosen * y_true, chosen * (1 - y_true), (1 - chosen) * y_true, y_true)
        axis = None if self.average == "micro" else 0
        return [np.sum(part if weight is None else part * weight, axis=axis) for part in parts]

    def result(self):
        tp, fp, fn, count = self.totals()
        precision, recall = tp / (tp + fp + losses.EPSILON), tp / (tp + fn + losses.EPSILON)
        square = self.beta**2
        scores = (1 + square) * precision * recall / (square * precision + recall + losses.EPSILON)
        if self.average == "weighted":
            scores = np.sum(scores * count / (np.sum(count) + losses.EPSILON))
        elif self.average is not None:
            scores = np.mean(scores)
        return scores if np.ndim(scores) else float(scores)


class F1Score(FBetaScore):
    """2·precision·recall / (precision + recall), for each class; the arguments are those of `FBetaScore`.

    Example:
        >>> F1Score(average="macro", threshold=0.5)([[1, 0], [0, 1]], [[0.9, 0.6], [0.2, 0.8]]).__round__(4)
        0.8333
    """

    def __init__(
        self,
        average: Literal["micro", "macro", "weighted"] | None = None,
        threshold: PositiveShare | None = None,
        name: str | None = None,
        dtype: DType | None = None,
    ):
        super().__init__(average, 1.0, threshold, name, dtype)
