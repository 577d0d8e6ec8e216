"""The picture of a gradient check: the error of a central difference falls with its step, then rises."""

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.viz.training.checks import plot_gradcheck

pytest.importorskip("matplotlib")


def curve(report):
    (line,) = plot_gradcheck(report).axes[0].lines
    return np.array(line.get_xdata()), np.array(line.get_ydata())


def test_error_falls_with_the_square_of_the_step_and_rises_with_its_inverse():
    """For eˣ the error is h²/6 while h is long (Taylor), and about ε/h while it is short."""
    steps, errors = curve(tg.gradcheck(lambda x: np.exp(x), 1.0, steps=True))
    long, short = (steps > 1e-4) & (steps < 0.11), steps < 1e-9
    np.testing.assert_allclose(errors[long], steps[long] ** 2 / 6, rtol=0.01)
    assert np.all(errors[short] < 1e-15 / steps[short]) and errors[short].max() > 1e-6
    assert 1e-7 < steps[np.argmin(errors)] < 1e-3


def test_a_wrong_gradient_is_wrong_at_every_step():
    _, errors = curve(tg.gradcheck(lambda x: np.exp(x), 1.0, gradient=lambda x: 2 * np.exp(x), steps=True))
    assert errors.min() > 0.4


def test_one_curve_for_each_argument_on_the_axes_given():
    from matplotlib.figure import Figure

    report = tg.gradcheck(lambda a, b: (a * b).sum(), np.ones(3), np.ones((2, 3)), steps=(1e-2, 1e-4))
    ax = Figure().subplots()
    assert plot_gradcheck(report, ax=ax) is ax
    assert [line.get_label().partition("[")[0] for line in ax.lines] == ["a", "b"]
    assert [len(line.get_xdata()) for line in ax.lines] == [2, 2]


def test_a_report_without_steps():
    with pytest.raises(ValueError, match="steps=True"):
        plot_gradcheck(tg.gradcheck(lambda x: x * x, 1.0))
