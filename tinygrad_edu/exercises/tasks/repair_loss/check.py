"""Logits taken for probabilities; and the repair that goes too far, a softmax of a softmax."""

import numpy as np

from tinygrad_edu.exercises.trainings import RIGHT, ROUNDING, learn, percent

EPOCHS = 40
FLOOR = np.log(1 + 2 / np.e)  # the least crossentropy of softmax over three numbers between 0 and 1


def _rows(rule, seed):
    x = np.random.default_rng(seed).uniform(-2, 2, size=(500, 2))
    return x, rule(x)


def _sectors(x):
    return ((np.arctan2(x[:, 1], x[:, 0]) + np.pi) * 3 / (2 * np.pi)).astype(int) % 3


def _bands(x):
    return np.digitize(x[:, 0] + x[:, 1], (-0.8, 0.8))


def _learnt(student, rule, seed):
    x, y = _rows(rule, seed)
    return learn(student, x[:300], y[:300], x[300:], EPOCHS, columns=3), y[300:]


def _check(student, rule, seed):
    found, y = _learnt(student, rule, seed)
    share = found.share_right(y)
    if not found.finite or share < RIGHT:
        common = np.unique(y, return_counts=True)[1].max() / len(y)
        raise found.wrong("few_right", share=percent(share), common=percent(common))


def check_sectors(student):
    _check(student, _sectors, 0)


def check_bands(student):
    _check(student, _bands, 1)


def check_probabilities(student):
    """Every row sums to 1, and is sure of what it got right as far as the loss lets it."""
    found, y = _learnt(student, _sectors, 2)
    sums = found.answers.sum(axis=1)
    if found.answers.min() < 0 or np.abs(sums - 1).max() > ROUNDING:
        worst = int(np.argmax(np.abs(sums - 1)))
        low, high = found.answers.min(), found.answers.max()
        raise found.wrong("no_probabilities", low=f"{low:.3g}", high=f"{high:.3g}", sum=f"{sums[worst]:.3g}")
    if set(np.unique(found.answers)) <= {0.0, 1.0}:
        raise found.wrong("rounded")
    if found.share_right(y) >= RIGHT and found.losses[-1] > FLOOR and _are_sure(found, y):
        raise found.wrong("twice", floor=f"{FLOOR:.3g}")
    if not _are_sure(found, y):
        raise found.wrong("unsure", sure=f"{_given_to(found, y):.2f}")


def _given_to(found, y):
    """The mean probability of the right class."""
    return float(np.mean(found.answers[np.arange(len(y)), y]))


def _are_sure(found, y):
    return _given_to(found, y) > 0.75
