# refused: left_above
import numpy as np


def numeric_gradient(f, x, h):
    x = x.copy()
    found = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        x[index] -= h
        below = f(x)
        x[index] += 2 * h
        found[index] = (f(x) - below) / (2 * h)
    return found


def relative_error(a, b):
    return np.max(np.abs(a - b)) / max(np.max(np.abs(a)), np.max(np.abs(b)))


def agrees(f, x, gradient, h, tolerance):
    return relative_error(gradient, numeric_gradient(f, x, h)) < tolerance
