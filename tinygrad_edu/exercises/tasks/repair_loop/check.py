"""A loop written by hand: gradients that add up from step to step, and units that begin alike and stay so."""

import numpy as np

from tinygrad_edu.exercises.trainings import learn

EPOCHS = 600
EXPLAINED = 0.8  # of the variance of the new y
STANDS_STILL = 1e-4  # of the first loss
MOST_UPWARDS = 0.15  # of the steps


def _product(x):
    return (x[:, :1] + 0.3) * (x[:, 1:] - 0.3)


def _hill(x):
    return 1.5 - np.sum((x - [0.4, -0.3]) ** 2, axis=1, keepdims=True)


def _check(student, rule, seed):
    x = np.random.default_rng(seed).uniform(-1.5, 1.5, size=(300, 2))
    y, y_new = rule(x[:200]), rule(x[200:])
    found = learn(student, x[:200], y, x[200:], EPOCHS)
    if not found.finite:
        raise found.wrong("diverges")
    explained = 1 - np.mean((found.answers.reshape(y_new.shape) - y_new) ** 2) / y_new.var()
    if explained >= EXPLAINED:
        return
    fields = {"explained": f"{max(explained, 0.0):.0%}"}
    if np.ptp(found.losses) < STANDS_STILL * found.losses[0]:
        raise found.wrong("stands_still", **fields)
    if found.constant:
        raise found.wrong("constant", **fields)
    upwards = _share_upwards(found.losses)
    raise found.wrong("swings" if upwards > MOST_UPWARDS else "few_explained", share=f"{upwards:.0%}", **fields)


def _share_upwards(losses):
    """The share of steps that made the loss larger, by more than rounding."""
    return float(np.mean(np.diff(losses) > 1e-9 * np.abs(losses[:-1])))


def check_product(student):
    _check(student, _product, 0)


def check_hill(student):
    _check(student, _hill, 1)
