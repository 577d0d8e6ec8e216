"""Momentum as a velocity, and as an average of the past gradients."""

import numpy as np

from tinygrad_edu.exercises import compare


def _numbers(seed, shape=()):
    w, v, g = np.random.default_rng(seed).normal(size=(3, *shape)) + 2
    return w, v, g, 0.1, 0.9


def _momentum(w, v, g, rate, beta):
    v = beta * v - rate * g
    return w + v, v


def _averaged(w, v, g, rate, beta):
    v = beta * v + (1 - beta) * g
    return w - rate * v, v


def _momentum_mistakes(w, v, g, rate, beta):
    new = beta * v - rate * g
    return {
        "old_velocity": (w + v, new),
        "no_memory": (w - rate * g, -rate * g),
        "no_beta": _momentum(w, v, g, rate, 1.0),
        "uphill": (w + beta * v + rate * g, beta * v + rate * g),
        "subtracted": (w - new, new),
        "not_kept": (w + new, v),
        "mixed_forms": (w + beta * v - (1 - beta) * rate * g, beta * v - (1 - beta) * rate * g),
        "order": (new, w + new),
        "no_rate": (w + beta * v - g, beta * v - g),
        "rate_later": (w - rate * (beta * v + g), beta * v + g),
    }


def _averaged_mistakes(w, v, g, rate, beta):
    new = beta * v + (1 - beta) * g
    return {
        "no_one_minus": (w - rate * (beta * v + g), beta * v + g),
        "weights_swapped": _averaged(w, v, g, rate, 1 - beta),
        "old_velocity": (w - rate * v, new),
        "no_rate": (w - new, new),
        "averaged_uphill": (w + rate * new, new),
        "not_kept": (w - rate * new, v),
        "order": (new, w - rate * new),
    }


def check_momentum(student):
    for seed in (0, 1):
        arguments = _numbers(seed)
        compare(student.momentum, arguments, _momentum(*arguments), **_momentum_mistakes(*arguments))


def check_averaged(student):
    for seed in (2, 3):
        arguments = _numbers(seed)
        compare(student.averaged, arguments, _averaged(*arguments), **_averaged_mistakes(*arguments))


def check_arrays(student):
    for seed, shape in ((4, (3,)), (5, (2, 4))):
        arguments = _numbers(seed, shape)
        compare(student.momentum, arguments, _momentum(*arguments))
        compare(student.averaged, arguments, _averaged(*arguments))


def check_first_step(student):
    w, _, g, rate, beta = _numbers(6)
    compare(student.momentum, (w, 0.0, g, rate, beta), _momentum(w, 0.0, g, rate, beta))
    compare(student.averaged, (w, 0.0, g, rate, beta), _averaged(w, 0.0, g, rate, beta))


def picture(student, labels):
    from tinygrad_edu.viz.figures import COLOURS, dress, legend_above, new_figure

    figure = new_figure(7.2, 4.8)
    axes = figure.subplots()
    for colour, beta in zip(COLOURS, (0.0, 0.5, 0.9)):
        w, v, path = 6.0, 0.0, [6.0]
        for _ in range(40):
            w, v = student.momentum(w, v, w / 3, 0.3, beta)
            path.append(w)
        axes.plot(path, color=colour, linewidth=2, label=f"beta = {beta:g}")
    axes.axhline(0, color="#999999", linewidth=1)
    dress(axes, labels["step"], "w  (x²/6, learning_rate = 0.3)")
    legend_above(axes, most_columns=3)
    return figure
