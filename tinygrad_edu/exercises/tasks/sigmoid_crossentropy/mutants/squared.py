# refused: squared
import numpy as np


def sigmoid(z):
    small = np.exp(-np.abs(z))
    return np.where(z >= 0, 1, small) / (1 + small)


def loss(z, y):
    return np.mean((sigmoid(z) - y) ** 2)


def loss_gradient(z, y):
    return (sigmoid(z) - y) / z.size
