import numpy as np


def matmul(a, b):
    return np.einsum("ij,jk->ik", a, b)


def matmul_rule(g, out, a, b):
    return np.einsum("ik,jk->ij", g, b), np.einsum("ij,ik->jk", a, g)
