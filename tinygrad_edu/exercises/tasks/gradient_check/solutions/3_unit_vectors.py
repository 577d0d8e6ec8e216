import numpy as np


def numeric_gradient(f, x, h):
    units = np.eye(x.size).reshape(x.size, *x.shape)
    slopes = [(f(x + h * unit) - f(x - h * unit)) / h / 2 for unit in units]
    return np.reshape(slopes, x.shape)


def relative_error(a, b):
    away = np.linalg.norm(np.ravel(a - b), np.inf)
    size = np.linalg.norm(np.concatenate([np.ravel(a), np.ravel(b)]), np.inf)
    return away / size if size > 0 else 0.0


def agrees(f, x, gradient, h, tolerance):
    if gradient.shape != x.shape or np.isnan(gradient).any():
        return False
    return relative_error(numeric_gradient(f, x, h), gradient) <= tolerance
