import numpy as np


def unbroadcast(g, shape):
    result = np.zeros(shape)
    places = np.broadcast_to(np.arange(result.size).reshape(shape), g.shape)
    np.add.at(result.reshape(-1), places.ravel(), g.ravel())
    return result


def add_rule(g, out, a, b):
    return unbroadcast(g, np.shape(a)), unbroadcast(g, np.shape(b))
