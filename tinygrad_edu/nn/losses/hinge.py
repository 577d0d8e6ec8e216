"""Hinge losses: a margin around the boundary between classes, from the support vector machines.

Source: Cortes and Vapnik, "Support-vector networks" (1995); for several classes Crammer and Singer (2001).
"""

import numpy as np

from .base import Loss, aligned


def hinge(y_true, y_pred):
    """The mean over the outputs of max(1 − y_true·y_pred, 0), for each sample.

    Args:
        y_true: −1 or 1; where a batch has only 0 and 1, these stand for −1 and 1.
        y_pred: scores of the same shape, not squashed: beyond ±1 on the right side they cost nothing.

    Example:
        >>> hinge(np.array([[1.0, -1.0]]), np.array([[0.5, -3.0]]))
        array([0.25])
    """
    y_true, y_pred = aligned(y_true, y_pred, "hinge")
    return np.mean(np.maximum(1.0 - _signs(y_true) * y_pred, 0.0), axis=-1)


class Hinge(Loss):
    """The mean of max(1 − y_true·y_pred, 0), labels −1 and 1. See `hinge`."""

    function = hinge


def squared_hinge(y_true, y_pred):
    """The mean over the outputs of max(1 − y_true·y_pred, 0)², for each sample; labels as for `hinge`.

    Example:
        >>> squared_hinge(np.array([[1.0, -1.0]]), np.array([[0.5, -3.0]]))
        array([0.125])
    """
    y_true, y_pred = aligned(y_true, y_pred, "squared_hinge")
    return np.mean(np.square(np.maximum(1.0 - _signs(y_true) * y_pred, 0.0)), axis=-1)


class SquaredHinge(Loss):
    """The mean of max(1 − y_true·y_pred, 0)², labels −1 and 1. See `squared_hinge`."""

    function = squared_hinge


def categorical_hinge(y_true, y_pred):
    """max(1 + the largest score of a wrong class − the score of the right one, 0), for each sample.

    Args:
        y_true: one-hot rows of shape (batch, classes).
        y_pred: scores of the same shape.

    Example:
        >>> categorical_hinge(np.array([[0.0, 1.0, 0.0]]), np.array([[0.5, 1.2, 0.1]])).round(4)
        array([0.3])
    """
    y_true, y_pred = aligned(y_true, y_pred, "categorical_hinge")
    right = np.sum(y_true * y_pred, axis=-1)
    wrong = np.max((1.0 - y_true) * y_pred, axis=-1)
    return np.maximum(wrong - right + 1.0, 0.0)


class CategoricalHinge(Loss):
    """The margin between the right class and the best wrong one. See `categorical_hinge`."""

    function = categorical_hinge


def _signs(y_true):
    """Labels 0 and 1 as −1 and 1, where the batch has no others."""
    only_0_and_1 = np.all(y_true * (y_true - 1.0) == 0)
    return np.where(only_0_and_1, 2.0 * y_true - 1.0, y_true)
