"""The curves of a training and the way down a function, read back from matplotlib's axes."""

import os
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.nn import History
from tinygrad_edu.viz import plot_history, plot_path

pytest.importorskip("matplotlib")
from matplotlib.figure import Figure  # noqa: E402
from texts import text_faults  # noqa: E402

RUN = {
    "loss": [0.9, 0.5, 0.3, 0.2],
    "accuracy": [0.5, 0.7, 0.8, 0.9],
    "val_loss": [1.0, 0.6, 0.5, 0.4],
    "val_accuracy": [0.4, 0.6, 0.7, 0.8],
}


def history(figures, epochs=None):
    made = History()
    made.history = figures
    made.epoch = list(range(len(figures["loss"]))) if epochs is None else epochs
    return made


def lines(axis):
    return {line.get_label(): line for line in axis.lines}


def legend(axis):
    return [text.get_text() for text in axis.get_legend().get_texts()]


@pytest.mark.parametrize("given", [RUN, history(RUN)])
def test_losses_and_metrics_have_a_panel_each(given):
    figure = plot_history(given)
    loss, metric = figure.axes
    assert (loss.get_xlabel(), loss.get_ylabel()) == ("Epoch", "Loss")
    assert (metric.get_xlabel(), metric.get_ylabel()) == ("Epoch", "accuracy")
    assert legend(loss) == ["loss", "loss (validation)"]
    assert legend(metric) == ["accuracy", "accuracy (validation)"]
    np.testing.assert_array_equal(lines(loss)["loss (validation)"].get_ydata(), RUN["val_loss"])
    np.testing.assert_array_equal(lines(metric)["accuracy"].get_ydata(), RUN["accuracy"])


def test_validation_is_dashed_in_the_same_colour():
    for axis, name in zip(plot_history(RUN).axes, ("loss", "accuracy"), strict=True):
        train, validation = lines(axis)[name], lines(axis)[f"{name} (validation)"]
        assert train.get_color() == validation.get_color()
        assert (train.get_linestyle(), validation.get_linestyle()) == ("-", "--")


def test_epochs_count_from_one_in_whole_numbers():
    figure = plot_history(RUN)
    figure.canvas.draw()
    for axis in figure.axes:
        np.testing.assert_array_equal(axis.lines[0].get_xdata(), [1, 2, 3, 4])
        left, right = axis.get_xlim()
        ticks = [tick for tick in axis.get_xticks() if left <= tick <= right]
        assert ticks
        assert all(tick == round(tick) >= 1 for tick in ticks)


def test_epochs_of_a_second_fit_go_on():
    figure = plot_history(history(RUN, epochs=[4, 5, 6, 7]))
    np.testing.assert_array_equal(figure.axes[0].lines[0].get_xdata(), [5, 6, 7, 8])


def test_validation_from_time_to_time():
    figure = plot_history({"loss": [0.9, 0.5, 0.3, 0.2], "val_loss": [0.6, 0.4]})
    np.testing.assert_array_equal(lines(figure.axes[0])["loss (validation)"].get_xdata(), [2, 4])


def test_several_runs_are_told_apart_by_colour_and_name():
    figure = plot_history({"SGD": history(RUN), "Adam": RUN})
    loss, _ = figure.axes
    assert legend(loss) == ["SGD", "SGD (validation)", "Adam", "Adam (validation)"]
    assert lines(loss)["SGD"].get_color() != lines(loss)["Adam"].get_color()


def test_many_curves_all_look_different():
    figure = plot_history({"loss": [1.0] * 20} | {f"m{i}": [1.0] * 20 for i in range(20)})
    looks = [(line.get_color(), line.get_marker()) for line in figure.axes[1].lines]
    assert len(set(looks)) == 20


def test_the_learning_rate_has_a_panel_of_its_own():
    figure = plot_history({"loss": [0.9, 0.5], "learning_rate": [0.1, 0.05]})
    assert [axis.get_ylabel() for axis in figure.axes] == ["Loss", "Learning rate"]


def test_the_legend_covers_no_curve():
    figure = plot_history({"SGD": RUN, "Adam": RUN})
    figure.draw_without_rendering()
    for axis in figure.axes:
        assert axis.get_legend().get_window_extent().y1 <= axis.xaxis.label.get_window_extent().y0
        assert axis.get_legend().get_window_extent().x1 <= figure.bbox.x1


def test_small_losses_show_on_a_logarithmic_scale():
    figure = plot_history(RUN | {"learning_rate": [0.1, 0.1, 0.01, 0.01]}, log=True)
    assert [axis.get_yscale() for axis in figure.axes] == ["log", "linear", "log"]
    assert [axis.get_yscale() for axis in plot_history(RUN).axes] == ["linear", "linear"]
    plot_history({"loss": [0.5, 0.0, -1.0, np.nan]}, log=True).draw_without_rendering()


@pytest.mark.full
@pytest.mark.parametrize("log", [False, True])
def test_every_text_of_a_history_is_legible(log):
    everything = RUN | {"learning_rate": [0.1, 0.1, 0.01, 0.01]}
    for shown in (RUN, everything, {"loss": [0.5, 0.4]}, {"loss": [1e-9, 3e-12]}, {"loss": [1e9, 3e12]}):
        assert text_faults(plot_history(shown, log=log)) == []
    assert text_faults(plot_history({"SGD": everything, "Adam with a long name": everything}, log=log)) == []


def test_one_epoch_and_nan_are_seen():
    figure = plot_history({"loss": [0.5]})
    assert figure.axes[0].lines[0].get_marker() == "o"
    plot_history({"loss": [0.5, np.nan]}).canvas.draw()


def test_epochs_without_a_number_are_marked():
    axis = plot_history({"loss": [0.5, np.nan, np.inf, 0.25], "val_loss": [1.0, np.inf, 1.0, 1.0]}).axes[0]
    np.testing.assert_array_equal(lines(axis)["NaN or infinite"].get_xdata(), [2, 3])
    np.testing.assert_array_equal(lines(axis)["loss"].get_ydata(), [0.5, np.nan, np.nan, 0.25])
    for log in (False, True):
        figure = plot_history({"loss": [np.nan] * 3}, log=log)
        assert figure.axes[0].get_xlim()[0] < 1 < 3 < figure.axes[0].get_xlim()[1]
        assert text_faults(figure) == []


def test_a_scale_without_positive_figures_stays_linear():
    assert plot_history({"loss": [-1.0, -2.0]}, log=True).axes[0].get_yscale() == "linear"


def test_one_epoch_has_one_tick():
    figure = plot_history({"loss": [0.5], "val_loss": [0.6]})
    figure.draw_without_rendering()
    left, right = figure.axes[0].get_xlim()
    assert [tick for tick in figure.axes[0].get_xticks() if left <= tick <= right] == [1]


def test_a_metric_of_several_numbers_has_a_curve_each():
    scores = [np.array([0.1, 0.2]), np.array([0.3, 0.4])]
    axis = plot_history({"loss": [0.9, 0.5], "f1_score": scores, "val_f1_score": scores}).axes[1]
    assert legend(axis) == ["f1_score[0]", "f1_score[1]", "f1_score[0] (validation)", "f1_score[1] (validation)"]
    np.testing.assert_array_equal(lines(axis)["f1_score[1]"].get_ydata(), [0.2, 0.4])


def test_of_many_curves_one_entry_tells_what_is_dashed():
    names = [f"a metric with a long name {i}" for i in range(5)]
    figure = plot_history({"loss": [0.9, 0.5]} | {p + name: [0.9, 0.5] for p in ("", "val_") for name in names})
    assert legend(figure.axes[1]) == [*names, "validation"]
    assert text_faults(figure) == []


def test_what_a_dark_style_shows():
    from matplotlib import pyplot as plt
    from matplotlib.colors import to_rgb

    with plt.style.context("dark_background"):
        figure = plot_history({"loss": [1.0]} | {f"m{i}": [1.0, np.nan] for i in range(8)})
        ground = to_rgb(figure.get_facecolor())
        assert sum(ground) < 0.1
        assert all(to_rgb(line.get_color()) != ground for axis in figure.axes for line in axis.lines)
    plt.close(figure)


def test_history_on_given_axes():
    axis = Figure().subplots()
    assert plot_history(RUN, ax=axis) is axis
    assert legend(axis) == ["loss", "loss (validation)", "accuracy", "accuracy (validation)"]
    pair = Figure().subplots(1, 2)
    assert plot_history(RUN, ax=pair) is pair
    assert [a.get_ylabel() for a in pair] == ["Loss", "accuracy"]
    with pytest.raises(ValueError, match="one Axes, or 2: loss, metric. Got 3"):
        plot_history(RUN, ax=Figure().subplots(1, 3))


@pytest.mark.parametrize("empty", [{}, {"loss": []}, History()])
def test_no_epochs(empty):
    with pytest.raises(ValueError, match="no epochs"):
        plot_history(empty)


def test_no_history():
    with pytest.raises(TypeError, match="what fit returned"):
        plot_history([1, 2, 3])
    with pytest.raises(TypeError, match="'loss' should have one number an epoch"):
        plot_history({"loss": ["low"]})


def test_no_path():
    path = tg.optim.minimize(lambda x: x**2, 1.0, "sgd", steps=2)
    with pytest.raises(TypeError, match="a path of optim.minimize"):
        plot_path(lambda x: x**2, [1.0, 2.0])
    with pytest.raises(ValueError, match="names expects 1"):
        plot_path(lambda x: x**2, path, names=("a", "b"))


# -- the way down ------------------------------------------------------------------------------------


def parabola(x):
    return x**2 / 6


def bowl(b, w):
    return (b - 1) ** 2 + 2 * (w - 2) ** 2


def path_of(points, values=()):
    return SimpleNamespace(points=points, values=np.asarray(values))


def test_points_lie_on_the_curve():
    points = np.array([3.0, 1.0, 0.5])
    axis = plot_path(parabola, path_of(points)).axes[0]
    track = lines(axis)["2 steps"]
    np.testing.assert_array_equal(track.get_xdata(), points)
    np.testing.assert_allclose(track.get_ydata(), points**2 / 6)
    curve = axis.lines[0]
    np.testing.assert_allclose(curve.get_ydata(), curve.get_xdata() ** 2 / 6)
    assert curve.get_xdata().min() < 0.5
    assert curve.get_xdata().max() > 3
    assert (axis.get_xlabel(), axis.get_ylabel()) == ("x", "f(x)")
    assert lines(axis)["start"].get_xdata()[0] == 3.0
    assert lines(axis)["end"].get_xdata()[0] == 0.5


def test_a_path_of_minimize():
    path = tg.optim.minimize(parabola, 3.0, tg.optim.SGD(1.0), steps=4)
    np.testing.assert_allclose(
        lines(plot_path(parabola, path).axes[0])["4 steps"].get_xdata(), 3 * (2 / 3) ** np.arange(5)
    )
    path = tg.optim.minimize(bowl, [-1.0, -1.0], tg.optim.SGD(0.1), steps=3)
    axis = plot_path(bowl, path).axes[0]
    np.testing.assert_allclose(lines(axis)["3 steps"].get_ydata(), 2 - 3 * 0.6 ** np.arange(4))


def test_two_numbers_on_contour_lines():
    points = [np.array([-1.0, 0.0, 0.5]), np.array([-1.0, 1.0, 1.5])]
    figure = plot_path(bowl, path_of(points), names=("b", "w₁"))
    axis = figure.axes[0]
    assert (axis.get_xlabel(), axis.get_ylabel()) == ("b", "w₁")
    assert len(axis.collections) >= 2
    assert figure.axes[1].get_ylabel() == "f(b, w₁)"
    np.testing.assert_array_equal(lines(axis)["2 steps"].get_xdata(), points[0])
    np.testing.assert_array_equal(lines(axis)["2 steps"].get_ydata(), points[1])


def test_a_vector_of_two():
    axis = plot_path(lambda x: (x**2).sum(), path_of(np.array([[1.0, 2.0], [0.5, 1.0]]))).axes[0]
    assert (axis.get_xlabel(), axis.get_ylabel()) == ("x[0]", "x[1]")


def test_the_heights_are_those_of_the_function():
    """The axes are not exchanged: the contour values follow f(b, w), not f(w, b)."""
    steep = lambda b, w: 100 * w + b  # noqa: E731
    axis = plot_path(steep, path_of([np.array([0.0, 1.0]), np.array([0.0, 1.0])])).axes[0]
    contour = axis.collections[1]
    ends = [path.vertices for path in contour.get_paths() if len(path.vertices)]
    assert all(np.ptp(v[:, 1]) < 0.1 for v in ends)


def test_several_paths():
    axis = plot_path(
        parabola, {"slow": path_of(np.array([3.0, 2.0])), "fast": path_of(np.array([3.0, 1.0, 0.0]))}
    ).axes[0]
    assert legend(axis) == ["slow, 1 step", "fast, 2 steps", "start", "end"]


def test_odd_paths():
    plot_path(parabola, path_of(np.array([2.0])))
    plot_path(lambda x: np.log(x), path_of(np.array([0.5, np.inf]))).canvas.draw()
    plot_path(lambda a, b: a * 0 + b * 0 + 1, path_of([np.array([0.0, 1.0]), np.array([0.0, 1.0])])).canvas.draw()
    with pytest.raises(ValueError, match="have 3"):
        plot_path(parabola, path_of(np.ones((4, 3))))
    with pytest.raises(ValueError, match="received none"):
        plot_path(parabola, {})


def test_a_title_has_its_place():
    """The user's own title stands clear of the legend, in a figure of ours and in one of theirs."""
    paths = {f"optimizer {i}": path_of([np.array([0.0, i]), np.array([0.0, 1.0])]) for i in range(1, 6)}
    figure = plot_path(bowl, paths)
    figure.axes[0].set_title("Five optimizers on the same bowl", fontsize=14)
    assert text_faults(figure) == []
    theirs = Figure(figsize=(9.6, 5.4))
    plot_path(bowl, {"a": paths["optimizer 1"]}, ax=theirs.subplots()).set_title("One of them", fontsize=14)
    assert text_faults(theirs) == []


def test_path_on_given_axes():
    axis = Figure().subplots()
    assert plot_path(parabola, path_of(np.array([3.0, 2.0])), ax=axis) is axis


# -- matplotlib ----------------------------------------------------------------------------------------


def run(code, **environment):
    env = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "MPLBACKEND")} | environment
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env)


PLOT = """
import io
from tinygrad_edu.viz import plot_history
f = plot_history({"loss": [2.0, 1.0]})
f.savefig(io.BytesIO())
"""


@pytest.mark.full
def test_without_a_display():
    done = run(PLOT + "import sys; print('matplotlib.pyplot' in sys.modules)")
    assert (done.stdout.strip(), done.stderr) == ("False", "")
    assert run("import matplotlib.pyplot" + PLOT).returncode == 0
    assert run("import matplotlib.pyplot" + PLOT, MPLBACKEND="TkAgg").returncode == 0


@pytest.mark.full
def test_pyplot_shows_the_figure_when_it_is_in_use():
    done = run("import matplotlib.pyplot as plt" + PLOT + "print(plt.gcf() is f)", MPLBACKEND="Agg")
    assert done.stdout.strip() == "True"


def test_importing_viz_loads_neither_matplotlib_nor_graphviz():
    done = run(
        "import tinygrad_edu.viz, sys; print([m for m in ('matplotlib', 'graphviz', 'wasmtime') if m in sys.modules])"
    )
    assert done.stdout.strip() == "[]"


def test_missing_matplotlib_names_the_command(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match=r'pip install "tinygrad-edu\[viz\]"'):
        plot_history(RUN)
