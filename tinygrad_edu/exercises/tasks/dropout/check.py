"""Dropout: some entries are 0 while training, the others larger; afterwards nothing is dropped."""

import numpy as np

from tinygrad_edu.exercises import compare, gradient


def _data(seed, shape):
    rng = np.random.default_rng(seed)
    return rng.normal(size=shape) + 0.2, rng.normal(size=shape) + 2, rng.uniform(size=shape)


def _dropout(x, u, rate):
    return x * (u >= rate) / (1 - rate)


def check_training(student):
    for seed, shape, rate in ((0, (3, 5), 0.25), (1, (20,), 0.6)):
        _, x, u = _data(seed, shape)
        mistakes = {
            "not_scaled": x * (u >= rate),
            "scaled_down": x * (u >= rate) * (1 - rate),
            "by_rate": x * (u >= rate) / rate,
            "dropped_kept": x * (u < rate) / (1 - rate),
            "dropped_kept_too": x * (u < rate) / rate,
            "dropped_kept_unscaled": x * (u < rate),
            "nothing_dropped": x,
            "scaled_only": x / (1 - rate),
        }
        compare(student.dropout, (x, u, rate, True), _dropout(x, u, rate), **mistakes)


def check_predicting(student):
    _, x, u = _data(2, (4, 3))
    mistakes = {"dropped_when_predicting": _dropout(x, u, 0.4), "scaled_when_predicting": 0.6 * x}
    compare(student.dropout, (x, u, 0.4, False), x, **mistakes)


def check_no_rate(student):
    _, x, u = _data(3, (2, 3))
    u[0, 0] = 0.0  # not below the rate
    compare(student.dropout, (x, u, 0.0, True), x)


def check_rule(student):
    for seed, shape, rate in ((4, (3, 4), 0.3), (5, (6,), 0.5)):
        g, x, u = _data(seed, shape)
        u.flat[0] = rate  # kept: it is not below the rate
        mistakes = {
            "rule_not_scaled": g * (u >= rate),
            "passes_all": g,
            "scaled_only": g / (1 - rate),
            "value_for_g": _dropout(x, u, rate),
            "times_value": g * x * (u >= rate) / (1 - rate),
            "other_places": g * (u < rate) / (1 - rate),
            "no_g": (u >= rate) / (1 - rate),
        }
        f = lambda x, g=g, u=u, rate=rate: np.sum(g * _dropout(x, u, rate))  # noqa: E731
        gradient(student.dropout_rule, f, x, arguments=(g,), after=(u, rate, True), **mistakes)


def check_rule_predicting(student):
    g, x, u = _data(6, (2, 5))
    mistakes = {"rule_drops_when_predicting": _dropout(g, u, 0.4)}
    compare(student.dropout_rule, (g, x, u, 0.4, False), g, **mistakes)
