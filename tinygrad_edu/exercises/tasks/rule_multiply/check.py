"""The rule of ×: each factor gets the incoming gradient times the other one."""

import numpy as np

from tinygrad_edu.exercises import compare, gradient


def _numbers(seed, shape):
    return tuple(np.random.default_rng(seed).normal(size=(3, *shape)) + 0.5)


def check_forward(student):
    for seed, shape in ((0, ()), (1, (2, 3))):
        _, a, b = _numbers(seed, shape)
        compare(student.multiply, (a, b), a * b)


def _check_rule(student, g, a, b):
    mistakes = {
        "swapped": (g * a, g * b),
        "no_g": (b, a),
        "squared": (g * a * b, g * a * b),
        "output_for_g": (a * b * b, a * b * a),
        "one_side": (g * b, np.zeros_like(g)),
        "sign": (-g * b, -g * a),
        "sum_rule": (g, g),
    }
    if np.all(a) and np.all(b):
        mistakes["divided"] = (g / b, g / a)
    arguments = (g, a * b)
    gradient(student.multiply_rule, lambda a, b: np.sum(g * a * b), a, b, arguments=arguments, **mistakes)


def check_number(student):
    for numbers in ((0.4, 2.0, 3.0), (-1.5, 0.25, -4.0)):
        _check_rule(student, *np.array(numbers))


def check_array(student):
    for seed, shape in ((4, (3,)), (5, (2, 4)), (6, (3, 1, 2))):
        _check_rule(student, *_numbers(seed, shape))


def check_zero(student):
    g, a, b = _numbers(7, (4,))
    a[1] = b[2] = a[3] = b[3] = 0.0
    _check_rule(student, g, a, b)
