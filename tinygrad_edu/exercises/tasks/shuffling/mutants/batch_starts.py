# refused: neighbours
import numpy as np


def shuffled(x, y, seed):
    starts = np.arange(0, len(x), 5)
    np.random.default_rng(seed).shuffle(starts)
    order = np.concatenate([np.arange(s, min(s + 5, len(x))) for s in starts])
    return x[order], y[order]
