import numpy as np


def unbroadcast(g, shape):
    raise NotImplementedError


def add_rule(g, out, a, b):
    raise NotImplementedError
