"""Callbacks: EarlyStopping as Keras, the record of a training, when each hook is called."""

import numpy as np
import pytest
from golden_figures import load

import tinygrad_edu as tg
from tinygrad_edu.nn import (
    Callback,
    Dense,
    EarlyStopping,
    History,
    Input,
    LambdaCallback,
    Sequential,
    TerminateOnNaN,
)
from tinygrad_edu.nn.callbacks import LearningRateScheduler

GOLDEN, FIGURES = load("nn_figures")
X, Y = np.arange(12.0).reshape(6, 2) / 12, np.arange(6.0) % 2


def network(rate=0.1, loss="mse", metrics=None):
    model = Sequential([Input((2,)), Dense(1, kernel_initializer="ones")])
    model.compile(optimizer=tg.optim.SGD(rate), loss=loss, metrics=metrics)
    return model


# -- EarlyStopping --------------------------------------------------------------------------------------


@pytest.mark.parametrize("series", GOLDEN.SERIES)
@pytest.mark.parametrize("options", GOLDEN.STOPPINGS, ids=str)
def test_early_stopping_is_that_of_keras(series, options):
    ours = GOLDEN.trace(EarlyStopping(monitor="loss", **options), GOLDEN.SERIES[series])
    assert ours == FIGURES["stoppings"][f"{series} {options}"]


class Impatient(EarlyStopping):
    def __init__(self, **options):
        super().__init__(**options | {"patience": max(0, options.get("patience", 0) - 1)})


class Forgetful(EarlyStopping):
    def on_train_end(self, logs=None):
        """Forgets to go back to the best weights."""


class Generous(EarlyStopping):
    def better(self, value, than):
        return than is None or value <= than


@pytest.mark.parametrize("mutant", [Impatient, Forgetful, Generous])
def test_a_wrong_early_stopping_would_be_noticed(mutant):
    found = {
        f"{name} {options}": GOLDEN.trace(mutant(monitor="loss", **options), series)
        for name, series in GOLDEN.SERIES.items()
        for options in GOLDEN.STOPPINGS
    }
    assert found != FIGURES["stoppings"]


@pytest.mark.parametrize(
    ("monitor", "rises"),
    [("accuracy", True), ("val_acc", True), ("val_binary_accuracy", True), ("loss", False), ("val_mae", False)],
)
def test_direction_by_name(monitor, rises):
    assert EarlyStopping(monitor).better(2.0, 1.0) is rises
    assert EarlyStopping(monitor).better(1.0, 2.0) is not rises


def test_a_figure_of_several_numbers_cannot_be_watched():
    watch = EarlyStopping("f1_score")
    with pytest.raises(ValueError, match=r"'f1_score': expected one number; it has 2\..*average='macro'"):
        watch.on_epoch_end(0, {"f1_score": np.array([0.5, 0.25])})


def test_training_stops_where_the_loss_no_longer_changes():
    """The course's criterion of convergence."""
    tg.random.seed(0)
    stopping = EarlyStopping(monitor="loss", min_delta=1e-3, patience=2)
    model = network()
    losses = model.fit(X, Y, batch_size=6, epochs=200, callbacks=[stopping], verbose=0).history["loss"]
    assert 5 < len(losses) < 200
    assert stopping.stopped_epoch == len(losses) - 1
    changes = -np.diff(losses)
    assert (changes[-2:] < 2e-3).all()
    assert changes[0] > 1e-3


def test_best_weights_come_back(capsys):
    seen = []
    keep = LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append((logs["loss"], model.get_weights())))
    stopping = EarlyStopping(monitor="loss", patience=2, restore_best_weights=True, verbose=1)
    model = network(rate=1.9)  # too large: the loss grows
    model.fit(X, Y, batch_size=2, shuffle=False, epochs=9, callbacks=[keep, stopping], verbose=0)
    best = min(range(len(seen)), key=lambda i: seen[i][0])
    assert len(seen) < 9
    for mine, kept in zip(model.get_weights(), seen[best][1], strict=True):
        np.testing.assert_array_equal(mine, kept)
    assert capsys.readouterr().out == (
        f"Epoch {len(seen)}: early stopping\nRestoring model weights from the end of the best epoch: {best + 1}.\n"
    )


def test_early_stopping_can_be_used_twice():
    stopping = EarlyStopping(monitor="loss", patience=0, min_delta=10)
    for _ in range(2):
        assert len(network().fit(X, Y, epochs=5, callbacks=[stopping], verbose=0).epoch) == 2


def test_a_figure_that_is_not_there_warns_and_lists_those_that_are():
    with pytest.warns(
        UserWarning, match="EarlyStopping watches 'val_loss'.*There are: accuracy, loss.*validation_split"
    ):
        network(loss="mse", metrics=["accuracy"]).fit(X, Y, callbacks=[EarlyStopping()], verbose=0)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"mode": "up"}, "mode should be 'auto', 'min' or 'max'; received 'up'"),
        ({"patience": -1}, "patience should be a whole number ≥ 0; received -1"),
    ],
)
def test_what_is_refused(options, text):
    with pytest.raises(ValueError, match=text):
        EarlyStopping(**options)


# -- the others -------------------------------------------------------------------------------------------


def test_terminate_on_nan_says_where(capsys):
    model = network(rate=1e30)
    with np.errstate(all="ignore"):
        history = model.fit(X, Y, batch_size=2, epochs=50, callbacks=[TerminateOnNaN()], verbose=0)
    assert len(history.epoch) < 5
    assert not np.isfinite(history.history["loss"][-1])
    assert "the loss is" in capsys.readouterr().out


def test_history_has_a_figure_an_epoch():
    model = network(metrics=["mae"])
    history = model.fit(X, Y, epochs=3, validation_split=0.5, validation_freq=2, verbose=0)
    assert isinstance(history, History)
    assert model.history is history
    assert (history.epoch, history.params["epochs"], history.model) == ([0, 1, 2], 3, model)
    assert {name: len(values) for name, values in history.history.items()} == {
        "loss": 3, "mae": 3, "val_loss": 1, "val_mae": 1,
    }  # fmt: skip
    assert all(type(value) is float for values in history.history.values() for value in values)
    assert repr(history).startswith("<History of 3 epochs; last loss: ")


class Recorder(Callback):
    def __init__(self):
        self.calls = []

    def on_train_begin(self, logs=None):
        self.calls.append("train")

    def on_train_end(self, logs=None):
        self.calls.append("end")

    def on_epoch_begin(self, epoch, logs=None):
        self.calls.append(f"epoch {epoch}")

    def on_epoch_end(self, epoch, logs=None):
        self.calls.append(f"epoch {epoch} end: {' '.join(sorted(logs))}")

    def on_train_batch_begin(self, batch, logs=None):
        self.calls.append(f"batch {batch}")

    def on_train_batch_end(self, batch, logs=None):
        self.calls.append(f"batch {batch} end: {' '.join(sorted(logs))}")


def test_hooks_are_called_in_order():
    recorder = Recorder()
    model = network()
    model.fit(X, Y, batch_size=3, epochs=2, initial_epoch=1, validation_split=0.17, callbacks=[recorder], verbose=0)
    batches = ["batch 0", "batch 0 end: loss", "batch 1", "batch 1 end: loss"]
    assert recorder.calls == ["train", "epoch 1", *batches, "epoch 1 end: loss val_loss", "end"]
    assert recorder.model is model
    assert recorder.params == {"verbose": 0, "epochs": 2, "steps": 2}


def test_a_callback_can_stop_the_training_at_any_batch():
    class Stop(Callback):
        def on_train_batch_end(self, batch, logs=None):
            self.model.stop_training = batch == 1

    model = network()
    history = model.fit(X, Y, batch_size=2, epochs=4, callbacks=[Stop()], verbose=0)
    assert (history.epoch, model.optimizer.iterations) == ([0], 2)
    assert len(model.fit(X, Y, epochs=2, verbose=0).epoch) == 2  # the next training starts anew


def test_lambda_callback():
    seen = []
    callback = LambdaCallback(
        on_epoch_end=lambda epoch, logs: seen.append(("epoch", epoch, round(logs["loss"], 3))),
        on_train_batch_begin=lambda batch, logs: seen.append(("batch", batch)),
        on_train_end=None,
    )
    losses = network().fit(X, Y, epochs=2, callbacks=[callback], verbose=0).history["loss"]
    assert seen == [("batch", 0), ("epoch", 0, round(losses[0], 3)), ("batch", 0), ("epoch", 1, round(losses[1], 3))]


def test_lambda_callback_refuses_unknown_hooks():
    with pytest.raises(TypeError, match="names of hooks, such as on_epoch_end; received 'on_epoch_ends'"):
        LambdaCallback(on_epoch_ends=print)


@pytest.mark.parametrize("wrong", [[print], ["early_stopping"], [EarlyStopping]], ids=repr)
def test_what_is_no_callback_is_refused_before_training(wrong):
    model = network()
    before = model.get_weights()
    with pytest.raises(TypeError, match="callbacks expects Callback objects, such as EarlyStopping"):
        model.fit(X, Y, callbacks=wrong, verbose=0)
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))


def test_a_single_callback_needs_no_list_as_in_keras():
    recorder = Recorder()
    network().fit(X, Y, callbacks=recorder, verbose=0)
    assert recorder.calls[0] == "train"


# -- schedules ------------------------------------------------------------------------------------------------


def test_a_schedule_may_be_an_object():
    class Halving:
        def __call__(self, epoch):
            return 0.5**epoch

    for schedule in (Halving(), tg.optim.schedules.ExponentialDecay(1.0, 1, 0.5), Halving().__call__):
        model = Sequential([Input((2,)), Dense(1)])
        model.compile("sgd", "mse")
        history = model.fit(
            np.zeros((4, 2)), np.zeros(4), epochs=3, verbose=0, callbacks=[LearningRateScheduler(schedule)]
        )
        assert history.history["learning_rate"] == [1.0, 0.5, 0.25]
