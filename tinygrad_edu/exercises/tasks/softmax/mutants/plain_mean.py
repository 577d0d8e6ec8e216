# refused: plain_mean
import numpy as np


def softmax(z):
    powers = np.exp(z - z.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def softmax_rule(g, out, z):
    return out * (g - g.mean(axis=1, keepdims=True))


def crossentropy_gradient(z, y):
    return (softmax(z) - y) / len(z)
