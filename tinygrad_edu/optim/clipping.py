"""Clipping: gradients made shorter where they are too long.

Written for arrays and Tensors alike, so that the same lines clip op by op and in a flat program.
"""

import numpy as np


def by_value(gradients, limit):
    """Every entry kept between −limit and limit.

    Example:
        >>> by_value([np.array([3.0, -0.5])], 1.0)
        [array([ 1. , -0.5])]
    """
    return [np.minimum(np.maximum(g, -limit), limit) for g in gradients]


def by_norm(gradients, limit):
    """Each gradient by itself: g · limit / max(‖g‖, limit).

    Example:
        >>> by_norm([np.array([3.0, 4.0]), np.array([0.3])], 1.0)
        [array([0.6, 0.8]), array([0.3])]
    """
    return [g * (limit / np.maximum(np.sqrt(_squares(g)), limit)) for g in gradients]


def by_global_norm(gradients, limit):
    """All gradients by the same factor, limit / max(n, limit), where n is the norm of them all together.

    So the direction of the step stays. Where n is infinite the gradients become NaN, as in Keras.

    Source: Pascanu, Mikolov & Bengio (2013).

    Example:
        >>> by_global_norm([np.array([3.0]), np.array([4.0])], 1.0)
        [array([0.6]), array([0.8])]
    """
    first, *rest = [_squares(g) for g in gradients]
    norm = np.sqrt(sum(rest, first))
    scale = limit / np.maximum(norm, limit) + (norm - norm)
    return [g * (scale if scale.dtype == g.dtype else scale.astype(g.dtype)) for g in gradients]


def _squares(g):
    """The sum of the squares of the entries: a product of the gradient, as one long vector, with itself."""
    g = np.reshape(g, (-1,))
    return np.dot(g, g)
