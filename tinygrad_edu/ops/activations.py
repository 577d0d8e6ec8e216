"""Activation functions with the names and defaults of Keras 3; tanh and exp are with the elementwise functions.

Each is one op with its own closed-form rule: one node in the drawn graph, one short line in the backward
pass. Finite numbers, however large, give finite values and gradients, without warnings.
"""

import math

import numpy as np

from ..engine.op import primitive
from .elementwise import _whole_plus, clip, exp
from .samples import call, calls, on_shapes, real
from .special import erfc

exponential = exp

# Klambauer et al. (2017): with these a layer keeps mean 0 and variance 1.
_SELU_SCALE, _SELU_ALPHA = 1.0507009873554805, 1.6732632423543772
_SQRT_1_OVER_2, _SQRT_2_OVER_PI, _SQRT_1_OVER_2PI = math.sqrt(1 / 2), math.sqrt(2 / math.pi), math.sqrt(0.5 / math.pi)
_GELU_CUBE = 0.044715

# Past these, a gate is 0 or 1 in floating point; the clipped value spares the rules 0 × inf.
_GATE_ENDS = -1000.0, 1000.0
_GAUSS_ENDS = -40.0, 40.0

_between_kinks = _whole_plus(0.2, 0.8)
_along_an_axis = calls(
    call((3,)), call((2, 3)), call((0, 3)), call((2, 3), axis=0), call((2, 3, 2), axis=1), call((2, 3, 2), axis=(0, 2))
)


@primitive(lambda g, out, a: g, sample=on_shapes(real))
def linear(a):
    """The identity a, as a node of its own.

    Example:
        >>> linear(Tensor([1.0, -2.0]))
        Tensor([ 1., -2.])
    """
    return +a


# -- kinked: straight pieces --------------------------------------------------------------------------


@primitive(lambda g, out, a: g * (a > 0), sample=on_shapes(real))
def relu(a):
    """The rectifier max(a, 0), elementwise. At 0 its gradient is taken as 0.

    Source:
        Nair and Hinton (2010).

    Example:
        >>> relu(Tensor([3.0, -2.0]))
        Tensor([3., 0.])
    """
    if isinstance(a, np.floating):  # one number: a comparison is ten times as fast; NaN stays
        return type(a)(0.0) if a <= 0.0 else a
    return np.maximum(a, 0.0)


@primitive(lambda g, out, a: g * ((a > 0) & (a < 6)), sample=on_shapes(_between_kinks))
def relu6(a):
    """The rectifier capped at 6, min(max(a, 0), 6). At 0 and 6 its gradient is taken as 0.

    Source:
        Krizhevsky (2010).

    Example:
        >>> relu6(Tensor([-2.0, 3.0, 8.0]))
        Tensor([0., 3., 6.])
    """
    return np.minimum(np.maximum(a, 0.0), 6.0)


@primitive(
    lambda g, out, a, negative_slope: np.where(a > 0, g, g * negative_slope),
    sample=calls(call(()), call((2, 3)), call((3,), negative_slope=0.01), call((0, 3))),
)
def leaky_relu(a, negative_slope=0.2):
    """a where a > 0, else negative_slope · a. At 0 its gradient is taken as negative_slope.

    Source:
        Maas, Hannun and Ng (2013).

    Example:
        >>> leaky_relu(Tensor([3.0, -2.0]))
        Tensor([ 3. , -0.4])
    """
    return np.where(a > 0, a, a * negative_slope)


@primitive(lambda g, out, a: g * ((a > -3) & (a < 3)) / 6, sample=on_shapes(_between_kinks))
def hard_sigmoid(a):
    """Three straight pieces like a sigmoid, relu6(a + 3) ÷ 6. At ±3 its gradient is taken as 0.

    Source:
        Courbariaux, Bengio and David (2015); the slope 1/6 is that of Keras 3.

    Example:
        >>> hard_sigmoid(Tensor([-4.0, 0.0, 1.5]))
        Tensor([0.  , 0.5 , 0.75])
    """
    return np.minimum(np.maximum(a + 3.0, 0.0), 6.0) / 6.0


def _hard_silu_slope(a):
    return (clip(a, -3.0, 3.0) / 3 + 0.5) * ((a > -3) & (a < 3)) + (a >= 3)


@primitive(lambda g, out, a: g * _hard_silu_slope(a), sample=on_shapes(_between_kinks))
def hard_silu(a):
    """a · hard_sigmoid(a), elementwise. Its gradient is taken as 0 at −3 and as 1 at 3.

    Source:
        Howard et al. (2019), as hard swish.

    Example:
        >>> hard_silu(Tensor([-4.0, 0.0, 3.0]))
        Tensor([-0.,  0.,  3.])
    """
    return np.maximum(a, -3.0) * hard_sigmoid(a)


# -- smooth rectifiers --------------------------------------------------------------------------------


@primitive(
    lambda g, out, a, alpha: g * np.where(a > 0, 1.0, out + alpha),
    sample=calls(call(()), call((2, 3)), call((3,), alpha=0.5), call((0, 3))),
)
def elu(a, alpha=1.0):
    """a where a > 0, else α (eᵃ − 1). At 0 its gradient is taken as α.

    Source:
        Clevert, Unterthiner and Hochreiter (2016).

    Example:
        >>> elu(Tensor([3.0, -1.0, -1000.0]))
        Tensor([ 3.        , -0.63212056, -1.        ])
    """
    return np.maximum(a, 0.0) + alpha * np.expm1(np.minimum(a, 0.0))


@primitive(
    lambda g, out, a: g * np.where(a > 0, _SELU_SCALE, out + _SELU_SCALE * _SELU_ALPHA),
    sample=on_shapes(real),
)
def selu(a):
    """1.0507 · elu(a, α = 1.6733), elementwise. At 0 its gradient is taken from the left, 1.7581.

    Source:
        Klambauer, Unterthiner, Mayr and Hochreiter (2017).

    Example:
        >>> selu(Tensor([1.0, -1.0]))
        Tensor([ 1.05070099, -1.11133074])
    """
    return _SELU_SCALE * (np.maximum(a, 0.0) + _SELU_ALPHA * np.expm1(np.minimum(a, 0.0)))


@primitive(lambda g, out, a: g * sigmoid(a), sample=on_shapes(real))
def softplus(a):
    """ln(1 + eᵃ), elementwise: a smooth rectifier.

    Source:
        Dugas et al. (2001).

    Example:
        >>> softplus(Tensor([0.0, 1000.0, -1000.0]))
        Tensor([6.93147181e-01, 1.00000000e+03, 0.00000000e+00])
    """
    return np.logaddexp(a, 0.0)


def _gelu_gate(a, approximate):
    """The share of a standard normal below a, or its approximation by tanh."""
    if approximate:
        return (1 + np.tanh(_SQRT_2_OVER_PI * a * (1 + _GELU_CUBE * a * a))) / 2
    return erfc(a * -_SQRT_1_OVER_2) / 2


def _gelu_slope(a, approximate):
    a = clip(a, *_GAUSS_ENDS)
    gate = _gelu_gate(a, approximate)
    if approximate:
        return gate + 2 * gate * (1 - gate) * a * (1 + 3 * _GELU_CUBE * a * a) * _SQRT_2_OVER_PI
    return gate + a * np.exp(a * a * -0.5) * _SQRT_1_OVER_2PI


@primitive(
    lambda g, out, a, approximate: g * _gelu_slope(a, approximate),
    sample=calls(call(()), call((2, 3)), call((3,), approximate=True), call((0, 3))),
)
def gelu(a, approximate=False):
    """a · Φ(a), with Φ the distribution function of the standard normal.

    Args:
        a: values of any shape.
        approximate: take a · (1 + tanh(√(2/π) (a + 0.044715 a³))) ÷ 2 instead.

    Source:
        Hendrycks and Gimpel (2016).

    Example:
        >>> gelu(Tensor([1.0, -1.0]))
        Tensor([ 0.84134475, -0.15865525])
    """
    return np.maximum(a, _GAUSS_ENDS[0]) * _gelu_gate(clip(a, *_GAUSS_ENDS), approximate)


def _silu_slope(a):
    a = clip(a, *_GATE_ENDS)
    gate = sigmoid(a)
    return gate * (1 + a * (1 - gate))


@primitive(lambda g, out, a: g * _silu_slope(a), sample=on_shapes(real))
def silu(a):
    """a · sigmoid(a), elementwise; also called swish.

    Source:
        Elfwing, Uchibe and Doya (2018); Ramachandran, Zoph and Le (2017).

    Example:
        >>> silu(Tensor([1.0, -1.0]))
        Tensor([ 0.73105858, -0.26894142])
    """
    return np.maximum(a, _GATE_ENDS[0]) * sigmoid(a)


def _mish_slope(a):
    a = clip(a, *_GATE_ENDS)
    gate = np.tanh(softplus(a))
    return gate + a * sigmoid(a) * (1 - gate * gate)


@primitive(lambda g, out, a: g * _mish_slope(a), sample=on_shapes(real))
def mish(a):
    """a · tanh(softplus(a)), elementwise.

    Source:
        Misra (2019).

    Example:
        >>> mish(Tensor([1.0, -1.0]))
        Tensor([ 0.86509839, -0.30340146])
    """
    return np.maximum(a, _GATE_ENDS[0]) * np.tanh(np.logaddexp(a, 0.0))


# -- squashing ----------------------------------------------------------------------------------------


@primitive(lambda g, out, a: g * out * (1 - out), symbol="σ", sample=on_shapes(real))
def sigmoid(a):
    """1 ÷ (1 + e⁻ᵃ), elementwise: between 0 and 1.

    Example:
        >>> sigmoid(Tensor([0.0, 1.0, -1000.0]))
        Tensor([0.5       , 0.73105858, 0.        ])
    """
    with np.errstate(over="ignore"):  # e⁻ᵃ = inf gives 0, which is right
        return 1.0 / (1.0 + np.exp(-a))


@primitive(lambda g, out, a: g * sigmoid(-a), sample=on_shapes(real))
def log_sigmoid(a):
    """ln sigmoid(a) = −softplus(−a), elementwise, without overflow.

    Example:
        >>> log_sigmoid(Tensor([0.0, -1000.0]))
        Tensor([-6.93147181e-01, -1.00000000e+03])
    """
    return -np.logaddexp(-a, 0.0)


@primitive(lambda g, out, a: g / (1 + np.absolute(a)) / (1 + np.absolute(a)), sample=on_shapes(real))
def softsign(a):
    """a ÷ (1 + |a|), elementwise: between −1 and 1, which it is at ±∞.

    Source:
        Bergstra, Desjardins, Lamblin and Bengio (2009).

    Example:
        >>> softsign(Tensor([1.0, -3.0]))
        Tensor([ 0.5 , -0.75])
    """
    dtype = getattr(a, "dtype", None)
    largest = float(np.finfo(dtype if dtype is not None and dtype.kind == "f" else float).max)
    a = np.clip(a, -largest, largest)  # infinity divided by itself would be nothing
    return a / (1.0 + np.absolute(a))


# -- distributions ------------------------------------------------------------------------------------


@primitive(
    lambda g, out, a, axis: out * (g - np.sum(g * out, axis=axis, keepdims=True)),
    sample=_along_an_axis,
)
def softmax(a, axis=-1):
    """The distribution eᵃⁱ ÷ Σⱼ eᵃʲ over an axis: positive and with sum 1.

    Args:
        a: values of any shape, at least one axis.
        axis: the axis, or the tuple of axes, to sum over.

    Source:
        Bridle (1990).

    Example:
        >>> softmax(Tensor([0.0, np.log(3.0)]))
        Tensor([0.25, 0.75])
    """
    weights = np.exp(a - np.max(a, axis=axis, keepdims=True))
    return weights / np.sum(weights, axis=axis, keepdims=True)


@primitive(
    lambda g, out, a, axis: g - np.exp(out) * np.sum(g, axis=axis, keepdims=True),
    sample=_along_an_axis,
)
def log_softmax(a, axis=-1):
    """The logarithm of the softmax, aᵢ − ln Σⱼ eᵃʲ over an axis, without overflow.

    Args:
        a: values of any shape, at least one axis.
        axis: the axis, or the tuple of axes, to sum over.

    Example:
        >>> log_softmax(Tensor([0.0, 1000.0]))
        Tensor([-1000.,     0.])
    """
    shifted = a - np.max(a, axis=axis, keepdims=True)
    return shifted - np.log(np.sum(np.exp(shifted), axis=axis, keepdims=True))
