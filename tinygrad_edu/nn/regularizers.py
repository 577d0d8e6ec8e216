"""Penalties on weights, added to the loss: they keep weights small (L2) or few (L1)."""

from typing import Literal

import numpy as np

from ..common.objects import Configured, getter
from ..common.types import NotNegative

_TINY = 1e-14  # of squared lengths


class Regularizer(Configured):
    """Base of the penalties: `regularizer(weights)` gives a Tensor with one value."""

    home = "keras.regularizers"

    def __call__(self, weights):
        raise NotImplementedError(f"{type(self).__name__} must define __call__(weights).")


class L1L2(Regularizer):
    """Both penalties: l1 · Σ|w| + l2 · Σw². Source: Zou and Hastie, elastic net (2005)."""

    aliases = ("l1_l2",)

    def __init__(self, l1: NotNegative | None = 0.0, l2: NotNegative | None = 0.0):
        self.l1 = l1 or 0.0
        self.l2 = l2 or 0.0

    def __call__(self, weights):
        penalties = []
        if self.l1:
            penalties.append(self.l1 * np.sum(np.absolute(weights)))
        if self.l2:
            penalties.append(self.l2 * np.sum(np.square(weights)))
        return sum(penalties[1:], penalties[0]) if penalties else 0.0 * np.sum(weights)


class L1(L1L2):
    """The penalty l1 · Σ|w|: weights that do not help become zero. Source: Tibshirani (1996)."""

    def __init__(self, l1: NotNegative = 0.01):
        super().__init__(l1=l1)


class L2(L1L2):
    """The penalty l2 · Σw²: weights stay small. Source: Hoerl and Kennard, ridge regression (1970)."""

    def __init__(self, l2: NotNegative = 0.01):
        super().__init__(l2=l2)


class OrthogonalRegularizer(Regularizer):
    """Pulls the rows of a matrix, or its columns, to right angles.

    The penalty is factor · mean |cosine| over all pairs of different rows; rows of length 0 count as 0.

    Args:
        factor: the weight of the penalty, at least 0.
        mode: "rows" or "columns".

    Raises:
        ValueError: another mode, or a weight that is not a matrix.

    Source: Brock, Lim, Ritchie and Weston, "Neural Photo Editing" (2017).

    Example:
        >>> OrthogonalRegularizer(1.0)(np.array([[1.0, 0.0], [3.0, 4.0]])).round(3)
        np.float64(0.6)
    """

    def __init__(self, factor: NotNegative = 0.01, mode: Literal["rows", "columns"] = "rows"):
        self.factor, self.mode = factor, mode

    def __call__(self, weights):
        if weights.ndim != 2:
            raise ValueError(f"OrthogonalRegularizer expects a matrix; received a weight of shape {weights.shape}.")
        rows = weights if self.mode == "rows" else np.transpose(weights)
        rows = rows / np.sqrt(np.maximum(np.sum(np.square(rows), axis=1, keepdims=True), _TINY))
        cosines = np.absolute(rows @ np.transpose(rows)) * (1 - np.eye(len(rows), dtype=rows.dtype))
        pairs = max(len(rows) * (len(rows) - 1), 1)
        return self.factor * np.sum(cosines) / pairs


get = getter("regularizer", Regularizer)
