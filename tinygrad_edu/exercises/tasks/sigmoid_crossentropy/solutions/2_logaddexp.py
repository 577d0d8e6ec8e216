import numpy as np


def sigmoid(z):
    return np.exp(-np.logaddexp(0, -z))


def loss(z, y):
    return np.mean(y * np.logaddexp(0, -z) + (1 - y) * np.logaddexp(0, z))


def loss_gradient(z, y):
    return np.where(y == 1, -sigmoid(-z), sigmoid(z)) / np.size(z)
