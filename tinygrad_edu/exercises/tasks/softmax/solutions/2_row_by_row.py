import numpy as np


def softmax(z):
    return np.array([np.exp(row - row.max()) / np.exp(row - row.max()).sum() for row in z])


def softmax_rule(g, out, z):
    return np.array([(np.diag(p) - np.outer(p, p)) @ incoming for incoming, p in zip(g, out)])


def crossentropy_gradient(z, y):
    p = softmax(z)
    return softmax_rule(-y / np.maximum(p, 1e-300) / len(z), p, z)
