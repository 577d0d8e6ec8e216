"""One step of gradient descent, and many of them: w ← w − learning_rate · gradient."""

import numpy as np

from tinygrad_edu.exercises import Wrong, compare, same


def _mistakes(w, g, rate):
    return {"uphill": w + rate * g, "no_rate": w - g, "only_change": -rate * g, "divided": w - g / rate}


def check_step(student):
    for w, g, rate in ((3.0, 1.0, 0.25), (-2.0, -0.75, 0.1)):
        compare(student.step, (w, g, rate), w - rate * g, **_mistakes(w, g, rate))


def check_arrays(student):
    rng = np.random.default_rng(0)
    for shape in ((3,), (2, 4)):
        w, g = rng.normal(size=(2, *shape))
        compare(student.step, (w, g, 0.3), w - 0.3 * g, **_mistakes(w, g, 0.3))


def _descended(slope, w, rate, steps):
    path = [w]
    for _ in range(steps):
        path.append(path[-1] - rate * slope(path[-1]))
    return path


def check_descend(student):
    def slope(x):
        return x / 3

    path = _descended(slope, 3.0, 0.5, 4)
    uphill = _descended(lambda x: -x / 3, 3.0, 0.5, 4)
    same_slope = [3.0 - 0.5 * k for k in range(5)]
    received = student.descend(slope, 3.0, 0.5, 4)
    if isinstance(received, list | tuple) and len(received) == 4:
        raise Wrong("no_start" if same(received, path[1:]) else "too_few", count=4)
    compare(student.descend, (slope, 3.0, 0.5, 4), path, uphill=uphill, same_slope=same_slope)


def check_other_slopes(student):
    for slope, w, rate, steps in ((np.sin, 1.0, 0.9, 6), (lambda w: 2 * (w - 5), 0.0, 0.1, 3), (np.exp, 0.5, 0.2, 0)):
        compare(student.descend, (slope, w, rate, steps), _descended(slope, w, rate, steps))


def picture(student, labels):
    from tinygrad_edu.viz.figures import COLOURS, dress, legend_above, new_figure

    figure = new_figure(7.2, 4.8)
    axes = figure.subplots()
    x = np.linspace(-6.5, 6.5, 131)
    axes.plot(x, x**2 / 6, color="#999999", linewidth=2)
    for colour, rate in zip(COLOURS, (0.5, 2.0, 5.5)):
        path = np.array(student.descend(lambda x: x / 3, 6.0, rate, 8))
        axes.plot(path, path**2 / 6, "o-", color=colour, label=f"{rate:g}")
    dress(axes, "x", labels["height"])
    legend_above(axes, most_columns=3)
    return figure
