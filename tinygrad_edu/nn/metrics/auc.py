"""The area under a curve of two shares that trade off as the threshold moves: ROC, or precision against recall."""

from collections.abc import Sequence
from typing import Annotated

import numpy as np

from ...common.arguments import Choice
from ...common.types import Count, DType, NotNegative, Pair, Share
from ...ops import activations
from .. import losses
from .base import Metric, share
from .confusion import KINDS, binned_counts, counts, evenly_spread, from_0_to_1


class AUC(Metric):
    """The area under the ROC or the precision-recall curve of yes-or-no outputs, from counts at thresholds.

    ROC is the share of yes that is found against the share of no that is taken for a yes: 0.5 for guessing, 1 for
    scores that put every yes above every no. Source: Davis and Goadrich, "The relationship between precision-recall
    and ROC curves" (2006), for the interpolation of PR.

    Args:
        num_thresholds: how many thresholds the curve has, spread from 0 to 1; at least 2.
        curve: "ROC", "PR", or "PRGAIN" (precision and recall as gains over always saying yes).
        summation_method: "interpolation" between the points, "minoring" or "majoring" steps.
        name: its name in logs and in the history of a training; auc, auc_1, … by default.
        dtype: the type in which scores are sorted into bins.
        thresholds: numbers in [0, 1] in place of `num_thresholds`; one below 0 and one above 1 are added.
        multi_label: a curve for each output, and the mean of their areas.
        num_labels: how many outputs there are, with multi_label.
        label_weights: how much each output counts.
        from_logits: the scores are logits: a sigmoid goes first.

    Raises:
        ValueError: an unknown curve or method, too few thresholds, or shapes that do not fit.

    Example:
        >>> round(AUC(num_thresholds=3)([0, 0, 1, 1], [0, 0.5, 0.3, 0.9]), 4)
        0.75
    """

    kept = tuple(KINDS)
    in_program = False

    def __init__(
        self,
        num_thresholds: Pair = 200,
        curve: Annotated[str, Choice("ROC", "PR", "PRGAIN")] = "ROC",
        summation_method: Annotated[str, Choice("interpolation", "majoring", "minoring")] = "interpolation",
        name: str | None = None,
        dtype: DType | None = None,
        thresholds: Sequence[Share] | None = None,
        multi_label: bool = False,
        num_labels: Count | None = None,
        label_weights: Sequence[NotNegative] | None = None,
        from_logits: bool = False,
    ):
        super().__init__(name=name, dtype=dtype)
        self.curve = curve
        self.summation_method = summation_method
        if num_labels and not multi_label:
            raise ValueError(f"num_labels is for multi_label=True; received num_labels={num_labels!r}.")
        self._given = thresholds is not None
        inner = sorted(thresholds) if thresholds is not None else from_0_to_1(num_thresholds)[1:-1]
        self.num_thresholds = len(inner) + 2
        self._evenly = not self._given or evenly_spread([0.0, *inner, 1.0])
        self.thresholds = [-losses.EPSILON, *inner, 1 + losses.EPSILON]
        self.multi_label, self.num_labels, self.from_logits = multi_label, num_labels, from_logits
        self.label_weights = label_weights

    def _arguments(self):
        return super()._arguments() | {"thresholds": self.thresholds[1:-1] if self._given else None}

    def get_config(self):
        config = super().get_config()
        if not self._given:
            del config["thresholds"]
        return config

    def sums(self, y_true, y_pred, sample_weight=None):
        y_true, y_pred = losses.aligned(y_true, y_pred, self.name)
        if self.from_logits:
            y_pred = activations.sigmoid(y_pred)
        y_true, y_pred = y_true.astype(self.dtype), y_pred.astype(self.dtype)
        weight = None if sample_weight is None else losses.weights_for(y_pred, sample_weight, self.name)
        if self.multi_label:
            return self._by_label(y_true, y_pred, weight)
        if self.label_weights is not None:
            weight = (1.0 if weight is None else weight) * np.asarray(self.label_weights, dtype=self.dtype)
        return self._counts(y_true, y_pred, weight)

    def _counts(self, label, score, weight):
        return (binned_counts if self._evenly else counts)(self.kept, label, score, weight, self.thresholds)

    def _by_label(self, y_true, y_pred, weight):
        """The counts of each output, in a column of its own."""
        labels = self.num_labels or y_pred.shape[-1]
        if y_pred.ndim != 2 or y_pred.shape[1] != labels:
            raise ValueError(f"{self.name} with multi_label expects shape (batch, {labels}); received {y_pred.shape}.")
        weight = np.broadcast_to(1.0 if weight is None else weight, y_pred.shape)
        columns = [self._counts(y_true[:, i], y_pred[:, i], weight[:, i]) for i in range(labels)]
        return [np.stack(parts, axis=1) for parts in zip(*columns)]

    def result(self):
        shape = (self.num_thresholds, *self.true_positives.shape[1:])
        tp, fp, tn, fn = (np.zeros(shape) + total for total in self.totals())
        recall = share(tp, tp + fn)
        if self.curve == "PR" and self.summation_method == "interpolation":
            return self._over_labels(_interpolated_precision(tp, fp, fn))
        if self.curve == "ROC":
            x, y = share(fp, fp + tn), recall
        elif self.curve == "PR":
            x, y = recall, share(tp, tp + fp)
        else:
            odds = share(tp + fn, tn + fp)
            x = np.maximum(np.where(tp == 0, 0.0, 1 - odds * share(fn, tp)), 0)
            y = np.where(tp == 0, 1.0, 1 - odds * share(fp, tp))
        heights = {"interpolation": lambda a, b: (a + b) / 2, "majoring": np.maximum, "minoring": np.minimum}
        return self._over_labels((x[:-1] - x[1:]) * heights[self.summation_method](y[:-1], y[1:]))

    def _over_labels(self, parts):
        """The sum along the curve; of several outputs, their mean."""
        areas = np.sum(parts, axis=0)
        if not self.multi_label:
            return float(areas)
        if self.label_weights is None:
            return float(np.mean(areas))
        weights = np.asarray(self.label_weights, dtype=float)
        return float(share(np.sum(areas * weights), np.sum(weights)))


def _interpolated_precision(tp, fp, fn):
    """The area between neighbouring points of a PR curve, where true and false positives change in proportion."""
    positives = tp + fp
    slope = share(tp[:-1] - tp[1:], np.maximum(positives[:-1] - positives[1:], 0))
    intercept = tp[1:] - slope * positives[1:]
    both = (positives[:-1] > 0) & (positives[1:] > 0)
    ratio = np.where(both, share(positives[:-1], positives[1:]), 1.0)
    return share(slope * (tp[:-1] - tp[1:] + intercept * np.log(ratio)), tp[1:] + fn[1:])
