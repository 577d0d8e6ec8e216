# refused: sign
import numpy as np


def max_rule(g, out, a, axis):
    largest = a == np.expand_dims(out, axis)
    share = largest / largest.sum(axis=axis, keepdims=True)
    return -np.expand_dims(g, axis) * share
