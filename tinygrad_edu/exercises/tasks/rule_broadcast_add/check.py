"""The rule of a broadcast +: what was used many times gets the sum of many gradients."""

import numpy as np

from tinygrad_edu.exercises import Wrong, compare, gradient


def _sum_to(g, shape, reduce=np.sum):
    leading = g.ndim - len(shape)
    g = reduce(g, axis=tuple(range(leading)))
    axes = tuple(axis for axis, size in enumerate(shape) if size == 1)
    return reduce(g, axis=axes, keepdims=True) if axes else g


def _mistakes(g, shape):
    right = _sum_to(g, shape)
    leading = tuple(range(g.ndim - len(shape)))
    trailing = g.ndim - len(shape)
    mistakes = {
        "mean": _sum_to(g, shape, np.mean),
        "first_only": g[tuple(0 if i < trailing else slice(0, s) for i, s in enumerate((*leading, *shape)))],
        "everything": np.full(shape, g.sum()),
    }
    if trailing and g.shape[: len(shape)] == tuple(shape):
        mistakes["wrong_axes"] = g.sum(axis=tuple(range(len(shape), g.ndim)))
    return {key: value for key, value in mistakes.items() if not np.allclose(value, right)}


def _check(student, big, shape, seed=0):
    g = np.random.default_rng(seed).normal(size=big) + 0.3
    received = student.unbroadcast(g, shape)
    if isinstance(received, np.ndarray) and received.shape == g.shape != tuple(shape):
        raise Wrong("not_summed", received=str(g.shape), expected=str(shape))
    compare(student.unbroadcast, (g, shape), _sum_to(g, shape), **_mistakes(g, shape))


def check_same_shape(student):
    _check(student, (2, 3), (2, 3))
    _check(student, (1, 3), (1, 3))


def check_bias(student):
    _check(student, (5, 3), (3,))
    _check(student, (3, 3), (3,))
    _check(student, (2, 4, 3), (3,))


def check_ones(student):
    _check(student, (5, 3), (5, 1))
    _check(student, (5, 3), (1, 3))
    _check(student, (5, 3), (1, 1))


def check_both(student):
    _check(student, (2, 4, 3), (4, 1))
    _check(student, (2, 4, 3), (2, 1, 3))
    _check(student, (2, 4, 3), (1,))


def check_scalar(student):
    _check(student, (4,), ())
    _check(student, (2, 3), ())


def check_rule(student):
    rng = np.random.default_rng(1)
    for one, other in (
        ((4, 3), (3,)),
        ((2, 1), (1, 5)),
        ((3,), (2, 3)),
        ((2, 3, 1), (3, 4)),
        ((2, 2), (2,)),
        ((2, 3), (2, 3)),
    ):
        a, b = rng.normal(size=one), rng.normal(size=other)
        out = a + b
        g = rng.normal(size=out.shape) + 0.3
        mistakes = {
            "rule_not_summed": (g, g),
            "no_g": (_sum_to(np.ones_like(g), one), _sum_to(np.ones_like(g), other)),
            "output_for_g": (_sum_to(out, one), _sum_to(out, other)),
            "values_in_sum": (_sum_to(g * b, one), _sum_to(g * a, other)),
        }
        gradient(student.add_rule, lambda a, b, g=g: np.sum(g * (a + b)), a, b, arguments=(g, out), **mistakes)
