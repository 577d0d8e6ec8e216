"""Before each epoch the samples change places, x and y together."""

import numpy as np

from tinygrad_edu.exercises import Wrong
from tinygrad_edu.exercises.comparing import alike


def _data(samples):
    """Every number says which sample it is of."""
    x = 10.0 * np.arange(samples)[:, None] + np.arange(3)
    return x, np.arange(float(samples))


def _orders(student, samples, seed):
    x, y = _data(samples)
    new_x, new_y = alike(f"shuffled(x, y, {seed})", student.shuffled(x, y, seed), (x, y))
    return new_x, new_y


def check_together(student):
    for samples, seed in ((20, 0), (7, 5)):
        new_x, new_y = _orders(student, samples, seed)
        rows = np.floor(new_x / 10)
        if (
            not np.array_equal(np.sort(new_x % 10, axis=1), np.tile(np.arange(3.0), (samples, 1)))
            or np.ptp(rows, axis=1).any()
        ):
            raise Wrong("inside_rows")
        if (new_x % 10 != np.arange(3)).any():
            raise Wrong("columns")
        if not np.array_equal(rows[:, 0], new_y):
            at = int(np.flatnonzero(rows[:, 0] != new_y)[0])
            raise Wrong("apart", at=at, x=int(rows[at, 0]), y=int(new_y[at]))


def check_every_sample(student):
    for samples, seed in ((20, 1), (9, 2)):
        _, new_y = _orders(student, samples, seed)
        missing = sorted(set(range(samples)) - set(new_y.astype(int).tolist()))
        if missing:
            raise Wrong("lost", missing=missing[0], count=len(missing))


def check_really(student):
    _, new_y = _orders(student, 50, 3)
    moved = np.flatnonzero(new_y != np.arange(50)).size
    if moved == 0:
        raise Wrong("unmoved")
    steps = np.diff(new_y)
    if np.mean(np.abs(steps) == 1) > 0.5:
        raise Wrong("neighbours")


def check_seed(student):
    one, again, other = (_orders(student, 40, seed)[1] for seed in (4, 4, 5))
    if not np.array_equal(one, again):
        raise Wrong("not_repeatable")
    if np.array_equal(one, other):
        raise Wrong("seed_unused")


def check_uniform(student):
    """Each of 4 samples should come first in about a quarter of 200 orders."""
    first = [int(_orders(student, 4, seed)[1][0]) for seed in range(200)]
    counts = np.bincount(first, minlength=4)
    if counts.min() < 25:
        raise Wrong("not_uniform", sample=int(np.argmin(counts)), count=int(counts.min()), of=200)
