# refused: rule_drops_when_predicting
import numpy as np


def dropout(x, u, rate, training):
    if not training:
        return x
    return np.where(u >= rate, x / (1 - rate), 0)


def dropout_rule(g, x, u, rate, training):
    return np.where(u >= rate, g / (1 - rate), 0)
