import numpy as np


def softmax(z):
    raise NotImplementedError


def softmax_rule(g, out, z):
    raise NotImplementedError


def crossentropy_gradient(z, y):
    raise NotImplementedError
