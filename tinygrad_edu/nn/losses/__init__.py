"""Losses: how wrong the predictions are, as one number to make small.

Each loss is declared once, as a function that gives one value a sample. Its class carries the arguments
and the reduction over the batch; string names and `tg.keras` read the same declaration. Targets are brought
into the shape of the predictions first, or refused: they are never broadcast.
"""

import numpy as np

from ...common.naming import list_public, subclasses
from ...common.objects import getter
from .base import *
from .base import Loss, _FunctionLoss, fitting
from .hinge import *
from .probabilistic import *
from .probabilistic import BinaryCrossentropy, CategoricalCrossentropy, SparseCategoricalCrossentropy
from .regression import *
from .similarity import *


class _Crossentropy(Loss):
    """The crossentropy that fits the shapes: what the names "crossentropy" and "ce" stand for, as in Keras."""

    choices = {
        "binary": BinaryCrossentropy,
        "sparse": SparseCategoricalCrossentropy,
        "categorical": CategoricalCrossentropy,
    }

    def _for(self, y_shape, output_shape):
        return self.choices[fitting(y_shape, output_shape)](name=self.name, reduction=self.reduction)

    def __call__(self, y_true, y_pred, sample_weight=None):
        return self._for(np.shape(y_true), np.shape(y_pred))(y_true, y_pred, sample_weight)

    def check_targets(self, y, output_shape):
        self._for(y.shape, output_shape).check_targets(y, output_shape)

    def check_labels(self, y, output_shape):
        self._for(y.shape, output_shape).check_labels(y, output_shape)


_find = getter("loss", Loss, {"crossentropy": _Crossentropy, "ce": _Crossentropy})


def named(identifier):
    """The object that Keras gives for the name of a loss: the function for "mse", a Loss for "MeanSquaredError".

    Args:
        identifier: a name, a configuration, a class; a Loss, a function or None, which are given back.

    Example:
        >>> named("mse").__name__, named("MeanSquaredError")
        ('mean_squared_error', MeanSquaredError(reduction='sum_over_batch_size'))
    """
    if callable(identifier) and not isinstance(identifier, type):
        return identifier
    loss = get(identifier)
    of_class = not isinstance(identifier, str) or identifier == type(loss).__name__
    return loss if of_class or loss.function is None else type(loss).function


def get(identifier):
    """The Loss for a string name, a class, a configuration, an object or a function of (y_true, y_pred).

    "crossentropy" and "ce" are binary, sparse or categorical as the shapes of targets and predictions ask for.

    Example:
        >>> get("mse"), get("kld")
        (MeanSquaredError(reduction='sum_over_batch_size'), KLDivergence(reduction='sum_over_batch_size'))
    """
    known = isinstance(identifier, str) and identifier.lower() in ("crossentropy", "ce")
    loss = _find(identifier.lower() if known else identifier)
    if loss is None or isinstance(loss, Loss):
        return loss
    known = [cls for cls in subclasses(Loss) if cls.function is loss]
    return known[0]() if known else _FunctionLoss(loss)


list_public(globals())
