"""A Dense layer, forward and backward: a matrix product and a broadcast sum."""

import numpy as np

from tinygrad_edu.exercises import compare, gradient

SHAPES = ((5, 3, 2), (2, 4, 3), (1, 2, 5), (4, 1, 1))


def _numbers(seed, samples, features, units):
    rng = np.random.default_rng(seed)
    x, w, b = rng.normal(size=(samples, features)), rng.normal(size=(features, units)), rng.normal(size=units)
    return rng.normal(size=(samples, units)) + 0.2, x, w, b


def check_forward(student):
    for seed, shape in enumerate(SHAPES):
        _, x, w, b = _numbers(seed, *shape)
        compare(student.dense, (x, w, b), x @ w + b, no_bias=x @ w, minus_bias=x @ w - b)


def check_backward(student):
    for seed, shape in enumerate(SHAPES):
        g, x, w, b = _numbers(10 + seed, *shape)
        right = (g @ w.T, x.T @ g, g.sum(axis=0))
        mistakes = {
            "order": (right[1], right[0], right[2]),
            "bias_mean": (*right[:2], g.mean(axis=0)),
            "bias_not_summed": (*right[:2], g),
            "bias_kept_axis": (*right[:2], g.sum(axis=0, keepdims=True)),
            "bias_everything": (*right[:2], np.full(b.shape, g.sum())),
            "averaged": (right[0], right[1] / len(x), g.mean(axis=0)),
            "no_g": (np.ones_like(g) @ w.T, x.T @ np.ones_like(g), np.full(b.shape, float(len(x)))),
        }
        _gradient(student, g, x, w, b, **mistakes)


def check_differences(student):
    _gradient(student, *_numbers(20, 3, 4, 2))


def _gradient(student, g, x, w, b, **mistakes):
    gradient(student.dense_rule, lambda x, w, b: np.sum(g * (x @ w + b)), x, w, b, arguments=(g,), **mistakes)
