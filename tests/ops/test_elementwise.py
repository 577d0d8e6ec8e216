"""Arithmetic and elementwise functions: PyTorch's figures, kinks, extremes, operators. Derivatives at ordinary
points are checked for every op by tests/test_ops.py."""

import json
import math
import operator
from pathlib import Path

import numpy as np
import pytest

from tinygrad_edu import Tensor, gradients, ops
from tinygrad_edu.engine.op import registry

CASES = json.loads((Path(__file__).parents[1] / "golden" / "elementwise_torch.json").read_text())["cases"]


def gradient(function, *values):
    """The gradients of the sum of function(*values)."""
    tensors = [Tensor(v, requires_grad=True) for v in values]
    out = function(*tensors)
    return gradients([out], tensors, [np.ones(out.shape)])


@pytest.mark.parametrize("case", CASES, ids=lambda c: c["op"])
def test_values_and_derivatives_are_those_of_pytorch(case):
    tensors = [Tensor(np.array(x), requires_grad=True) for x in case["inputs"]]
    out = registry[case["op"]].call(*tensors, **case["options"])
    np.testing.assert_allclose(out.numpy(), case["out"], rtol=1e-11, atol=1e-14)

    found = gradients([out], tensors, [np.array(case["incoming"])], create_graph=True)
    for g, wanted in zip(found, case["gradients"], strict=True):
        np.testing.assert_allclose(g.numpy(), wanted, rtol=1e-11, atol=1e-14)

    if case["second"] is None:
        return
    weighted = [(g * np.array(w)).sum() for g, w in zip(found, case["weights"], strict=True)]
    weighted = [w for w in weighted if w.requires_grad]
    for g, wanted in zip(gradients(weighted, tensors), case["second"], strict=True):
        np.testing.assert_allclose(g, wanted, rtol=1e-9, atol=1e-13)


# -- kinks: the subgradient that the docstring names --------------------------------------------------


@pytest.mark.parametrize(
    ("function", "values", "wanted"),
    [
        (ops.absolute, [0.0], [0.0]),
        (ops.hypot, [0.0, 0.0], [0.0, 0.0]),
        (ops.maximum, [2.0, 2.0], [0.5, 0.5]),
        (ops.minimum, [2.0, 2.0], [0.5, 0.5]),
        (ops.maximum, [np.inf, np.inf], [0.5, 0.5]),
        (ops.maximum, [-np.inf, 1.0], [0.0, 1.0]),
        (ops.clip, [1.0, 1.0, 3.0], [1.0, 0.0, 0.0]),
        (ops.clip, [3.0, 1.0, 3.0], [1.0, 0.0, 0.0]),
        (ops.clip, [2.0, 3.0, 1.0], [0.0, 0.0, 1.0]),
        (lambda a: ops.clip(a, None, 1.0), [1.0], [1.0]),
        (lambda a: ops.clip(a, None, None), [7.0], [1.0]),
        (lambda a: ops.power(a, 0), [0.0], [0.0]),
        (lambda a: ops.power(a, 1), [0.0], [1.0]),
        (lambda b: ops.power(0.0, b), [2.0], [0.0]),
    ],
)
def test_subgradients_at_kinks(function, values, wanted):
    assert gradient(function, *values) == wanted


def test_a_square_has_curvature_at_zero():
    x = Tensor(0.0, requires_grad=True)
    (slope,) = gradients([x**2], [x], create_graph=True)
    assert gradients(slope, x) == 2


def test_the_mixed_derivative_of_a_power_at_exponent_zero():
    # ∂²/∂a∂b aᵇ = aᵇ⁻¹ (1 + b ln a), so 1/a at b = 0.
    a, b = Tensor(4.0, requires_grad=True), Tensor(0.0, requires_grad=True)
    for first, other in [(a, b), (b, a)]:
        (slope,) = gradients([a**b], [first], create_graph=True)
        assert gradients(slope, other) == 0.25


def test_derivatives_at_the_end_of_a_domain_are_infinite():
    with np.errstate(divide="ignore"):
        assert gradient(ops.sqrt, 0.0) == [np.inf]
        assert gradient(ops.cbrt, 0.0) == [np.inf]
        assert gradient(ops.arcsin, 1.0) == [np.inf]
        assert gradient(ops.arccosh, 1.0) == [np.inf]


# -- extremes: exact where a naive formula is not -----------------------------------------------------


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("function", "values", "wanted"),
    [
        (ops.logaddexp, [1000.0, 0.0], [1.0, 0.0]),
        (ops.logaddexp, [-np.inf, 0.0], [0.0, 1.0]),
        (ops.arcsinh, [1e300], [1e-300]),
        (ops.arccosh, [1e300], [1e-300]),
        (ops.hypot, [3e300, 4e300], [0.6, 0.8]),
        (ops.tanh, [1e300], [0.0]),
        (ops.expm1, [-50.0], [math.exp(-50)]),
        (ops.log1p, [1e-300], [1.0]),
        (ops.arcsin, [1 - 2**-53], [2.0**26]),
    ],
)
def test_extremes(function, values, wanted):
    np.testing.assert_allclose(gradient(function, *values), wanted, rtol=1e-15)


@pytest.mark.filterwarnings("error")
def test_error_function_against_the_c_library():
    x = np.concatenate([np.linspace(-30, 30, 20001), [0.46875, -0.46875, 4.0, 1e-300, -0.0, 26.5, 1e300]])
    np.testing.assert_allclose(ops.erf(x), [math.erf(v) for v in x], rtol=1e-15)
    np.testing.assert_allclose(ops.erfc(x), [math.erfc(v) for v in x], rtol=2e-15, atol=1e-310)
    np.testing.assert_array_equal(ops.erf(np.array([np.inf, -np.inf, np.nan])), [1, -1, np.nan])
    np.testing.assert_array_equal(ops.erfc(np.array([np.inf, -np.inf, np.nan])), [0, 2, np.nan])
    assert np.signbit(ops.erf(np.array([-0.0]))).all()
    assert ops.erf(0.5) == math.erf(0.5)
    assert gradient(ops.erf, np.array([-1e300, np.inf]))[0].tolist() == [0, 0]


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_error_function_keeps_the_dtype(dtype):
    x = np.linspace(-5, 5, 101).astype(dtype)
    found = ops.erf(x)
    assert found.dtype == dtype
    np.testing.assert_allclose(found, [math.erf(v) for v in x], rtol=4 * np.finfo(dtype).eps)


# -- rounding, casting --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["floor", "ceil", "trunc", "round", "sign"])
def test_steps_have_no_gradient(name):
    x = Tensor([-2.5, -0.4, 1.5], requires_grad=True)
    step = registry[name].call(x)
    assert not step.requires_grad
    np.testing.assert_array_equal(step.numpy(), getattr(np, name)(x.numpy()))
    (x * step).sum().backward()
    np.testing.assert_array_equal(x.grad, step.numpy())


def test_python_rounds_tensors():
    assert round(Tensor(2.344), 2).item() == 2.34
    assert round(Tensor(2.5)).item() == 2
    assert np.rint(Tensor(1.7)).item() == 2


def test_a_cast_gives_the_gradient_back_in_the_dtype_of_its_input():
    x = Tensor(np.array([0.1, 2.0], np.float32), requires_grad=True)
    y = x.astype(np.float64)
    assert y.dtype == np.float64
    (y * y).sum().backward()
    assert x.grad.dtype == np.float32
    np.testing.assert_allclose(x.grad, 2 * x.numpy(), rtol=1e-7)


def test_a_cast_to_integers_is_a_step():
    x = Tensor([1.7, 2.2], requires_grad=True)
    (x.astype(int) * x).sum().backward()
    np.testing.assert_array_equal(x.grad, [1, 2])


# -- operators ----------------------------------------------------------------------------------------

ARITHMETIC = [getattr(operator, n) for n in ["add", "sub", "mul", "truediv", "floordiv", "mod", "pow"]]
COMPARISONS = [getattr(operator, n) for n in ["lt", "le", "gt", "ge", "eq", "ne"]]
BITS = [getattr(operator, n) for n in ["and_", "or_", "xor"]]


@pytest.mark.parametrize("apply", ARITHMETIC + COMPARISONS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("other", [2, 1.5, np.float64(2), np.array([2.0, 0.5, 3.0])], ids=lambda o: type(o).__name__)
def test_operators_on_both_sides(apply, other):
    values = np.array([2.0, 0.5, 3.5])
    tensor = Tensor(values)
    for found, wanted in [
        (apply(tensor, other), apply(values, other)),
        (apply(other, tensor), apply(other, values)),
        (apply(tensor, tensor), apply(values, values)),
    ]:
        assert isinstance(found, Tensor)
        assert found.dtype == wanted.dtype
        np.testing.assert_array_equal(found.numpy(), wanted)


@pytest.mark.parametrize("apply", BITS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("values", [[True, True, False, False], [6, 3, 5, 1]], ids=["bool", "int"])
def test_bits_on_both_sides(apply, values):
    values, other = np.array(values), np.array(values)[[0, 2, 1, 3]]
    for found in (apply(Tensor(values), Tensor(other)), apply(Tensor(values), other), apply(values, Tensor(other))):
        assert isinstance(found, Tensor)
        np.testing.assert_array_equal(found.numpy(), apply(values, other))
    np.testing.assert_array_equal(apply(other[0].item(), Tensor(values)).numpy(), apply(other[0], values))
    np.testing.assert_array_equal((~Tensor(values)).numpy(), ~values)


@pytest.mark.parametrize("name", ["logical_and", "logical_or", "logical_xor"])
def test_logic_of_numbers(name):
    function = getattr(np, name)
    a, b = np.array([0.0, 0.0, 2.0, 3.0]), np.array([0.0, 1.0, 0.0, 4.0])
    np.testing.assert_array_equal(function(Tensor(a), b).numpy(), function(a, b))


def test_unary_operators():
    x = Tensor([-2.0, 3.0], requires_grad=True)
    np.testing.assert_array_equal(abs(x).numpy(), [2, 3])
    np.testing.assert_array_equal((-x).numpy(), [2, -3])
    same = +x
    assert same is not x
    assert same.op.name == "positive"


def test_equality_with_none_is_false_everywhere():
    assert np.equal(Tensor(1.0), None).numpy() == np.False_
    assert (Tensor([1.0, 2.0]) != None).numpy().all()  # noqa: E711


def test_a_mask_from_comparisons():
    x = Tensor([-2.0, 0.5, 3.0], requires_grad=True)
    (x * ((x > 0) & (x < 1))).sum().backward()
    np.testing.assert_array_equal(x.grad, [0, 1, 0])


def test_clip_as_a_method_and_through_numpy():
    x = np.array([-2.0, 0.5, 3.0])
    for found in (np.clip(Tensor(x), 0, 1), Tensor(x).clip(0, 1), np.clip(x, Tensor(0.0), 1)):
        assert isinstance(found, Tensor)
        np.testing.assert_array_equal(found.numpy(), [0, 0.5, 1])


def test_clip_without_bounds_gives_a_copy():
    x = Tensor([1.0, 2.0])
    y = x.clip()
    y.data[0] = 5
    assert x.numpy()[0] == 1
