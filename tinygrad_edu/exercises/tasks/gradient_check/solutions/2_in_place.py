import numpy as np


def numeric_gradient(f, x, h):
    x = x.copy()
    flat, found = x.reshape(-1), []
    for i in range(flat.size):
        old = flat[i]
        flat[i] = old + h
        above = f(x)
        flat[i] = old - h
        below = f(x)
        flat[i] = old
        found.append((above - below) / (2 * h))
    return np.array(found).reshape(x.shape)


def relative_error(a, b):
    largest = np.max(np.abs([a, b]))
    return np.max(np.abs(a - b)) / largest if largest else 0.0


def agrees(f, x, gradient, h, tolerance):
    same_shape = np.shape(gradient) == np.shape(x)
    return same_shape and bool(relative_error(gradient, numeric_gradient(f, x, h)) < tolerance)
