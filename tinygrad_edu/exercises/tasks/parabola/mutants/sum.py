# refused: wrong_shape
import numpy as np


def derivative(x):
    return np.sum(x) / 3
