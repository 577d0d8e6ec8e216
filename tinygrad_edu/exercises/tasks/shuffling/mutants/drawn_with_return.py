# refused: lost
import numpy as np


def shuffled(x, y, seed):
    order = np.random.default_rng(seed).integers(len(x), size=len(x))
    return x[order], y[order]
