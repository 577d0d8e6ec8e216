"""Penalties on weights, added to the loss: they keep weights small (L2) or few (L1)."""

import numpy as np

from ..objects import Watched, getter, number


class Regularizer(Watched):
    """Base of the penalties: `regularizer(weights)` gives a Tensor with one value."""

    def __call__(self, weights):
        raise NotImplementedError(f"{type(self).__name__} must define __call__(weights).")


class L1L2(Regularizer):
    """Both penalties: l1 · Σ|w| + l2 · Σw². Source: Zou and Hastie, elastic net (2005)."""

    def __init__(self, l1=0.0, l2=0.0):
        self.l1, self.l2 = number("l1", l1, low=0), number("l2", l2, low=0)

    def __call__(self, weights):
        penalties = []
        if self.l1:
            penalties.append(self.l1 * np.sum(np.absolute(weights)))
        if self.l2:
            penalties.append(self.l2 * np.sum(np.square(weights)))
        return sum(penalties)


class L1(L1L2):
    """The penalty l1 · Σ|w|: weights that do not help become zero. Source: Tibshirani (1996)."""

    def __init__(self, l1=0.01):
        super().__init__(l1=l1)


class L2(L1L2):
    """The penalty l2 · Σw²: weights stay small. Source: Hoerl and Kennard, ridge regression (1970)."""

    def __init__(self, l2=0.01):
        super().__init__(l2=l2)


get = getter("regularizer", Regularizer, aliases={"l1_l2": L1L2})
