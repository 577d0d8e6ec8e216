"""The gradient of all samples is the average of the batches' gradients, each weighted by its samples."""

import numpy as np

from tinygrad_edu.exercises import compare


def _mean(gradients, sizes):
    return sum(g * n for g, n in zip(gradients, sizes, strict=True)) / sum(sizes)


def _mistakes(gradients, sizes):
    return {
        "unweighted": sum(gradients) / len(sizes),
        "total": sum(gradients),
        "weighted_total": sum(g * n for g, n in zip(gradients, sizes, strict=True)),
        "twice_divided": _mean(gradients, sizes) / len(sizes),
        "last": gradients[-1],
    }


def check_equal_sizes(student):
    gradients, sizes = [1.0, 2.0, 6.0], [4, 4, 4]
    mistakes = _mistakes(gradients, sizes)
    compare(student.averaged, (gradients, sizes), 3.0, **{k: v for k, v in mistakes.items() if k != "unweighted"})


def check_ragged(student):
    gradients, sizes = [1.0, 2.0, 6.0], [4, 4, 2]
    compare(student.averaged, (gradients, sizes), _mean(gradients, sizes), **_mistakes(gradients, sizes))


def check_arrays(student):
    rng = np.random.default_rng(0)
    for shape, sizes in (((2,), [5, 3]), ((3, 2), [8, 8, 8, 1])):
        gradients = list(rng.normal(size=(len(sizes), *shape)))
        compare(student.averaged, (gradients, sizes), _mean(gradients, sizes), **_mistakes(gradients, sizes))


def check_full(student):
    rng = np.random.default_rng(1)
    w = rng.normal(size=3)

    def gradient(x, y):
        return 2 * x.T @ (x @ w - y) / len(x)

    for samples, size in ((8, 4), (10, 4), (7, 3), (5, 1), (3, 8)):
        x, y = rng.normal(size=(samples, 3)), rng.normal(size=samples)
        parts = [(x[i : i + size], y[i : i + size]) for i in range(0, samples, size)]
        gradients = [gradient(*part) for part in parts]
        mistakes = _mistakes(gradients, [len(part) for _, part in parts])
        if samples > size and samples % size:
            whole = samples - samples % size
            mistakes["last_lost"] = gradient(x[:whole], y[:whole])
        compare(student.full_gradient, (gradient, x, y, size), gradient(x, y), rtol=1e-6, **mistakes)
