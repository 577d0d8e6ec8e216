# refused: neighbours
import numpy as np


def shuffled(x, y, seed):
    order = np.arange(len(x))[::-1]
    return x[order], y[order]
