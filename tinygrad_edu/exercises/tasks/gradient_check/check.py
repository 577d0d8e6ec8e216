"""A gradient check: central differences entry by entry, a relative error, and a verdict that can be no."""

import numpy as np

from tinygrad_edu.exercises import compare


def _weights(x):
    return 1.0 + np.arange(x.size).reshape(x.shape)


def _f(x):
    return float(np.sum(_weights(x) * np.sin(x)))


def _slope(x):
    return _weights(x) * np.cos(x)


def _differences(f, x, h, lower=-1.0, upper=1.0, together=False, left=0.0):
    """Differences of f between x + upper·h and x + lower·h, entry by entry; an entry may be left moved by left·h."""
    x, found = x.copy(), np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        step = np.ones(x.shape) if together else np.zeros(x.shape)
        step[index] = 1.0
        found[index] = (f(x + upper * h * step) - f(x + lower * h * step)) / ((upper - lower) * h)
        x[index] += left * h
    return found


def _mixed(x):
    """A function whose slope in one entry depends on the others."""
    return _f(x) ** 2


def check_numeric(student):
    rng = np.random.default_rng(0)
    for shape in ((3,), (2, 3), (2, 1, 2)):
        x, h = rng.normal(size=shape), 0.01
        right = _differences(_mixed, x, h)
        mistakes = {
            "forward": _differences(_mixed, x, h, lower=0.0),
            "backward": _differences(_mixed, x, h, upper=0.0),
            "one_h": 2 * right,
            "not_divided": 2 * h * right,
            "all_at_once": _differences(_mixed, x, h, together=True),
            "not_restored": _differences(_mixed, x, h, left=-1.0),
            "left_above": _differences(_mixed, x, h, left=1.0),
        }
        compare(student.numeric_gradient, (_mixed, x, h), right, **mistakes)


def check_error(student):
    a, b = np.array([3.0, -4.0, 0.5]), np.array([3.5, -4.0, -0.5])
    for one, other in ((a, b), (b, a), (10 * a, 10 * b), (a - 5, b - 5), (a, 3 * b), (3 * a, b)):
        away, size = np.abs(one - other), max(np.abs(one).max(), np.abs(other).max())
        mistakes = {
            "not_relative": away.max(),
            "signed": (one - other).max() / size,
            "mean": away.mean() / size,
            "one_size": away.max() / np.abs(one).max(),
            "other_size": away.max() / np.abs(other).max(),
            "signed_size": away.max() / max(one.max(), other.max()),
            "entry_by_entry": (away / np.maximum(np.abs(one), np.abs(other))).max(),
        }
        right = away.max() / size
        mistakes = {key: value for key, value in mistakes.items() if not np.isclose(value, right)}
        compare(student.relative_error, (one, other), right, **mistakes)


def check_nothing(student):
    compare(student.relative_error, (np.zeros(2), np.zeros(2)), 0.0, zero_by_zero=np.nan)


def check_right(student):
    """A right gradient agrees, whether f is large or small."""
    x = np.random.default_rng(1).normal(size=(2, 3))
    for scale in (1.0, 1e6, 1e-6):
        arguments = (lambda x, c=scale: c * _f(x), x, scale * _slope(x), 1e-5, 1e-6)
        compare(student.agrees, arguments, True, accuses=False)


def check_step_and_tolerance(student):
    """Differences of x³ with the step h are 3x² + h²; and what is near enough is what the tolerance says."""
    x = np.array([0.5, -1.0, 2.0])
    compare(student.agrees, (lambda x: np.sum(x**3), x, 3 * x**2 + 1, 1.0, 1e-6), True, other_step=False)
    compare(student.agrees, (_f, x, 1.01 * _slope(x), 1e-5, 0.1), True, other_tolerance=False)


def check_wrong(student):
    """Wrong in one entry, in all, in the scale alone; wrong by amounts that cancel."""
    x = np.random.default_rng(2).normal(size=(2, 3))
    right = _slope(x)
    one = right.copy()
    one[1, 2] *= 1.01
    cancels = right.copy()
    cancels[0] += [0.1, -0.1, 0.0]
    for wrong in (-right, one, 2 * right, right + 0.01, cancels, np.zeros_like(right)):
        compare(student.agrees, (_f, x, wrong, 1e-5, 1e-4), False, accepts=True)
    small = 1e-6
    compare(student.agrees, (lambda x: small * _f(x), x, -small * right, 1e-5, 1e-4), False, absolute=True)


def check_shape_and_nan(student):
    x = np.array([0.5, -1.0, 2.0])
    right = _slope(x)
    compare(student.agrees, (_f, x, right[None, :], 1e-5, 1e-6), False, other_shape=True)
    compare(student.agrees, (_f, x, right[:1], 1e-5, 1e2), False, other_shape=True)
    compare(student.agrees, (_f, x, np.array([right[0], np.nan, right[2]]), 1e-5, 1e-6), False, accepts_nan=True)
