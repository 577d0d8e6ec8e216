"""Metrics of yes-or-no outputs: right and wrong answers of each kind, precision and recall, at thresholds.

One function counts: `counts` compares the outputs with every threshold, in ops. Where the thresholds are spread
evenly from 0 to 1, `binned_counts` sorts the outputs into bins once, as Keras does.
"""

from collections.abc import Sequence

import numpy as np

from ...common.budget import spend
from ...common.types import Count, DType, Index, Share
from .. import losses
from .base import Metric, share

# name -> whether the label is yes, whether the prediction is
KINDS = {
    "true_positives": (True, True),
    "false_positives": (False, True),
    "true_negatives": (False, False),
    "false_negatives": (True, False),
}


def counts(kinds, label, score, weight, thresholds):
    """How many outputs are of each kind, at each threshold: arrays or Tensors of shape (thresholds,).

    Args:
        kinds: names out of KINDS.
        label, score, weight: what is true, what is predicted, and how much it counts (or None); of one shape.
        thresholds: above which a score is a yes.

    Example:
        >>> counts(["true_positives"], np.array([1, 1, 0]), np.array([0.9, 0.4, 0.8]), None, [0.3, 0.5])
        [array([2, 1])]
    """
    label = np.reshape(label != 0, (1, -1))
    positive = np.reshape(score, (1, -1)) > np.asarray(thresholds, dtype=score.dtype)[:, np.newaxis]
    weight = None if weight is None else np.reshape(np.broadcast_to(weight, score.shape), (1, -1))
    found = []
    for kind in kinds:
        is_label, is_positive = KINDS[kind]
        members = (label if is_label else ~label) & (positive if is_positive else ~positive)
        found.append(np.sum(members if weight is None else np.where(members, weight, 0.0), axis=1))
    return found


def binned_counts(kinds, label, score, weight, thresholds):
    """As `counts`, for arrays and thresholds spread evenly from 0 to 1: each score goes into its bin once."""
    last = len(thresholds) - 1
    bins = np.ceil(np.clip(score, 0, 1) * last).ravel() - 1
    bins = np.where(np.isnan(bins), 0, bins).astype(int)  # as Keras counts NaN
    if thresholds[0] < 0:
        bins = np.maximum(bins, 0)  # a score of 0 is above the first threshold
    weight = np.broadcast_to(1.0 if weight is None else weight, score.shape).ravel()
    label, found = label.ravel() != 0, {}
    for which, members in (("true", label), ("false", ~label)):
        added = np.bincount(bins[members] + 1, weight[members], minlength=last + 2)
        above = np.cumsum(added[::-1])[::-1]
        found[f"{which}_positives"], rest = above[1:], above[0] - above[1:]
        found["false_negatives" if which == "true" else "true_negatives"] = rest
    return [found[kind] for kind in kinds]


def from_0_to_1(count):
    """So many thresholds at equal distances, at least 2.

    Example:
        >>> from_0_to_1(3)
        [0.0, 0.5, 1.0]
    """
    spend(128 * count)  # floats in lists, and the counts that the first batch makes
    return [i / (count - 1) for i in range(count)]


def evenly_spread(thresholds):
    """True for at least three thresholds at equal distances from 0 to 1.

    Example:
        >>> evenly_spread([0.0, 0.5, 1.0]), evenly_spread([0.25, 0.5, 0.75])
        (True, False)
    """
    n = len(thresholds)
    return n >= 3 and bool(np.allclose(thresholds, np.linspace(0, 1, n), atol=1e-7))


class _AtThresholds(Metric):
    """Base of the metrics that count the kinds in `kept` at thresholds."""

    top_k = class_id = None

    def use(self, thresholds, evenly):
        """Count at these thresholds."""
        self.thresholds, self.evenly = thresholds, evenly
        self.in_program = not evenly and self.top_k is None

    def sums(self, y_true, y_pred, sample_weight=None):
        y_true, y_pred = losses.aligned(y_true, y_pred, self.name)
        if y_pred.dtype != self.dtype:
            y_true, y_pred = y_true.astype(self.dtype), y_pred.astype(self.dtype)
        if self.top_k is not None:
            y_pred = _only_the_largest(y_pred, self.top_k)
        if self.class_id is not None:
            if y_pred.ndim == 1 or not -y_pred.shape[-1] <= self.class_id < y_pred.shape[-1]:
                raise ValueError(
                    f"{self.name} with class_id={self.class_id} expects shape (batch, classes) with such a class; "
                    f"received {y_pred.shape}."
                )
            y_true, y_pred = (np.expand_dims(y[..., self.class_id], -1) for y in (y_true, y_pred))
        weight = None if sample_weight is None else losses.weights_for(y_pred, sample_weight, self.name)
        return (binned_counts if self.evenly else counts)(self.kept, y_true, y_pred, weight, self.thresholds)

    def at_each(self, kind):
        """The counts of a kind, one a threshold."""
        return np.zeros(len(self.thresholds)) + getattr(self, kind).array

    def precisions(self):
        positives = self.at_each("true_positives")
        return share(positives, positives + self.at_each("false_positives"))

    def recalls(self):
        positives = self.at_each("true_positives")
        return share(positives, positives + self.at_each("false_negatives"))

    def specificities(self):
        negatives = self.at_each("true_negatives")
        return share(negatives, negatives + self.at_each("false_positives"))


def _only_the_largest(y_pred, k):
    """The k largest scores of each sample; the others far below any threshold."""
    order = np.argsort(-y_pred, axis=-1, kind="stable")
    chosen = np.zeros(y_pred.shape, dtype=bool)
    np.put_along_axis(chosen, order[..., :k], True, axis=-1)
    return np.where(chosen, y_pred, y_pred.dtype.type(-1e10))


class _AtGivenThresholds(_AtThresholds):
    """Base of the metrics that take thresholds: a number, or a list for a value each."""

    def __init__(self, thresholds: Share | Sequence[Share] | None, name: str | None, dtype: DType | None):
        super().__init__(name=name, dtype=dtype)
        self.init_thresholds = thresholds
        if thresholds is None:
            thresholds = 0.5 if self.top_k is None else -1e10
        elif wrong := [t for t in np.ravel(np.asarray(thresholds, dtype=object)) if t is None or not 0 <= t <= 1]:
            raise ValueError(f"thresholds expects numbers from 0 to 1; received {wrong}.")
        several = [float(t) for t in np.ravel(thresholds)]
        self.use(several, evenly_spread(several))

    def _arguments(self):
        own = {name: getattr(self, name) for name in self.argument_names() if name != "thresholds"}
        return {"thresholds": self.init_thresholds} | own

    def values(self):
        """The value at each threshold."""
        return self.at_each(self.kept[0])

    def result(self):
        values = self.values()
        return float(values[0]) if len(values) == 1 else values


class _Count(_AtGivenThresholds):
    def __init__(
        self, thresholds: Share | Sequence[Share] | None = None, name: str | None = None, dtype: DType | None = None
    ):
        super().__init__(thresholds, name, dtype)


class TruePositives(_Count):
    """How many yes are predicted as such: scores above the thresholds (0.5 by default) count as a yes.

    Example:
        >>> TruePositives()([0, 1, 1], [0.9, 0.8, 0.3])
        1.0
    """

    kept = ("true_positives",)


class FalsePositives(_Count):
    """How many no are predicted as a yes; thresholds as for `TruePositives`."""

    kept = ("false_positives",)


class TrueNegatives(_Count):
    """How many no are predicted as such; thresholds as for `TruePositives`."""

    kept = ("true_negatives",)


class FalseNegatives(_Count):
    """How many yes are predicted as a no; thresholds as for `TruePositives`."""

    kept = ("false_negatives",)


class _OfPositives(_AtGivenThresholds):
    def __init__(
        self,
        thresholds: Share | Sequence[Share] | None = None,
        top_k: Count | None = None,
        class_id: Index | None = None,
        name: str | None = None,
        dtype: DType | None = None,
    ):
        self.top_k, self.class_id = top_k, class_id
        super().__init__(thresholds, name, dtype)


class Precision(_OfPositives):
    """The share of right answers among the predicted yes: true positives / (true + false positives).

    Args:
        thresholds: above which a score is a yes: a number from 0 to 1, or a list for a value each; 0.5 by default.
        top_k: only the k largest scores of a sample can be a yes; then there is no threshold by default.
        class_id: look at this output only.
        name: its name in logs and in the history of a training; precision, precision_1, … by default.
        dtype: the type in which scores and thresholds are compared.

    Raises:
        ValueError: a threshold outside [0, 1].

    Example:
        >>> Precision()([0, 1, 1, 1], [1.0, 0.0, 1.0, 1.0]).__round__(4)
        0.6667
    """

    kept = ("true_positives", "false_positives")
    values = _AtThresholds.precisions


class Recall(_OfPositives):
    """The share of the yes that is found: true positives / (true positives + false negatives).

    The arguments are those of `Precision`.

    Example:
        >>> Recall()([0, 1, 1, 1, 1], [1.0, 0.0, 1.0, 1.0, 1.0])
        0.75
    """

    kept = ("true_positives", "false_negatives")
    values = _AtThresholds.recalls


class _Constrained(_AtThresholds):
    """Base of the metrics that give the best of one share where another is at least a given value."""

    kept = tuple(KINDS)

    def __init__(
        self, value: Share, num_thresholds: Count, class_id: Index | None, name: str | None, dtype: DType | None
    ):
        constraint = self.argument_names()[0]
        super().__init__(name=name, dtype=dtype)
        self.num_thresholds, self.class_id = num_thresholds, class_id
        setattr(self, constraint, value)
        self.value = value
        even = num_thresholds > 1
        self.use(from_0_to_1(num_thresholds) if even else [0.5], even)

    def best(self, shares, constrained):
        """The largest share at the thresholds where the constraint holds; 0 where it never does."""
        return float(np.max(np.where(constrained >= self.value, shares, 0.0), initial=0.0))


class SensitivityAtSpecificity(_Constrained):
    """The best recall at the thresholds where the specificity, tn / (tn + fp), is at least `specificity`.

    Args:
        specificity: from 0 to 1.
        num_thresholds: how many thresholds from 0 to 1 are tried.
        class_id: look at this output only.
        name: its name in logs and in the history of a training.
        dtype: the type in which scores are sorted into bins.

    Raises:
        ValueError: a value outside [0, 1], or no thresholds.

    Example:
        >>> SensitivityAtSpecificity(0.5)([0, 0, 0, 1, 1], [0, 0.3, 0.8, 0.3, 0.8])
        0.5
    """

    def __init__(
        self,
        specificity: Share,
        num_thresholds: Count = 200,
        class_id: Index | None = None,
        name: str | None = None,
        dtype: DType | None = None,
    ):
        super().__init__(specificity, num_thresholds, class_id, name, dtype)

    def result(self):
        return self.best(self.recalls(), self.specificities())


class SpecificityAtSensitivity(_Constrained):
    """The best specificity at the thresholds where the recall is at least `sensitivity`.

    The other arguments are those of `SensitivityAtSpecificity`.

    Example:
        >>> SpecificityAtSensitivity(0.5)([0, 0, 0, 1, 1], [0, 0.3, 0.8, 0.3, 0.8]).__round__(4)
        0.6667
    """

    def __init__(
        self,
        sensitivity: Share,
        num_thresholds: Count = 200,
        class_id: Index | None = None,
        name: str | None = None,
        dtype: DType | None = None,
    ):
        super().__init__(sensitivity, num_thresholds, class_id, name, dtype)

    def result(self):
        return self.best(self.specificities(), self.recalls())


class PrecisionAtRecall(_Constrained):
    """The best precision at the thresholds where the recall is at least `recall`.

    The other arguments are those of `SensitivityAtSpecificity`.

    Example:
        >>> PrecisionAtRecall(0.5)([0, 0, 0, 1, 1], [0, 0.3, 0.8, 0.3, 0.8])
        0.5
    """

    def __init__(
        self,
        recall: Share,
        num_thresholds: Count = 200,
        class_id: Index | None = None,
        name: str | None = None,
        dtype: DType | None = None,
    ):
        super().__init__(recall, num_thresholds, class_id, name, dtype)

    def result(self):
        return self.best(self.precisions(), self.recalls())


class RecallAtPrecision(_Constrained):
    """The best recall at the thresholds where the precision is at least `precision`.

    The other arguments are those of `SensitivityAtSpecificity`.

    Example:
        >>> RecallAtPrecision(0.8)([0, 0, 1, 1], [0, 0.5, 0.3, 0.9])
        0.5
    """

    def __init__(
        self,
        precision: Share,
        num_thresholds: Count = 200,
        class_id: Index | None = None,
        name: str | None = None,
        dtype: DType | None = None,
    ):
        super().__init__(precision, num_thresholds, class_id, name, dtype)

    def result(self):
        return self.best(self.recalls(), self.precisions())
