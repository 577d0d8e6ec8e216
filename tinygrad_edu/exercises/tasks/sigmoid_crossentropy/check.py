"""Sigmoid with binary crossentropy: the gradient is simple, and no number is too large."""

import numpy as np

from tinygrad_edu.exercises import compare, gradient

LEAST = [10.0**-k for k in range(3, 17)]  # what probabilities are often clipped at
LARGE = np.array([-1000.0, -50.0, 0.0, 50.0, 1000.0])


def _sigmoid(z):
    return 0.5 * (1 + np.tanh(z / 2))


def _losses(z, y):
    return np.logaddexp(0, z) - z * y


def _data(seed, shape):
    rng = np.random.default_rng(seed)
    return 2 * rng.normal(size=shape), rng.integers(0, 2, shape).astype(float)


def check_sigmoid(student):
    for seed, shape in ((0, (5,)), (1, (2, 3))):
        z, _ = _data(seed, shape)
        right = _sigmoid(z)
        compare(student.sigmoid, (z,), right, sign=1 - right, base_e_of_plus=1 / (1 + np.exp(2 * -z)))


def check_loss(student):
    for seed, shape in ((2, (6,)), (3, (4, 1))):
        z, y = _data(seed, shape)
        losses, p = _losses(z, y), _sigmoid(z)
        mistakes = {
            "total": losses.sum(),
            "negative": -losses.mean(),
            "ones_only": -np.mean(y * np.log(p)),
            "labels_swapped": _losses(z, 1 - y).mean(),
            "squared": np.mean((p - y) ** 2),
        }
        compare(student.loss, (z, y), losses.mean(), **mistakes)


def check_gradient(student):
    for seed, shape in ((4, (7,)), (5, (3, 2))):
        z, y = _data(seed, shape)
        p = _sigmoid(z)
        mistakes = {
            "no_mean": p - y,
            "sign_gradient": (y - p) / z.size,
            "chain_twice": (p - y) * p * (1 - p) / z.size,
            "by_p": (p - y) / (p * (1 - p)) / z.size,
        }
        gradient(student.loss_gradient, lambda z, y=y: _losses(z, y).mean(), z, after=(y,), **mistakes)


def check_large(student):
    compare(student.sigmoid, (LARGE,), _sigmoid(LARGE), atol=1e-20, rtol=1e-9)
    for y in (np.zeros(5), np.ones(5)):
        clipped = [_clipped(LARGE, y, least) for least in LEAST]
        received = student.loss(LARGE, y)
        nearest = min(clipped, key=lambda value: abs(value - received)) if isinstance(received, float) else clipped[0]
        compare(student.loss, (LARGE, y), _losses(LARGE, y).mean(), clipped=nearest)
        compare(student.loss_gradient, (LARGE, y), (_sigmoid(LARGE) - y) / 5)


def _clipped(z, y, least):
    p = np.clip(_sigmoid(z), least, 1 - least)
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
