"""An op of one's own: a function, its rule, and the engine that does the rest."""

import numpy as np

from tinygrad_edu.exercises import compare, gradient


def _sigmoid(x):
    return 0.5 * (1 + np.tanh(x / 2))


def _swish(x):
    return x * _sigmoid(x)


def _slope(x):
    s = _sigmoid(x)
    return s + x * s * (1 - s)


def _x(seed, shape):
    return 1.5 * np.random.default_rng(seed).normal(size=shape)


def check_forward(student):
    for seed, shape in ((0, (5,)), (1, (2, 3))):
        x = _x(seed, shape)
        mistakes = {"sigmoid_only": _sigmoid(x), "sign_of_exponent": x * _sigmoid(-x), "tanh": x * np.tanh(x)}
        compare(student.swish, (x,), _swish(x), **mistakes)


def check_rule(student):
    for seed, shape in ((2, (4,)), (3, (3, 2))):
        x = _x(seed, shape)
        s, out = _sigmoid(x), _swish(x)
        g = np.random.default_rng(10 + seed).normal(size=shape) + 0.3
        mistakes = {
            "no_g": _slope(x),
            "first_part": g * s,
            "second_part": g * x * s * (1 - s),
            "sigmoid_slope": g * s * (1 - s),
            "no_x": g * (s + s * (1 - s)),
            "no_s": g * (s + x * (1 - s)),
            "out_for_x": g * (s + out * s * (1 - s)),
            "at_output": g * _slope(out),
        }
        gradient(student.swish_rule, lambda x, g=g: np.sum(g * _swish(x)), x, arguments=(g, out), **mistakes)


def check_engine(student):
    for seed, shape in ((4, (3,)), (5, (2, 4))):
        x = _x(seed, shape)
        inner = _swish(x)
        mistakes = {
            "outer_only": _slope(inner),
            "inner_only": _slope(x),
            "same_point": _slope(x) ** 2,
            "value": _swish(inner),
        }
        compare(student.slope_of_twice, (x,), _slope(inner) * _slope(x), **mistakes)
