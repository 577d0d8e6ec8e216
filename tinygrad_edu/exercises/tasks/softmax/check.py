"""Softmax, its rule, and how simple it becomes together with crossentropy."""

import numpy as np

from tinygrad_edu.exercises import compare, gradient


def _softmax(z, axis=1):
    e = np.exp(z - z.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def _data(seed, samples, classes):
    rng = np.random.default_rng(seed)
    z = 2 * rng.normal(size=(samples, classes))
    return z, rng.normal(size=z.shape) + 0.3, np.eye(classes)[rng.integers(0, classes, samples)]


def check_softmax(student):
    for seed, shape in ((0, (4, 3)), (1, (2, 5))):
        z, _, _ = _data(seed, *shape)
        mistakes = {
            "columns": _softmax(z, 0),
            "whole_array": np.exp(z) / np.exp(z).sum(),
            "no_exp": z / z.sum(axis=1, keepdims=True),
            "not_divided": np.exp(z - z.max(axis=1, keepdims=True)),
            "sigmoids": 1 / (1 + np.exp(-z)),
        }
        compare(student.softmax, (z,), _softmax(z), **mistakes)


def check_large(student):
    z = np.array([[1000.0, 1000.0, 0.0], [-1000.0, -1001.0, -2000.0], [800.0, -800.0, 0.0]])
    compare(student.softmax, (z,), _softmax(z))


def check_rule(student):
    for seed, shape in ((2, (4, 3)), (3, (2, 5)), (4, (1, 2))):
        z, g, _ = _data(seed, *shape)
        out = _softmax(z)
        mistakes = {
            "no_g": out * (1 - out),
            "plus": out * (g + (g * out).sum(axis=1, keepdims=True)),
            "diagonal": g * out * (1 - out),
            "g_not_centred": g * out,
            "plain_mean": out * (g - g.mean(axis=1, keepdims=True)),
            "whole_array_rule": out * (g - (g * out).sum()),
            "no_out": g - (g * out).sum(axis=1, keepdims=True),
        }
        gradient(student.softmax_rule, lambda z, g=g: np.sum(g * _softmax(z)), z, arguments=(g, out), **mistakes)


def check_crossentropy(student):
    for seed, shape in ((5, (4, 3)), (6, (3, 5))):
        z, _, y = _data(seed, *shape)
        p = _softmax(z)
        mistakes = {
            "no_mean": p - y,
            "mean_of_all": (p - y) / z.size,
            "sign": (y - p) / len(z),
            "no_softmax": (z - y) / len(z),
            "by_p": -y / p / len(z),
            "only_right_class": (p - y) * y / len(z),
        }

        def loss(z, y=y):
            return -np.mean(np.sum(y * np.log(_softmax(z)), axis=1))

        gradient(student.crossentropy_gradient, loss, z, after=(y,), **mistakes)
