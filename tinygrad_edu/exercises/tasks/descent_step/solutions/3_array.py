import numpy as np


def step(w, gradient, learning_rate):
    return np.subtract(w, np.multiply(learning_rate, gradient))


def descend(slope, w, learning_rate, steps):
    path = np.empty(steps + 1)
    path[0] = w
    for i in range(steps):
        path[i + 1] = path[i] - learning_rate * slope(path[i])
    return path
