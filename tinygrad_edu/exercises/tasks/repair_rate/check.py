"""A rate that throws the weights away in the first steps, and kills the units; and one that does not move them."""

import numpy as np

from tinygrad_edu.exercises.trainings import learn

EPOCHS = 200
EXPLAINED = 0.9  # of the variance of the new y


def _parabola(x):
    return 5 * x**2


def _wave(x):
    return 40 * np.sin(x) + 8 * x


def _check(student, curve):
    x, x_new = np.linspace(-5, 5, 50)[:, None], np.linspace(-4.8, 4.8, 33)[:, None]
    y, y_new = curve(x)[:, 0], curve(x_new)[:, 0]
    found = learn(student, x, y, x_new, EPOCHS)
    if not found.finite:
        raise found.wrong("diverges")
    explained = 1 - np.mean((found.answers.reshape(-1) - y_new) ** 2) / y_new.var()
    if explained >= EXPLAINED:
        return
    fields = {"explained": f"{max(explained, 0.0):.0%}"}
    if found.constant:
        raise found.wrong("constant", received=f"{found.answers.flat[0]:.3g}")
    if found.losses[-1] > found.losses[0] or _swings(found.losses):
        raise found.wrong("swings", **fields)
    raise found.wrong("slow" if _falls_still(found.losses) else "few_explained", **fields)


def _swings(losses):
    """The losses go up in the last half nearly as far as they go down."""
    moves = np.diff(losses[len(losses) // 2 :])
    return moves[moves > 0].sum() > 0.5 * losses[len(losses) // 2]


def _falls_still(losses):
    """Nearly every epoch of the last half is a little better than the one before."""
    return np.mean(np.diff(losses[len(losses) // 2 :]) < 0) > 0.9


def check_parabola(student):
    _check(student, _parabola)


def check_wave(student):
    _check(student, _wave)
