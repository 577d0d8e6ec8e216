# refused: not_finite
import numpy as np


def sigmoid(z):
    return np.exp(z) / (1 + np.exp(z))


def loss(z, y):
    return np.mean(np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z))))


def loss_gradient(z, y):
    return (sigmoid(z) - y) / z.size
