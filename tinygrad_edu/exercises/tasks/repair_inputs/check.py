"""Columns of unlike size; what prepares the training rows must prepare the new ones in the same way."""

import numpy as np

from tinygrad_edu.exercises.trainings import RIGHT, learn, percent

EPOCHS = 40
CENTRES = np.array([45.0, 32_000.0, 0.05])  # age, income, share of it that is saved
SPREADS = np.array([12.0, 9_000.0, 0.02])


def _rows(rule, seed):
    """Rows of (age, income, share saved), and their classes."""
    standard = np.random.default_rng(seed).normal(size=(1000, 3)).clip(-2.0, 2.0)
    standard += 0.3 * np.sign(standard)  # few are near the border of a class
    return CENTRES + SPREADS * standard, rule(standard).astype(int)


def _sum(standard):
    return standard @ [1.0, 1.0, -1.5] > 0.2


def _product(standard):
    return standard[:, 0] * standard[:, 2] > 0


def _learnt(student, rule, seed, of_new):
    x, y = _rows(rule, seed)
    chosen = np.arange(len(x)) >= 400
    chosen &= of_new(x)
    return learn(student, x[:400], y[:400], x[chosen], EPOCHS), y[chosen]


def _check(student, rule, seed):
    found, y = _learnt(student, rule, seed, lambda x: x[:, 0] > 0)
    share = found.share_right(y)
    if found.finite and share < RIGHT and found.losses[-1] < 0.3:
        raise found.wrong("new_otherwise", share=percent(share))
    if not found.finite or share < RIGHT:
        raise found.wrong("few_right", share=percent(share), common=percent(max(y.mean(), 1 - y.mean())))


def check_sum(student):
    _check(student, _sum, 0)


def check_product(student):
    _check(student, _product, 1)


def check_a_group(student):
    """New rows need not be like those of training: here, only young people with much income."""
    found, y = _learnt(student, _sum, 2, lambda x: (x[:, 0] < 42) & (x[:, 1] > 30_000))
    share = found.share_right(y)
    if not found.finite or share < RIGHT:
        key = "own_statistics" if found.losses[-1] < 0.3 else "few_right"
        raise found.wrong(key, share=percent(share), common=percent(max(y.mean(), 1 - y.mean())))
