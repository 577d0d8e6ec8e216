"""Training by programs gives the numbers of training op by op, in every situation that a training can be in.

Beside `test_every_part.py`, which goes through what is registered: all forms of data and weights, models and
optimizers of the user's own, what callbacks change on the way, and the two ways in turn.
"""

import contextlib
import math

import numpy as np
import pytest
from parts import BATCH, FEATURES, OUTPUTS, dtype, inputs, network, ran_as_programs, same_both_ways, told, trained
from parts import targets as make_targets

import tinygrad_edu as tg
from tinygrad_edu import replay
from tinygrad_edu.common.floats import floatx
from tinygrad_edu.nn import (
    Callback,
    Dense,
    Dropout,
    EarlyStopping,
    Input,
    LambdaCallback,
    Layer,
    Loss,
    Metric,
    Model,
    Sequential,
    TerminateOnNaN,
    losses,
    metrics,
)
from tinygrad_edu.optim import Optimizer, schedules

__all__ = ["dtype"]  # a fixture, which pytest finds by its name


class Inside(Model):
    """A model that is used as a layer."""

    def __init__(self):
        super().__init__()
        self.first, self.second = Dense(4, "relu"), Dense(FEATURES)

    def call(self, inputs):
        return self.second(self.first(inputs)) + inputs


# -- the data ------------------------------------------------------------------------------------------------------

FORMS = {  # by kind of targets: units, activation, loss
    "column": (1, None, "mse"),
    "vector": (1, None, "mae"),
    "yes_no": (1, "sigmoid", "binary_crossentropy"),
    "one_hot": (OUTPUTS, "softmax", "categorical_crossentropy"),
    "classes": (OUTPUTS, "softmax", "sparse_categorical_crossentropy"),
    "class_column": (OUTPUTS, "softmax", "sparse_categorical_crossentropy"),
}


@pytest.mark.parametrize("weights", ["none", "column", "row", "classes"])
@pytest.mark.parametrize("kind", FORMS)
@pytest.mark.matrix
def test_targets_and_weights(kind, weights, dtype):
    units, activation, loss = FORMS[kind]
    y, fit = make_targets(kind), {}
    if weights in ("column", "row"):
        fit["sample_weight"] = np.linspace(0.1, 3.0, 23).reshape((23, 1) if weights == "column" else 23)
    if weights == "classes":
        y = y if kind not in ("column", "vector") else np.round(y)
        fit["class_weight"] = {0: 0.3, 1: 2.0}
    name = "accuracy" if activation else "mse"
    trained(
        lambda: network(units=units, activation=activation),
        dtype,
        y=y,
        loss=loss,
        metrics=[name],
        weighted_metrics=[name, "mae"] if len(y.shape) == 2 and kind != "class_column" else [name],
        epochs=2,
        **fit,
    )


@pytest.mark.parametrize(
    "fit",
    [
        {"shuffle": False},
        {"batch_size": 1},
        {"batch_size": 22},
        {"batch_size": 100},
        {"validation_split": 0.3},
        {"validation_split": 0.3, "validation_batch_size": 2, "validation_freq": 2},
        {"verbose": 2},
    ],
    ids=str,
)
@pytest.mark.matrix(one_in=2)
def test_fit(fit, dtype):
    trained(lambda: network(Dropout(0.3)), dtype, metrics=["mae"], optimizer="adam", **fit)


def test_samples_that_are_sequences(dtype):
    """Dense on the last axis of three, and a loss and a weight for each place."""
    x, y = inputs((4, FEATURES)), np.random.default_rng(2).normal(size=(23, 4, OUTPUTS))
    weight = np.random.default_rng(3).random((23, 4))
    trained(lambda: network(shape=(4, FEATURES)), dtype, x=x, y=y, sample_weight=weight, weighted_metrics=["mse"])


def test_a_single_feature(dtype):
    trained(lambda: network(units=1, shape=(1,)), dtype, x=inputs((1,)), y="vector", metrics=["mae"])


@pytest.mark.parametrize("form", [bool, np.uint8, np.float32, np.float64, list])
@pytest.mark.matrix(one_in=2)
def test_the_dtype_of_the_data(form, dtype):
    x, y = inputs(), make_targets("yes_no")
    x, y = (x.tolist(), y.tolist()) if form is list else (x.astype(form), y.astype(form))
    trained(lambda: network(units=1, activation="sigmoid"), dtype, x=x, y=y, loss="bce", metrics=["accuracy"])


@pytest.mark.matrix(one_in=2)
def test_data_that_is_gathered_in_several_pieces(dtype):
    """Products are large enough that BLAS uses threads, and the weights are more than a block."""
    rng = np.random.default_rng(4)
    x, y = rng.normal(size=(1003, 256)), rng.normal(size=(1003, 2))

    def build():
        return Sequential([Input((256,)), Dense(160, "tanh"), Dense(2)])

    trained(build, dtype, x=x, y=y, batch_size=200, optimizer="adam", epochs=2)


@pytest.mark.filterwarnings("ignore:The loss is (inf|nan) since epoch")
def test_a_training_that_diverges(dtype):
    """Infinite and undefined values come at the same step."""
    trained(lambda: Sequential([Input((FEATURES,)), Dense(OUTPUTS)]), dtype, optimizer=lambda: tg.optim.SGD(1e60))


# -- dropout --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seeds", [(None, None), (3, None), (3, 4), (3, 3)])
@pytest.mark.matrix
def test_dropout(seeds, dtype):
    def build():
        return Sequential(
            [Input((FEATURES,)), Dropout(0.3, seed=seeds[0]), Dense(8, "relu"), Dropout(0.5, seed=seeds[1]), Dense(3)]
        )

    trained(build, dtype, optimizer="adam")


def test_dropout_draws_other_masks_at_each_step(dtype):
    """With a rate of 0 no weight would move: what is learnt is in the masks alone."""
    noise = []

    class Listening(Layer):
        def call(self, inputs, training=False):
            if training:
                replay.after_run(lambda values: noise.append(values.copy()), inputs)
            return inputs

    model = Sequential([Input((50,)), Dropout(0.5), Listening(), Dense(1)])
    model.compile("sgd", "mse")
    model.fit(np.ones((6, 50)), np.zeros(6), 2, epochs=4, verbose=0, shuffle=False)
    assert ran_as_programs(model, ["train"]) == []
    masks = {values.tobytes() for values in noise}
    assert len(masks) == 12


# -- models ----------------------------------------------------------------------------------------------------------


class Offset(Layer):
    """Adds one number that is learnt."""

    def build(self, input_shape):
        self.number = self.add_weight((), "ones", name="number")

    def call(self, inputs):
        return inputs * self.number + self.number


class Running(Layer):
    """Subtracts a running mean: for each feature, or one for all."""

    def __init__(self, shape):
        super().__init__()
        self.shape = shape

    def build(self, input_shape):
        self.scale = self.add_weight(self.shape, "ones", name="scale")
        self.mean = self.add_weight(self.shape, "zeros", name="mean", trainable=False)
        self.count = self.add_weight((), "zeros", "int32", name="count", trainable=False)

    def call(self, inputs, training=False):
        if training:
            mean = np.mean(inputs, axis=0 if self.shape else None)
            replay.assign(self.mean, 0.9 * self.mean + 0.1 * mean.detach())
            replay.assign(self.count, self.count + 1)
        else:
            mean = self.mean
        return (inputs - mean) * self.scale


class ByName(Layer):
    """Weights in a dict and in a list."""

    def build(self, input_shape):
        n = input_shape[-1]
        self.kernels = {"up": self.add_weight((n, 7), name="up"), "down": self.add_weight((7, n), name="down")}
        self.offsets = [self.add_weight((n,), "ones", name=f"offset_{i}") for i in range(2)]

    def call(self, inputs):
        return np.tanh(inputs @ self.kernels["up"]) @ self.kernels["down"] + self.offsets[0] * self.offsets[1]


class OwnTensors(Layer):
    """Leaf Tensors that no add_weight made."""

    def __init__(self):
        super().__init__()
        self.slope = tg.Tensor(np.full(5, 0.3, floatx()), requires_grad=True)

    def call(self, inputs):
        return np.maximum(inputs, inputs * self.slope)


class Shared(Model):
    """One layer used twice, and one weight in two ways."""

    def __init__(self):
        super().__init__()
        self.first, self.out = Dense(FEATURES, "tanh"), Dense(OUTPUTS)

    def call(self, inputs):
        twice = self.first(self.first(inputs)) + inputs
        return self.out(twice @ self.first.kernel.T)


class Nested(Model):
    """Models in a model, with dropout that hears of training through them."""

    def __init__(self):
        super().__init__()
        self.left, self.right = Inside(), Sequential([Dense(FEATURES, "relu"), Dropout(0.4), Running((FEATURES,))])
        self.outs = [Dense(2), {"last": Dense(1)}]

    def call(self, inputs, training=False):
        both = np.concatenate([self.left(inputs), self.right(inputs)], axis=-1)
        return np.concatenate([self.outs[0](both), self.outs[1]["last"](both)], axis=-1)


MODELS = {
    "number": lambda: network(Offset()),
    "running mean": lambda: network(Running((5,))),
    "running number": lambda: network(Running(())),
    "running mean twice": lambda: network(Running((5,)), Dense(5, "tanh"), Running(())),
    "by name": lambda: network(ByName()),
    "own tensors": lambda: network(OwnTensors()),
    "shared": Shared,
    "nested": Nested,
    "only a number": lambda: Sequential([Input((OUTPUTS,)), Offset()]),
}


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
@pytest.mark.parametrize("name", MODELS)
@pytest.mark.matrix
def test_model(name, optimizer, dtype):
    x = inputs((OUTPUTS,)) if name == "only a number" else None
    trained(MODELS[name], dtype, x=x, optimizer=optimizer, metrics=["mae"], validation_split=0.2, fits=2)


@pytest.mark.parametrize("frozen", ["first", "last", "kernel", "inner model"])
@pytest.mark.matrix
def test_frozen(frozen, dtype):
    def build():
        model = network(Sequential([Dense(5, "tanh"), Dense(4, kernel_regularizer="l2")]))
        part = {"first": model.layers[0], "last": model.layers[-1], "inner model": model.layers[1]}
        if frozen == "kernel":
            model.layers[0].kernel.requires_grad = False
        else:
            part[frozen].trainable = False
        return model

    trained(build, dtype, optimizer="adam")


@pytest.mark.matrix(one_in=2)
def test_frozen_and_freed_between_fits(dtype):
    x, y = inputs(), make_targets()

    def session(eager):
        model = network(Dense(4, kernel_regularizer="l2"))
        model.compile("adam", "mse", run_eagerly=eager)
        histories = []
        for first, last in ((True, True), (False, True), (True, False), (True, True)):
            model.layers[0].trainable, model.layers[-1].trainable = first, last
            histories.append(model.fit(x, y, BATCH, epochs=3, verbose=0))
        return model, told(model, x, y, *histories)

    same_both_ways(session, dtype)


def test_nothing_to_train(dtype):
    def build():
        model = network()
        model.trainable = False
        return model

    trained(build, dtype)


@pytest.mark.matrix(one_in=2)
def test_settings_are_changed_between_fits(dtype):
    x, y = inputs(), make_targets()

    def session(eager):
        drop, penalised = Dropout(0.2), Dense(4, kernel_regularizer="l2")
        model = network(penalised, drop)
        model.compile(tg.optim.SGD(0.01), "mse", run_eagerly=eager)
        histories = [model.fit(x, y, BATCH, epochs=4, verbose=0)]
        drop.rate = 0.7
        histories.append(model.fit(x, y, BATCH, epochs=4, verbose=0))
        penalised.kernel_regularizer.l2 = 0.5
        histories.append(model.fit(x, y, BATCH, epochs=4, verbose=0))
        model.optimizer.momentum = 0.9
        histories.append(model.fit(x, y, BATCH, epochs=4, verbose=0))
        model.optimizer.nesterov = True
        histories.append(model.fit(x, y, BATCH, epochs=4, verbose=0))
        model.layers[0].activation = np.sin
        histories.append(model.fit(x, y, BATCH, epochs=4, verbose=0))
        model.loss = losses.get("mae")
        histories.append(model.fit(x, y, BATCH, epochs=4, verbose=0))
        model.compile("adam", "mse", run_eagerly=eager)
        histories.append(model.fit(x, y, BATCH, epochs=4, verbose=0))
        return model, told(model, x, y, *histories)

    same_both_ways(session, dtype)


def test_layers_of_two_dtypes(dtype):
    other = "float32" if dtype == "float64" else "float64"

    def build():
        return Sequential([Input((FEATURES,)), Dense(5, "tanh", dtype=other), Dense(OUTPUTS)])

    x, y = inputs(), make_targets()

    def session(eager):
        model = build()
        model.compile("adam", "mse", run_eagerly=eager)
        return model, told(model, x, y, model.fit(x, y, BATCH, epochs=3, verbose=0))

    same_both_ways(session, "float32")


# -- optimizers ------------------------------------------------------------------------------------------------------


class Signs(Optimizer):
    """An update that works value by value, with a slot."""

    slots = ("size",)

    def initial(self, slot, w):
        return np.full_like(w, 0.5)

    def update(self, w, g, rate, step, size):
        size = np.where(g > 0, size * 0.9, size * 1.1)
        return w - rate / step**0.5 * np.sign(g) * size, size


class Trust(Optimizer):
    """An update by the norms of each parameter: it cannot run over all of them at once. Source: LARS, You (2017)."""

    slots = ("velocity",)

    def update(self, w, g, rate, step, velocity):
        trust = np.sqrt(np.sum(w * w) + 0.1) / (np.sqrt(np.sum(g * g)) + 1e-3)
        velocity = 0.9 * velocity + rate * trust * g
        return w - velocity, velocity


class Steady(Optimizer):
    """A slot that keeps what it had, and one that becomes the gradient."""

    slots = ("first", "last")

    def initial(self, slot, w):
        return w.copy()

    def update(self, w, g, rate, step, first, last):
        return w - rate * (g + 0.1 * (w - first) + 0.1 * last), first, g


OPTIMIZERS = {
    "signs": lambda: Signs(0.05),
    "trust": lambda: Trust(0.01),
    "steady": lambda: Steady(0.05),
    "adam": lambda: tg.optim.Adam(0.01, amsgrad=True),
    "rmsprop": lambda: tg.optim.RMSProp(0.01, momentum=0.9, centered=True),
    "nesterov": lambda: tg.optim.Nesterov(schedules.CosineDecay(0.05, 20)),
    "waiting": lambda: tg.optim.Adam(0.01, gradient_accumulation_steps=2),
    "waiting trust": lambda: Trust(0.01, gradient_accumulation_steps=2),
    "rate of the step": lambda: tg.optim.SGD(lambda step: 0.1 / (1 + step)),
}


@pytest.mark.parametrize("block", [None, 64])
@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.matrix
def test_update(name, block, dtype, monkeypatch):
    """All weights are one vector; a long one is updated block by block."""
    if block:
        monkeypatch.setattr("tinygrad_edu.replay.numpy.writer.BLOCK", block)
        monkeypatch.setattr("tinygrad_edu.replay.numpy.updates.BLOCK", block)
    trained(lambda: network(Dense(9, "tanh"), Offset()), dtype, optimizer=OPTIMIZERS[name], kinds=["train"], fits=2)


class Changing(Callback):
    """Assigns another learning rate before and after batches, or after epochs."""

    def __init__(self, when):
        self.when = when

    def on_train_batch_begin(self, batch, logs=None):
        if self.when == "batch":
            self.model.optimizer.learning_rate = 0.1 / (1 + batch)

    def on_epoch_end(self, epoch, logs=None):
        if self.when == "epoch":
            self.model.optimizer.learning_rate = 0.1 / (2 + epoch)
        if self.when == "schedule":
            self.model.optimizer.learning_rate = schedules.ExponentialDecay(0.1 / (epoch + 1), 2, 0.5)


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "waiting"])
@pytest.mark.parametrize("when", ["batch", "epoch", "schedule"])
@pytest.mark.matrix
def test_learning_rate_is_assigned(when, optimizer, dtype):
    make = OPTIMIZERS.get(optimizer, optimizer)
    trained(network, dtype, optimizer=make, callbacks=lambda: [Changing(when)], kinds=["train"], fits=2)


class Shrinking(Callback):
    """Writes into weights between batches."""

    def on_train_batch_end(self, batch, logs=None):
        kernel = self.model.layers[0].kernel
        if batch == 1:
            kernel.data *= 0.9
        if batch == 2:
            self.model.set_weights([0.9 * array for array in self.model.get_weights()])


@pytest.mark.parametrize(
    "make",
    [
        Shrinking,
        TerminateOnNaN,
        lambda: EarlyStopping("loss", mode="max", patience=1, restore_best_weights=True),
        lambda: LambdaCallback(on_train_batch_end=lambda batch, logs: logs["loss"]),
    ],
    ids=["writes weights", "TerminateOnNaN", "EarlyStopping", "reads logs"],
)
@pytest.mark.matrix
def test_callback(make, dtype):
    trained(lambda: network(Offset()), dtype, optimizer="adam", epochs=4, callbacks=lambda: [make()])


def test_the_figures_of_each_batch(dtype):
    x, y = inputs(), make_targets()

    def session(eager):
        model, seen = network(Dropout(0.2)), []
        model.compile("adam", "mse", metrics=["mae"], run_eagerly=eager)
        hooks = LambdaCallback(on_train_batch_end=lambda batch, logs: seen.append(dict(logs)))
        history = model.fit(x, y, BATCH, epochs=4, verbose=0, callbacks=[hooks])
        return model, told(model, x, y, history, seen)

    same_both_ways(session, dtype)


# -- metrics and losses of the user's own ---------------------------------------------------------------------------


def largest_error(y_true, y_pred):
    return np.max(np.abs(y_true - y_pred), axis=-1)


def own_loss(y_true, y_pred):
    return np.mean(np.log(np.cosh(y_pred - y_true)), axis=-1)


def loss_of_the_batch(y_true, y_pred):
    return np.sqrt(np.mean((y_pred - y_true) ** 2))


class Spread(Metric):
    """A metric that keeps what it saw, and looks at it in Python."""

    def reset_state(self):
        self.low, self.high = np.inf, -np.inf

    def update_state(self, y_true, y_pred, sample_weight=None):
        assert sample_weight is None or sample_weight.shape == (len(y_true),)
        for row in np.asarray(y_pred) - np.asarray(y_true):
            self.low, self.high = min(self.low, row.min()), max(self.high, row.max())

    def result(self):
        return self.high - self.low


class Kept(Metric):
    """A metric that keeps arrays: they must not be memory that the next run overwrites."""

    def reset_state(self):
        self.seen = []

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.seen.append(y_pred)

    def result(self):
        return float(np.sum([np.sum(np.square(part)) for part in self.seen]))


class MeanOfSquares(metrics.Mean):
    """A metric that calls the one it is made from."""

    def update_state(self, y_true, y_pred, sample_weight=None):
        super().update_state(np.mean((y_true - y_pred) ** 2, axis=-1), sample_weight)


class OwnFunction(metrics.MeanOf):
    """A metric of the user's own function."""

    function = largest_error


OWN_METRICS = {
    "function": lambda: [largest_error],
    "Metric": lambda: [Spread(name="spread")],
    "Mean": lambda: [MeanOfSquares(name="squares")],
    "MeanOf": lambda: [OwnFunction(name="own")],
    "two": lambda: [Spread(name="a"), Spread(name="b"), "mae"],
}


@pytest.mark.parametrize("weight", [None, np.linspace(0.5, 2, 23)], ids=["plain", "weighted"])
@pytest.mark.parametrize("name", OWN_METRICS)
@pytest.mark.matrix
def test_own_metric(name, weight, dtype):
    chosen = {"metrics": OWN_METRICS[name], "weighted_metrics": OWN_METRICS[name]}
    trained(network, dtype, sample_weight=weight, epochs=2, **chosen)


def test_a_metric_keeps_its_arrays(dtype):
    trained(network, dtype, metrics=lambda: [Kept(name="kept")])


@pytest.mark.parametrize("function", [own_loss, loss_of_the_batch])
@pytest.mark.matrix
def test_own_loss(function, dtype):
    trained(network, dtype, loss=lambda: losses.get(function), metrics=["mae"])


class TwoTerms(Loss):
    """A loss by its class, with a setting."""

    def call(self, y_true, y_pred):
        return np.mean(np.where(y_pred > y_true, 2.0, 1.0) * np.absolute(y_pred - y_true), axis=-1)


def test_own_loss_class(dtype):
    trained(network, dtype, loss=TwoTerms, sample_weight=np.linspace(0.5, 2, 23))


# -- steps of the user's own ----------------------------------------------------------------------------------------


class Clipped(Sequential):
    """A training step with gradients scaled to a norm of at most 0.1, and figures of its own."""

    def train_step(self, data):
        x, y, sample_weight = tg.keras.utils.unpack_x_y_sample_weight(data)
        y_pred = self(x, training=True)
        loss = self.compute_loss(x, y, y_pred, sample_weight)
        weights = self.trainable_weights
        gradients = tg.gradients(loss, weights)
        norm = np.sqrt(sum(np.sum(g * g) for g in gradients))
        self.optimizer.apply([g * np.minimum(1.0, 0.1 / norm) for g in gradients], weights, weight=len(y))
        return self.compute_metrics(y, y_pred, sample_weight, loss) | {"norm": norm}


class Smooth(Sequential):
    """A penalty on the gradient by the input: a derivative of a derivative."""

    def train_step(self, data):
        x, y, sample_weight = tg.keras.utils.unpack_x_y_sample_weight(data)
        points = tg.Tensor(x, requires_grad=True)
        y_pred = self(points, training=True)
        slope = tg.gradients(np.sum(y_pred), points, create_graph=True)
        loss = self.compute_loss(x, y, y_pred, sample_weight) + 0.1 * np.mean(slope * slope)
        weights = self.trainable_weights
        self.optimizer.apply(tg.gradients(loss, weights), weights, weight=len(y))
        return self.compute_metrics(y, y_pred, sample_weight, loss)


class TwoOptimizers(Sequential):
    """An optimizer for the first layer, another for the rest."""

    def train_step(self, data):
        x, y, sample_weight = tg.keras.utils.unpack_x_y_sample_weight(data)
        y_pred = self(x, training=True)
        loss = self.compute_loss(x, y, y_pred, sample_weight)
        first, rest = self.layers[0].trainable_weights, self.trainable_weights[2:]
        gradients = tg.gradients(loss, [*first, *rest])
        self.other.apply(gradients[:2], first, weight=len(y))
        self.optimizer.apply(gradients[2:], rest, weight=len(y))
        return self.compute_metrics(y, y_pred, sample_weight, loss)


@pytest.mark.parametrize("cls", [Clipped, Smooth, TwoOptimizers])
@pytest.mark.matrix(one_in=2)
def test_own_step(cls, dtype):
    def build():
        model = cls([Input((FEATURES,)), Dense(5, "tanh"), Offset(), Dense(OUTPUTS)])
        model.other = tg.optim.Momentum(0.02)
        return model

    trained(build, dtype, optimizer="adam", metrics=["mae"])


class Unused(Model):
    """A layer that the loss does not depend on."""

    def __init__(self):
        super().__init__()
        self.used, self.unused = Dense(OUTPUTS), Dense(4)

    def call(self, inputs):
        self.unused(inputs)
        return self.used(inputs)


@pytest.mark.filterwarnings("ignore:No gradient for")
@pytest.mark.parametrize("optimizer", ["adam", "waiting"])
@pytest.mark.matrix
def test_a_weight_without_a_gradient(optimizer, dtype):
    trained(Unused, dtype, optimizer=OPTIMIZERS.get(optimizer, optimizer))


# -- what no program can do -----------------------------------------------------------------------------------------


class OneLength(Layer):
    """A layer that cannot be traced for batches of seven."""

    def call(self, inputs):
        return inputs * 1.0 if inputs.shape[0] == 7 and np.sum(inputs).item() > 0 else inputs


def test_one_shape_cannot_be_traced(dtype):
    """The program for eight rows was trusted before the first seven."""
    x, y = inputs(), make_targets()

    def session(eager):
        model = network(OneLength())
        model.compile("adam", "mse", run_eagerly=eager)
        first = model.fit(x[:16], y[:16], BATCH, epochs=2, verbose=0)
        with contextlib.nullcontext() if eager else pytest.warns(UserWarning, match="item"):
            second = model.fit(x, y, BATCH, epochs=4, verbose=0)
            return model, told(model, x, y, first, second)

    same_both_ways(session, dtype, kinds=None)


class ByHand(Sequential):
    """Gradient descent with the optimizer's rate, but without the optimizer."""

    def train_step(self, data):
        x, y, sample_weight = tg.keras.utils.unpack_x_y_sample_weight(data)
        y_pred = self(x, training=True)
        loss = self.compute_loss(x, y, y_pred, sample_weight)
        weights = self.trainable_weights
        for w, g in zip(weights, tg.gradients(loss, weights)):
            replay.assign(w, w.detach() - self.optimizer.learning_rate * g)
        return self.compute_metrics(y, y_pred, sample_weight, loss)


@pytest.mark.filterwarnings("ignore:The train step runs op by op")
def test_a_step_that_reads_the_rate(dtype):
    def build():
        return ByHand([Input((FEATURES,)), Dense(5, "tanh"), Offset(), Dense(OUTPUTS)])

    trained(build, dtype, callbacks=lambda: [Changing("epoch")], kinds=None, epochs=4)


class Deciding(Optimizer):
    """An update in which Python makes numbers of the rate and the step."""

    def __init__(self, factor, **options):
        super().__init__(0.1, **options)
        self.factor = factor

    def update(self, w, g, rate, step):
        return (w - self.factor(self, rate, step) * g,)


FACTORS = {
    "math.sqrt of the rate": lambda self, rate, step: 0.1 * math.sqrt(rate),
    "math.sqrt of the step": lambda self, rate, step: 0.1 / math.sqrt(step),
    "float": lambda self, rate, step: float(rate),
    "max": lambda self, rate, step: max(rate, 0.03),
    "if": lambda self, rate, step: rate if step < 5 else 0.5 * rate,
    "index": lambda self, rate, step: (0.1, 0.05, 0.02)[int(step) % 3],
    "own rate": lambda self, rate, step: 2 * self.learning_rate,
}


@pytest.mark.parametrize("name", FACTORS)
@pytest.mark.matrix
def test_an_update_in_which_python_decides(name, dtype):
    """It is noticed at once: two steps from one rate would look alike."""

    def both():
        trained(network, dtype, optimizer=lambda: Deciding(FACTORS[name]), callbacks=[Changing("epoch")], kinds=None)

    with pytest.warns(UserWarning, match="The train step runs op by op"):
        both()


def uneven(y_true, y_pred):
    return np.sum((y_pred - y_true)[:, 0][y_true[:, 0] > 0.4] ** 2) / len(y_pred) + 0.1 * np.mean(y_pred**2)


def rows_of_a_kind(y_true, y_pred):
    chosen = [np.sum(y_pred[i] ** 2) for i in range(y_pred.shape[0]) if y_true[i, 0] > 0.5]
    return (sum(chosen) + np.mean(y_pred**2)) / y_pred.shape[0]


def known_to_arrays_alone(y_true, y_pred):
    return np.mean((y_pred - y_true) ** 2, axis=-1) * len(np.unique(y_true))


def with_noise(y_true, y_pred):
    return np.mean((y_pred - y_true - tg.random.generator().normal(size=y_true.shape)) ** 2, axis=-1)


def written_into(y_true, y_pred):
    y_true = np.array(y_true)
    y_true[0] = 0.0
    return np.mean((y_pred - y_true) ** 2, axis=-1)


@pytest.mark.parametrize("function", [uneven, rows_of_a_kind, known_to_arrays_alone, with_noise, written_into])
@pytest.mark.matrix
def test_a_loss_in_which_python_decides(function, dtype):
    """The attempt to trace it leaves nothing behind: no mask drawn twice, no figure counted twice."""

    def build():
        return network(Dropout(0.3), Dropout(0.3, seed=2), Running((5,)))

    with pytest.warns(UserWarning, match="The t(rain|est) step runs op by op"):
        trained(build, dtype, loss=lambda: losses.get(function), optimizer="adam", metrics=["mae"], kinds=None)


def in_rows(y_true, y_pred):
    return np.stack([np.mean((a - b) ** 2) for a, b in zip(y_pred, y_true)])


def in_order(y_true, y_pred):
    return np.mean((np.sort(y_pred, axis=-1) - y_true) ** 2, axis=-1)


def of_two_columns(y_true, y_pred):
    return np.mean((y_true - y_pred)[:, [0, 2]] ** 2, axis=-1) + np.std(y_pred, axis=-1) + np.median(y_true)


@pytest.mark.parametrize("function", [in_rows, in_order, of_two_columns])
@pytest.mark.matrix
def test_a_loss_of_unusual_ops(function, dtype):
    trained(network, dtype, loss=lambda: losses.get(function))


# -- step by step ----------------------------------------------------------------------------------------------------


def test_steps_on_batches(dtype):
    """Steps of all kinds and shapes in turn, some of them op by op, on the same metrics."""
    x, y, weight = inputs(), make_targets(), np.linspace(0.5, 2, 23)

    def session(eager):
        model, seen = network(Dropout(0.3), Running((5,)), Offset()), []
        model.compile("adam", "mse", metrics=["mae"], run_eagerly=eager)
        for i in range(36):
            rows = slice(0, (8, 5, 1)[i % 3])
            model.run_eagerly = eager or i % 7 == 6
            seen.append(model.train_on_batch(x[rows], y[rows], weight[rows] if i % 4 == 0 else None))
            if i % 5 == 4:
                model.reset_metrics()
            seen.append(model.test_on_batch(x[rows], y[rows]))
            seen.append(model.predict_on_batch(x[rows]))
        model.run_eagerly = eager
        for i in range(20):
            rows = slice(i % 3, i % 3 + 6)
            seen.append(model.train_on_batch(x[rows], y[rows], return_dict=True))
        return model, told(model, x, y, seen)

    same_both_ways(session, dtype)


@pytest.mark.parametrize("optimizer", ["adam", "sgd", "waiting", "trust"])
@pytest.mark.matrix
def test_op_by_op_between_fits(optimizer, dtype):
    """The state of the optimizer goes on over several fits, whichever way they run."""
    x, y = inputs(), make_targets()

    def session(eager):
        model = network(Offset())
        make = OPTIMIZERS.get(optimizer)
        model.compile(make() if make else optimizer, "mse", metrics=["mae"], run_eagerly=eager)
        histories = []
        for i in range(5):
            model.run_eagerly = eager or i in (1, 3)
            histories.append(model.fit(x, y, BATCH, epochs=2, verbose=0))
        model.fit(x, y, BATCH, epochs=2, verbose=0)
        return model, told(model, x, y, *histories)

    same_both_ways(session, dtype)


def test_two_models_share_a_layer_and_an_optimizer(dtype):
    x, y = inputs(), make_targets()

    def session(eager):
        shared, optimizer = Dense(5, "tanh"), tg.optim.Adam(0.01)
        one, other = (Sequential([Input((FEATURES,)), shared, Dense(OUTPUTS)]) for _ in range(2))
        one.compile(optimizer, "mse", run_eagerly=eager)
        other.compile(optimizer, "mae", run_eagerly=eager)
        histories = [m.fit(x, y, BATCH, epochs=3, verbose=0) for m in (one, other, one, other)]
        assert eager or ran_as_programs(other, ["train"]) == []
        return one, told(one, x, y, *histories, told(other, x, y)["weights"])

    same_both_ways(session, dtype)


def test_results_stay_what_they_were(dtype):
    x, y = inputs(), make_targets()
    model = network(Offset())
    model.compile("adam", "mse")
    kept = []
    for _ in range(4):
        model.fit(x, y, BATCH, epochs=2, verbose=0)
        held = [model.predict(x, 23), model.predict_on_batch(x), *model.get_weights(), model.layers[0].kernel.data]
        held += [v.numpy() for v in model.optimizer.variables]
        kept.append((held, [np.array(array) for array in held]))
    assert ran_as_programs(model, ["train", "predict"]) == []
    for held, copies in kept:
        for array, copy in zip(held, copies):
            np.testing.assert_array_equal(array, copy)
