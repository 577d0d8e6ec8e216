"""Softmax over one unit is 1 for every row: a network that cannot say no."""

import numpy as np

from tinygrad_edu.exercises.trainings import RIGHT, learn, percent

EPOCHS = 40


def _rows(rule, seed):
    rng = np.random.default_rng(seed)
    x = rng.uniform(-2, 2, size=(500, 2))
    return x, rule(x).astype(int)


def _ring(x):
    return np.sum(x**2, axis=1) < 2.2


def _cross(x):
    return x[:, 0] * x[:, 1] > 0


def _learnt(student, rule, seed):
    x, y = _rows(rule, seed)
    found = learn(student, x[:300], y[:300], x[300:], EPOCHS)
    if found.constant:
        raise found.wrong("constant", received=f"{found.answers.flat[0]:.3f}")
    return found, y[300:]


def _check(student, rule, seed):
    found, y = _learnt(student, rule, seed)
    share = found.share_right(y)
    if share < RIGHT:
        raise found.wrong("few_right", share=percent(share), common=percent(max(y.mean(), 1 - y.mean())))


def check_ring(student):
    _check(student, _ring, 0)


def check_cross(student):
    _check(student, _cross, 1)


def check_probabilities(student):
    found, _ = _learnt(student, _ring, 2)
    low, high = found.answers.min(), found.answers.max()
    if low < 0 or high > 1:
        raise found.wrong("no_probability", low=f"{low:.3g}", high=f"{high:.3g}")
    if set(np.unique(found.answers)) <= {0.0, 1.0}:
        raise found.wrong("rounded")
