import numpy as np


def normalize(x, epsilon):
    away = x - np.sum(x, axis=0) / len(x)
    return away / (np.mean(away**2, axis=0) + epsilon) ** 0.5


def normalize_rule(g, out, x, epsilon):
    n = len(x)
    result = np.zeros(x.shape)
    for column in range(x.shape[1]):
        o = out[:, column]
        spread = np.sqrt(np.var(x[:, column]) + epsilon)
        jacobian = (np.eye(n) - 1 / n - np.outer(o, o) / n) / spread
        result[:, column] = jacobian @ g[:, column]
    return result
