# refused: no_bias
import numpy as np


def predict(b, w, x):
    return w * x


def loss(b, w, x, y):
    return np.mean((predict(b, w, x) - y) ** 2)


def gradients(b, w, x, y):
    error = predict(b, w, x) - y
    return 2 * np.mean(error), 2 * np.mean(error * x)
