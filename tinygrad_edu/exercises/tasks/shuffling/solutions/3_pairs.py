import random

import numpy as np


def shuffled(x, y, seed):
    pairs = list(zip(x, y))
    random.Random(seed).shuffle(pairs)
    return np.array([row for row, _ in pairs]), np.array([target for _, target in pairs])
