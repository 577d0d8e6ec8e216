# refused: beside
import numpy as np


def max_rule(g, out, a, axis):
    largest = a == np.expand_dims(out, axis)
    share = largest / largest.sum(axis=axis, keepdims=True)
    ties = (share < 1) & largest
    share = np.where(ties.any(axis=axis, keepdims=True), 1 / a.shape[axis], share)
    return np.expand_dims(g, axis) * share
