"""Rows and labels mixed apart; and, once they are not mixed at all, a validation split that takes a whole class."""

import numpy as np

from tinygrad_edu.exercises.trainings import RIGHT, learn, percent

EPOCHS = 40


def _rows(rule, seed):
    """Rows in order of class, as files often have them, and new ones in any order."""
    x = np.random.default_rng(seed).uniform(-2, 2, size=(500, 2))
    y = rule(x)
    order = np.argsort(y[:300], kind="stable")
    return x[:300][order], y[:300][order], x[300:], y[300:]


def _thirds(score):
    """Three classes of the same size."""
    return np.digitize(score, np.quantile(score, (1 / 3, 2 / 3)))


def _folded(x):
    return _thirds(-np.abs(x[:, 0] + x[:, 1]))


def _bands(x):
    return _thirds(x[:, 0] - x[:, 1])


def _check(student, rule, seed):
    x, y, x_new, y_new = _rows(rule, seed)
    found = learn(student, x, y, x_new, EPOCHS, columns=3)
    share = found.share_right(y_new)
    if found.finite and share >= RIGHT:
        return
    common = np.unique(y_new, return_counts=True)[1].max() / len(y_new)
    fields = {"share": percent(share), "common": percent(common)}
    if found.finite and (unseen := _never_said(found, y_new)) is not None:
        raise found.wrong("unseen", label=unseen, **fields)
    raise found.wrong("as_guessing" if share < common + 0.25 else "few_right", **fields)


def _never_said(found, y):
    """A class that it answers for no new row, where it gets most rows of the other classes right; else None."""
    said = found.answers.argmax(axis=1)
    for label in range(3):
        if np.mean(said == label) < 0.01 and np.mean(said[y != label] == y[y != label]) > 0.8:
            return label
    return None


def check_folded(student):
    _check(student, _folded, 0)


def check_bands(student):
    _check(student, _bands, 1)
