"""Constraints: their formulas, that training keeps to them, and what is refused. Beside Keras: test_layer_figures."""

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import Tensor
from tinygrad_edu.common.naming import subclasses
from tinygrad_edu.common.serialization import is_own
from tinygrad_edu.nn import Dense, Input, Layer, Sequential, constraints

W = np.array([[3.0, -0.1, 0.0], [-4.0, 0.2, 0.0]])  # columns of length 5, 0.2236 and 0
EVERY = {
    constraints.NonNeg(): np.maximum(W, 0),
    constraints.MaxNorm(1.0): W * [0.2, 1, 1],
    constraints.MaxNorm(10, axis=[0, 1]): W,
    constraints.UnitNorm(): W / [5, np.sqrt(0.05), 1],
    constraints.UnitNorm(axis=1): W / [[np.hypot(3, 0.1)], [np.hypot(4, 0.2)]],
    constraints.MinMaxNorm(1.0, 2.0): W * [0.4, 1 / np.sqrt(0.05), 1],
    constraints.MinMaxNorm(0.0, 1.0, rate=0.5): W * [3 / 5, 1, 1],
}


def test_every_constraint_is_tested():
    assert {type(constraint) for constraint in EVERY} == set(filter(is_own, subclasses(constraints.Constraint)))


@pytest.mark.parametrize("constraint", EVERY, ids=repr)
def test_formula_and_configuration(constraint):
    np.testing.assert_allclose(constraint(W), EVERY[constraint], atol=2e-6)
    np.testing.assert_array_equal(constraint(Tensor(W)).data, constraint(W))
    assert constraint(W.astype("float32")).dtype == np.float32
    again = constraints.get({"class_name": type(constraint).__name__, "config": constraint.get_config()})
    assert repr(again) == repr(constraint)


def test_names_are_those_of_keras():
    for name, cls in {
        "non_neg": "NonNeg",
        "MaxNorm": "MaxNorm",
        "unit_norm": "UnitNorm",
        "min_max_norm": "MinMaxNorm",
    }.items():
        assert type(constraints.get(name)).__name__ == cls
    assert constraints.get("max_norm").get_config() == {"max_value": 2, "axis": 0}
    assert tg.keras.constraints.max_norm is constraints.MaxNorm


def trained(layer, eager=False, epochs=3):
    tg.random.seed(0)
    model = Sequential([Input((4,)), layer, Dense(2)])
    model.compile(tg.optim.Adam(0.1), "mse", run_eagerly=eager)
    x = np.random.default_rng(0).normal(size=(20, 4))
    model.fit(x, 3 * x[:, :2], batch_size=8, epochs=epochs, verbose=0)
    return model


@pytest.mark.parametrize("eager", [True, False])
def test_training_keeps_to_them(eager):
    layer = Dense(5, kernel_constraint=constraints.MaxNorm(0.5), bias_constraint="non_neg")
    trained(layer, eager)
    lengths = np.linalg.norm(layer.kernel.data, axis=0)
    assert lengths.max() == pytest.approx(0.5, rel=1e-5)
    assert (layer.bias.data >= 0).all() and (layer.bias.data > 0).any()


def test_without_them_training_goes_elsewhere():
    """A mutant: constraints that are not applied."""
    layer = Dense(5)
    trained(layer)
    assert np.linalg.norm(layer.kernel.data, axis=0).max() > 0.6
    assert (layer.bias.data < 0).any()


def test_a_frozen_weight_is_left_alone():
    layer = Dense(5, kernel_constraint="non_neg", trainable=False)
    layer.build((None, 4))
    before = layer.get_weights()
    trained(layer)
    np.testing.assert_array_equal(layer.get_weights()[0], before[0])
    assert (before[0] < 0).any()


def test_a_function_of_the_user_on_a_weight_of_the_user():
    class Share(Layer):
        def build(self, input_shape):
            self.share = self.add_weight((4,), "ones", name="share", constraint=lambda w: np.clip(w, 0.0, 1.0))

        def call(self, inputs):
            return inputs * self.share

    layer = Share()
    trained(layer, epochs=5)
    assert layer.share.data.max() == 1.0


@pytest.mark.parametrize(
    ("make", "kind", "text"),
    [
        (
            lambda: Dense(1, kernel_constraint="nonneg"),
            ValueError,
            "Unknown constraint 'nonneg'. Did you mean 'non_neg'",
        ),
        (lambda: constraints.get(3), TypeError, "name of a constraint, a Constraint or a function; received 3"),
        (lambda: constraints.MaxNorm(-1), ValueError, "max_value should be a finite number ≥ 0; received -1"),
        (lambda: constraints.MinMaxNorm(2.0, 1.0), ValueError, r"max_value should be ≥ min_value, 2\.0; received 1\.0"),
        (lambda: constraints.MinMaxNorm(rate=1.5), ValueError, "rate should be a finite number ≥ 0 and ≤ 1"),
        (lambda: constraints.Constraint()(W), NotImplementedError, r"Constraint must define __call__\(weights\)"),
    ],
)
def test_what_is_refused(make, kind, text):
    with pytest.raises(kind, match=text):
        make()
