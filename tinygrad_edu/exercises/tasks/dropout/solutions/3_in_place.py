import numpy as np


def dropout(x, u, rate, training):
    if training:
        x[u < rate] = 0
        x *= 1 / (1 - rate)
    return x


def dropout_rule(g, x, u, rate, training):
    return dropout(np.array(g), u, rate, training)
