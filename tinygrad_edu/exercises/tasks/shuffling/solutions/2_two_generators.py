import numpy as np


def shuffled(x, y, seed):
    new_x, new_y = x.copy(), y.copy()
    np.random.default_rng(seed).shuffle(new_x)
    np.random.default_rng(seed).shuffle(new_y)
    return new_x, new_y
