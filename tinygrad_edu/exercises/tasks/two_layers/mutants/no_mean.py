# refused: no_mean
import numpy as np


def forward(x, w1, b1, w2, b2):
    return np.tanh(x @ w1 + b1) @ w2 + b2


def gradients(x, y, w1, b1, w2, b2):
    hidden = np.tanh(x @ w1 + b1)
    out = hidden @ w2 + b2
    g_out = 2 * (out - y)
    g_hidden = g_out @ w2.T * (1 - hidden**2)
    return x.T @ g_hidden, g_hidden.sum(axis=0), hidden.T @ g_out, g_out.sum(axis=0)
