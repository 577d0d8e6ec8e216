# refused: no_g
import numpy as np


def matmul(a, b):
    return a @ b


def matmul_rule(g, out, a, b):
    ones = np.ones_like(g)
    return ones @ b.T, a.T @ ones
