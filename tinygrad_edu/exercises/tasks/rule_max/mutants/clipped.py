# refused: gradient
import numpy as np


def max_rule(g, out, a, axis):
    largest = a == np.expand_dims(out, axis)
    largest &= a > 0
    share = largest / np.maximum(largest.sum(axis=axis, keepdims=True), 1)
    return np.expand_dims(g, axis) * share
