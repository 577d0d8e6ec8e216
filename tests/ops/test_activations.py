"""Activations: Keras's defaults, kinks, extremes. PyTorch's figures are compared in test_elementwise.py."""

import json
from pathlib import Path

import numpy as np
import pytest

from tinygrad_edu import Tensor, gradients
from tinygrad_edu.engine.op import registry
from tinygrad_edu.ops import activations

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "activations_keras.json").read_text())
NAMES = [name for name in GOLDEN["values"] if name not in ("tanh", "exponential", "softmax", "log_softmax")]


def activation(name):
    return activations.exponential if name == "exponential" else registry[name].call


def slopes(name, values):
    """The first and second derivatives of an activation at each value."""
    x = Tensor(values, requires_grad=True)
    y = activation(name)(x)
    (slope,) = gradients([y], [x], [np.ones(y.shape, y.dtype)], create_graph=True)
    curve = gradients([slope], [x], [np.ones(y.shape, y.dtype)])[0] if slope.requires_grad else np.zeros(y.shape)
    return slope.numpy(), curve


@pytest.mark.parametrize("name", GOLDEN["values"])
def test_values_and_defaults_are_those_of_keras(name):
    found = activation(name)(np.array(GOLDEN["points"]))
    np.testing.assert_allclose(found, GOLDEN["values"][name], rtol=1e-7, atol=1e-9)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", GOLDEN["values"])
def test_dtype_is_kept_by_values_and_slopes(name, dtype):
    x = Tensor(np.array(GOLDEN["points"], dtype), requires_grad=True)
    for t in (x, x[0, 1]) if "softmax" not in name else (x,):
        y = activation(name)(t)
        rule = y.op.rules[0]
        assert y.dtype == dtype
        assert rule(np.ones(y.shape, dtype)[()], y.array, *y._arrays).dtype == dtype


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", [*NAMES, "tanh"])
def test_the_largest_numbers_give_finite_values_and_slopes_without_warnings(name, dtype):
    top = np.finfo(dtype).max / 4
    x = np.array([-top, -1e4, -800, -90, -0.0, 0, 90, 800, 1e4, top], dtype)
    for values in (x, x[0], x[-1]):
        found = activation(name)(values)
        assert np.isfinite(found).all()
        slope, curve = slopes(name, values)
        assert np.isfinite(slope).all()
        assert np.isfinite(curve).all()
    slope, _ = slopes(name, x)
    left, right = slope[0], slope[-1]
    expected = {
        "linear": (1, 1), "leaky_relu": (0.2, 1), "selu": (0, 1.0507009873554805), "log_sigmoid": (1, 0),
        **dict.fromkeys(["relu6", "hard_sigmoid", "sigmoid", "softsign", "tanh"], (0, 0)),
    }.get(name, (0, 1))  # fmt: skip
    np.testing.assert_allclose([left, right], expected, rtol=1e-6, atol=1e-30)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", [n for n in NAMES if n != "softsign"])
def test_infinite_inputs_give_the_limits(name):
    ends = np.array([-np.inf, np.inf])
    limits = {
        "linear": ends, "leaky_relu": ends, "log_sigmoid": [-np.inf, 0], "relu6": [0, 6], "elu": [-1, np.inf],
        "selu": [-1.0507009873554805 * 1.6732632423543772, np.inf], "sigmoid": [0, 1], "hard_sigmoid": [0, 1],
    }  # fmt: skip
    np.testing.assert_allclose(activation(name)(ends), limits.get(name, [0, np.inf]), rtol=1e-15)
    assert not np.isnan(slopes(name, ends)).any()


@pytest.mark.parametrize(
    ("name", "point", "wanted"),
    [
        ("relu", 0.0, 0), ("relu", -0.0, 0), ("relu6", 0.0, 0), ("relu6", 6.0, 0), ("leaky_relu", 0.0, 0.2),
        ("hard_sigmoid", 3.0, 0), ("hard_sigmoid", -3.0, 0), ("hard_silu", -3.0, 0), ("hard_silu", 3.0, 1),
        ("elu", 0.0, 1), ("selu", 0.0, 1.0507009873554805 * 1.6732632423543772), ("softsign", 0.0, 1),
    ],
)  # fmt: skip
def test_subgradients_at_kinks(name, point, wanted):
    assert slopes(name, point)[0] == pytest.approx(wanted, abs=1e-15)


def test_relu_of_negatives_is_positive_zero():
    found = activations.relu(np.array([-np.inf, -3.0, -1e-300]))
    assert found.tolist() == [0, 0, 0]
    assert not np.signbit(found).any()


def test_sigmoid_is_accurate_far_to_the_left():
    x = np.array([-30.0, -300.0, -700.0])
    np.testing.assert_allclose(activations.sigmoid(x), np.exp(x), rtol=1e-12)


@pytest.mark.filterwarnings("error")
def test_softmax_of_large_and_masked_logits():
    x = Tensor([[1e300, 0.0, -1e300], [-np.inf, 0.0, 0.0]], requires_grad=True)
    y = activations.softmax(x)
    np.testing.assert_array_equal(y.numpy(), [[1, 0, 0], [0, 0.5, 0.5]])
    (y * np.array([1.0, 2.0, 4.0])).sum().backward()
    np.testing.assert_array_equal(x.grad, [[0, 0, 0], [0, -0.5, 0.5]])


def test_log_softmax_keeps_small_probabilities():
    found = activations.log_softmax(np.array([0.0, -1000.0]))
    np.testing.assert_array_equal(found, [0, -1000])


def test_softmax_over_several_axes_sums_to_one():
    x = np.random.default_rng(0).normal(size=(2, 3, 4))
    found = activations.softmax(x, axis=(0, 2))
    np.testing.assert_allclose(found.sum(axis=(0, 2)), np.ones(3), rtol=1e-14)
    np.testing.assert_allclose(np.log(found), activations.log_softmax(x, axis=(0, 2)), rtol=1e-12)


def test_softmax_names_the_axis_that_is_not_there():
    with pytest.raises(ValueError, match=r"softmax.*axis 2"):
        activations.softmax(Tensor([[1.0, 2.0]]), axis=2)


@pytest.mark.parametrize("name", NAMES)
def test_an_activation_is_one_node(name):
    x = Tensor([0.4, 1.7], requires_grad=True)
    y = activation(name)(x)
    assert y.op.name == name
    assert y.inputs == (x,)
