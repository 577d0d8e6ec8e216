"""The penalties L1 and L2 and their gradients."""

import numpy as np

from tinygrad_edu.exercises import Wrong, compare, gradient
from tinygrad_edu.exercises.comparing import alike, called


def _w(seed, shape):
    rng = np.random.default_rng(seed)
    return rng.uniform(0.2, 2, shape) * rng.choice([-1.0, 1.0], shape)


def check_l1(student):
    for seed, shape in ((0, (5,)), (1, (2, 3))):
        w = _w(seed, shape)
        mistakes = {
            "no_absolute": 0.3 * w.sum(),
            "mean": 0.3 * np.abs(w).mean(),
            "no_rate": np.abs(w).sum(),
            "exchanged": 0.3 * np.sum(w**2),
        }
        compare(student.l1, (w, 0.3), 0.3 * np.abs(w).sum(), **mistakes)


def check_l2(student):
    for seed, shape in ((2, (5,)), (3, (2, 3))):
        w = _w(seed, shape)
        mistakes = {
            "root": 0.3 * np.sqrt(np.sum(w**2)),
            "half": 0.15 * np.sum(w**2),
            "mean": 0.3 * np.mean(w**2),
            "no_rate": np.sum(w**2),
            "rate_squared": np.sum((0.3 * w) ** 2),
        }
        compare(student.l2, (w, 0.3), 0.3 * np.sum(w**2), **mistakes)


def check_l1_gradient(student):
    for seed, shape in ((4, (4,)), (5, (3, 2))):
        w = _w(seed, shape)
        mistakes = {
            "without_rate": np.sign(w),
            "sign_lost": np.full(shape, 0.3),
            "value_for_sign": 0.3 * w,
            "value_abs": 0.3 * np.abs(w),
        }
        gradient(student.l1_gradient, lambda w: 0.3 * np.sum(np.abs(w)), w, after=(0.3,), **mistakes)


def check_l2_gradient(student):
    for seed, shape in ((6, (4,)), (7, (3, 2))):
        w = _w(seed, shape)
        mistakes = {"no_two": 0.3 * w, "without_rate": 2 * w, "sign_only": 0.3 * np.sign(w)}
        gradient(student.l2_gradient, lambda w: 0.3 * np.sum(w**2), w, after=(0.3,), **mistakes)


def check_at_zero(student):
    """|w| has a kink at 0: any slope from −rate to rate is right there, NaN is not."""
    w = np.array([0.0, 2.0, 0.0, -1.0])
    call = called(student.l1_gradient, (w, 0.3))
    found = np.asarray(alike(call, student.l1_gradient(w, 0.3), w), dtype=float)
    if not np.all(np.abs(found) <= 0.3 * (1 + 1e-9)):
        raise Wrong("at_zero", call=call, received=str(found.tolist()))
    compare(student.l2_gradient, (w, 0.3), 0.6 * w)
