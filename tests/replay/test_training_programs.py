"""Training programs are never wrong: whatever a step does, and whatever changes around it, the numbers are eager's.

Each test is a story that is told twice, with `run_eagerly=True` and without: both must end in the same state.
"""

import copy
import gc
import linecache
import math
import pickle
import random
import re
import threading
import tracemalloc
import warnings
import weakref

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import floats, replay
from tinygrad_edu.nn import (
    Activation,
    Callback,
    Dense,
    Dropout,
    EarlyStopping,
    Input,
    LambdaCallback,
    Layer,
    Sequential,
    TerminateOnNaN,
    losses,
    metrics,
    regularizers,
)
from tinygrad_edu.nn import programs as programs_module
from tinygrad_edu.nn import state as state_module
from tinygrad_edu.replay import flat, source

X = np.random.default_rng(0).normal(size=(36, 3))
Y = X @ np.array([[1.0], [-2.0], [0.5]])
RAGGED = 8  # 36 rows: four batches of 8 and one of 4


@pytest.fixture(autouse=True)
def double():
    before = floats.floatx()
    floats.set_floatx("float64")
    yield
    floats.set_floatx(before)


# -- stories told twice -------------------------------------------------------------------------------------


def network(*layers, eagerly, of=Sequential, optimizer=None, loss="mse", figures=None):
    model = of([Input((3,)), *(layers or (Dense(4, activation="tanh"), Dense(1)))])
    model.compile(optimizer or tg.optim.Adam(0.05), loss, metrics=figures, run_eagerly=eagerly)
    return model


def train(model, epochs=3, x=X, y=Y, **options):
    return model.fit(x, y, **{"batch_size": RAGGED, "epochs": epochs, "verbose": 0, "shuffle": False} | options)


def state(model):
    optimizer = [t.numpy() for t in model.optimizer.variables] if model.compiled else []
    return [*model.get_weights(), *optimizer, model.optimizer.iterations]


def told(story, eagerly):
    """What a story gives: its model, what it saw and the state in the end, and its warnings."""
    tg.random.seed(3)
    np.random.seed(3)
    random.seed(3)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model, *seen = story(eagerly)
    return model, [*seen, *state(model)], [str(w.message) for w in caught]


def assert_same(found, expected, exactly=False):
    if isinstance(expected, dict):
        assert found.keys() == expected.keys()
        found, expected = list(found.values()), list(expected.values())
    if isinstance(expected, (list, tuple)):
        assert len(found) == len(expected)
        for one, other in zip(found, expected):
            assert_same(one, other, exactly)
    elif exactly:
        np.testing.assert_array_equal(found, expected)
    else:
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


def trusted(model, kind="train"):
    programs = model._made_programs()
    return kind not in programs.eager and any(e.trusted and e.kind == kind for e in programs.entries.values())


def same_as_eager(story):
    """The story runs by programs, without a warning, and ends as it does op by op. Gives the model."""
    _, expected, _ = told(story, True)
    model, found, said = told(story, False)
    assert not said
    assert_same(found, expected)
    assert trusted(model)
    return model


def stays_eager(story):
    """The story falls back to running op by op, says so once, and no bit is different. Gives the warning."""
    _, expected, silence = told(story, True)
    model, found, said = told(story, False)
    assert silence == []
    assert_same(found, expected, exactly=True)
    assert "train" in model._made_programs().eager
    assert len(said) == 1
    assert said[0].startswith("The train step runs op by op, which is slower: ")
    return said[0]


def named_line(message):
    """The line of source that a warning names."""
    file, line = re.search(r"\((\S+), line (\d+)\)", message).groups()
    assert file == __file__
    return linecache.getline(file, int(line))


# -- layers that cannot be traced ---------------------------------------------------------------------------


class Calls(Layer):
    """A layer with one weight that calls a function of (weight, inputs)."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def build(self, input_shape):
        self.w = self.add_weight((input_shape[-1],), "ones", name="w")

    def call(self, inputs):
        return self.function(self.w, inputs)


def writes_in_place(w, x):
    w.data[...] = np.full(3, 0.9)
    return x * w


def shrinks_in_place(w, x):
    w.data *= 0.9
    return x * w


def assigns(w, x):
    w.data = np.full(3, 0.4)
    return x * w


def copies(w, x):
    return x * w * (1.0 + np.mean(copy.deepcopy(x)))


LAYERS_THAT_LEAVE = {
    "if float(x.sum())": lambda w, x: x * w if float(x.sum()) > 0 else x * w * 2.0,
    "if x.sum() > 0": lambda w, x: x * w if x.sum() > 0 else x * w * 2.0,
    "(x.sum() > 0).item()": lambda w, x: x * w * (1.0 + (x.sum() > 0).item()),
    "x.numpy()": lambda w, x: x * w * (1.0 + x.numpy().mean()),
    "w.numpy()": lambda w, x: x * w * (1.0 + w.numpy().mean()),
    "np.asarray(x)": lambda w, x: x * w * (1.0 + np.asarray(x).mean()),
    "x.data": lambda w, x: x * w * (1.0 + x.data.mean()),
    "int(x.sum())": lambda w, x: x * w * int(x.sum()),
    "math.tanh(x.sum())": lambda w, x: x * w * math.tanh(x.sum()),
    "max(x.sum(), x.mean())": lambda w, x: x * w * max(x.sum(), x.mean()),
    "float(f'{x.sum():.3f}')": lambda w, x: x * w * float(f"{x.sum():.3f}"),  # fmt: skip
    "x[:(x.sum() > 0)]": lambda w, x: x * w + np.sum(x[: (x.sum() > 0)]),  # fmt: skip
    "w.data[...] = np.full": writes_in_place,
    "w.data *= 0.9": shrinks_in_place,
    "w.data = np.full": assigns,
}


@pytest.mark.parametrize("text", LAYERS_THAT_LEAVE)
def test_a_layer_that_leaves_the_ops_stays_eager(text):
    def story(eagerly):
        model = network(Calls(LAYERS_THAT_LEAVE[text]), Dense(1), eagerly=eagerly)
        return model, train(model).history

    assert text.removeprefix("if ") in named_line(stays_eager(story))


def test_a_copy_of_a_tensor_is_no_way_out():
    """Batch descent: the audit sees the same data twice, so only the trace can notice."""

    def story(eagerly):
        model = network(Calls(copies), Dense(1), eagerly=eagerly)
        train(model, batch_size=36)
        return model, train(model, x=X + 1.0, batch_size=36).history

    stays_eager(story)


class CountedCalls(Layer):
    """x · f(n) at the n-th call."""

    def __init__(self, factor):
        super().__init__()
        self.factor, self.n = factor, 0

    def call(self, inputs):
        self.n += 1
        return inputs * self.factor(self.n)


class RemembersCalls(Layer):
    def __init__(self):
        super().__init__()
        self.seen = []

    def call(self, inputs):
        self.seen.append(len(self.seen))
        return inputs * (1.0 + 0.1 * len(self.seen))


class CountsInAnArray(Layer):
    def __init__(self):
        super().__init__()
        self.n = np.zeros(1)

    def call(self, inputs):
        self.n[0] += 1
        return inputs * (1.0 + 0.1 * float(self.n[0]))


class KeepsItsOutput(Layer):
    def call(self, inputs):
        self.last = inputs * 2.0
        return self.last


class OwnNoise(Layer):
    def __init__(self):
        super().__init__()
        self.generator = np.random.default_rng(1)

    def call(self, inputs):
        return inputs + self.generator.normal(size=inputs.shape)


IMPURE_LAYERS = {
    "a counter": (lambda: CountedCalls(lambda n: 1.0 + 0.1 * n), "'n'|multiply"),
    "a counter whose effect comes late": (lambda: CountedCalls(lambda n: 2.0 if n > 6 else 1.0), "'n'"),
    "a list that grows": (RemembersCalls, "seen|multiply"),
    "a counter in an array": (CountsInAnArray, "'n'|multiply"),
    "the last output": (KeepsItsOutput, "last"),
    "noise of NumPy": (lambda: Calls(lambda w, x: x * w + np.random.normal(size=x.shape)), "add"),
    "noise of Python": (lambda: Calls(lambda w, x: x * w * random.random()), "multiply"),
    "noise of a generator of its own": (OwnNoise, "add"),
}


@pytest.mark.parametrize("what", IMPURE_LAYERS)
def test_a_layer_that_is_another_at_each_call_stays_eager(what):
    make, named = IMPURE_LAYERS[what]

    def story(eagerly):
        layer = make()
        model = network(layer, Dense(1), eagerly=eagerly)
        history = train(model).history
        kept = {name: getattr(layer, name) for name in ("n", "seen") if hasattr(layer, name)}
        last = [layer.last.numpy()] if hasattr(layer, "last") else []
        return model, history, kept, last

    assert re.search(named, stays_eager(story))


def test_noise_below_the_tolerance_of_the_audit_is_noticed():
    floats.set_floatx("float32")

    def story(eagerly):
        layer = Calls(lambda w, x: x * w * (1 + 1e-6 * np.random.normal(size=x.shape).astype("float32")))
        model = network(layer, Dense(1), eagerly=eagerly)
        return model, train(model).history

    assert "multiply" in stays_eager(story)


def test_a_layer_that_keeps_what_it_made_once_is_a_program():
    class Mask(Layer):
        mask = None

        def call(self, inputs):
            if self.mask is None:
                self.mask = np.array([1.0, 0.0, 1.0])
            return inputs * self.mask

    def story(eagerly):
        model = network(Mask(), Dense(1), eagerly=eagerly)
        return model, train(model).history

    same_as_eager(story)


# -- steps of the user's own --------------------------------------------------------------------------------


class Steps(Sequential):
    """A model with what its train_steps share."""

    def forward(self, data):
        x, y, sample_weight = tg.keras.utils.unpack_x_y_sample_weight(data)
        y_pred = self(x, training=True)
        return y, y_pred, sample_weight, self.compute_loss(x, y, y_pred, sample_weight)

    def descend(self, loss, weights, optimizer=None):
        (optimizer or self.optimizer).apply(tg.autodiff.gradients(loss, weights), weights)


class BackwardAndStep(Steps):
    def train_step(self, data):
        y, y_pred, sample_weight, loss = self.forward(data)
        self.optimizer.build(self.trainable_weights)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return self.compute_metrics(y, y_pred, sample_weight, loss)


class NumberOfNumPy(Steps):
    def train_step(self, data):
        logs = super().train_step(data)
        return logs | {"norm": float(np.linalg.norm(self.layers[0].kernel.numpy()))}


class PlainNumber(Steps):
    def train_step(self, data):  # a plain number
        return super().train_step(data) | {"rows": float(len(data[1]))}


class AsksForTheLoss(Steps):
    def train_step(self, data):
        logs = super().train_step(data)
        if logs["loss"] < 1.5:
            logs["low"] = logs["loss"] * 2
        return logs


class PlainDescent(Steps):
    def train_step(self, data):
        y, y_pred, sample_weight, loss = self.forward(data)
        weights = self.trainable_weights
        for w, g in zip(weights, tg.autodiff.gradients(loss, weights)):
            w.data = w.data - 0.05 * np.asarray(g)
        return self.compute_metrics(y, y_pred, sample_weight, loss)


class DecaysItsRate(Steps):
    def train_step(self, data):
        self.optimizer.learning_rate *= 0.9
        return super().train_step(data)


class RestartsIterations(Steps):
    def train_step(self, data):
        logs = super().train_step(data)
        self.optimizer.iterations = 0
        return logs


class CountsRows(Steps):
    rows = 0

    def train_step(self, data):
        self.rows += len(data[1])
        return super().train_step(data)


class ReadsAlongTheWay(Steps):
    """A figure of its own that `model.metrics` does not list: it goes on from epoch to epoch."""

    def train_step(self, data):
        y, y_pred, sample_weight, loss = self.forward(data)
        self.descend(loss, self.trainable_weights)
        self.compute_metrics(y, y_pred, sample_weight, loss)
        self.tracker.update_state(loss)
        return {"loss": self.tracker.result()}


class SecondLook(Steps):
    """Two updates of the same weights in one step."""

    def train_step(self, data):
        y, y_pred, sample_weight, loss = self.forward(data)
        self.descend(loss, self.trainable_weights)
        self.descend(self.forward(data)[-1], self.trainable_weights)
        return self.compute_metrics(y, y_pred, sample_weight, loss)


class SameGradientsTwice(Steps):
    def train_step(self, data):
        y, y_pred, sample_weight, loss = self.forward(data)
        weights = self.trainable_weights
        gradients = tg.autodiff.gradients(loss, weights)
        self.optimizer.apply(gradients, weights)
        self.second.apply(gradients, weights)
        return self.compute_metrics(y, y_pred, sample_weight, loss)


class LooksBack(Steps):
    """Old weights are read after their update."""

    def train_step(self, data):
        y, y_pred, sample_weight, loss = self.forward(data)
        old = self.trainable_weights[0].reshape(-1)
        self.descend(loss, self.trainable_weights)
        moved = np.sum((self.trainable_weights[0].reshape(-1) - old) ** 2)
        return self.compute_metrics(y, y_pred, sample_weight, loss) | {"moved": moved}


STEPS_THAT_LEAVE = [
    (BackwardAndStep, "loss.backward()"),
    (NumberOfNumPy, "self.layers[0].kernel.numpy()"),
    (PlainNumber, "# a plain number"),
    (AsksForTheLoss, 'logs["loss"] < 1.5'),
    (PlainDescent, "w.data = w.data - 0.05"),
]
IMPURE_STEPS = [
    (DecaysItsRate, "rate"),
    (RestartsIterations, "iterations"),
    (CountsRows, "rows"),
    (ReadsAlongTheWay, "'loss'"),
    (SecondLook, "kernel"),
    (SameGradientsTwice, "kernel"),
    (LooksBack, "kernel"),
]


def story_of(model_class, epochs=4):
    def story(eagerly):
        model = network(of=model_class, eagerly=eagerly)
        model.second, model.tracker = tg.optim.Momentum(0.03), metrics.Mean(name="loss")
        history = train(model, epochs).history
        return model, history, model.optimizer.learning_rate, getattr(model, "rows", 0), state_of(model.second)

    return story


def state_of(optimizer):
    return [t.numpy() for t in optimizer.variables]


@pytest.mark.parametrize(("model_class", "text"), STEPS_THAT_LEAVE)
def test_a_step_that_leaves_the_ops_stays_eager(model_class, text):
    assert text in named_line(stays_eager(story_of(model_class)))


@pytest.mark.parametrize(("model_class", "named"), IMPURE_STEPS)
def test_a_step_that_python_changes_stays_eager(model_class, named):
    assert named in stays_eager(story_of(model_class))


class TwoOptimizers(Steps):
    def train_step(self, data):
        y, y_pred, sample_weight, loss = self.forward(data)
        weights = self.trainable_weights
        gradients = tg.autodiff.gradients(loss, weights)
        self.optimizer.apply(gradients[:2], weights[:2])
        self.second.apply(gradients[2:], weights[2:])
        return self.compute_metrics(y, y_pred, sample_weight, loss)


class InTurns(Steps):
    """A second optimizer follows the loss after the step of the first."""

    def train_step(self, data):
        y, y_pred, sample_weight, loss = self.forward(data)
        self.descend(loss, self.trainable_weights[:2])
        self.descend(self.forward(data)[-1], self.trainable_weights[2:], self.second)
        return self.compute_metrics(y, y_pred, sample_weight, loss)


class Minimizes(Steps):
    def train_step(self, data):
        y, y_pred, sample_weight, loss = self.forward(data)
        self.optimizer.minimize(loss)
        return self.compute_metrics(y, y_pred, sample_weight, loss)


class MoreFigures(Steps):
    def train_step(self, data):
        logs = super().train_step(data)
        norm = np.sqrt(np.sum(self.layers[0].kernel ** 2))
        return {"norm": norm, "twice": 2 * logs["loss"], **logs}


class ResultsByName(Steps):
    def train_step(self, data):
        super().train_step(data)
        return {metric.name: metric.result() for metric in self.metrics}


class Clips(Steps):
    def train_step(self, data):
        y, y_pred, sample_weight, loss = self.forward(data)
        weights = self.trainable_weights
        gradients = tg.autodiff.gradients(loss, weights, create_graph=True)
        norm = np.sqrt(sum(np.sum(g * g) for g in gradients))
        self.optimizer.apply([g * np.minimum(1.0, 0.1 / norm) for g in gradients], weights)
        return self.compute_metrics(y, y_pred, sample_weight, loss)


@pytest.mark.parametrize("model_class", [TwoOptimizers, InTurns, Minimizes, MoreFigures, ResultsByName, Clips])
def test_a_step_of_ops_is_a_program(model_class):
    same_as_eager(story_of(model_class))


class TwoSpeeds(tg.optim.Optimizer):
    def update(self, w, g, rate, step):
        return ((w - rate * g) if step < 3 else (w - 0.1 * rate * g),)


def test_an_optimizer_that_asks_for_the_step_stays_eager():
    def story(eagerly):
        model = network(eagerly=eagerly, optimizer=TwoSpeeds(0.1))
        return model, train(model).history

    assert "if step < 3" in named_line(stays_eager(story))


# -- changes behind the program's back ----------------------------------------------------------------------


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


def set_weights(model):
    model.set_weights([w * 0.5 for w in model.get_weights()])


def write_data(model):
    model.layers[0].kernel.data[...] = 0.3


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


def train_op_by_op(model):
    eagerly, model.run_eagerly = model.run_eagerly, True
    train(model, 1)
    model.run_eagerly = eagerly


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
def test_a_change_by_a_callback_is_noticed(hook, change):
    same_as_eager(during(hook, change))


@pytest.mark.parametrize("hook", ["on_train_batch_begin", "on_train_batch_end", "on_epoch_end"])
@pytest.mark.parametrize("change", [set_weights, write_data, scale_data, apply_gradients, assign_rate])
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
    assert "train" in model._made_programs().eager


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


class RunningMean(Layer):
    def build(self, input_shape):
        self.mean = self.add_weight((input_shape[-1],), "zeros", name="mean", trainable=False)
        self.count = self.add_weight((), "zeros", name="count", trainable=False)

    def call(self, inputs, training=False):
        if training:
            replay.assign(self.mean, self.mean * 0.9 + np.mean(inputs, axis=0) * 0.1)
            replay.assign(self.count, self.count + 1.0)
        return inputs - self.mean + 0.01 * self.count


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


# -- batches of many kinds ------------------------------------------------------------------------------------


class Stream:
    """An iterable of batches that can begin again."""

    def __init__(self, batches):
        self.batches = batches

    def __iter__(self):
        return iter(self.batches)


def of_lengths(lengths):
    starts = np.cumsum([0, *lengths]) % 25
    return [(X[i : i + n], Y[i : i + n]) for i, n in zip(starts, lengths)]


STREAMS = {
    "lengths that come and go": of_lengths([8, 8, 8, 8, 5, 8, 5, 8, 8, 5, 5, 3, 8, 5, 3, 8, 3]),
    "targets with and without an axis": [(X[:8], Y[:8] if i % 3 else Y[:8, 0]) for i in range(12)],
    "targets of two types": [(X[:8], Y[:8].round().astype(int if i % 3 else float)) for i in range(12)],
    "weights now and then": [(X[:8], Y[:8], np.arange(8.0)) if i % 2 else (X[:8], Y[:8]) for i in range(12)],
    "strided and read-only arrays": [
        (X[::2][:8], Y[::2][:8]),
        (np.asfortranarray(X[:8]), Y[:8]),
        (X[7::-1], Y[7::-1]),
        (np.broadcast_to(X[:1], (8, 3)), Y[:8]),
    ]
    * 4,
}


@pytest.mark.parametrize("what", STREAMS)
def test_batches_of_every_kind_in_one_epoch(what):
    def story(eagerly):
        model = network(eagerly=eagerly, figures=["mae"])
        return model, model.fit(Stream(STREAMS[what]), epochs=3, verbose=0).history

    same_as_eager(story)


def test_samples_of_several_shapes_in_one_epoch():
    series = np.random.default_rng(1).normal(size=(8, 6, 3))

    class MeanOverTime(Layer):
        def call(self, inputs):
            return np.mean(inputs, axis=1)

    def story(eagerly):
        model = Sequential([Dense(2, activation="tanh"), MeanOverTime(), Dense(1)])
        model.build((None, 6, 3))
        model.compile("sgd", "mse", run_eagerly=eagerly)
        batches = [(series[:, : 3 + i % 3], Y[:8]) for i in range(12)]
        return model, model.fit(Stream(batches), epochs=3, verbose=0).history

    same_as_eager(story)


def test_steps_that_train_other_weights_for_other_lengths():
    class Some(Steps):
        def train_step(self, data):
            y, y_pred, sample_weight, loss = self.forward(data)
            self.descend(loss, self.trainable_weights if len(y) == 8 else self.trainable_weights[:2])
            return self.compute_metrics(y, y_pred, sample_weight, loss)

    def story(eagerly):
        model = network(of=Some, eagerly=eagerly)
        return model, model.fit(Stream(of_lengths([8, 5] * 9)), epochs=3, verbose=0).history

    same_as_eager(story)


def test_a_length_that_cannot_be_traced_ends_the_programs_of_the_others():
    def function(w, x):
        return x * w * (1.0 + (np.random.normal() if len(x) == 5 else 0.0))

    def story(eagerly):
        model = network(Calls(function), Dense(1), eagerly=eagerly)
        return model, model.fit(Stream(of_lengths([8, 8, 8, 5, 8, 5, 8, 5, 8])), epochs=3, verbose=0).history

    _, expected, _ = told(story, True)
    _, found, said = told(story, False)
    assert_same(found, expected)
    assert len(said) == 1


def test_a_hundred_lengths_do_not_fill_the_memory():
    gc.collect()
    gc.disable()
    try:
        model, made = network(eagerly=False), []
        expected = network(eagerly=True)
        expected.set_weights(model.get_weights())
        x, y = np.tile(X, (3, 1)), np.tile(Y, (3, 1))
        for length in range(1, 101):
            model.train_on_batch(x[:length], y[:length])
            expected.train_on_batch(x[:length], y[:length])
            made.append(weakref.ref(model.training_program))
        assert sum(program() is not None for program in made) <= 65
        assert_same(state(model), state(expected))
    finally:
        gc.enable()


def test_a_program_does_not_keep_the_arrays_of_its_trace():
    rows, units = 2000, 64
    x, y = np.tile(X, (60, 1))[:rows], np.tile(Y, (60, 1))[:rows]
    model = network(Dense(units, activation="tanh"), Dense(1), eagerly=False)
    one = rows * units * 8  # bytes of an array as large as the hidden layer
    tracemalloc.start()
    try:
        model.train_on_batch(x, y)
        traced = tracemalloc.get_traced_memory()[0]
        model.train_on_batch(x, y)
        model.train_on_batch(x, y)
        held = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert trusted(model)
    assert held < 4 * one
    assert traced < 4 * one


# -- arrays that were handed out ----------------------------------------------------------------------------


def handed_out(model):
    """Everything with numbers that a user can hold, by name."""
    kernel = model.layers[0].kernel
    with tg.no_grad():
        flat_kernel = kernel.reshape(-1)
    given = {
        "w.data": kernel.data,
        "w.numpy()": kernel.numpy(),
        "w.detach()": kernel.detach(),
        "Tensor(w)": tg.Tensor(kernel),
        "w.reshape without graph": flat_kernel,
        "w.T": kernel.T,
        "w[0]": kernel[0],
        "rows of w": next(iter(kernel)),
        "predict": model.predict(X),
        "predict_on_batch": model.predict_on_batch(X[:8]),
        "a call": model(X[:8]),
    }
    given |= {f"get_weights()[{i}]": w for i, w in enumerate(model.get_weights())}
    return given | {f"optimizer: {t.name}": t for t in model.optimizer.variables}


def values_of(given):
    return {name: np.array(x.numpy() if isinstance(x, tg.Tensor) else x) for name, x in given.items()}


def test_arrays_stay_what_they_were():
    model = network(eagerly=False)
    for _ in range(4):
        train(model)
        model.evaluate(X, Y, verbose=0)
        given = handed_out(model)
        before = values_of(given)
        train(model, x=X + 1.0)
        model.predict(X[::-1])
        model.predict_on_batch(X[8:16])
        assert_same(values_of(given), before, exactly=True)
    assert trusted(model)


def test_results_of_weights_stay_when_only_they_are_held():
    """Without `w.data`, which would give the weight an array of its own."""
    model = network(eagerly=False)
    train(model)
    for _ in range(3):
        kernel = model.layers[0].kernel
        with tg.no_grad():
            held = [kernel.reshape(-1), kernel[0]]
        held += [kernel.T, kernel[0], kernel.reshape(-1)]
        before = [t.numpy() for t in held]
        train(model)
        assert_same([t.numpy() for t in held], before, exactly=True)


def test_predictions_and_targets_handed_to_a_metric_stay():
    def story(eagerly):
        seen, copies = [], []

        def keeps(y_true, y_pred):
            seen.extend([y_true, y_pred])
            copies.extend([np.array(y_true), np.array(y_pred)])
            return np.abs(y_pred - y_true)

        model = network(eagerly=eagerly, figures=[keeps, "mse"])
        history = train(model).history
        assert_same(seen, copies, exactly=True)
        return model, history, len(seen), copies

    same_as_eager(story)


def test_a_metric_that_writes_on_the_predictions_hurts_nobody():
    def story(eagerly):
        def rounds(y_true, y_pred):
            y_pred[...] = np.round(y_pred)
            return np.abs(y_pred - y_true)

        def reads(y_true, y_pred):
            return np.abs(y_pred - y_true)

        targets = Y.copy()
        model = network(eagerly=eagerly, figures=[rounds, reads, "mae"])
        return model, train(model, y=targets).history, targets

    same_as_eager(story)


class Locked(metrics.Metric):
    """A metric that cannot be copied, and counts its calls."""

    def __init__(self):
        self.lock = threading.Lock()
        super().__init__(name="locked")

    def reset_state(self):
        self.calls = 0

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.calls += 1

    def result(self):
        return float(self.calls)


def test_a_metric_is_called_once_a_batch():
    def story(eagerly):
        calls = []

        def counted(y_true, y_pred):
            calls.append(len(y_pred))
            return np.abs(y_pred - y_true)

        model = network(eagerly=eagerly, figures=[counted, Locked()])
        return model, train(model).history, calls

    same_as_eager(story)


def test_a_tracker_that_the_model_does_not_list_counts_each_batch_once():
    class Tracks(Steps):
        def train_step(self, data):
            y, y_pred, sample_weight, loss = self.forward(data)
            self.descend(loss, self.trainable_weights)
            self.box[0].update_state(loss)
            return self.compute_metrics(y, y_pred, sample_weight, loss)

    def story(eagerly):
        model = network(of=Tracks, eagerly=eagerly)
        model.box = [metrics.Mean(name="own")]
        history = train(model).history
        return model, history, model.box[0].count, model.box[0].result()

    same_as_eager(story)


def test_logs_handed_to_callbacks_stay():
    class Keeps(Callback):
        def __init__(self):
            self.logs = []

        def on_train_batch_end(self, batch, logs=None):
            self.logs.append((logs, dict(logs)))

        def on_train_batch_begin(self, batch, logs=None):
            logs["mine"] = batch

        def on_epoch_end(self, epoch, logs=None):
            self.logs.append((logs, dict(logs)))

    def story(eagerly):
        model, keeps = network(eagerly=eagerly, figures=["mae"]), Keeps()
        train(model, callbacks=[keeps], validation_data=(X, Y))
        assert_same([now for now, _ in keeps.logs], [then for _, then in keeps.logs], exactly=True)
        return model, [then for _, then in keeps.logs]

    same_as_eager(story)


@pytest.mark.parametrize("between", [train, train_op_by_op, set_weights, write_data, lambda model: None])
def test_a_graph_from_before_the_training_is_right_or_refused(between):
    model, raised = network(eagerly=False), 0
    for _ in range(4):
        weights = model.trainable_weights
        y = model(X[:8]).sum()
        expected = tg.autodiff.gradients(model(X[:8]).sum(), weights)
        between(model)
        try:
            found = tg.autodiff.gradients(y, weights)
        except RuntimeError as error:
            assert "written in place" in str(error)
            raised += 1
        else:
            assert_same(found, expected)
        train(model)
    assert raised <= (4 if between in (train, train_op_by_op, write_data) else 0)


# -- copies, neighbours, threads, the end -------------------------------------------------------------------


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_a_copy_of_a_trained_model_goes_on(copied):
    def story(eagerly):
        layers = Dense(4, activation="tanh"), Dropout(0.2, seed=1), RunningMean(), Dense(1)
        model = network(*layers, eagerly=eagerly, figures=["mae"])
        train(model)
        other = copied(model)
        before = model.get_weights()
        seen = [train(other).history, state(other), other.predict(X)]
        assert_same(model.get_weights(), before, exactly=True)
        if not eagerly:
            assert trusted(other)
        other.layers[0].activation = np.sin
        return model, [*seen, train(model).history, train(other).history, state(other)]

    same_as_eager(story)


@pytest.mark.parametrize("shared", ["layer", "layer and optimizer", "nothing"])
def test_two_models_trained_in_turns(shared):
    def story(eagerly):
        optimizer = tg.optim.Adam(0.03) if "optimizer" in shared else None
        layer = Dense(4, activation="tanh")
        models = [
            network(layer if "layer" in shared else Dense(4), Dense(1), eagerly=eagerly, optimizer=optimizer)
            for _ in range(2)
        ]
        seen = []
        for _ in range(3):
            seen += [train(model, 2, y=y).history for model, y in zip(models, (Y, -Y))]
            for _ in range(3):
                seen += [model.train_on_batch(X[:8], Y[:8]) for model in models]
            seen += [model.predict(X) for model in models]
        return models[0], seen, state(models[1])

    same_as_eager(story)


def test_two_threads_train_a_model_each():
    def story(eagerly):
        models = [network(eagerly=eagerly, figures=["mae"]) for _ in range(2)]
        histories = [None, None]

        def work(i):
            histories[i] = train(models[i], 20, x=X * (i + 1)).history

        threads = [threading.Thread(target=work, args=(i,)) for i in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return models[0], histories, state(models[1])

    same_as_eager(story)


def test_a_dropped_model_is_freed_with_its_programs():
    gc.collect()
    gc.disable()
    try:
        model = network(Dense(4, activation="tanh"), Dropout(0.2), RunningMean(), Dense(1), eagerly=False)
        train(model, callbacks=[LambdaCallback(on_epoch_end=lambda epoch, logs=None: None)], validation_data=(X, Y))
        train(model)
        model.predict(X)
        model.predict(X)
        assert trusted(model)
        held = [model, model.layers[0].kernel, model.optimizer, model.training_program, model._made_programs()]
        gone = [weakref.ref(thing) for thing in held]
        model.history = None  # which keeps its model, as in Keras
        del held, model
        assert [ref() is None for ref in gone] == [True] * 5
    finally:
        gc.enable()


@pytest.mark.parametrize("callbacks", [[], [TerminateOnNaN()]])
def test_a_loss_that_overflows(callbacks, capsys):
    def story(eagerly):
        model = network(eagerly=eagerly, optimizer=tg.optim.SGD(0.01))
        train(model, 2)
        model.optimizer.learning_rate = 1e200
        history = train(model, 3, callbacks=callbacks).history
        assert not np.isfinite(history["loss"][-1])
        assert len(history["loss"]) == (1 if callbacks else 3)
        return model, history

    same_as_eager(story)
    said = capsys.readouterr().out.splitlines()
    assert len(set(said)) == len(callbacks)
    assert len(said) == 2 * len(callbacks)


def test_the_program_can_be_read_after_the_first_batch():
    model = network(eagerly=False)
    with pytest.raises(RuntimeError, match=r"call model\.fit\("):
        model.training_program  # noqa: B018
    model.predict(X)
    with pytest.raises(RuntimeError, match="no training program"):
        model.training_program  # noqa: B018
    train(model, 1)
    assert "def train_step(x, y" in str(model.training_program)
    assert "# update: Adam" in str(model.training_program)


def test_without_a_program_the_reason_is_told():
    model = network(Calls(LAYERS_THAT_LEAVE["x.numpy()"]), Dense(1), eagerly=False)
    with pytest.warns(UserWarning, match="runs op by op"):
        train(model, 1)
    with pytest.raises(RuntimeError, match=r"t\.numpy\(\) reads a value"):
        model.training_program  # noqa: B018
    with pytest.raises(RuntimeError, match="no training program"):
        network(eagerly=True).training_program  # noqa: B018


def test_evaluate_and_predict_before_any_fit():
    def seen(eagerly):
        tg.random.seed(1)
        model = network(eagerly=eagerly)
        return [(model.evaluate(X, Y, verbose=0), model.predict(X), model.predict_on_batch(X[:3])) for _ in range(3)]

    assert_same(seen(False), seen(True))


def test_predict_without_compile():
    tg.random.seed(1)
    model = Sequential([Input((3,)), Dense(4, activation="tanh"), Dense(1)])
    for factor in (1.0, 1.0, 1.0, 0.5, 0.5):
        model.set_weights([w * factor for w in model.get_weights()])
        assert_same(model.predict(X), model(X).numpy())
    with pytest.raises(RuntimeError, match="compile"):
        model.evaluate(X, Y)
    with pytest.raises(RuntimeError, match="no training program"):
        model.training_program  # noqa: B018


# -- mutants: the audit and these tests would notice --------------------------------------------------------

plain_spelled = source.spelled


class Misspelled:
    """`spelled` with a small error in the value of one line."""

    def __init__(self, wrong, factor=1.0001):
        self.wrong, self.factor, self.count = wrong, factor, 0

    def __call__(self, node, writer, out=None):
        line = plain_spelled(node, writer, out)
        if node.dtype.kind != "f":
            return line
        self.count += 1
        if self.count - 1 != self.wrong:
            return line
        self.line = line
        return f"{line}; np.multiply({out}, {self.factor}, out={out})" if out else f"({line}) * {self.factor}"


def audited(eagerly):
    model = network(eagerly=eagerly, optimizer=tg.optim.Momentum(0.05), figures=["mae"])
    return model, model.fit(X[:24], Y[:24], 8, 2, 0, shuffle=False).history


def test_the_audit_notices_an_error_in_any_line(monkeypatch):
    counted = Misspelled(None)
    monkeypatch.setattr(source, "spelled", counted)
    same_as_eager(audited)
    assert counted.count > 15
    for wrong in range(counted.count):
        monkeypatch.setattr(source, "spelled", Misspelled(wrong))
        assert "another result" in stays_eager(audited)


@pytest.mark.parametrize(("right", "wrong"), [("np.subtract(", "np.add("), ("np.tanh(", "np.sin("), (".dot(", ".sum(")])
def test_the_audit_notices_a_wrong_op(monkeypatch, right, wrong):
    texts = []

    def spelled(node, writer, out=None):
        texts.append(plain_spelled(node, writer, out))
        return texts[-1].replace(right, wrong)

    monkeypatch.setattr(source, "spelled", spelled)
    stays_eager(audited)
    assert any(right in text for text in texts)


def centred(eagerly, optimizer="adam"):
    """A bias whose gradient is 0, up to rounding, for the normalization takes every constant away."""
    layers = [Dense(4, "relu"), Dense(5), tg.nn.BatchNormalization(), Dense(1)]
    model = tg.nn.Sequential([Input((3,)), *layers])
    model.compile(optimizer, "mse", metrics=["mae"], run_eagerly=eagerly)
    return model, model.fit(X[:24], Y[:24], 8, 2, 0, shuffle=False).history


@pytest.mark.parametrize(
    "optimizer", ["adam", "adamw", "nadam", "adamax", "lion", "rmsprop", tg.optim.Adam(clipnorm=0.5)], ids=str
)
def test_rounding_that_the_optimizer_makes_large_is_no_error(optimizer):
    floats.set_floatx("float32")  # in float64 this rounding is smaller than the epsilon of Adam
    model, found, said = told(lambda eagerly: centred(eagerly, copy.deepcopy(optimizer)), False)
    assert said == []
    assert model.training_program
    _, expected, _ = told(lambda eagerly: centred(eagerly, copy.deepcopy(optimizer)), True)
    np.testing.assert_allclose(found[0]["loss"], expected[0]["loss"], rtol=1e-4)


def test_errors_beside_such_rounding_are_noticed(monkeypatch):
    floats.set_floatx("float32")
    counted = Misspelled(None)
    monkeypatch.setattr(source, "spelled", counted)
    told(centred, False)
    unnoticed = []
    for wrong in range(counted.count):
        misspelled = Misspelled(wrong, factor=2)
        monkeypatch.setattr(source, "spelled", misspelled)
        if not told(centred, False)[2]:
            unnoticed.append(misspelled.line)
    assert counted.count > 80
    assert all(line.endswith("bias_gradient)") for line in unnoticed)  # which is nothing but rounding


@pytest.mark.parametrize("garbage", ["a line that is no Python", "unknown_name()", "1 / 0"])
def test_a_program_that_cannot_run_gives_way(monkeypatch, garbage):
    monkeypatch.setattr(source, "spelled", lambda node, writer, out=None: garbage)
    stays_eager(audited)


def test_these_tests_notice_what_the_audit_overlooks(monkeypatch):
    for module in (programs_module, state_module):
        monkeypatch.setattr(module, "close", lambda *args: True)
    monkeypatch.setattr(programs_module, "_agree", lambda *args: True)
    same_as_eager(audited)
    monkeypatch.setattr(source, "spelled", Misspelled(3))
    with pytest.raises(AssertionError):
        same_as_eager(audited)


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
def test_these_tests_notice_weights_that_are_not_taken_in(monkeypatch, change):
    assert_noticed(change, lambda model: monkeypatch.setattr(flat.Memory, "settle", lambda self: None))


@pytest.mark.parametrize(
    "change", [freeze, assign_activation, assign_dropout_rate, assign_momentum, change_regularizer]
)
def test_these_tests_notice_settings_that_are_not_told(monkeypatch, change):
    def forget(model):
        settings = programs_module.Settings(model)
        monkeypatch.setattr(programs_module, "Settings", lambda thing: settings)

    assert_noticed(change, forget)
