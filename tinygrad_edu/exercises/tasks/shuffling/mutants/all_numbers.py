# refused: inside_rows
import numpy as np


def shuffled(x, y, seed):
    return np.random.default_rng(seed).permuted(x), y
