import numpy as np


def converged(losses, tolerance, patience):
    changes = np.abs(np.diff(losses))
    return bool(changes.size >= patience and np.all(changes[changes.size - patience :] < tolerance))


def train(loss, gradient, w, learning_rate, tolerance, max_steps):
    before = loss(w)
    for steps in range(1, max_steps + 1):
        w = w - learning_rate * gradient(w)
        after = loss(w)
        if abs(after - before) < tolerance:
            return w, steps
        before = after
    return w, max_steps
