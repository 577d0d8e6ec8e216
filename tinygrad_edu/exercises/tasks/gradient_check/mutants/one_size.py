# refused: one_size
import numpy as np


def numeric_gradient(f, x, h):
    found = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[index] = h
        found[index] = (f(x + step) - f(x - step)) / (2 * h)
    return found


def relative_error(a, b):
    size = np.max(np.abs(a))
    if size == 0:
        return 0.0
    return np.max(np.abs(a - b)) / size


def agrees(f, x, gradient, h, tolerance):
    if gradient.shape != x.shape:
        return False
    error = relative_error(gradient, numeric_gradient(f, x, h))
    return bool(error < tolerance)
