# refused: not_finite
import numpy as np


def multiply(a, b):
    return a * b


def multiply_rule(g, out, a, b):
    return g * np.divide(out, a), g * np.divide(out, b)
