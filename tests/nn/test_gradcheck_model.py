"""Whole models against differences: the gradient of every parameter of a real loss, and a wrong layer caught."""

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import gradcheck, primitive
from tinygrad_edu.nn import Activation, Dense, Dropout, Flatten, Input, Layer, Model, Normalization, Sequential
from tinygrad_edu.nn.regularizers import L1, L1L2, L2

RNG = np.random.default_rng(4)
X = RNG.normal(size=(6, 3))
TARGETS = {
    "real": RNG.normal(size=(6, 3)),
    "binary": RNG.integers(0, 2, (6, 3)).astype(float),
    "one-hot": np.eye(3)[np.arange(6) % 3],
    "classes": np.arange(6) % 3,
}
LOSSES = {
    "mse": ("real", None),
    "mae": ("real", None),
    "huber": ("real", "tanh"),
    "binary_crossentropy": ("binary", "sigmoid"),
    "categorical_crossentropy": ("one-hot", "softmax"),
    "sparse_categorical_crossentropy": ("classes", "softmax"),
}


def network(activation="tanh", last=None, loss="mse", **options):
    tg.random.seed(0)
    model = Sequential(
        [
            Input((3,)),
            Dense(4, activation=activation, bias_initializer="random_normal", **options, name="hidden"),
            Dropout(0.5),
            Dense(3, activation=last, name="out"),
        ]
    )
    model.compile(loss=loss)
    return model


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss(loss, order):
    targets, last = LOSSES[loss]
    report = gradcheck(network(last=last, loss=loss), X, TARGETS[targets], order=order)
    assert report, report
    assert {row.name for row in report} == {"hidden/kernel", "hidden/bias", "out/kernel", "out/bias"}


def test_probabilities_that_are_clipped():
    """The crossentropy without its logits: the way through the clipping."""
    model = network(last=lambda z: np.exp(z) / (1 + np.exp(z)), loss="binary_crossentropy")
    assert gradcheck(model, X, TARGETS["binary"], order=2)


@pytest.mark.parametrize("activation", sorted(set(tg.nn.activations.functions)))
def test_every_activation(activation):
    report = gradcheck(network(activation=activation), X, TARGETS["real"])
    assert report, report


@pytest.mark.parametrize("regularizer", [L1(0.1), L2(0.1), L1L2(0.1, 0.2)], ids=repr)
@pytest.mark.parametrize("order", [1, 2])
def test_penalties(regularizer, order):
    model = network(kernel_regularizer=regularizer, bias_regularizer=regularizer)
    report = gradcheck(model, X, TARGETS["real"], order=order)
    assert report, report


def test_a_model_of_many_parts():
    class Network(Model):
        def __init__(self):
            super().__init__()
            self.scale = Normalization()
            self.flat, self.paths = Flatten(), [Dense(3, activation="gelu"), Dense(3, activation="softplus")]
            self.squash, self.out = Activation("tanh"), Dense(1)

        def call(self, inputs, training=False):
            inputs = self.flat(self.scale(inputs))
            first, second = (path(inputs) for path in self.paths)
            return self.out(self.squash(first * second + inputs[:, :3]))

    x = RNG.normal(size=(5, 2, 3))
    model = Network()
    model.scale.adapt(x)
    model.compile(loss="mse")
    assert gradcheck(model, x, RNG.normal(size=5), order=2)
    assert gradcheck(model, x)


def test_the_weights_are_the_same_after_a_check():
    model = network()
    before = model.get_weights()
    gradcheck(model, X, TARGETS["real"])
    assert all(np.array_equal(a, b) and a.dtype == b.dtype for a, b in zip(before, model.get_weights(), strict=True))


@primitive(lambda g, out, a: g * out, method=False)
def _wrong_tanh(a):
    """The derivative of another function."""
    return np.tanh(a)


class ForgetsTheBias(Layer):
    """A bias that the graph does not see."""

    def build(self, input_shape):
        self.bias = self.add_weight((input_shape[-1],), "ones", name="bias")

    def call(self, inputs):
        return inputs + self.bias * 0.5 + self.bias.detach() * 0.5


def test_a_wrong_rule_in_a_layer_is_caught():
    report = gradcheck(network(activation=_wrong_tanh), X, TARGETS["real"])
    assert not report
    assert {row.name for row in report if not row.ok} == {"hidden/kernel", "hidden/bias"}


def test_a_cut_graph_in_a_layer_is_caught():
    model = Sequential([Input((3,)), Dense(3), ForgetsTheBias(name="cut")])
    model.compile(loss="mse")
    report = gradcheck(model, X, TARGETS["real"])
    assert {row.name for row in report if not row.ok} == {"cut/bias"}
