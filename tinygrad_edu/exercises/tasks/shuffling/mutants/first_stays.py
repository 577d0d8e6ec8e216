# refused: not_uniform
import numpy as np


def shuffled(x, y, seed):
    order = np.append(0, 1 + np.random.default_rng(seed).permutation(len(x) - 1))
    return x[order], y[order]
