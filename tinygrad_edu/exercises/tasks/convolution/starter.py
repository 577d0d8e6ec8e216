import numpy as np


def convolve(x, kernel, stride):
    raise NotImplementedError


def kernel_rule(g, x, kernel, stride):
    raise NotImplementedError


def input_rule(g, x, kernel, stride):
    raise NotImplementedError
