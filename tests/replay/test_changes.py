"""Changes behind the back of a training program: weights, settings, layers, between steps and between fits."""

import numpy as np
import pytest
from stories import (
    RunningMean,
    X,
    Y,
    assert_same,
    network,
    same_as_eager,
    set_weights,
    told,
    train,
    train_op_by_op,
    trusted,
    write_data,
)

import tinygrad_edu as tg
from tinygrad_edu.nn import Activation, Dense, Dropout, EarlyStopping, LambdaCallback, Layer, losses, regularizers
from tinygrad_edu.nn.training import programs as programs_module
from tinygrad_edu.replay.numpy.memory import Store

pytestmark = pytest.mark.usefixtures("double")


def changed_model(eagerly):
    return network(
        Dense(4, activation="tanh", kernel_regularizer=regularizers.L2(0.01)),
        Dropout(0.2, seed=1),
        Masked(),
        Dense(1),
        eagerly=eagerly,
        optimizer=tg.optim.Momentum(0.02, momentum=0.5),
        loss=losses.Huber(),
    )


class Masked(Layer):
    def __init__(self):
        super().__init__()
        self.mask, self.constant = np.ones(4), tg.Tensor(np.ones(4))

    def call(self, inputs):
        return inputs * self.mask + self.constant


def assign_data(model):
    model.layers[0].kernel.data = np.full((3, 4), 0.2)


def scale_data(model):
    model.layers[0].kernel.data *= 0.9


def write_constant(model):
    model.layers[2].constant.data[1] = 0.5


def assign_constant(model):
    model.layers[2].constant = tg.Tensor(np.full(4, 0.1))


def write_mask(model):
    model.layers[2].mask[1] = 3.0


def assign_mask(model):
    model.layers[2].mask = np.array([1.0, 2.0, 3.0, 4.0])


def freeze(model):
    model.layers[0].trainable = False


def freeze_one_weight(model):
    model.layers[0].kernel.requires_grad = False


def assign_weight(model):
    model.layers[0].bias = tg.Tensor(np.full(4, 0.1), requires_grad=True, name="new")


def assign_activation(model):
    model.layers[0].activation = np.sin


def assign_dropout_rate(model):
    model.layers[1].rate = 0.5


def assign_regularizer(model):
    model.layers[0].kernel_regularizer = regularizers.L1(0.5)


def change_regularizer(model):
    model.layers[0].kernel_regularizer.l2 = 0.5


def assign_loss(model):
    model.loss = losses.MeanAbsoluteError()


def change_loss(model):
    model.loss.arguments["delta"] = 0.1


def assign_rate(model):
    model.optimizer.learning_rate = 0.1


def assign_schedule(model):
    model.optimizer.learning_rate = lambda step: 0.1 / (1 + step)


def assign_momentum(model):
    model.optimizer.momentum = 0.9


def assign_optimizer(model):
    model.optimizer = tg.optim.Adam(0.02)


def restart_iterations(model):
    model.optimizer.iterations = 0


def apply_gradients(model):
    weights = model.trainable_weights
    model.optimizer.apply([np.full(w.shape, 0.5) for w in weights], weights)


def put_a_layer_into_the_list(model):
    model._layers.insert(2, Activation("relu"))


CHANGES = [
    set_weights, write_data, assign_data, scale_data, write_constant, assign_constant, write_mask, assign_mask, freeze,
    freeze_one_weight, assign_weight, assign_activation, assign_dropout_rate, assign_regularizer, change_regularizer,
    assign_loss, change_loss, assign_rate, assign_schedule, assign_momentum, assign_optimizer, restart_iterations,
    apply_gradients, put_a_layer_into_the_list,
]  # fmt: skip


def compile_again(model):
    model.compile(tg.optim.Adam(0.02), "mae", metrics=["mse"], run_eagerly=model.run_eagerly)


def compile_another_loss(model):
    model.compile(model.optimizer, "mae", run_eagerly=model.run_eagerly)


def add_a_layer(model):
    model.add(Activation("tanh"))


def add_weights(model):
    model.add(Dense(1, kernel_initializer="ones"))


def take_a_layer_off(model):
    model.add(Activation("tanh"))
    train(model)
    model.pop()


def add_dropout_then_change_it(model):
    model.add(Dropout(0.5, seed=2))
    train(model)
    model.layers[-1].rate = 0.1


def melt_after_freezing(model):
    freeze(model)
    train(model)
    model.layers[0].trainable = True


def train_on_other_lengths(model):
    for length in (3, 5, 3, 7, 3):
        model.train_on_batch(X[:length], Y[:length])


BETWEEN_FITS = [
    *CHANGES, compile_again, compile_another_loss, add_a_layer, add_weights, take_a_layer_off,
    add_dropout_then_change_it, melt_after_freezing, train_op_by_op, train_on_other_lengths,
]  # fmt: skip


def changing(change, make=changed_model):
    """The story of a training with a change in the middle."""

    def story(eagerly):
        model = make(eagerly)
        for _ in range(3):
            train(model, 2)
            seen = [model.predict(X), model.evaluate(X, Y, verbose=0)]
        change(model)
        seen += [model.predict(X), model.evaluate(X, Y, verbose=0), model.predict_on_batch(X[:5])]
        seen += [train(model).history, model.predict(X), model.evaluate(X, Y, verbose=0)]
        return model, seen

    return story


@pytest.mark.filterwarnings("ignore:No gradient")
@pytest.mark.parametrize("change", BETWEEN_FITS)
@pytest.mark.matrix(one_in=5)
def test_a_change_between_fits_is_noticed(change):
    without = told(changing(lambda model: None), True)[1]
    model, expected, _ = told(changing(change), True)
    if change not in (assign_regularizer, train_on_other_lengths):  # which does nothing after the weights were made
        with pytest.raises(AssertionError):
            assert_same(expected, without)
    model, found, said = told(changing(change), False)
    assert_same(found, expected)
    assert trusted(model)
    assert all(message.startswith("No gradient") for message in said)


def during(hook, change):
    """The story of a training with a change by a callback."""

    def story(eagerly):
        model = changed_model(eagerly)
        calls = []

        def act(index, logs=None):
            calls.append(index)
            if len(calls) == 8:
                change(model)

        train(model, 2)
        model.fit(X, Y, 8, 10, 0, [LambdaCallback(**{hook: act})], shuffle=False, validation_data=(X, Y))
        return model, model.history.history, len(calls)

    return story


@pytest.mark.parametrize("hook", ["on_train_batch_begin", "on_train_batch_end", "on_epoch_begin", "on_epoch_end"])
@pytest.mark.parametrize("change", [change for change in CHANGES if change not in (freeze_one_weight, assign_weight)])
@pytest.mark.matrix(one_in=11)
def test_a_change_by_a_callback_is_noticed(hook, change):
    same_as_eager(during(hook, change))


@pytest.mark.parametrize("hook", ["on_train_batch_begin", "on_train_batch_end", "on_epoch_end"])
@pytest.mark.parametrize("change", [set_weights, write_data, scale_data, apply_gradients, assign_rate])
@pytest.mark.matrix
def test_a_change_at_every_batch_or_epoch_is_noticed(hook, change):
    def story(eagerly):
        model = changed_model(eagerly)
        return model, train(model, 9, callbacks=[LambdaCallback(**{hook: lambda i, logs=None: change(model)})]).history

    same_as_eager(story)


def test_attributes_that_change_at_every_batch_end_the_programs():
    def story(eagerly):
        model = changed_model(eagerly)

        def act(batch, logs=None):
            model.layers[0].activation = np.sin if batch % 2 else np.tanh

        return model, train(model, 6, callbacks=[LambdaCallback(on_train_batch_begin=act)]).history

    _, expected, _ = told(story, True)
    model, found, said = told(story, False)
    assert_same(found, expected)
    assert len(said) == 1
    assert "attributes of the model change" in said[0]
    assert "train" in model.programs.eager


def test_programs_and_op_by_op_in_turns():
    def story(eagerly):
        model = changed_model(eagerly)

        def act(batch, logs=None):
            if not eagerly:
                model.run_eagerly = batch == 2

        history = train(model, 3, callbacks=[LambdaCallback(on_epoch_begin=act)]).history
        model.run_eagerly = eagerly
        return model, history, train(model, 3).history

    same_as_eager(story)


def test_the_best_weights_come_back():
    def story(eagerly):
        model = network(eagerly=eagerly, optimizer=tg.optim.SGD(0.9))
        stopping = EarlyStopping("val_loss", patience=2, restore_best_weights=True)
        first = train(model, 30, callbacks=[stopping], validation_split=0.25).history
        return model, first, stopping.best_epoch, model.predict(X), train(model).history

    same_as_eager(story)


def test_an_array_obtained_earlier_is_the_weight_until_a_step_replaces_it():
    """As op by op: `w.data` is the weight's own array until the optimizer gives the weight another one."""

    def story(eagerly):
        model = network(eagerly=eagerly)
        train(model)
        kernel, seen = model.layers[0].kernel, []
        array = kernel.data
        model.evaluate(X, Y, verbose=0)
        model.predict(X)
        array -= 0.1  # still the weight's
        seen += [kernel.numpy(), model.predict(X)]
        train(model)
        array[...] = 7.0  # no longer
        seen += [kernel.numpy(), train(model).history]
        model.layers[0].trainable = False
        array = kernel.data
        train(model)
        array[...] = 0.2  # nothing replaces a frozen weight
        return model, [*seen, kernel.numpy(), train(model).history]

    same_as_eager(story)


@pytest.mark.parametrize("between", [train_op_by_op, set_weights, train_on_other_lengths, assign_rate])
def test_gradients_that_wait_are_not_lost(between):
    def story(eagerly):
        optimizer = tg.optim.Adam(0.05, gradient_accumulation_steps=3)
        model = network(eagerly=eagerly, optimizer=optimizer)
        train(model, 4)
        model.train_on_batch(X[:8], Y[:8])
        between(model)
        return model, train(model, 4).history

    same_as_eager(story)


def test_running_statistics_are_changed_from_both_sides():
    def story(eagerly):
        layer = RunningMean()
        model, seen = network(layer, Dense(1), eagerly=eagerly), []

        def look():
            train(model)
            model.predict(X)
            seen.extend([model.predict(X), layer.count.numpy(), model.evaluate(X, Y, verbose=0)])

        look()
        layer.mean.data[...] = 0.5
        layer.count.data = 3.0
        look()
        model.set_weights([w * 0.5 for w in model.get_weights()])
        seen.append(model.predict(X))
        look()
        array = layer.mean.data
        array[...] = 0.7
        seen.append(model.predict(X))
        look()
        array[...] = 9.0
        look()
        return model, seen

    same_as_eager(story)


def forgetting(change, forget):
    """The same change, after a part of the package was broken."""

    def act(model):
        if not model.run_eagerly:
            forget(model)
        change(model)

    return act


def assert_noticed(change, forget):
    same_as_eager(changing(change))
    _, expected, _ = told(changing(change), True)
    _, found, said = told(changing(forgetting(change, forget)), False)
    assert not said
    with pytest.raises(AssertionError):
        assert_same(found, expected)


@pytest.mark.parametrize("change", [set_weights, write_data, assign_data, apply_gradients])
@pytest.mark.matrix(one_in=4)
def test_these_tests_notice_weights_that_are_not_taken_in(monkeypatch, change):
    nothing = lambda self, vectors, tensors: None  # noqa: E731
    assert_noticed(change, lambda model: monkeypatch.setattr(Store, "pull_changes", nothing))


@pytest.mark.parametrize(
    "change", [freeze, assign_activation, assign_dropout_rate, assign_momentum, change_regularizer]
)
@pytest.mark.matrix(one_in=5)
def test_these_tests_notice_settings_that_are_not_told(monkeypatch, change):
    def forget(model):
        monkeypatch.setattr(programs_module.Programs, "look_for_changes", lambda self, model: None)

    assert_noticed(change, forget)
