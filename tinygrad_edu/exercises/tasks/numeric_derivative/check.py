"""The central difference, and the step at which the error of the method meets the error of rounding."""

import numpy as np

from tinygrad_edu.exercises import Wrong, compare
from tinygrad_edu.exercises.comparing import alike, called

STEPS = [10.0**-k for k in range(1, 13)]
OTHERS = [3 * h for h in STEPS[::-1]]  # the best step is none of those above


def _forward(f, x, h):
    return (f(x + h) - f(x)) / h


def _central(f, x, h):
    return (f(x + h) - f(x - h)) / (2 * h)


def check_parabola(student):
    def f(x):
        return x**2 / 6

    for x, h in ((3.0, 0.5), (-1.0, 0.25)):
        mistakes = {"forward": _forward(f, x, h), "backward": _forward(f, x, -h), "one_h": 2 * _central(f, x, h)}
        compare(student.numeric_derivative, (f, x, h), _central(f, x, h), **mistakes)


def check_curves(student):
    for f, x in ((np.exp, 0.5), (np.sin, 2.0), (lambda x: x**3, -1.5)):
        for h in (0.1, 0.01):
            mistakes = {
                "forward": _forward(f, x, h),
                "backward": _forward(f, x, -h),
                "one_h": 2 * _central(f, x, h),
            }
            compare(student.numeric_derivative, (f, x, h), _central(f, x, h), **mistakes)


def check_best_step(student):
    for f, slope, x, steps in (
        (np.exp, np.e, 1.0, STEPS),
        (np.sin, float(np.cos(1.0)), 1.0, OTHERS),
        (lambda x: x**3, 12.0, 2.0, STEPS),
    ):
        errors = [abs(_central(f, x, h) - slope) for h in steps]
        arguments = (f, x, slope, steps)
        call = called(student.best_step, arguments)
        received = alike(call, student.best_step(*arguments), steps[0])
        if not np.isclose(received, steps, rtol=1e-9, atol=0).any():
            raise Wrong("not_a_step", call=call, received=f"{received:.3g}")
        error = abs(_central(f, x, received) - slope)
        if error <= 100 * min(errors):  # rounding is luck: the neighbours of the best step will do
            continue
        fields = {"call": call, "received": f"{received:.0e}", "error": f"{error:.1e}", "least": f"{min(errors):.1e}"}
        raise Wrong("smallest_step" if received <= 1e-9 else "not_best", **fields)


def picture(student, labels):
    from tinygrad_edu.viz.figures import COLOURS, dress, legend_above, new_figure

    figure = new_figure(7.2, 4.8)
    axes = figure.subplots()
    steps = 10.0 ** np.arange(-12, 0.1, 0.25)
    central = [abs(student.numeric_derivative(np.exp, 1.0, h) - np.e) for h in steps]
    axes.loglog(
        steps, [abs(_forward(np.exp, 1.0, h) - np.e) for h in steps], color=COLOURS[1], label="(f(x+h) − f(x))/h"
    )
    axes.loglog(steps, central, color=COLOURS[0], linewidth=2, label="numeric_derivative")
    dress(axes, "h", "|error|  (f = exp, x = 1)")
    legend_above(axes)
    return figure
