"""Loops around a training, compared with Keras 3 (tests/golden/nn_loops.py made the figures)."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

import tinygrad_edu as tg

_GOLDEN = Path(__file__).parents[1] / "golden" / "nn_loops.py"
_spec = importlib.util.spec_from_file_location("golden_nn_loops", _GOLDEN)
golden = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(golden)
FIGURES = json.loads(_GOLDEN.with_suffix(".json").read_text())


def compare(mine, theirs, where):
    """Numbers within rounding, all else equal."""
    if isinstance(theirs, dict):
        assert list(mine) == list(theirs), where
        for key in theirs:
            compare(mine[key], theirs[key], f"{where}, {key}")
    elif isinstance(theirs, list) and theirs and isinstance(theirs[0], list | str):
        assert len(mine) == len(theirs), where
        for i, (one, other) in enumerate(zip(mine, theirs, strict=True)):
            compare(one, other, f"{where}, {i}")
    elif isinstance(theirs, str | bool):
        assert mine == theirs, where
    else:
        np.testing.assert_allclose(mine, theirs, rtol=2e-4, atol=2e-6, err_msg=where)


@pytest.mark.parametrize("name", golden.CASES)
def test_as_keras(name):
    compare(golden.CASES[name](tg.keras), FIGURES[name], name)


def test_figures_that_add_up_over_batches_would_be_noticed(monkeypatch):
    monkeypatch.setattr(tg.nn.Model, "reset_metrics", lambda self: None)
    with pytest.raises(AssertionError):
        test_as_keras("by_batches")


class Batches(tg.keras.utils.PyDataset):
    """Batches that note when a pass begins and ends."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def __len__(self):
        return 2

    def __getitem__(self, index):
        self.seen.append(index)
        return golden.X[index : index + 4], golden.Y[index : index + 4]

    def on_epoch_begin(self):
        self.seen.append("begin")

    def on_epoch_end(self):
        self.seen.append("end")


def test_a_data_set_is_told_of_its_passes():
    data = Batches()
    golden.network(tg.keras).fit(data, epochs=2, shuffle=False, verbose=0)
    assert data.seen == ["begin", 0, 1, "end"] * 2


# -- steps of the user's own ------------------------------------------------------------------------------


class Own(tg.nn.Sequential):
    """The step of Keras's guide «Customizing fit»: loss and metrics of its own, none in compile."""

    def __init__(self, *layers, **options):
        super().__init__(*layers, **options)
        self.mean, self.error = tg.keras.metrics.Mean(name="loss"), tg.keras.metrics.MeanAbsoluteError(name="mae")
        self.fn = tg.keras.losses.MeanSquaredError()

    metrics = property(lambda self: [self.mean, self.error])

    def train_step(self, data):
        x, y = data
        y_pred = self(x, training=True)
        loss, weights = self.fn(y, y_pred), self.trainable_variables
        self.optimizer.apply(tg.gradients(loss, weights), weights)
        self.mean.update_state(loss)
        self.error.update_state(y, y_pred)
        return {metric.name: metric.result() for metric in self.metrics}


def test_a_step_of_ones_own_needs_no_loss_in_compile():
    plain = golden.network(tg.keras)
    own = Own(plain.layers)
    own.compile("adam")
    weights = plain.get_weights()
    histories = []
    for model in (plain, own):
        model.set_weights(weights)
        histories.append(model.fit(golden.X, golden.Y, batch_size=50, epochs=4, shuffle=False, verbose=0).history)
    compare(histories[1], histories[0], "own")
    found = own.train_on_batch(golden.X, golden.Y)
    assert isinstance(found, list) and len(found) == 2 and own.training_program is not None
    for call in (
        lambda: own.evaluate(golden.X, golden.Y),
        lambda: own.fit(golden.X, golden.Y, validation_split=0.1, verbose=0),
    ):
        with pytest.raises(ValueError, match=r"evaluate\(...\) needs a loss"):
            call()


class Encoder(tg.nn.Model):
    """Learns to give its own input, so that there are no targets."""

    def __init__(self):
        super().__init__()
        self.inner, self.outer = tg.nn.Dense(2, "tanh"), tg.nn.Dense(3)
        self.mean = tg.keras.metrics.Mean(name="loss")

    metrics = property(lambda self: [self.mean])

    def call(self, inputs):
        return self.outer(self.inner(inputs))

    def train_step(self, data):
        loss, weights = np.mean(np.square(self(data) - data)), self.trainable_variables
        self.optimizer.apply(tg.gradients(loss, weights), weights)
        self.mean.update_state(loss)
        return {"loss": self.mean.result()}


def test_a_step_of_ones_own_may_do_without_targets():
    parts, histories = (part for _ in range(5) for part in np.split(golden.X, 3)), []
    for options in ({"x": golden.X, "batch_size": 50, "shuffle": False}, {"x": parts, "steps_per_epoch": 3}):
        tg.random.seed(0)
        model = Encoder()
        model.compile(tg.optim.Adam(0.01))
        histories.append(model.fit(**options, epochs=5, verbose=0).history["loss"])
    assert histories[0] == histories[1] and histories[0][-1] < histories[0][0]
    with pytest.raises(ValueError, match="class_weight needs class numbers"):
        model.fit(golden.X, class_weight={0: 1.0}, verbose=0)


class Tracked(tg.nn.Sequential):
    """As Keras's guides write it: metrics are attributes, and the model finds them."""

    def __init__(self, *layers, **options):
        super().__init__(*layers, **options)
        self.loss_tracker = tg.keras.metrics.Mean(name="loss")
        self.further = [tg.keras.metrics.MeanAbsoluteError(name="mae")]

    def train_step(self, data):
        x, y = data
        y_pred = self(x, training=True)
        loss, weights = np.mean(np.square(y - y_pred)), self.trainable_variables
        self.optimizer.apply(tg.gradients(loss, weights), weights)
        self.loss_tracker.update_state(loss)
        self.further[0].update_state(y, y_pred)
        return {metric.name: metric.result() for metric in (self.loss_tracker, *self.further)}


@pytest.mark.parametrize("eager", [True, False])
def test_metrics_among_the_attributes_are_found_and_begin_anew_with_each_epoch(eager):
    """https://keras.io/guides/custom_train_step_in_jax and https://keras.io/api/layers/base_layer: `metrics`."""
    plain = golden.network(tg.keras)
    own, weights = Tracked(plain.layers), plain.get_weights()
    assert own.metrics == [own.loss_tracker, *own.further], "before compile too"
    own.compile("adam", "mse", run_eagerly=eager)
    assert own.metrics[1:] == [own.loss_tracker, *own.further] and own.metrics_names == ["loss", "mae"]
    assert [v.path for v in own.metrics_variables[2:4]] == ["loss/total", "loss/count"]
    histories = []
    for model in (plain, own):
        model.set_weights(weights)
        histories.append(model.fit(golden.X, golden.Y, batch_size=50, epochs=3, shuffle=False, verbose=0).history)
    compare(histories[1], histories[0], "own")
    assert eager or own.training_program is not None, "the metrics have names in the program"
    assert float(own.loss_tracker.count) == len(golden.X) // 50, "of one epoch"
    found = own.evaluate(golden.X, golden.Y, verbose=0, return_dict=True)
    expected = np.mean(np.square(own.predict(golden.X, verbose=0) - golden.Y))
    assert found["loss"] == pytest.approx(expected, rel=1e-5), "test_step is the model's: its own mean has the loss"


def test_a_loss_of_ones_own_counts_in_a_metric_of_the_model():
    class Scaled(tg.nn.Sequential):
        def __init__(self, *layers, **options):
            super().__init__(*layers, **options)
            self.unscaled = tg.keras.metrics.Mean(name="unscaled")

        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
            loss = super().compute_loss(x, y, y_pred, sample_weight, training)
            self.unscaled.update_state(loss)
            return 3.0 * loss

    model = Scaled([tg.nn.Input((golden.X.shape[1],)), tg.nn.Dense(golden.Y.shape[1])])
    model.compile("sgd", "mse")
    history = model.fit(golden.X, golden.Y, batch_size=50, epochs=3, verbose=0).history
    np.testing.assert_allclose(history["loss"], 3 * np.array(history["unscaled"]), rtol=1e-5)
    found = model.evaluate(golden.X, golden.Y, batch_size=50, verbose=0)
    assert found[0] == pytest.approx(3 * found[1], rel=1e-5)


def test_metrics_of_the_layers_inside_are_found_and_those_of_a_model_inside_are_its_own():
    layer, inner = tg.nn.Dense(1), tg.nn.Sequential([tg.nn.Dense(2)])
    layer.seen, inner.seen = tg.keras.metrics.Sum("of_layer"), tg.keras.metrics.Sum("of_model")
    inner.layers[0].seen = tg.keras.metrics.Sum("of_layer_of_model")
    outer = tg.nn.Sequential([inner, layer])
    assert layer.metrics == [layer.seen] and tg.nn.Dense(1).metrics == []
    assert [metric.name for metric in outer.metrics] == ["of_layer_of_model", "of_layer"]
    del layer.seen
    assert layer.metrics == layer.metrics_variables == []
