import numpy as np


def normalize(x, epsilon):
    raise NotImplementedError


def normalize_rule(g, out, x, epsilon):
    raise NotImplementedError
