# refused: epsilon_outside
import numpy as np


def normalize(x, epsilon):
    return (x - x.mean(axis=0)) / (np.sqrt(x.var(axis=0)) + epsilon)


def normalize_rule(g, out, x, epsilon):
    spread = np.sqrt(x.var(axis=0) + epsilon)
    return (g - g.mean(axis=0) - out * (g * out).mean(axis=0)) / spread
