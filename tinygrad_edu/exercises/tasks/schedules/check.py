"""Learning rates that change: in stairs, smoothly, and along a half cosine."""

import math

from tinygrad_edu.exercises import compare


def check_step_decay(student):
    for rate, step, every, factor in (
        (0.8, 0, 10, 0.5),
        (0.8, 6, 10, 0.5),
        (0.8, 9, 10, 0.5),
        (0.8, 10, 10, 0.5),
        (0.3, 47, 15, 0.1),
    ):
        mistakes = {
            "smooth": rate * factor ** (step / every),
            "too_early": rate * factor ** ((step + 1) // every),
            "rounded": rate * factor ** round(step / every),
            "once": rate * factor if step >= every else rate,
            "every_step": rate * factor**step,
            "divided": rate / factor ** (step // every),
            "one_more": rate * factor ** (step // every + 1),
            "linear": rate * factor * (step // every),
        }
        compare(student.step_decay, (rate, step, every, factor), rate * factor ** (step // every), **mistakes)


def check_exponential(student):
    for rate, step, every, factor in ((0.8, 0, 10, 0.5), (0.8, 5, 10, 0.5), (0.8, 23, 10, 0.5), (0.3, 7, 20, 0.9)):
        right = rate * factor ** (step / every)
        mistakes = {
            "stairs": rate * factor ** (step // every),
            "every_step": rate * factor**step,
            "divided": rate / factor ** (step / every),
            "base_e": rate * math.exp(-factor * step / every),
        }
        compare(student.exponential_decay, (rate, step, every, factor), right, **mistakes)


def _cosine(rate, done):
    return rate * (1 + math.cos(math.pi * done)) / 2


def _cosine_mistakes(rate, step, total):
    done = step / total
    return {
        "not_halved": 2 * _cosine(rate, done),
        "no_pi": rate * (1 + math.cos(done)) / 2,
        "whole_turn": _cosine(rate, 2 * done),
        "quarter": rate * math.cos(math.pi * done / 2),
        "negative": rate * math.cos(math.pi * done),
        "growing": rate - _cosine(rate, done),
    }


def check_cosine(student):
    for rate, step, total in (
        (0.8, 0, 100),
        (0.8, 30, 100),
        (0.8, 50, 100),
        (0.8, 99, 100),
        (0.3, 100, 100),
        (0.3, 7, 9),
    ):
        compare(
            student.cosine_decay,
            (rate, step, total),
            _cosine(rate, step / total),
            **_cosine_mistakes(rate, step, total),
        )


def check_after_the_end(student):
    for step in (110, 150, 200):
        compare(student.cosine_decay, (0.8, step, 100), 0.0, rises_again=_cosine(0.8, step / 100))


def picture(student, labels):
    from tinygrad_edu.viz.figures import COLOURS, dress, legend_above, new_figure

    figure = new_figure(7.2, 4.8)
    axes = figure.subplots()
    steps = range(121)
    rates = {
        "step_decay": [student.step_decay(0.8, s, 25, 0.5) for s in steps],
        "exponential_decay": [student.exponential_decay(0.8, s, 25, 0.5) for s in steps],
        "cosine_decay": [student.cosine_decay(0.8, s, 100) for s in steps],
    }
    for colour, (name, values) in zip(COLOURS, rates.items()):
        axes.plot(steps, values, color=colour, linewidth=2, drawstyle="steps-post", label=name)
    dress(axes, labels["step"], labels["rate"])
    legend_above(axes, most_columns=3)
    return figure
