"""Gradients add up where a value is used more than once, and begin at zero again after each step."""

import numpy as np

from tinygrad_edu.exercises import compare


def check_used_twice(student):
    contributions = [("w", 2.0), ("b", 1.0), ("w", 3.0)]
    mistakes = {
        "overwritten": {"w": 3.0, "b": 1.0},
        "first_only": {"w": 2.0, "b": 1.0},
        "averaged": {"w": 2.5, "b": 1.0},
    }
    compare(student.accumulate, ({}, contributions), {"w": 5.0, "b": 1.0}, **mistakes)


def check_stored(student):
    contributions = [("w", 2.0), ("w", 3.0)]
    mistakes = {
        "stored_lost": {"w": 5.0},
        "others_lost": {"w": 15.0},
        "overwritten": {"w": 3.0, "b": -1.0},
        "stored_replaced": {"w": 5.0, "b": -1.0},
    }
    compare(student.accumulate, ({"w": 10.0, "b": -1.0}, contributions), {"w": 15.0, "b": -1.0}, **mistakes)
    compare(student.accumulate, ({"b": 4.0}, []), {"b": 4.0}, stored_lost={})


def check_arrays(student):
    g, h = np.random.default_rng(0).normal(size=(2, 3, 2))
    contributions = [("w", g), ("w", g), ("v", h), ("w", h)]
    compare(student.accumulate, ({}, contributions), {"w": g + g + h, "v": h})
    compare(student.accumulate, ({"w": h}, [("w", g)]), {"w": g + h})


def _train(gradient, w, parts, rate, steps, zero=True, keep=slice(None), within=False, mean=False):
    path, total = [w], 0.0
    for _ in range(steps):
        total = 0.0 if zero else total
        for part in parts[keep]:
            total = total + gradient(w, part)
            if within:
                w = w - rate * gradient(w, part)
        if not within:
            w = w - rate * (total / max(len(parts), 1) if mean else total)
        path.append(w)
    return path


def _check_train(student, gradient, w, parts, rate, steps):
    arguments = (gradient, w, parts, rate, steps)
    mistakes = {
        "never_zeroed": _train(*arguments, zero=False),
        "zeroed_within": _train(*arguments, keep=slice(-1, None)),
        "first_part": _train(*arguments, keep=slice(1)),
        "moved_within": _train(*arguments, within=True),
        "mean_of_parts": _train(*arguments, mean=True),
        "no_start": _train(*arguments)[1:],
        "uphill": _train(lambda w, part: -gradient(w, part), w, parts, rate, steps),
    }
    compare(student.train, arguments, _train(*arguments), **mistakes)


def check_train(student):
    _check_train(student, lambda w, part: w / 3 - part, 3.0, [0.5, -0.25, 1.0], 0.2, 4)


def check_train_arrays(student):
    rng = np.random.default_rng(1)
    parts = list(rng.normal(size=(2, 3)))
    _check_train(student, lambda w, part: 2 * (w - part), rng.normal(size=3), parts, 0.1, 3)


def check_no_parts(student):
    _check_train(student, lambda w, part: w * part, 2.0, [], 0.1, 2)
