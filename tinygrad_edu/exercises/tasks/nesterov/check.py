"""Nesterov: the slope is taken where momentum would carry w; and Keras's form, with the slope at w itself."""

import numpy as np

from tinygrad_edu.exercises import compare


def _nesterov(w, v, slope, rate, beta, at):
    v = beta * v - rate * slope(at)
    return w + v, v


def _keras(w, v, g, rate, beta):
    new = beta * v - rate * g
    return w + beta * new - rate * g, new


def _slopes():
    return (
        (lambda w: w / 3, 3.0, -1.0, 0.3, 0.9),
        (np.sin, 1.0, 0.5, 0.1, 0.8),
        (lambda w: w**3, np.array([1.0, -0.5, 2.0]), np.array([0.5, 1.0, -1.0]), 0.1, 0.7),
    )


def check_nesterov(student):
    for slope, w, v, rate, beta in _slopes():
        ahead = w + beta * v
        right = _nesterov(w, v, slope, rate, beta, ahead)
        mistakes = {
            "not_ahead": _nesterov(w, v, slope, rate, beta, w),
            "too_far": _nesterov(w, v, slope, rate, beta, w + v),
            "behind": _nesterov(w, v, slope, rate, beta, w - beta * v),
            "from_ahead": (ahead + right[1], right[1]),
            "no_memory": (w - rate * slope(ahead), -rate * slope(ahead)),
            "not_kept": (right[0], v),
            "jumps_only": (ahead, right[1]),
        }
        compare(student.nesterov, (w, v, slope, rate, beta), right, **mistakes)


def _keras_mistakes(w, v, g, rate, beta):
    new = beta * v - rate * g
    return {
        "plain_momentum": (w + new, new),
        "no_gradient": (w + beta * new, new),
        "no_beta": (w + new - rate * g, new),
        "not_kept": (w + beta * new - rate * g, v),
        "keeps_change": (w + beta * new - rate * g, beta * new - rate * g),
    }


def check_keras(student):
    for seed, shape in ((0, ()), (1, (4,)), (2, (2, 3))):
        w, v, g = np.random.default_rng(seed).normal(size=(3, *shape)) + 2
        arguments = (w, v, g, 0.1, 0.9)
        compare(student.keras_nesterov, arguments, _keras(*arguments), **_keras_mistakes(*arguments))


def check_same_way(student):
    """Keras's w runs ahead of Nesterov's by beta·v: along a whole way both must tell the same."""

    def slope(w):
        return w / 3 + np.cos(w)

    w, v, ahead, velocity = 4.0, 0.0, 4.0, 0.0
    for _ in range(6):
        w, v = compare(student.nesterov, (w, v, slope, 0.2, 0.9), _nesterov(w, v, slope, 0.2, 0.9, w + 0.9 * v))
        arguments = (ahead, velocity, slope(ahead), 0.2, 0.9)
        ahead, velocity = compare(student.keras_nesterov, arguments, _keras(*arguments))
