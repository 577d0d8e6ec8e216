import numpy as np


def numeric_derivative(f, x, h):
    right = (f(x + h) - f(x)) / h
    left = (f(x) - f(x - h)) / h
    return (left + right) / 2


def best_step(f, x, exact, steps):
    errors = [np.abs((f(x + h) - f(x - h)) / (2 * h) - exact) for h in steps]
    return steps[np.argmin(errors)]
