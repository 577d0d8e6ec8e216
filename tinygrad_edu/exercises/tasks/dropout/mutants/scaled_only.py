# refused: scaled_only
import numpy as np


def dropout(x, u, rate, training):
    if not training:
        return x
    return x / (1 - rate)


def dropout_rule(g, x, u, rate, training):
    if not training:
        return g
    return np.where(u >= rate, g / (1 - rate), 0)
