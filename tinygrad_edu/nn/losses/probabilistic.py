"""Losses of probabilities: the crossentropies, their focal forms, the Kullback-Leibler divergence and Poisson's.

Where the predictions are the result of a sigmoid or a softmax, the crossentropies are computed from what went into
it: exact however sure the model is. Other probabilities are kept 1e-7 away from 0 and 1, as in Keras.
"""

import numpy as np

from ... import replay
from ...common.arguments import checked
from ...common.types import Inside, Lengths, NotNegative, Share, Weights
from ...common.warning import warn
from ...engine.tensor import Tensor
from ...ops import activations, crossentropy
from .base import EPSILON, Loss, aligned, check_class_numbers, class_numbers, floating

# -- two classes ------------------------------------------------------------------------------------------------


@checked
def binary_crossentropy(y_true, y_pred, from_logits: bool = False, label_smoothing: Share = 0.0, axis: Lengths = -1):
    """−[y·log p + (1 − y)·log(1 − p)], the mean over the outputs, for each sample.

    Where `y_pred` is the result of a sigmoid, the loss is computed from what went into it, log(1 + eᶻ) − y·z:
    exact however sure the model is. Other probabilities are kept 1e-7 away from 0 and 1.

    Args:
        y_true: 0 or 1, or probabilities, of shape (batch, outputs).
        y_pred: probabilities, or logits with `from_logits=True`, of the same shape.
        label_smoothing: moves the labels this far, from 0 to 1, towards ½.
        axis: the axis of the outputs.

    Example:
        >>> binary_crossentropy(np.array([[1.0]]), np.array([[0.5]])).round(4)
        array([0.6931])
    """
    y_true, y_pred = aligned(y_true, y_pred, "binary_crossentropy")
    y_true = _smoothed(y_true, label_smoothing, 2)
    logits = y_pred if from_logits else _before(activations.sigmoid, y_pred)
    return _of_yes_or_no(y_true, y_pred, logits).mean(axis=axis)


@checked
def binary_focal_crossentropy(
    y_true,
    y_pred,
    apply_class_balancing: bool = False,
    alpha: Share = 0.25,
    gamma: NotNegative = 2.0,
    from_logits: bool = False,
    label_smoothing: Share = 0.0,
    axis: Lengths = -1,
):
    """The binary crossentropy times (1 − q)^gamma, q the probability of the right answer, for each sample.

    Samples that are easy by now weigh little, so that the hard ones are learnt. Source: Lin et al., "Focal loss
    for dense object detection" (2017).

    Args:
        y_true, y_pred, from_logits, label_smoothing, axis: as for `binary_crossentropy`.
        apply_class_balancing: weigh class 1 by `alpha` and class 0 by 1 − `alpha`.
        alpha: the weight of class 1.
        gamma: how little easy samples weigh; 0 is the crossentropy.

    Example:
        >>> binary_focal_crossentropy(np.array([[1.0]]), np.array([[0.9]])).round(6)
        array([0.001054])
    """
    y_true, y_pred = aligned(y_true, y_pred, "binary_focal_crossentropy")
    y_true = _smoothed(y_true, label_smoothing, 2)
    logits = y_pred if from_logits else _before(activations.sigmoid, y_pred)
    p = activations.sigmoid(y_pred) if from_logits else y_pred
    loss = _of_yes_or_no(y_true, y_pred, logits)
    loss = loss * np.power(1.0 - (y_true * p + (1.0 - y_true) * (1.0 - p)), gamma)
    if apply_class_balancing:
        loss = loss * (y_true * alpha + (1.0 - y_true) * (1.0 - alpha))
    return np.mean(loss, axis=axis)


def _of_yes_or_no(y_true, y_pred, logits):
    """The crossentropy of every output, from the logits where they are known."""
    if logits is not None:
        return crossentropy.sigmoid_crossentropy(logits, y_true)
    p = np.clip(y_pred, EPSILON, 1 - EPSILON)
    return -(y_true * np.log(p) + (1 - y_true) * np.log(1 - p))


class BinaryCrossentropy(Loss):
    """Crossentropy of two classes, or of independent yes-or-no outputs. See `binary_crossentropy`."""

    function = binary_crossentropy
    aliases = ("bce", "BCE")

    def check_labels(self, y, output_shape):
        _check_shares(self, y)


class BinaryFocalCrossentropy(Loss):
    """Binary crossentropy that cares about the hard samples. See `binary_focal_crossentropy`."""

    function = binary_focal_crossentropy

    def check_labels(self, y, output_shape):
        _check_shares(self, y)


def _check_shares(loss, y):
    if y.min() < 0 or y.max() > 1:
        remedy, classes = f"Bring y between 0 and 1, as y / {y.max():g}, or choose another loss.", len(np.unique(y))
        if y.min() < 0:
            remedy = "Turn -1 and 1 into 0 and 1 with y = (y > 0), or choose another loss."
        elif y.size == len(y) and classes == y.max() + 1:
            remedy = f"For {classes} classes use 'sparse_categorical_crossentropy', and {classes} units with softmax."
        if set(np.unique(y)) <= {y.min(), y.min() + 1}:  # two classes, numbered from elsewhere
            remedy = f"Number the classes from 0: y {'-' if y.min() > 0 else '+'} {abs(y.min()):g}."
        raise ValueError(
            f"{loss.name} expects labels of 0 or 1, or probabilities; received values from {y.min():g} to "
            f"{y.max():g}. {remedy}"
        )


# -- several classes ------------------------------------------------------------------------------------------------


@checked
def categorical_crossentropy(y_true, y_pred, from_logits: bool = False, label_smoothing: Share = 0.0, axis: int = -1):
    """−Σ y·log p over the classes, for each sample, with labels as one-hot rows.

    Where `y_pred` is the result of a softmax, the loss is computed from what went into it. Other
    probabilities are scaled to sum to 1 and kept 1e-7 away from 0 and 1.

    Args:
        y_true: one-hot rows, or probabilities, of shape (batch, classes).
        y_pred: probabilities, or logits with `from_logits=True`, of the same shape.
        label_smoothing: moves the labels this far, from 0 to 1, towards 1/classes.
        axis: the axis of the classes.

    Example:
        >>> categorical_crossentropy(np.array([[0.0, 1.0]]), np.array([[0.5, 0.5]])).round(4)
        array([0.6931])
    """
    y_true, y_pred = aligned(y_true, y_pred, "categorical_crossentropy")
    y_true = _smoothed(y_true, label_smoothing, y_true.shape[axis])
    logits = y_pred if from_logits else _before(activations.softmax, y_pred, axis)
    if logits is not None:
        return crossentropy.softmax_crossentropy(logits, y_true, axis=axis)
    return -np.sum(y_true * np.log(_shares(y_pred, axis)), axis=axis)


@checked
def categorical_focal_crossentropy(
    y_true,
    y_pred,
    alpha: Weights = 0.25,
    gamma: NotNegative = 2.0,
    from_logits: bool = False,
    label_smoothing: Share = 0.0,
    axis: int = -1,
):
    """−Σ alpha·(1 − p)^gamma·y·log p over the classes, for each sample, with labels as one-hot rows.

    Samples that are easy by now weigh little. Source: Lin et al., "Focal loss for dense object detection" (2017).

    Args:
        y_true, y_pred, from_logits, label_smoothing, axis: as for `categorical_crossentropy`.
        alpha: the weight of the classes: a number, or one for each class.
        gamma: how little easy samples weigh.

    Example:
        >>> categorical_focal_crossentropy(np.array([[0.0, 1.0]]), np.array([[0.1, 0.9]])).round(6)
        array([0.000263])
    """
    y_true, y_pred = aligned(y_true, y_pred, "categorical_focal_crossentropy")
    y_true = _smoothed(y_true, label_smoothing, y_true.shape[axis])
    logits = y_pred if from_logits else _before(activations.softmax, y_pred, axis)
    if logits is not None:
        log_p, p = activations.log_softmax(logits, axis), activations.softmax(logits, axis)
    else:
        p = _shares(y_pred, axis)
        log_p = np.log(p)
    alpha = alpha if isinstance(alpha, (int, float)) else np.asarray(alpha, dtype=y_pred.dtype)
    return -np.sum(np.power(1.0 - p, gamma) * alpha * y_true * log_p, axis=axis)


@checked
def sparse_categorical_crossentropy(
    y_true, y_pred, from_logits: bool = False, ignore_class: int | None = None, axis: int = -1
):
    """−log p of the right class, for each sample, with labels as class numbers.

    Args:
        y_true: class numbers from 0, of shape (batch,) or (batch, 1).
        y_pred: probabilities, or logits with `from_logits=True`, of shape (batch, classes).
        ignore_class: a class number whose samples count as loss 0; the mean of the class
            `SparseCategoricalCrossentropy` is over the others.
        axis: the axis of the classes.

    Example:
        >>> sparse_categorical_crossentropy(np.array([1]), np.array([[0.5, 0.5]])).round(4)
        array([0.6931])
    """
    y_pred = floating(y_pred)
    y_true = class_numbers(y_true, y_pred, "sparse_categorical_crossentropy", axis)
    if replay.active() is None:  # a program is given labels that were checked: by `check_targets`, of all batches
        labels = y_true.array if isinstance(y_true, Tensor) else y_true
        check_class_numbers(labels, y_pred.shape[axis], "sparse_categorical_crossentropy", ignore_class)
    is_class = np.expand_dims(y_true, -1) == np.arange(y_pred.shape[axis])
    one_hot = np.moveaxis(is_class, -1, axis).astype(y_pred.dtype)
    loss = categorical_crossentropy(one_hot, y_pred, from_logits, axis=axis)
    return loss if ignore_class is None else np.where(y_true != ignore_class, loss, 0.0)


def _shares(y_pred, axis):
    """Probabilities scaled to sum to 1, away from 0 and 1."""
    return np.clip(y_pred / np.sum(y_pred, axis=axis, keepdims=True), EPSILON, 1 - EPSILON)


def _smoothed(y_true, amount, classes):
    """The labels moved towards equal shares."""
    return y_true * (1.0 - amount) + amount / classes if amount else y_true


def _before(activation, y_pred, *axis):
    """The input of `activation` (along this axis) that gave these predictions, if the graph shows it; else None."""
    if not isinstance(y_pred, Tensor) or y_pred.op is not activation.op:
        return None
    same_axis = all((a - b) % y_pred.ndim == 0 for a, b in zip(axis, y_pred.call.args[1:]))
    return y_pred.inputs[0] if same_axis else None


class CategoricalCrossentropy(Loss):
    """Crossentropy of several classes, labels one-hot. See `categorical_crossentropy`."""

    function = categorical_crossentropy

    def check_targets(self, y, output_shape):
        super().check_targets(y, output_shape)
        _check_several_classes(self, output_shape)


class CategoricalFocalCrossentropy(Loss):
    """Crossentropy of several classes that cares about the hard samples. See `categorical_focal_crossentropy`."""

    function = categorical_focal_crossentropy

    def check_targets(self, y, output_shape):
        super().check_targets(y, output_shape)
        _check_several_classes(self, output_shape)


def _check_several_classes(loss, output_shape):
    if output_shape[loss.arguments["axis"]] == 1:
        warn(
            f"{loss.name} of a single class is always 0. For two classes with one output use "
            "'binary_crossentropy' and a sigmoid."
        )


class SparseCategoricalCrossentropy(Loss):
    """Crossentropy of several classes, labels as numbers. See `sparse_categorical_crossentropy`."""

    function = sparse_categorical_crossentropy
    order = ("from_logits", "ignore_class", "reduction", "axis", "name", "dtype")

    def align(self, y_true, y_pred):
        return class_numbers(y_true, y_pred, self.name, self.arguments["axis"])

    def _mask_of_losses(self, y_true, mask):
        ignored = self.arguments["ignore_class"]
        if ignored is None:
            return mask
        return y_true != ignored if mask is None else (y_true != ignored) & mask

    def check_labels(self, y, output_shape):
        check_class_numbers(y, output_shape[self.arguments["axis"]], self.name, self.arguments["ignore_class"])


@checked
def categorical_generalized_cross_entropy(y_true, y_pred, q: Inside):
    """(1 − pᑫ) / q of the right class, for each sample: between crossentropy and mean absolute error.

    Args:
        y_true: class numbers from 0, of shape (batch,) or (batch, 1).
        y_pred: probabilities, of shape (batch, classes).
        q: between 0 and 1; towards 0 it is −log p, towards 1 it is 1 − p, which bears wrong labels.

    Source: Zhang and Sabuncu, "Generalized Cross Entropy Loss for Training Deep Neural Networks with Noisy Labels"
    (2018).

    Example:
        >>> categorical_generalized_cross_entropy(np.array([1]), np.array([[0.75, 0.25]]), q=0.5)
        array([1.])
    """
    y_pred = floating(y_pred)
    y_true = class_numbers(y_true, y_pred, "categorical_generalized_cross_entropy")
    one_hot = (np.expand_dims(y_true, -1) == np.arange(y_pred.shape[-1])).astype(y_pred.dtype)
    return (1.0 - np.power(np.sum(y_pred * one_hot, axis=-1), q)) / q


class CategoricalGeneralizedCrossEntropy(Loss):
    """Crossentropy of several classes that bears wrong labels. See `categorical_generalized_cross_entropy`."""

    function = categorical_generalized_cross_entropy

    def __init__(self, q=0.5, *values, **arguments):
        super().__init__(q, *values, **arguments)

    def align(self, y_true, y_pred):
        return class_numbers(y_true, y_pred, self.name)

    def check_labels(self, y, output_shape):
        check_class_numbers(y, output_shape[-1], self.name)


# -- distributions --------------------------------------------------------------------------------------------------


def kl_divergence(y_true, y_pred):
    """Σ y·log(y/p) over the outputs, for each sample: how far one distribution is from another.

    Both are kept between 1e-7 and 1. Source: Kullback and Leibler (1951).

    Example:
        >>> kl_divergence(np.array([[0.5, 0.5]]), np.array([[0.25, 0.75]])).round(4)
        array([0.1438])
    """
    y_true, y_pred = aligned(y_true, y_pred, "kl_divergence")
    y_true, y_pred = np.clip(y_true, EPSILON, 1), np.clip(y_pred, EPSILON, 1)
    return np.sum(y_true * np.log(y_true / y_pred), axis=-1)


class KLDivergence(Loss):
    """How far the predicted distribution is from the true one. See `kl_divergence`."""

    function = kl_divergence
    aliases = ("kld", "KLD", "kullback_leibler_divergence")


def poisson(y_true, y_pred):
    """The mean over the outputs of y_pred − y_true·log(y_pred), for each sample.

    Up to a constant, minus the log of the probability of the counts `y_true` at the rates `y_pred`, which are kept
    off 0 by 1e-7.

    Example:
        >>> poisson(np.array([[2.0]]), np.array([[1.0]])).round(4)
        array([1.])
    """
    y_true, y_pred = aligned(y_true, y_pred, "poisson")
    return np.mean(y_pred - y_true * np.log(y_pred + EPSILON), axis=-1)


class Poisson(Loss):
    """How unlikely the true counts are at the predicted rates. See `poisson`."""

    function = poisson
