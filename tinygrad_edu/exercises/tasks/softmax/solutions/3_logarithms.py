import numpy as np


def softmax(z):
    return np.exp(z - np.logaddexp.reduce(z, axis=1)[:, None])


def softmax_rule(g, out, z):
    weighted = g * out
    return weighted - out * weighted.sum(axis=1)[:, None]


def crossentropy_gradient(z, y):
    return np.where(y == 1, softmax(z) - 1, softmax(z)) / z.shape[0]
