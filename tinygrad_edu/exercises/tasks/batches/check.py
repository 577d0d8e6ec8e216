"""Batch, stochastic and mini-batch descent differ in one number: how many samples a step sees."""

import numpy as np

from tinygrad_edu.exercises import Wrong, compare


def _data(samples):
    x = np.arange(3.0 * samples).reshape(samples, 3)
    return x, 10.0 * np.arange(samples)


def _cut(x, y, size):
    return [(x[i : i + size], y[i : i + size]) for i in range(0, len(x), size)]


def _check(student, samples, size):
    x, y = _data(samples)
    received = student.batches(x, y, size)
    lengths = _lengths(received)
    if lengths is not None:
        right = [len(part) for part, _ in _cut(x, y, size)]
        if sum(lengths) < samples and lengths == [size] * (samples // size):
            raise Wrong("last_lost", samples=samples, size=size, left=samples % size)
        if sum(lengths) > samples:
            raise Wrong("samples_twice", samples=samples, size=size, received=sum(lengths))
        if lengths != right and len(lengths) == size:
            raise Wrong("size_as_count", samples=samples, size=size, received=str(lengths))
        if lengths != right:
            raise Wrong("lengths", samples=samples, size=size, received=str(lengths), expected=str(right))
    compare(student.batches, (x, y, size), _cut(x, y, size))


def _lengths(received):
    try:
        return [len(part) for part, _ in received]
    except (TypeError, ValueError):
        return None


def check_mini_batches(student):
    _check(student, 12, 4)
    _check(student, 6, 2)


def check_last(student):
    _check(student, 10, 4)
    _check(student, 7, 3)


def check_batch(student):
    _check(student, 5, 5)
    _check(student, 5, 8)


def check_stochastic(student):
    _check(student, 4, 1)


def check_steps(student):
    for samples, size in ((12, 4), (10, 4), (1000, 32), (5, 5), (5, 8), (4, 1)):
        right = -(-samples // size)
        mistakes = {"rounded_down": samples // size, "one_more": samples // size + 1}
        compare(student.steps_per_epoch, (samples, size), right, **mistakes)
