"""Stories told twice, with `run_eagerly=True` and without: both must end in the same state.

Training programs are never wrong: whatever a step does, and whatever changes around it, the numbers are eager's.
"""

import copy
import random
import warnings

import numpy as np

import tinygrad_edu as tg
from tinygrad_edu import replay
from tinygrad_edu.nn import Dense, Input, Layer, Sequential

X = np.random.default_rng(0).normal(size=(36, 3))


Y = X @ np.array([[1.0], [-2.0], [0.5]])


RAGGED = 8  # 36 rows: four batches of 8 and one of 4


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
    return model, [*seen, *state(model)], [str(w.message) for w in caught if "The loss is" not in str(w.message)]


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
    programs = model.programs
    return kind not in programs.eager and any(e.trusted and e.kind == kind for e in programs.entries.values())


def same_as_eager(story):
    """The story runs by programs, without a warning, and ends as it does op by op. Gives the model."""
    _, expected, _ = told(story, True)
    model, found, said = told(story, False)
    assert not said
    assert_same(found, expected)
    assert trusted(model)
    return model


def stays_eager(story, exactly=True):
    """The story falls back to running op by op, says so once, and no bit is different. Gives the warning.

    Not `exactly`: where the first batch agreed but for rounding, the state goes on from what the program gave.
    """
    _, expected, silence = told(story, True)
    model, found, said = told(story, False)
    assert silence == []
    assert_same(found, expected, exactly)
    assert "train" in model.programs.eager
    assert len(said) == 1
    assert said[0].startswith("The train step runs op by op, which is slower: ")
    return said[0]


class Calls(Layer):
    """A layer with one weight that calls a function of (weight, inputs)."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def build(self, input_shape):
        self.w = self.add_weight((input_shape[-1],), "ones", name="w")

    def call(self, inputs):
        return self.function(self.w, inputs)


def copies(w, x):
    return x * w * (1.0 + np.mean(copy.deepcopy(x)))


class Steps(Sequential):
    """A model with what its train_steps share."""

    def forward(self, data):
        x, y, sample_weight = tg.keras.utils.unpack_x_y_sample_weight(data)
        y_pred = self(x, training=True)
        return y, y_pred, sample_weight, self.compute_loss(x, y, y_pred, sample_weight)

    def descend(self, loss, weights, optimizer=None):
        (optimizer or self.optimizer).apply(tg.gradients(loss, weights), weights)


def set_weights(model):
    model.set_weights([w * 0.5 for w in model.get_weights()])


def write_data(model):
    model.layers[0].kernel.data[...] = 0.3


def train_op_by_op(model):
    eagerly, model.run_eagerly = model.run_eagerly, True
    train(model, 1)
    model.run_eagerly = eagerly


class RunningMean(Layer):
    def build(self, input_shape):
        self.mean = self.add_weight((input_shape[-1],), "zeros", name="mean", trainable=False)
        self.count = self.add_weight((), "zeros", name="count", trainable=False)

    def call(self, inputs, training=False):
        if training:
            replay.assign(self.mean, self.mean * 0.9 + np.mean(inputs, axis=0) * 0.1)
            replay.assign(self.count, self.count + 1.0)
        return inputs - self.mean + 0.01 * self.count
