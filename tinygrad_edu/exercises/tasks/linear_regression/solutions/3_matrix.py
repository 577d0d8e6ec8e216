import numpy as np


def predict(b, w, x):
    return np.stack([np.ones_like(x), x], axis=1) @ np.array([b, w])


def loss(b, w, x, y):
    error = y - predict(b, w, x)
    return error @ error / error.size


def gradients(b, w, x, y):
    columns = np.stack([np.ones_like(x), x], axis=1)
    return 2 / len(x) * columns.T @ (columns @ np.array([b, w]) - y)
