import numpy as np


def sigmoid(z):
    p = np.empty(np.shape(z))
    up = z >= 0
    p[up] = 1 / (1 + np.exp(-z[up]))
    p[~up] = np.exp(z[~up]) / (1 + np.exp(z[~up]))
    return p


def loss(z, y):
    away = np.where(y == 1, -z, z)
    return np.mean(np.where(away > 30, away, np.log1p(np.exp(np.minimum(away, 30)))))


def loss_gradient(z, y):
    return np.mean(np.ones(z.shape)) / z.size * (sigmoid(z) - y)
