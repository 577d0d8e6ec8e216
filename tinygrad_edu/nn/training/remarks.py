"""Remarks on a training that are certain, cheap, and made without being asked, each in one line.

A last softmax over one unit, a softmax that the loss applies once more, a linear output taken for a probability, a loss
that the labels keep above 0, a loss that is NaN. `tg.diagnose` looks further.
"""

from math import isfinite

import numpy as np

from ...common.warning import warn
from .. import losses
from ..probing import last_layer
from ..shapes import each_shape

_BINARY = (losses.BinaryCrossentropy, losses.BinaryFocalCrossentropy)
_CATEGORICAL = (losses.CategoricalCrossentropy,)
_SEVERAL = (losses.CategoricalCrossentropy, losses.CategoricalFocalCrossentropy)
_LOOKED_AT = 10_000  # labels
_ASK = "tg.diagnose(model, x, y) looks further."


def warn_of_outputs(model):
    """Warn of outputs that cannot be right whatever the data: softmax over one unit or applied twice, or no sigmoid.

    Args:
        model: a compiled model with weights.
    """
    in_order = hasattr(model, "add")  # else the last layer made need not be the last one called
    activation = last_layer(model)[1] if in_order else None
    from_logits = getattr(model.loss, "arguments", {}).get("from_logits")
    if activation == "linear" and isinstance(model.loss, _BINARY) and not from_logits and _units(model) == 1:
        _warn(
            f"The last layer is linear, and {model.loss.name} takes its outputs for probabilities, cut off at 0 and 1. "
            'Use activation="sigmoid", or from_logits=True in the loss.'
        )
    if activation not in ("softmax", "sigmoid"):
        return
    if activation == "softmax" and _units(model) == 1:
        if not isinstance(model.loss, _SEVERAL):  # which say it themselves
            _warn('The last layer is a softmax over one unit, which gives 1 whatever x is. Use activation="sigmoid".')
    elif from_logits:
        rest = (_units(model) - 1 if activation == "softmax" else 1) / np.e
        _warn(
            f"The last layer ends in {activation}, and {model.loss.name} with from_logits=True applies it once more: "
            f"the loss cannot go below {np.log(1 + rest):.3g}. Leave out the one or the other."
        )


def _units(model):
    """The number of units of the last layer."""
    return (each_shape(model.output_shape) or [(None,)])[-1][-1]


def warn_of_loss(loss, epoch):
    """Warn of a loss that is NaN or infinite after this epoch, from 0; whether it is.

    Args:
        loss: the loss of the epoch, or None.
        epoch: its number, from 0.
    """
    if loss is None or (isfinite(loss) if isinstance(loss, float) else np.all(np.isfinite(loss))):
        return False
    _warn(f"The loss is {float(np.ravel(loss)[0])} since epoch {epoch + 1}: no weight is learnt any more. {_ASK}")
    return True


def floor_of_loss(loss, y):
    """The least that a crossentropy can be with these labels, or None where that is 0: the entropy of the labels.

    H(y) = −Σ y·log y over the classes, of labels that are no whole numbers or that the loss smooths.

    Args:
        loss: a Loss.
        y: the targets, as an array.

    Example:
        >>> round(floor_of_loss(losses.BinaryCrossentropy(), np.array([[0.5], [0.5]])), 4)
        0.6931
        >>> floor_of_loss(losses.BinaryCrossentropy(), np.array([[0.0], [1.0]])) is None
        True
    """
    if not isinstance(loss, (*_BINARY[:1], *_CATEGORICAL)) or not getattr(y, "size", 0):
        return None
    smoothing = loss.arguments.get("label_smoothing", 0.0)
    y = y[:_LOOKED_AT]
    if y.dtype.kind != "f" and not smoothing or (not smoothing and (y == np.round(y)).all()):
        return None
    y = y.astype(float)
    if isinstance(loss, _BINARY):
        y = y * (1 - smoothing) + smoothing / 2
        entropy = (_entropy(y) + _entropy(1 - y)).mean()
    else:
        y = y * (1 - smoothing) + smoothing / y.shape[-1]
        entropy = _entropy(y).sum(axis=-1).mean()
    return float(entropy) if np.isfinite(entropy) and entropy > 1e-3 else None


def _entropy(share):
    return -share * np.log(np.maximum(share, 1e-300))


def _warn(text):
    warn(text)
