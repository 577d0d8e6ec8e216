"""AdaGrad, RMSProp and Adam with bias correction: each weight gets a step of its own size."""

import numpy as np

from tinygrad_edu.exercises import compare

EPSILON = 0.05  # large enough to see where it is added
TINY = 1e-8  # as it is in use


def _numbers(seed, count, shape):
    """Weights and gradients of either sign, and what is remembered: the squares are positive."""
    rng = np.random.default_rng(seed)
    values = rng.uniform(0.5, 2, (count, *shape)) * rng.choice([-1.0, 1.0], (count, *shape))
    return list(values)


def _adagrad(w, s, g, rate, e):
    s = s + g**2
    return w - rate * g / (np.sqrt(s) + e), s


def check_adagrad(student):
    for seed, shape in ((0, (3,)), (1, (2, 4))):
        w, s, g = _numbers(seed, 3, shape)
        s, rate, e = s**2, 0.3, EPSILON
        new = s + g**2
        mistakes = {
            "old_s": (w - rate * g / (np.sqrt(s) + e), new),
            "no_root": (w - rate * g / (new + e), new),
            "not_squared": (w - rate * g / (np.sqrt(s + abs(g)) + e), s + abs(g)),
            "no_history": (w - rate * g / (abs(g) + e), g**2),
            "uphill": (w + rate * g / (np.sqrt(new) + e), new),
            "all_entries": (w - rate * g / (np.sqrt(s + np.sum(g**2)) + e), s + np.sum(g**2)),
            "epsilon_inside": (w - rate * g / np.sqrt(new + e), new),
            "no_epsilon": (w - rate * g / np.sqrt(new), new),
        }
        compare(student.adagrad, (w, s, g, rate, e), _adagrad(w, s, g, rate, e), **mistakes)


def check_rmsprop(student):
    for seed, shape in ((2, (3,)), (3, (2, 4))):
        w, s, g = _numbers(seed, 3, shape)
        s, rate, rho, e = s**2, 0.3, 0.9, EPSILON

        def moved(new, w=w, g=g, rate=rate, e=e):
            return w - rate * g / (np.sqrt(new) + e), new

        new = rho * s + (1 - rho) * g**2
        mistakes = {
            "never_forgets": moved(s + g**2),
            "weights_swapped": moved((1 - rho) * s + rho * g**2),
            "no_one_minus": moved(rho * s + g**2),
            "old_s": (moved(s)[0], new),
            "no_root": (w - rate * g / (new + e), new),
            "not_squared": moved(rho * s + (1 - rho) * abs(g)),
            "epsilon_inside": (w - rate * g / np.sqrt(new + e), new),
            "no_epsilon": (w - rate * g / np.sqrt(new), new),
        }
        compare(student.rmsprop, (w, s, g, rate, rho, e), moved(new), **mistakes)


def _adam(w, m, v, t, g, rate, b1, b2, e, correct_m=True, correct_v=True):
    m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g**2
    m_hat = m / (1 - b1**t) if correct_m else m
    v_hat = v / (1 - b2**t) if correct_v else v
    return w - rate * m_hat / (np.sqrt(v_hat) + e), m, v


def _adam_mistakes(w, m, v, t, g, rate, b1, b2, e):
    arguments = (w, m, v, t, g, rate, b1, b2, e)
    new_w, new_m, new_v = _adam(*arguments)
    m_hat, v_hat = new_m / (1 - b1**t), new_v / (1 - b2**t)
    return {
        "no_correction": _adam(*arguments, False, False),
        "half_corrected": _adam(*arguments, True, False),
        "half_corrected_v": _adam(*arguments, False, True),
        "corrected_kept": (new_w, m_hat, v_hat),
        "from_zero": _adam(w, m, v, t + 1, g, rate, b1, b2, e),
        "uphill": (2 * w - new_w, new_m, new_v),
        "no_power": (w - rate * new_m / (1 - b1) / (np.sqrt(new_v / (1 - b2)) + e), new_m, new_v),
        "betas_swapped": _adam(w, m, v, t, g, rate, b2, b1, e),
        "no_root": (w - rate * m_hat / (v_hat + e), new_m, new_v),
        "gradient_for_m": (w - rate * g / (np.sqrt(v_hat) + e), new_m, new_v),
        "epsilon_inside": (w - rate * m_hat / np.sqrt(v_hat + e), new_m, new_v),
        "no_epsilon": (w - rate * m_hat / np.sqrt(v_hat), new_m, new_v),
        "epsilon_to_v": (w - rate * m_hat / (np.sqrt(new_v) + e) * np.sqrt(1 - b2**t), new_m, new_v),
    }


def check_adam(student):
    for seed, shape, t in ((4, (3,), 1), (5, (2, 4), 2), (6, (5,), 10)):
        w, m, v, g = _numbers(seed, 4, shape)
        arguments = (w, m, v**2, t, g, 0.3, 0.9, 0.95, EPSILON)
        compare(student.adam, arguments, _adam(*arguments), **_adam_mistakes(*arguments))


def check_numbers(student):
    compare(student.adagrad, (1.0, 0.0, -2.0, 0.5, TINY), (1.5, 4.0), atol=1e-7)
    compare(student.rmsprop, (1.0, 0.0, -2.0, 0.5, 0.75, TINY), (2.0, 1.0), atol=1e-7)
    compare(student.adam, (1.0, 0.0, 0.0, 1, -2.0, 0.5, 0.9, 0.75, TINY), (1.5, -0.2, 1.0), atol=1e-7)


def check_zero_gradient(student):
    """Where the gradient was always 0, the step is 0 and not 0/0."""
    w, zero = np.array([1.0, -2.0]), np.zeros(2)
    bad = np.full(2, np.nan)
    compare(student.adagrad, (w, zero, zero, 0.1, TINY), (w, zero), no_epsilon=(bad, zero))
    compare(student.rmsprop, (w, zero, zero, 0.1, 0.9, TINY), (w, zero), no_epsilon=(bad, zero))
    compare(student.adam, (w, zero, zero, 1, zero, 0.1, 0.9, 0.99, TINY), (w, zero, zero), no_epsilon=(bad, zero, zero))


def picture(student, labels):
    from tinygrad_edu.viz.figures import COLOURS, dress, legend_above, new_figure

    figure = new_figure(7.2, 4.8)
    axes = figure.subplots()
    start, zero, e = np.array([-4.0, 2.0]), np.zeros(2), TINY
    steps = {
        "adagrad": (lambda w, kept, t, g: student.adagrad(w, *kept, g, 1.0, e), (zero,)),
        "rmsprop": (lambda w, kept, t, g: student.rmsprop(w, *kept, g, 0.1, 0.9, e), (zero,)),
        "adam": (lambda w, kept, t, g: student.adam(w, *kept, t, g, 0.3, 0.9, 0.99, e), (zero, zero)),
    }
    for colour, (name, (step, kept)) in zip(COLOURS, steps.items()):
        w, path = start, [start]
        for t in range(1, 41):
            w, *kept = step(w, kept, t, w * np.array([0.2, 4.0]))
            path.append(w)
        axes.plot(*np.transpose(path), "o-", markersize=3, color=colour, label=name)
    grid = np.linspace(-5, 5, 81)
    axes.contour(
        grid, grid, 0.1 * grid**2 + 2 * grid[:, None] ** 2, levels=[0.1, 0.5, 1, 2, 4, 8, 16], colors="#CCCCCC"
    )
    axes.set_ylim(-2.5, 2.5)
    dress(axes, "w₁", "w₂")
    legend_above(axes, most_columns=3)
    return figure
