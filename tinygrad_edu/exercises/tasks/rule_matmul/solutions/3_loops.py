import numpy as np


def matmul(a, b):
    return np.array([[sum(row * column) for column in b.T] for row in a])


def matmul_rule(g, out, a, b):
    da, db = np.zeros_like(a), np.zeros_like(b)
    for i in range(a.shape[0]):
        for k in range(b.shape[1]):
            da[i] += g[i, k] * b[:, k]
            db[:, k] += g[i, k] * a[i]
    return da, db
