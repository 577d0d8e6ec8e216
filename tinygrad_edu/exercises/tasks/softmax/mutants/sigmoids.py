# refused: sigmoids
import numpy as np


def softmax(z):
    return 1 / (1 + np.exp(-z))


def softmax_rule(g, out, z):
    return out * (g - (g * out).sum(axis=1, keepdims=True))


def crossentropy_gradient(z, y):
    return (softmax(z) - y) / len(z)
