import numpy as np


def averaged(gradients, sizes):
    raise NotImplementedError


def full_gradient(gradient, x, y, size):
    raise NotImplementedError
