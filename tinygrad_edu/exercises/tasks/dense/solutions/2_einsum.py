import numpy as np


def dense(x, w, b):
    return np.einsum("sf,fu->su", x, w) + b[None, :]


def dense_rule(g, x, w, b):
    return np.einsum("su,fu->sf", g, w), np.einsum("sf,su->fu", x, g), np.einsum("su->u", g)
