"""The rule of max along an axis: the largest entry gets the gradient; where several are, they share it."""

import numpy as np

from tinygrad_edu.exercises import Wrong, compare, gradient, show
from tinygrad_edu.exercises.comparing import alike, called, show_apart


def _check_rule(student, a, axis, seed):
    out = a.max(axis=axis)
    g = np.random.default_rng(seed).normal(size=out.shape) + 0.3
    largest = a == np.expand_dims(out, axis)
    wide = np.broadcast_to(np.expand_dims(g, axis), a.shape)
    mistakes = {
        "everywhere": wide,
        "shared_by_all": wide / a.shape[axis],
        "no_g": largest * 1.0,
        "smallest": wide * (a == np.expand_dims(a.min(axis=axis), axis)),
        "whole_array": wide * (a == a.max()),
        "times_value": wide * largest * a,
        "sign": -wide * largest,
    }
    mistakes |= {"output_for_g": largest * np.expand_dims(out, axis), "ties_of_all": wide * largest / largest.sum()}
    f = lambda a: np.sum(g * a.max(axis=axis))  # noqa: E731
    gradient(student.max_rule, f, a, arguments=(g, out), after=(axis,), **mistakes)


def check_matrix(student):
    rng = np.random.default_rng(0)
    for seed, (shape, axis) in enumerate((((3, 4), 1), ((3, 4), 0), ((2, 5), 1), ((4, 4), 0), ((4, 4), 1))):
        _check_rule(student, rng.normal(size=shape), axis, seed)


def check_vector(student):
    _check_rule(student, np.array([0.5, -1.0, 3.0, 2.0]), 0, 5)


def check_deep(student):
    rng = np.random.default_rng(1)
    for seed, axis in enumerate((0, 1, 2)):
        _check_rule(student, rng.normal(size=(2, 3, 4)), axis, 10 + seed)


def check_negative(student):
    """All entries are negative: 0 is not the largest."""
    _check_rule(student, -np.random.default_rng(2).uniform(1, 2, (3, 5)), 1, 20)


def check_ties(student):
    a = np.array([[1.0, 3.0, 3.0], [2.0, 2.0, 2.0], [5.0, 4.0, 0.0]])
    g, axis = np.array([2.0, 1.0, -1.5]), 1
    arguments = (g, a.max(axis=axis), a, axis)
    call = called(student.max_rule, arguments)
    found = np.asarray(alike(call, student.max_rule(*arguments), a), dtype=float)
    largest = a == a.max(axis=1, keepdims=True)
    if not np.allclose(found[~largest], 0):
        raise Wrong("beside", call=call)
    sums = found.sum(axis=1)
    for row in range(3):
        if not np.isclose(sums[row], g[row]):
            received, expected = show_apart(sums[row], g[row])
            raise Wrong("ties", row=show(a[row]), received=received, expected=expected)


def check_example(student):
    a = np.array([[1.0, 2.0], [4.0, 3.0]])
    arguments = (np.array([1.0, 1.0]), np.array([2.0, 4.0]), a, 1)
    compare(student.max_rule, arguments, np.array([[0.0, 1.0], [1.0, 0.0]]))
