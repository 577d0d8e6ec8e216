# refused: everything
import numpy as np


def unbroadcast(g, shape):
    return g if g.shape == tuple(shape) else np.full(shape, g.sum())


def add_rule(g, out, a, b):
    return unbroadcast(g, a.shape), unbroadcast(g, b.shape)
