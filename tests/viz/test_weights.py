"""Gradients and weights over a training: the recorded figures against formulas, and the plots that show them."""

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import nn
from tinygrad_edu.nn.callbacks import GradientRecorder, WeightRecorder
from tinygrad_edu.viz import plot_gradients, plot_weights

pytest.importorskip("matplotlib")
from matplotlib.figure import Figure  # noqa: E402

from texts import text_faults  # noqa: E402  # isort: skip

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 3)).astype(np.float32)
Y = (X @ [1.0, -2.0, 0.5] + 0.3).astype(np.float32)


def line(optimizer="sgd"):
    tg.random.seed(0)
    model = nn.Sequential([nn.Input((3,)), nn.Dense(1, name="line")])
    model.compile(optimizer, "mse")
    return model


def deep(dropout=0.0):
    tg.random.seed(0)
    layers = [nn.Dense(8, activation="tanh", name=f"hidden{i}") for i in range(3)]
    model = nn.Sequential([nn.Input((3,)), *layers, nn.Dropout(dropout), nn.Dense(1, name="out")])
    model.compile(tg.optim.Adam(0.01), "mse")
    return model


def trained(recorder, model=None, epochs=3, **options):
    model = model or deep()
    model.fit(X, Y, epochs=epochs, batch_size=10, verbose=0, callbacks=[recorder], **options)
    return model


# -- the recorders ---------------------------------------------------------------------------------------


def test_the_figures_of_linear_regression_by_its_formulas():
    """One batch an epoch: the gradient is 2/N Xᵀ(Xw + b − y), with the weights after the step."""
    model, recorder, kept = line(tg.optim.SGD(0.05)), GradientRecorder(), WeightRecorder()
    start = model.get_weights()
    model.fit(X, Y, epochs=4, batch_size=40, verbose=0, callbacks=[recorder, kept])
    w, b = (np.asarray(array, dtype=float) for array in start)
    for k in range(4):
        error = X @ w[:, 0] + b - Y
        step = 0.05 * 2 / 40 * X.T @ error
        before, w, b = w, w - step[:, None], b - 0.05 * 2 * error.mean()
        error = X @ w[:, 0] + b - Y
        found = {name: values["line/kernel"][k] for name, values in recorder.history.items()}
        assert found["gradient"] == pytest.approx(np.linalg.norm(2 / 40 * X.T @ error), rel=1e-4)
        assert found["weight"] == pytest.approx(np.linalg.norm(w), rel=1e-5)
        assert found["update"] == pytest.approx(np.linalg.norm(step) / np.linalg.norm(before), rel=1e-3)
        assert recorder.history["gradient"]["line/bias"][k] == pytest.approx(abs(2 * error.mean()), rel=1e-3)
        np.testing.assert_allclose(kept.weights["line/kernel"][k + 1], w, rtol=1e-5)
    np.testing.assert_array_equal(kept.weights["line/kernel"][0], start[0])


@pytest.mark.parametrize("make", [GradientRecorder, lambda: GradientRecorder(every=2), WeightRecorder])
@pytest.mark.parametrize("eager", [False, True])
def test_the_training_is_the_same_bit_for_bit(make, eager):
    models = [deep(dropout=0.3), deep(dropout=0.3)]
    results = []
    for model, callbacks in zip(models, ([], [make()]), strict=True):
        model.run_eagerly = eager
        tg.random.seed(5)
        history = model.fit(X, Y, epochs=4, batch_size=12, verbose=0, callbacks=callbacks)
        results.append((model.get_weights(), history.history["loss"]))
    for mine, theirs in zip(results[0][0], results[1][0], strict=True):
        np.testing.assert_array_equal(mine, theirs)
    assert results[0][1] == results[1][1]


def test_moments_of_records():
    by_epoch, by_batch, kept = GradientRecorder(), GradientRecorder(every=3), WeightRecorder(every=5)
    model = deep()
    model.fit(X, Y, epochs=3, batch_size=10, verbose=0, callbacks=[by_epoch, by_batch, kept])
    assert (by_epoch.epoch, by_epoch.step) == ([0, 1, 2], [4, 8, 12])
    assert (by_batch.epoch, by_batch.step) == ([0, 1, 2, 2], [3, 6, 9, 12])
    assert (kept.epoch, kept.step) == ([0, 1, 2], [0, 5, 10])
    model.fit(X, Y, epochs=1, batch_size=10, verbose=0, callbacks=[by_epoch, kept])
    assert by_epoch.step == [4, 8, 12, 16]
    assert kept.step == [0, 5, 10, 15]


def test_weights_and_layers_have_their_names():
    recorder = GradientRecorder()
    trained(recorder, epochs=1)
    assert recorder.layers["hidden1/bias"] == "hidden1"
    assert list(recorder.history["gradient"])[:2] == ["hidden0/kernel", "hidden0/bias"]


def test_layers_of_one_name_are_told_apart():
    inner = nn.Sequential([nn.Dense(4, name="same")], name="inner")
    model = nn.Sequential([nn.Input((3,)), inner, nn.Dense(1, name="same")])
    model.compile("sgd", "mse")
    recorder = GradientRecorder()
    trained(recorder, model)
    assert list(recorder.history["weight"]) == ["same/kernel", "same/bias", "same/kernel (2)", "same/bias (2)"]
    assert recorder.layers["same/kernel (2)"] == "same (2)"


def test_a_layer_that_is_thawed_later():
    model, recorder = deep(), GradientRecorder()
    model.layers[0].trainable = False
    trained(recorder, model, epochs=2)
    model.layers[0].trainable = True
    trained(recorder, model, epochs=2)
    values = recorder.history["gradient"]["hidden0/kernel"]
    assert np.isnan(values[:2]).all()
    assert np.isfinite(values[2:]).all()
    assert text_faults(plot_gradients(recorder)) == []


def test_a_frozen_bias_that_is_zero_has_no_ratio():
    """‖Δw‖ / ‖w‖ of a bias that begins at 0 is no number at the first record, and no error."""
    recorder = GradientRecorder()
    trained(recorder, line(), epochs=2)
    first, second = recorder.history["update"]["line/bias"]
    assert np.isnan(first)
    assert second > 0


@pytest.mark.parametrize("every", [0, -1, 1.5, True, "epoch"])
def test_a_wrong_rhythm(every):
    for recorder in (GradientRecorder, WeightRecorder):
        with pytest.raises(ValueError, match="every should be a whole number"):
            recorder(every=every)


# -- the plots ----------------------------------------------------------------------------------------------


def test_gradients_of_a_layer_are_those_of_its_weights_together():
    recorder = GradientRecorder()
    trained(recorder)
    figure = plot_gradients(recorder, figures=("gradient", "weight", "update"))
    assert [axis.get_ylabel() for axis in figure.axes] == [
        "norm of the gradient",
        "norm of the weights",
        "change ÷ weights",
    ]
    for axis, name in zip(figure.axes, ("gradient", "weight"), strict=False):
        drawn = {one.get_label(): one.get_ydata() for one in axis.lines}
        table = recorder.history[name]
        together = np.hypot(table["out/kernel"], table["out/bias"])
        np.testing.assert_allclose(drawn["out"], together)
        assert axis.get_yscale() == "log"
    assert text_faults(figure) == []


def test_the_change_of_a_layer():
    """√(Σ‖Δw‖² / Σ‖w‖²), where only one of two weights moved."""
    recorder = GradientRecorder()
    recorder.step, recorder.epoch = [1], [0]
    recorder.layers = {"a/kernel": "a", "a/bias": "a"}
    recorder.history = {
        "gradient": {"a/kernel": [1.0], "a/bias": [1.0]},
        "weight": {"a/kernel": [3.0], "a/bias": [4.0]},
        "update": {"a/kernel": [0.5], "a/bias": [0.0]},
    }
    axis = plot_gradients(recorder, figures="update").axes[0]
    np.testing.assert_allclose(axis.lines[0].get_ydata(), [1.5 / 5])


def test_steps_or_epochs_on_the_axis():
    recorder, by_batch = GradientRecorder(), GradientRecorder(every=2)
    trained(recorder)
    trained(by_batch)
    assert plot_gradients(recorder).axes[0].get_xlabel() == "Epoch"
    np.testing.assert_array_equal(plot_gradients(recorder).axes[0].lines[0].get_xdata(), [1, 2, 3])
    assert plot_gradients(by_batch).axes[0].get_xlabel() == "step"


@pytest.mark.full
def test_many_layers_all_look_different():
    layers = [nn.Dense(2, activation="tanh", name=f"layer{i}") for i in range(12)]
    model = nn.Sequential([nn.Input((3,)), *layers, nn.Dense(1, name="out")])
    model.compile("sgd", "mse")
    recorder = GradientRecorder()
    trained(recorder, model)
    figure = plot_gradients(recorder)
    assert len({tuple(one.get_color()) for one in figure.axes[0].lines}) == 13
    assert text_faults(figure) == []


def test_violins_stand_where_the_weights_are():
    model = deep()
    axis = plot_weights(model).axes[0]
    names = [tick.get_text() for tick in axis.get_xticklabels()]
    assert names[:2] == ["hidden0/kernel", "hidden0/bias"]
    medians = [segments.get_segments()[0][0][1] for segments in axis.collections if hasattr(segments, "get_segments")]
    assert any(value == pytest.approx(np.median(model.layers[0].kernel.numpy())) for value in medians)


@pytest.mark.full
def test_bands_over_the_training():
    kept = WeightRecorder()
    trained(kept)
    figure = plot_weights(kept)
    panel = next(axis for axis in figure.axes if axis.get_title(loc="left") == "hidden1/kernel")
    values = np.stack([array.ravel() for array in kept.weights["hidden1/kernel"]])
    np.testing.assert_allclose(panel.lines[0].get_ydata(), np.median(values, axis=1))
    whole = panel.collections[0].get_paths()[0].vertices[:, 1]
    assert (whole.min(), whole.max()) == (pytest.approx(values.min()), pytest.approx(values.max()))
    assert text_faults(figure) == []


@pytest.mark.full
def test_more_weights_than_a_figure_holds():
    layers = [nn.Dense(2, name=f"layer{i}") for i in range(10)]
    model = nn.Sequential([nn.Input((3,)), *layers])
    assert text_faults(plot_weights(model)) == []
    model.compile("sgd", "mse")
    kept = WeightRecorder()
    model.fit(X, np.ones((40, 2)), epochs=2, verbose=0, callbacks=[kept])
    figure = plot_weights(kept)
    assert sum(axis.axison for axis in figure.axes) == 12
    assert text_faults(figure) == []


def test_on_given_axes():
    recorder, kept = GradientRecorder(), WeightRecorder()
    model = trained(recorder)
    pair = Figure().subplots(1, 2)
    assert plot_gradients(recorder, ax=pair) is pair
    axis = Figure().subplots()
    assert plot_weights(model, ax=axis) is axis
    with pytest.raises(ValueError, match="an Axes for each"):
        plot_gradients(recorder, ax=axis)
    trained(kept)
    with pytest.raises(ValueError, match="leave ax out"):
        plot_weights(kept, ax=axis)


def test_bad_input():
    with pytest.raises(ValueError, match="no gradients yet"):
        plot_gradients(GradientRecorder())
    with pytest.raises(ValueError, match="no weights yet"):
        plot_weights(WeightRecorder())
    with pytest.raises(ValueError, match="has no weights yet"):
        plot_weights(nn.Sequential([nn.Dense(3)]))
    with pytest.raises(TypeError, match="recorder should be a GradientRecorder"):
        plot_gradients({"loss": [1.0]})
    with pytest.raises(TypeError, match="expects a model"):
        plot_weights([1.0, 2.0])
    with pytest.raises(ValueError, match="no trainable weights"):
        plot_weights(nn.Sequential([nn.Input((3,)), nn.Flatten()]))
    recorder = GradientRecorder()
    trained(recorder, epochs=1)
    with pytest.raises(ValueError, match="expects some of"):
        plot_gradients(recorder, figures=("gradients",))


@pytest.mark.filterwarnings("ignore:The loss is (inf|nan) since epoch")
def test_a_training_that_diverged_is_marked():
    recorder, kept, model = GradientRecorder(), WeightRecorder(), line(tg.optim.SGD(1e30))
    model.fit(X, Y, epochs=3, verbose=0, callbacks=[recorder, kept])
    for axis in plot_gradients(recorder).axes:
        (marks,) = [one for one in axis.lines if one.get_label() == "NaN or infinite"]
        np.testing.assert_array_equal(marks.get_xdata(), [1, 2, 3])
    figure = plot_weights(kept)
    for axis in figure.axes:
        (marks,) = [one for one in axis.lines if one.get_label() == "NaN or infinite"]
        np.testing.assert_array_equal(marks.get_xdata(), kept.step[1:])
    assert text_faults(figure) == []
    with pytest.raises(ValueError, match="only weights that are NaN or infinite"):
        plot_weights(model)


@pytest.mark.full
def test_many_layers_with_long_names_have_one_legend():
    layers = [nn.Dense(2, "tanh", name=f"a_hidden_layer_with_a_long_name_{i}") for i in range(25)]
    model, recorder, kept = nn.Sequential([nn.Input((3,)), *layers]), GradientRecorder(), WeightRecorder()
    model.compile("sgd", "mse")
    model.fit(X, X[:, :2], epochs=2, verbose=0, callbacks=[recorder, kept])
    figure = plot_gradients(recorder)
    assert len(figure.axes[0].lines) == 25
    assert [axis.get_legend() for axis in figure.axes] == [None, None]
    assert len(figure.legends[0].get_texts()) <= 20
    for drawn in (figure, plot_weights(kept), plot_weights(model)):
        assert text_faults(drawn) == []


def test_a_change_of_zero_leaves_a_gap_on_the_logarithmic_scale():
    recorder = GradientRecorder()
    recorder.step, recorder.epoch, recorder.layers = [1, 2], [0, 1], {"a/kernel": "a"}
    recorder.history = {name: {"a/kernel": [0.0, 1.0]} for name in ("gradient", "weight", "update")}
    np.testing.assert_array_equal(plot_gradients(recorder, "gradient").axes[0].lines[0].get_ydata(), [np.nan, 1.0])
