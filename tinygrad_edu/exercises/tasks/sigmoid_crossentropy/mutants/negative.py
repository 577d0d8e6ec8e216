# refused: negative
import numpy as np


def sigmoid(z):
    small = np.exp(-np.abs(z))
    return np.where(z >= 0, 1, small) / (1 + small)


def loss(z, y):
    p = sigmoid(z)
    return np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))


def loss_gradient(z, y):
    return (sigmoid(z) - y) / z.size
