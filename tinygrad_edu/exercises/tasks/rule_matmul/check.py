"""The rule of a matrix product; square matrices would hide a transpose that is missing, so these are not square."""

import numpy as np

from tinygrad_edu.exercises import Wrong, compare, gradient

SHAPES = ((2, 3, 4), (5, 2, 3), (1, 4, 2), (3, 1, 5), (4, 3, 1))


def _numbers(seed, rows, inner, columns):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(rows, columns)), rng.normal(size=(rows, inner)), rng.normal(size=(inner, columns))


def check_forward(student):
    for seed, shape in enumerate(SHAPES):
        _, a, b = _numbers(seed, *shape)
        compare(student.matmul, (a, b), np.einsum("ij,jk->ik", a, b))


def _fits(*arrays):
    try:
        return np.linalg.multi_dot(arrays) if len(arrays) > 2 else arrays[0] @ arrays[1]
    except ValueError:
        return None


def _check_rule(student, g, a, b):
    out = a @ b
    found = student.matmul_rule(g, out, a, b)
    right = (g @ b.T, a.T @ g)
    if isinstance(found, tuple | list) and len(found) == 2:
        shapes = [np.shape(part) for part in found if isinstance(part, np.ndarray)]
        if shapes == [a.shape[::-1], b.shape[::-1]] and a.shape != a.shape[::-1]:
            raise Wrong("transposed", a=str(a.shape), received=str(shapes[0]))
        if shapes == [b.shape, a.shape] and a.shape != b.shape:
            raise Wrong("order", a=str(a.shape), received=str(shapes[0]))
    mistakes = {
        "sign": (-right[0], -right[1]),
        "no_g": (np.ones_like(g) @ b.T, a.T @ np.ones_like(g)),
        "output_for_g": (out @ b.T, a.T @ out),
        "averaged": (right[0] / len(a), right[1] / len(a)),
        "no_transpose": (_fits(g, b), _fits(a, g)),
    }
    gradient(student.matmul_rule, lambda a, b: np.sum(g * (a @ b)), a, b, arguments=(g, out), **mistakes)


def check_rule(student):
    for seed, shape in enumerate(SHAPES):
        _check_rule(student, *_numbers(10 + seed, *shape))


def check_square(student):
    _check_rule(student, *_numbers(20, 3, 3, 3))
