"""Losses of what lies together: the overlap of regions in images, and the nearness of embeddings of one class."""

import numpy as np

from ...engine.tensor import Tensor
from ...ops.activations import softplus
from ...ops.reduce import logsumexp
from .base import EPSILON, Loss, aligned, floating


def dice(y_true, y_pred, axis=None):
    """1 − 2·Σ(y·p) ÷ (Σy + Σp): how little two regions overlap, 0 where they are the same.

    Args:
        y_true: 1 in the region, 0 outside.
        y_pred: predictions of the same shape, between 0 and 1.
        axis: the axes of the sums; None gives one number for all.

    Source: Milletari, Navab and Ahmadi, "V-Net" (2016), after Dice (1945).

    Example:
        >>> dice(np.array([[1.0, 1.0, 0.0]]), np.array([[1.0, 0.0, 0.0]]), axis=1).round(4)
        array([0.3333])
    """
    y_true, y_pred = aligned(y_true, y_pred, "dice")
    axis = tuple(axis) if isinstance(axis, list) else axis
    both = np.sum(y_true * y_pred, axis=axis)
    return 1.0 - 2.0 * both / (np.sum(y_true, axis=axis) + np.sum(y_pred, axis=axis) + EPSILON)


def tversky(y_true, y_pred, alpha=0.5, beta=0.5, axis=None):
    """1 − o ÷ (o + alpha·Σy(1 − p) + beta·Σp(1 − y)) with the overlap o = Σ(y·p): `dice` with unequal mistakes.

    Args:
        y_true: 1 in the region, 0 outside.
        y_pred: predictions of the same shape, between 0 and 1.
        alpha: the weight of what is missed.
        beta: the weight of what is too much.
        axis: the axes of the sums; None gives one number for all.

    Source: Salehi, Erdogmus and Gholipour, "Tversky loss function for image segmentation" (2017).

    Example:
        >>> tversky(np.array([[1.0, 1.0, 0.0]]), np.array([[1.0, 0.0, 0.0]]), alpha=1.0, axis=1).round(4)
        array([0.5])
    """
    y_true, y_pred = aligned(y_true, y_pred, "tversky")
    axis = tuple(axis) if isinstance(axis, list) else axis
    both, missed = np.sum(y_true * y_pred, axis=axis), np.sum((1.0 - y_pred) * y_true, axis=axis)
    more = np.sum(y_pred * (1.0 - y_true), axis=axis)
    return 1.0 - both / (both + missed * alpha + more * beta + EPSILON)


class _OfRegions(Loss):
    """Of one number for the whole batch sample weights make a weighted mean, as in Keras."""

    def reduce(self, values, sample_weight, mask=None):
        if sample_weight is not None and not values.ndim:
            values = np.broadcast_to(values, np.shape(sample_weight))
        return super().reduce(values, sample_weight, mask)


class Dice(_OfRegions):
    """How little two regions overlap. See `dice`."""

    function = dice
    order = ("reduction", "name", "axis", "dtype")


class Tversky(_OfRegions):
    """How little two regions overlap, with a weight for each kind of mistake. See `tversky`."""

    function = tversky
    order = ("alpha", "beta", "reduction", "name", "axis", "dtype")


def circle(
    y_true, y_pred, ref_labels=None, ref_embeddings=None, remove_diagonal=True, gamma=80.0, margin=0.4
):  # fmt: skip
    """softplus of the log Σ exp over the samples of the same class plus that over the others, for each sample.

    With d = 1 − cosine, a sample of the same class counts gamma·(d + margin)·(d − margin), another one
    gamma·(1 + margin − d)·(1 − margin − d): what is far from its goal weighs most.

    Args:
        y_true: class numbers, of shape (batch,) or (batch, 1).
        y_pred: embeddings of length 1, of shape (batch, dimensions).
        ref_labels, ref_embeddings: what the samples are compared with; themselves when None.
        remove_diagonal: whether a sample is not compared with itself.
        gamma: the scale.
        margin: how near is near enough.

    Source: Sun et al., "Circle Loss: A Unified Perspective of Pair Similarity Optimization" (2020).

    Example:
        >>> circle(np.array([0, 0, 1]), np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])).round(4) + 0.0
        array([0., 0., 0.])
    """
    y_pred = floating(y_pred)
    y_true = _labels(y_true, y_pred)
    others = y_pred if ref_embeddings is None else floating(ref_embeddings)
    same = np.expand_dims(y_true, 1) == (y_true if ref_labels is None else _labels(ref_labels, others))
    distance = np.maximum(1.0 - y_pred @ np.transpose(others), 0.0)
    far = gamma * np.maximum(distance + margin, 0.0) * (distance - margin)
    near = gamma * np.maximum(1.0 + margin - distance, 0.0) * (1.0 - margin - distance)
    counted = same & ~np.eye(*same.shape, dtype=bool) if remove_diagonal else same
    within, between = (
        logsumexp(np.where(chosen, terms, -np.inf), 1) for chosen, terms in ((counted, far), (~same, near))
    )
    return softplus(within + between)


def _labels(y, embeddings):
    """Class numbers of shape (batch,)."""
    y = y if isinstance(y, Tensor) else np.asarray(y)
    if y.ndim == 2 and y.shape[-1] == 1:
        y = np.squeeze(y, axis=-1)
    if y.ndim != 1 or embeddings.ndim != 2 or len(y) != len(embeddings):
        raise ValueError(
            f"circle expects class numbers of shape (batch,) for embeddings of shape (batch, dimensions); received "
            f"shapes {y.shape} and {embeddings.shape}."
        )
    return y.astype(int)


class Circle(Loss):
    """How far embeddings of one class are from each other, and how near to those of others. See `circle`.

    The mean is over the samples whose loss is not 0, as in Keras.
    """

    function = circle
    order = ("gamma", "margin", "remove_diagonal", "reduction", "name", "dtype")

    def __init__(self, *values, **arguments):
        super().__init__(*values, **arguments)
        self.arguments = {name: self.arguments[name] for name in self.order[:3]}  # the others are the function's

    def align(self, y_true, y_pred):
        return _labels(y_true, y_pred)

    def reduce(self, values, sample_weight, mask=None):
        positive = values > 0
        return super().reduce(values, sample_weight, positive if mask is None else positive & mask)
