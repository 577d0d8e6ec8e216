"""The line y' = b + w₁x₁ with the mean squared error, its gradients by hand."""

import numpy as np

from tinygrad_edu.exercises import compare, gradient


def _data(seed, count):
    rng = np.random.default_rng(seed)
    x = rng.normal(1, 2, count)
    return 0.5, -1.5, x, 3 + 2 * x + rng.normal(size=count)


def _loss(b, w, x, y):
    return np.mean((b + w * x - y) ** 2)


def check_predict(student):
    b, w, x, y = _data(0, 5)
    compare(student.predict, (b, w, x), b + w * x, swapped=w + b * x, no_bias=w * x)


def check_loss(student):
    for seed, count in ((1, 3), (2, 7)):
        b, w, x, y = _data(seed, count)
        error = b + w * x - y
        mistakes = {"total": np.sum(error**2), "half": np.mean(error**2) / 2, "absolute": np.mean(np.abs(error))}
        compare(student.loss, (b, w, x, y), _loss(b, w, x, y), **mistakes)


def check_gradients(student):
    for seed, count in ((3, 4), (4, 9)):
        b, w, x, y = _data(seed, count)
        error = b + w * x - y
        right = (2 * np.mean(error), 2 * np.mean(error * x))
        mistakes = {
            "sign": (-right[0], -right[1]),
            "total": (right[0] * count, right[1] * count),
            "no_two": (right[0] / 2, right[1] / 2),
            "order": right[::-1],
            "no_x": (right[0], right[0]),
            "mean_apart": (right[0], right[0] * np.mean(x)),
            "not_averaged": (right[0], right[1] * count),
        }
        _gradient(student, b, w, x, y, **mistakes)


def check_differences(student):
    for seed, count in ((5, 2), (6, 11)):
        _gradient(student, *_data(seed, count))


def _gradient(student, b, w, x, y, **mistakes):
    gradient(student.gradients, lambda b, w: _loss(b, w, x, y), b, w, after=(x, y), **mistakes)


def picture(student, labels):
    from tinygrad_edu.viz.figures import COLOURS, dress, legend_above, new_figure

    b, w, x, y = _data(0, 30)
    figure = new_figure(7.2, 4.8)
    axes = figure.subplots()
    axes.plot(x, y, "o", color="#999999")
    ends = np.array([x.min(), x.max()])
    for i in range(61):
        if i in (0, 3, 15, 60):
            axes.plot(
                ends, student.predict(b, w, ends), color=COLOURS[(0, 3, 15, 60).index(i)], linewidth=2, label=f"{i}"
            )
        db, dw = student.gradients(b, w, x, y)
        b, w = b - 0.05 * db, w - 0.05 * dw
    dress(axes, "x", labels["height"])
    legend_above(axes, most_columns=4)
    return figure
