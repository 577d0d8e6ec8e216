"""A convolution by hand: a window that moves over a picture, and the gradients of its kernel and of the picture."""

import numpy as np

from tinygrad_edu.exercises import compare, gradient

CASES = (((4, 5), (2, 3), 1), ((5, 5), (3, 3), 1), ((6, 7), (2, 3), 2), ((5, 6), (1, 2), 3), ((3, 4), (3, 2), 1))


def _windows(x, shape, stride, step=None):
    """The windows, row by row; a wrong step moves them otherwise than the stride, which says how many there are."""
    rows, columns = ((n - k) // stride + 1 for n, k in zip(x.shape, shape, strict=True))
    step = step or stride
    return [
        [(slice(step * i, step * i + shape[0]), slice(step * j, step * j + shape[1])) for j in range(columns)]
        for i in range(rows)
    ]


def _convolve(x, kernel, stride):
    return np.array([[np.sum(x[at] * kernel) for at in row] for row in _windows(x, kernel.shape, stride)])


def _weighted(g, x, kernel, stride):
    """The sum of the result's entries, each times its number in g."""
    places = _windows(x, kernel.shape, stride)
    return sum(g[i, j] * np.sum(x[at] * kernel) for i, row in enumerate(places) for j, at in enumerate(row))


def _to_kernel(g, x, kernel, stride, step=None):
    places = _windows(x, kernel.shape, stride, step)
    return sum(g[i, j] * x[at] for i, row in enumerate(places) for j, at in enumerate(row))


def _to_input(g, x, kernel, stride, step=None, add=True):
    result = np.zeros_like(x)
    for i, row in enumerate(_windows(x, kernel.shape, stride, step)):
        for j, at in enumerate(row):
            result[at] = result[at] * add + g[i, j] * kernel
    return result


def _data(seed, size, shape, stride):
    rng = np.random.default_rng(seed)
    x, kernel = rng.normal(size=size), rng.normal(size=shape)
    return rng.normal(size=_convolve(x, kernel, stride).shape) + 0.3, x, kernel, stride


def check_forward(student):
    for seed, case in enumerate(CASES):
        _, x, kernel, stride = _data(seed, *case)
        right = _convolve(x, kernel, stride)
        mistakes = {
            "turned": _convolve(x, kernel[::-1, ::-1], stride),
            "stride_ignored": _convolve(x, kernel, 1),
            "windows_summed": _convolve(x, np.ones_like(kernel), stride),
            "mean": right / kernel.size,
            "windows_beside": _convolve(x, kernel, 1)[: right.shape[0], : right.shape[1]],
        }
        compare(student.convolve, (x, kernel, stride), right, **_others(mistakes, right))


def _others(mistakes, right):
    """Those mistakes that give something else here."""
    return {k: v for k, v in mistakes.items() if np.shape(v) != np.shape(right) or not np.allclose(v, right)}


def check_kernel(student):
    for seed, case in enumerate(CASES):
        g, x, kernel, stride = _data(10 + seed, *case)
        right = _to_kernel(g, x, kernel, stride)
        mistakes = {
            "no_g": _to_kernel(np.ones_like(g), x, kernel, stride),
            "averaged": right / g.size,
            "kernel_turned": right[::-1, ::-1],
            "rule_stride_ignored": _to_kernel(g, x, kernel, stride, step=1),
            "times_kernel": right * kernel,
            "sign": -right,
        }
        f = lambda kernel, x=x, g=g, stride=stride: _weighted(g, x, kernel, stride)  # noqa: E731
        arguments = {"arguments": (g, x), "after": (stride,)}
        gradient(student.kernel_rule, f, kernel, **arguments, **_others(mistakes, right))


def check_input(student):
    for seed, case in enumerate(CASES):
        g, x, kernel, stride = _data(20 + seed, *case)
        right = _to_input(g, x, kernel, stride)
        mistakes = {
            "input_turned": _to_input(g, x, kernel[::-1, ::-1], stride),
            "overwritten": _to_input(g, x, kernel, stride, add=False),
            "rule_stride_ignored": _to_input(g, x, kernel, stride, step=1),
            "no_g": _to_input(np.ones_like(g), x, kernel, stride),
            "no_kernel": _to_input(g, x, np.ones_like(kernel), stride),
            "sign": -right,
        }
        f = lambda x, kernel=kernel, g=g, stride=stride: _weighted(g, x, kernel, stride)  # noqa: E731
        gradient(student.input_rule, f, x, arguments=(g,), after=(kernel, stride), **_others(mistakes, right))
