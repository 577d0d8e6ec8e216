"""Accuracies: the share of right answers."""

import numpy as np

from ...common.arguments import checked
from ...common.floats import floatx
from ...common.types import Count, DType
from .. import losses
from .means import MeanOf


def accuracy(y_true, y_pred):
    """1 where prediction and label are equal, else 0.

    Example:
        >>> accuracy(np.array([[1, 2]]), np.array([[1, 3]]))
        array([[1., 0.]], dtype=float32)
    """
    y_true, y_pred = losses.aligned(y_true, y_pred, "accuracy")
    return (y_true == y_pred).astype(floatx())


class Accuracy(MeanOf):
    """The share of predictions equal to their labels."""

    function = accuracy
    aliases = ("acc",)


@checked
def binary_accuracy(y_true, y_pred, threshold: float = 0.5):
    """1 where the prediction is on the right side of the threshold, else 0.

    Example:
        >>> binary_accuracy(np.array([[1.0], [0.0]]), np.array([[0.9], [0.7]]))
        array([[1.],
               [0.]], dtype=float32)
    """
    y_true, y_pred = losses.aligned(y_true, y_pred, "binary_accuracy")
    return ((y_pred > threshold) == y_true).astype(floatx())


class BinaryAccuracy(MeanOf):
    """The share of yes-or-no outputs on the right side of `threshold`. See `binary_accuracy`."""

    function = binary_accuracy


def categorical_accuracy(y_true, y_pred):
    """1 where the largest prediction is at the largest label, else 0, for each sample.

    Example:
        >>> categorical_accuracy(np.array([[0, 1], [1, 0]]), np.array([[0.1, 0.9], [0.2, 0.8]]))
        array([1., 0.], dtype=float32)
    """
    y_true, y_pred = losses.aligned(y_true, y_pred, "categorical_accuracy")
    return (np.argmax(y_true, axis=-1) == np.argmax(y_pred, axis=-1)).astype(floatx())


class CategoricalAccuracy(MeanOf):
    """The share of samples whose class is predicted, labels one-hot."""

    function = categorical_accuracy


def sparse_categorical_accuracy(y_true, y_pred):
    """1 where the largest prediction is at the class number, else 0, for each sample.

    Example:
        >>> sparse_categorical_accuracy(np.array([1, 0]), np.array([[0.1, 0.9], [0.2, 0.8]]))
        array([1., 0.], dtype=float32)
    """
    y_pred = losses.floating(y_pred)
    y_true = losses.class_numbers(y_true, y_pred, "sparse_categorical_accuracy")
    return (y_true == np.argmax(y_pred, axis=-1)).astype(floatx())


class SparseCategoricalAccuracy(MeanOf):
    """The share of samples whose class is predicted, labels as class numbers."""

    function = sparse_categorical_accuracy


@checked
def top_k_categorical_accuracy(y_true, y_pred, k: Count = 5):
    """1 where fewer than `k` classes are predicted above the right one, else 0, for each sample.

    Example:
        >>> y_pred = np.array([[0.1, 0.9, 0.8], [0.3, 0.0, 0.7]])
        >>> top_k_categorical_accuracy(np.array([[0, 0, 1], [0, 1, 0]]), y_pred, k=2)
        array([1., 0.], dtype=float32)
    """
    y_true, y_pred = losses.aligned(y_true, y_pred, "top_k_categorical_accuracy")
    return _among_the_largest(np.argmax(y_true, axis=-1), y_pred, k)


class TopKCategoricalAccuracy(MeanOf):
    """The share of samples whose class is among the `k` most likely ones, labels one-hot."""

    function = top_k_categorical_accuracy

    def __init__(self, k: Count = 5, name: str | None = None, dtype: DType | None = None):
        super().__init__(name, dtype, k=k)


@checked
def sparse_top_k_categorical_accuracy(y_true, y_pred, k: Count = 5, from_sorted_ids: bool = False):
    """1 where fewer than `k` classes are predicted above the class number, else 0, for each sample.

    Args:
        y_true: class numbers of shape (batch,) or (batch, 1).
        y_pred: scores of shape (batch, classes); with `from_sorted_ids=True` class numbers, the most likely first.

    Example:
        >>> sparse_top_k_categorical_accuracy(np.array([2, 1]), np.array([[0.1, 0.9, 0.8], [0.3, 0, 0.7]]), k=2)
        array([1., 0.], dtype=float32)
    """
    y_pred = losses.floating(y_pred)
    y_true = losses.class_numbers(y_true, y_pred, "sparse_top_k_categorical_accuracy")
    if from_sorted_ids:
        return np.any(np.expand_dims(y_true, -1) == y_pred[..., :k], axis=-1).astype(floatx())
    return _among_the_largest(y_true.astype(int), y_pred, k)


class SparseTopKCategoricalAccuracy(MeanOf):
    """The share of samples whose class is among the `k` most likely ones, labels as class numbers."""

    function = sparse_top_k_categorical_accuracy

    def __init__(
        self, k: Count = 5, name: str | None = None, dtype: DType | None = None, from_sorted_ids: bool = False
    ):
        super().__init__(name, dtype, k=k, from_sorted_ids=from_sorted_ids)


def _among_the_largest(number, y_pred, k):
    """1 where fewer than k predictions are larger than the one at this class number; NaN is not large."""
    at_label = np.take_along_axis(y_pred, np.expand_dims(number, -1), axis=-1)
    at_label = np.where(np.isnan(at_label), -np.inf, at_label)
    return (np.sum(y_pred > at_label, axis=-1) < k).astype(floatx())
