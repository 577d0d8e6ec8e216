import numpy as np


def dense(x, w, b):
    return np.array([row @ w + b for row in x])


def dense_rule(g, x, w, b):
    dw, db = 0, 0
    for incoming, row in zip(g, x):
        dw = dw + np.outer(row, incoming)
        db = db + incoming
    return np.array([w @ incoming for incoming in g]), dw, db
