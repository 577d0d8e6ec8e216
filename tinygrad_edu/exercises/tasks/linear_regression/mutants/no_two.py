# refused: no_two
import numpy as np


def predict(b, w, x):
    return b + w * x


def loss(b, w, x, y):
    return np.mean((predict(b, w, x) - y) ** 2)


def gradients(b, w, x, y):
    error = predict(b, w, x) - y
    return np.mean(error), np.mean(error * x)
