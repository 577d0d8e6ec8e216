# refused: ties_of_all
import numpy as np


def max_rule(g, out, a, axis):
    largest = a == np.expand_dims(out, axis)
    share = largest / largest.sum()
    return np.expand_dims(g, axis) * share
