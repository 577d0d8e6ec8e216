"""Batch normalisation: every feature with mean 0 and variance 1, and the gradient through its statistics."""

import numpy as np

from tinygrad_edu.exercises import compare, gradient

EPSILON = 0.01


def _normalize(x):
    return (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + EPSILON)


def _data(seed, samples, features):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(samples, features)) + 0.3, 3 + 2 * rng.normal(size=(samples, features))


def check_forward(student):
    for seed, shape in ((0, (6, 3)), (1, (4, 5))):
        _, x = _data(seed, *shape)
        away, variance = x - x.mean(axis=0), x.var(axis=0)
        mistakes = {
            "rows": ((x.T - x.mean(axis=1)) / np.sqrt(x.var(axis=1) + EPSILON)).T,
            "everything": (x - x.mean()) / np.sqrt(x.var() + EPSILON),
            "no_mean": x / np.sqrt(variance + EPSILON),
            "no_root": away / (variance + EPSILON),
            "epsilon_outside": away / (np.sqrt(variance) + EPSILON),
            "no_epsilon": away / np.sqrt(variance),
            "sample_variance": away / np.sqrt(x.var(axis=0, ddof=1) + EPSILON),
        }
        compare(student.normalize, (x, EPSILON), _normalize(x), **mistakes)


def check_constant(student):
    x = np.array([[2.0, 1.0], [2.0, 3.0], [2.0, 2.0]])
    compare(student.normalize, (x, EPSILON), _normalize(x))


def check_rule(student):
    for seed, shape in ((2, (6, 3)), (3, (4, 2)), (4, (3, 1))):
        g, x = _data(seed, *shape)
        out, spread = _normalize(x), np.sqrt(x.var(axis=0) + EPSILON)
        mistakes = {
            "statistics_constant": g / spread,
            "variance_constant": (g - g.mean(axis=0)) / spread,
            "mean_constant": (g - out * (g * out).mean(axis=0)) / spread,
            "no_epsilon": (g - g.mean(axis=0) - out * (g * out).mean(axis=0)) / x.std(axis=0),
            "sums": (g - g.sum(axis=0) - out * (g * out).sum(axis=0)) / spread,
            "not_divided": g - g.mean(axis=0) - out * (g * out).mean(axis=0),
            "plus": (g - g.mean(axis=0) + out * (g * out).mean(axis=0)) / spread,
        }
        f = lambda x, g=g: np.sum(g * _normalize(x))  # noqa: E731
        gradient(student.normalize_rule, f, x, arguments=(g, out), after=(EPSILON,), **mistakes)
