# refused: no_exp
import numpy as np


def softmax(z):
    powers = z
    return powers / powers.sum(axis=1, keepdims=True)


def softmax_rule(g, out, z):
    return out * (g - (g * out).sum(axis=1, keepdims=True))


def crossentropy_gradient(z, y):
    return (softmax(z) - y) / len(z)
