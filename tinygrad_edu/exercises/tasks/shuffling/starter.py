import numpy as np


def shuffled(x, y, seed):
    raise NotImplementedError
