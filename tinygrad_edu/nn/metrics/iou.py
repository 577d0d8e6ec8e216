"""Intersection over union: how well predicted regions, such as the pixels of a class, cover the true ones.

Source: Jaccard (1901). For each class, true positives / (true positives + false positives + false negatives), from
the confusion matrix of all samples.
"""

from collections.abc import Sequence

import numpy as np

from ...common.budget import spend
from ...common.types import Count, DType, Index
from ...common.warning import warn
from .. import losses
from .base import Metric


class IoU(Metric):
    """The mean over some classes of the intersection over the union of predicted and true samples.

    Args:
        num_classes: how many classes there are.
        target_class_ids: the classes whose mean it is.
        name: its name in logs and in the history of a training; io_u, io_u_1, … by default.
        dtype: of the confusion matrix: int32 by default, so that weights should be whole.
        ignore_class: samples of this true class do not count.
        sparse_y_true, sparse_y_pred: whether these are class numbers; else the largest along `axis` is the class.
        axis: the axis of the classes.

    Raises:
        ValueError: a class that does not exist.

    Example:
        >>> IoU(num_classes=2, target_class_ids=[0])([0, 0, 1, 1], [0, 1, 0, 1]).__round__(4)
        0.3333
    """

    kept = ("total_cm",)
    in_program = False

    def __init__(
        self,
        num_classes: Count,
        target_class_ids: Sequence[Index],
        name: str | None = None,
        dtype: DType | None = None,
        ignore_class: int | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = True,
        axis: int = -1,
    ):
        spend(16 * num_classes**2)  # of the confusion matrix, which the first batch makes
        if max(target_class_ids) >= num_classes:
            raise ValueError(
                f"target_class_ids expects classes from 0 to {num_classes - 1}; received {list(target_class_ids)}."
            )
        super().__init__(name=name, dtype=dtype or "int32")
        self.num_classes, self.target_class_ids = num_classes, list(target_class_ids)
        self.ignore_class, self.axis = ignore_class, axis
        self.sparse_y_true, self.sparse_y_pred = sparse_y_true, sparse_y_pred

    def sums(self, y_true, y_pred, sample_weight=None):
        y_true, y_pred = np.asarray(y_true), np.asarray(y_pred)
        y_true = y_true if self.sparse_y_true else np.argmax(y_true, axis=self.axis)
        y_pred = y_pred if self.sparse_y_pred else np.argmax(y_pred, axis=self.axis)
        if y_true.size != y_pred.size:
            raise ValueError(
                f"{self.name} expects as many targets as predictions; received {y_true.size} and {y_pred.size}."
            )
        weight = self._weights(np.ones(()) if sample_weight is None else np.asarray(sample_weight), y_true)
        y_true, y_pred = y_true.ravel().astype(int), y_pred.ravel().astype(int)
        n = self.num_classes
        counted = np.ones(len(y_true), bool) if self.ignore_class is None else y_true != self.ignore_class
        for what, classes in (("targets", y_true), ("predictions", y_pred)):
            wrong = counted & ((classes < 0) | (classes >= n))
            if wrong.any():  # as in Keras, but not in silence
                warn(
                    f"{self.name} expects {what} of the classes from 0 to {n - 1}; received {classes[wrong][0]}, which "
                    "does not count. Is num_classes right?"
                )
            counted &= ~wrong
        place = (y_true * n + y_pred)[counted]
        return (np.bincount(place, weight[counted], minlength=n * n).reshape(n, n),)

    def _weights(self, weight, y_true):
        """One weight a sample, in the dtype of the confusion matrix."""
        if self.dtype.startswith("int") and np.any(weight != np.trunc(weight)):
            warn(
                f"{self.name} counts in {self.dtype}, so that fractions of weights are cut off. Make it with "
                'dtype="float32".'
            )
        weight = losses.weights_for(y_true.astype(self.dtype), weight, self.name)
        return np.broadcast_to(weight, y_true.shape).ravel()

    def result(self):
        matrix = np.zeros((self.num_classes, self.num_classes)) + self.total_cm.array
        right = np.diag(matrix)
        union = (matrix.sum(axis=0) + matrix.sum(axis=1) - right)[self.target_class_ids]
        present = union > 1e-9
        scores = np.where(present, right[self.target_class_ids] / (union + losses.EPSILON), 0.0)
        return float(scores.sum() / (present.sum() + losses.EPSILON))


class BinaryIoU(IoU):
    """The mean intersection over union of the classes 0 and 1, for scores above a threshold or not.

    Args:
        target_class_ids: the classes whose mean it is: (0,), (1,) or both.
        threshold: from which on a score is class 1.
        name, dtype: as for `IoU`.

    Example:
        >>> BinaryIoU(threshold=0.3)([0, 1, 0, 1], [0.1, 0.2, 0.4, 0.7]).__round__(4)
        0.3333
    """

    def __init__(
        self,
        target_class_ids: Sequence[Index] = (0, 1),
        threshold: float = 0.5,
        name: str | None = None,
        dtype: DType | None = None,
    ):
        super().__init__(2, target_class_ids, name, dtype)
        self.threshold = threshold

    def sums(self, y_true, y_pred, sample_weight=None):
        return super().sums(y_true, np.asarray(y_pred, dtype="float32") >= self.threshold, sample_weight)


class MeanIoU(IoU):
    """The mean intersection over union of all classes that occur; the arguments are those of `IoU`.

    Example:
        >>> MeanIoU(num_classes=2)([0, 0, 1, 1], [0, 1, 0, 1]).__round__(4)
        0.3333
    """

    def __init__(
        self,
        num_classes: Count,
        name: str | None = None,
        dtype: DType | None = None,
        ignore_class: int | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = True,
        axis: int = -1,
    ):
        ids = range(num_classes)
        super().__init__(num_classes, ids, name, dtype, ignore_class, sparse_y_true, sparse_y_pred, axis)


class OneHotIoU(IoU):
    """`IoU` with labels one-hot, and predictions as scores of the classes.

    Example:
        >>> OneHotIoU(num_classes=2, target_class_ids=[1])([[1, 0], [0, 1]], [[0.8, 0.2], [0.4, 0.6]]).__round__(4)
        1.0
    """

    def __init__(
        self,
        num_classes: Count,
        target_class_ids: Sequence[Index],
        name: str | None = None,
        dtype: DType | None = None,
        ignore_class: int | None = None,
        sparse_y_pred: bool = False,
        axis: int = -1,
    ):
        super().__init__(num_classes, target_class_ids, name, dtype, ignore_class, False, sparse_y_pred, axis)


class OneHotMeanIoU(MeanIoU):
    """`MeanIoU` with labels one-hot, and predictions as scores of the classes.

    Example:
        >>> OneHotMeanIoU(num_classes=2)([[1, 0], [0, 1]], [[0.8, 0.2], [0.6, 0.4]]).__round__(4)
        0.25
    """

    def __init__(
        self,
        num_classes: Count,
        name: str | None = None,
        dtype: DType | None = None,
        ignore_class: int | None = None,
        sparse_y_pred: bool = False,
        axis: int = -1,
    ):
        super().__init__(num_classes, name, dtype, ignore_class, False, sparse_y_pred, axis)
