"""The derivative of f(x) = x²/6 is x/3, for a number and for every entry of an array."""

import numpy as np

from tinygrad_edu.exercises import compare, gradient


def check_number(student):
    for x in (1.5, -3.0, 0.25):
        compare(student.derivative, (x,), x / 3, value=x**2 / 6, not_halved=x / 6, forgot_six=2 * x, sign=-x / 3)


def check_zero(student):
    compare(student.derivative, (0.0,), 0.0)


def check_array(student):
    rng = np.random.default_rng(0)
    for shape in ((4,), (2, 3), (3, 1, 2)):
        x = rng.normal(size=shape)
        compare(student.derivative, (x,), x / 3)


def check_gradient(student):
    def f(x):
        return x**2 / 6

    for x in (2.0, -7.0, 100.0):
        gradient(student.derivative, f, x)


def picture(student, labels):
    from tinygrad_edu.viz.figures import COLOURS, dress, legend_above, new_figure

    figure = new_figure(7.2, 4.8)
    axes = figure.subplots()
    x = np.linspace(-6, 6, 121)
    axes.plot(x, x**2 / 6, color=COLOURS[0], linewidth=2, label="f(x) = x²/6")
    axes.plot(x, student.derivative(x), color=COLOURS[1], linewidth=2, linestyle="--", label="derivative(x)")
    for at in (-3.0, 3.0):
        near = np.array([at - 1.5, at + 1.5])
        axes.plot(near, at**2 / 6 + student.derivative(at) * (near - at), color=COLOURS[2], linewidth=2)
        axes.plot([at], [at**2 / 6], "o", color=COLOURS[2])
    dress(axes, "x", "f(x)")
    legend_above(axes)
    return figure
