# refused: whole_array
import numpy as np


def max_rule(g, out, a, axis):
    share = a == a.max()
    return np.expand_dims(g, axis) * share
