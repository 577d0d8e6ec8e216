"""A whole network of two layers by hand: forward, loss, and the gradients of its four parameters."""

import numpy as np

from tinygrad_edu.exercises import compare, gradient

SHAPES = ((5, 3, 4, 2), (7, 2, 5, 1), (3, 4, 2, 3))


def _data(seed, samples, features, units, outputs):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(samples, features)), rng.normal(size=(samples, outputs))
    w1, b1 = rng.normal(size=(features, units)) / 2, rng.normal(size=units) / 2
    w2, b2 = rng.normal(size=(units, outputs)), rng.normal(size=outputs)
    return x, y, w1, b1, w2, b2


def _forward(x, w1, b1, w2, b2):
    return np.tanh(x @ w1 + b1) @ w2 + b2


def _gradients(x, y, w1, b1, w2, b2, factor=None, tanh_slope=None, hidden=None):
    inner = x @ w1 + b1
    hidden = np.tanh(inner) if hidden is None else hidden
    out = hidden @ w2 + b2
    g_out = 2 * (out - y) / (out.size if factor is None else factor)
    g_hidden = g_out @ w2.T * ((1 - hidden**2) if tanh_slope is None else tanh_slope(inner, hidden))
    return x.T @ g_hidden, g_hidden.sum(axis=0), hidden.T @ g_out, g_out.sum(axis=0)


def check_forward(student):
    for seed, shape in enumerate(SHAPES):
        x, _, w1, b1, w2, b2 = _data(seed, *shape)
        mistakes = {
            "no_tanh": (x @ w1 + b1) @ w2 + b2,
            "tanh_at_the_end": np.tanh(_forward(x, w1, b1, w2, b2)),
            "no_hidden_bias": np.tanh(x @ w1) @ w2 + b2,
            "no_output_bias": np.tanh(x @ w1 + b1) @ w2,
        }
        compare(student.forward, (x, w1, b1, w2, b2), _forward(x, w1, b1, w2, b2), **mistakes)


def check_gradients(student):
    for seed, shape in enumerate(SHAPES):
        data = _data(10 + seed, *shape)
        right = _gradients(*data)
        mistakes = {
            "no_mean": _gradients(*data, factor=1),
            "mean_of_samples": _gradients(*data, factor=len(data[0])),
            "no_two": _gradients(*data, factor=2 * data[1].size),
            "sign": tuple(-part for part in right),
            "no_tanh_slope": _gradients(*data, tanh_slope=lambda inner, hidden: 1.0),
            "slope_not_squared": _gradients(*data, tanh_slope=lambda inner, hidden: 1 - hidden),
            "slope_twice": _gradients(*data, tanh_slope=lambda inner, hidden: 1 - np.tanh(hidden) ** 2),
            "slope_of_sigmoid": _gradients(*data, tanh_slope=lambda inner, hidden: hidden * (1 - hidden)),
            "slope_of_inner": _gradients(*data, tanh_slope=lambda inner, hidden: 1 - inner**2),
            "bias_mean": tuple(part / len(data[0]) if part.ndim == 1 else part for part in right),
            "order": (*right[2:], *right[:2]),
        }
        _gradient(student, *data, **mistakes)


def check_differences(student):
    _gradient(student, *_data(20, 4, 3, 2, 2))


def _gradient(student, x, y, *parameters, **mistakes):
    def loss(w1, b1, w2, b2):
        return np.mean((_forward(x, w1, b1, w2, b2) - y) ** 2)

    gradient(student.gradients, loss, *parameters, arguments=(x, y), **mistakes)


def check_learns(student):
    """Descent with these gradients brings the loss down."""
    x, y, *parameters = _data(30, 20, 2, 8, 1)
    reference = list(parameters)
    for _ in range(20):
        found = compare(student.gradients, (x, y, *parameters), _gradients(x, y, *parameters), rtol=1e-6)
        parameters = [p - 0.1 * g for p, g in zip(parameters, found, strict=True)]
        reference = [p - 0.1 * g for p, g in zip(reference, _gradients(x, y, *reference), strict=True)]
    compare(student.forward, (x, *parameters), _forward(x, *reference), rtol=1e-6)
