import numpy as np


def derivative(x):
    u = np.asarray(x)
    return (1 * u + u * 1) / 6
