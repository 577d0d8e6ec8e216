# refused: smallest
import numpy as np


def max_rule(g, out, a, axis):
    largest = a == a.min(axis=axis, keepdims=True)
    share = largest / largest.sum(axis=axis, keepdims=True)
    return np.expand_dims(g, axis) * share
