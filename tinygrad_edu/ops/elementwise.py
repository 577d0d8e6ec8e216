"""Functions of one or two numbers, elementwise: exponentials, roots, trigonometry, extremes, rounding, casts.

Each rule is the textbook derivative times `g`. At a kink the docstring says which subgradient is taken;
functions that are constant between jumps have no gradient.
"""

from math import factorial, perm
from math import log as natural_log

import numpy as np

from ..engine.op import primitive
from ..engine.tensor import numpy_functions
from .samples import above_zero, between, on_shapes, real, unit

_LOG_2, _LOG_10 = natural_log(2), natural_log(10)


def _whole_plus(low, high):
    """Values from −4 to 4 with a fractional part in (low, high), so away from kinks at whole numbers."""
    return lambda rng, shape: between(low, high)(rng, shape) + rng.integers(-4, 4, shape)


# -- exponentials, logarithms, roots ------------------------------------------------------------------


@primitive(lambda g, out, a: g * out, numpy=np.exp, sample=on_shapes(real))
def exp(a):
    """The exponential eᵃ, elementwise.

    Example:
        >>> exp(Tensor([0.0, 1.0]))
        Tensor([1.        , 2.71828183])
    """
    return np.exp(a)


@primitive(lambda g, out, a: g * np.exp(a), numpy=np.expm1, sample=on_shapes(real))
def expm1(a):
    """eᵃ − 1, elementwise, exact for small a too.

    Example:
        >>> expm1(Tensor([0.0, 1e-20]))
        Tensor([0.e+00, 1.e-20])
    """
    return np.expm1(a)


@primitive(lambda g, out, a: g * out * _LOG_2, numpy=np.exp2, sample=on_shapes(real))
def exp2(a):
    """The power 2ᵃ, elementwise.

    Example:
        >>> exp2(Tensor([3.0, -1.0]))
        Tensor([8. , 0.5])
    """
    return np.exp2(a)


@primitive(lambda g, out, a: g / a, numpy=np.log, sample=on_shapes(above_zero))
def log(a):
    """The natural logarithm ln a, elementwise.

    Example:
        >>> log(Tensor([1.0, np.e]))
        Tensor([0., 1.])
    """
    return np.log(a)


@primitive(lambda g, out, a: g / (1 + a), numpy=np.log1p, sample=on_shapes(above_zero))
def log1p(a):
    """ln(1 + a), elementwise, exact for small a too.

    Example:
        >>> log1p(Tensor([0.0, 1e-20]))
        Tensor([0.e+00, 1.e-20])
    """
    return np.log1p(a)


@primitive(lambda g, out, a: g / (a * _LOG_2), numpy=np.log2, sample=on_shapes(above_zero))
def log2(a):
    """The logarithm to base 2, elementwise.

    Example:
        >>> log2(Tensor([1.0, 8.0]))
        Tensor([0., 3.])
    """
    return np.log2(a)


@primitive(lambda g, out, a: g / (a * _LOG_10), numpy=np.log10, sample=on_shapes(above_zero))
def log10(a):
    """The logarithm to base 10, elementwise.

    Example:
        >>> log10(Tensor([1.0, 1000.0]))
        Tensor([0., 3.])
    """
    return np.log10(a)


@primitive(
    lambda g, out, a, b: g * np.exp(a - out),
    lambda g, out, a, b: g * np.exp(b - out),
    numpy=np.logaddexp, sample=on_shapes(real, real),
)
def logaddexp(a, b):
    """ln(eᵃ + eᵇ), elementwise, without overflow.

    Example:
        >>> logaddexp(Tensor([0.0, 1000.0]), 0.0)
        Tensor([6.93147181e-01, 1.00000000e+03])
    """
    return np.logaddexp(a, b)


@primitive(
    lambda g, out, a, b: g * np.exp2(a - out),
    lambda g, out, a, b: g * np.exp2(b - out),
    numpy=np.logaddexp2, sample=on_shapes(real, real),
)
def logaddexp2(a, b):
    """The logarithm to base 2 of 2ᵃ + 2ᵇ, elementwise, without overflow.

    Example:
        >>> logaddexp2(Tensor([0.0, 10000.0]), 0.0)
        Tensor([1.e+00, 1.e+04])
    """
    return np.logaddexp2(a, b)


@primitive(lambda g, out, a: g / (2 * out), numpy=np.sqrt, symbol="√", word="square root", sample=on_shapes(above_zero))
def sqrt(a):
    """The square root √a, elementwise. Its derivative at 0 is infinite.

    Example:
        >>> sqrt(Tensor([4.0, 9.0]))
        Tensor([2., 3.])
    """
    return np.sqrt(a)


@primitive(lambda g, out, a: g / (3 * out * out), numpy=np.cbrt, symbol="∛", word="cube root", sample=on_shapes(real))
def cbrt(a):
    """The cube root ∛a, elementwise. Its derivative at 0 is infinite.

    Example:
        >>> cbrt(Tensor([8.0, -27.0]))
        Tensor([ 2., -3.])
    """
    return np.cbrt(a)


@primitive(
    lambda g, out, a, b: g * (a / (out + (out == 0))),
    lambda g, out, a, b: g * (b / (out + (out == 0))),
    numpy=np.hypot, sample=on_shapes(real, real),
)
def hypot(a, b):
    """The hypotenuse √(a² + b²), elementwise. At the tip a = b = 0 its gradient is taken as 0.

    Example:
        >>> hypot(Tensor([3.0, 5.0]), Tensor([4.0, 12.0]))
        Tensor([ 5., 13.])
    """
    return np.hypot(a, b)


# -- trigonometry -------------------------------------------------------------------------------------


@primitive(lambda g, out, a: g * np.cos(a), numpy=np.sin, sample=on_shapes(real))
def sin(a):
    """The sine of a, in radians, elementwise.

    Example:
        >>> sin(Tensor([0.0, np.pi / 2]))
        Tensor([0., 1.])
    """
    return np.sin(a)


@primitive(lambda g, out, a: -g * np.sin(a), numpy=np.cos, sample=on_shapes(real))
def cos(a):
    """The cosine of a, in radians, elementwise.

    Example:
        >>> cos(Tensor([0.0, np.pi]))
        Tensor([ 1., -1.])
    """
    return np.cos(a)


@primitive(lambda g, out, a: g * (1 + out * out), numpy=np.tan, sample=on_shapes(unit))
def tan(a):
    """The tangent of a, in radians, elementwise.

    Example:
        >>> tan(Tensor([0.0, np.pi / 4]))
        Tensor([0., 1.])
    """
    return np.tan(a)


@primitive(lambda g, out, a: g / np.sqrt((1 - a) * (1 + a)), numpy=np.arcsin, sample=on_shapes(unit))
def arcsin(a):
    """The angle in [−π/2, π/2] whose sine is a, elementwise. Its derivative at ±1 is infinite.

    Example:
        >>> arcsin(Tensor([0.0, 1.0]))
        Tensor([0.        , 1.57079633])
    """
    return np.arcsin(a)


@primitive(lambda g, out, a: -g / np.sqrt((1 - a) * (1 + a)), numpy=np.arccos, sample=on_shapes(unit))
def arccos(a):
    """The angle in [0, π] whose cosine is a, elementwise. Its derivative at ±1 is infinite.

    Example:
        >>> arccos(Tensor([1.0, -1.0]))
        Tensor([0.        , 3.14159265])
    """
    return np.arccos(a)


@primitive(lambda g, out, a: g / (1 + a * a), numpy=np.arctan, sample=on_shapes(real))
def arctan(a):
    """The angle in (−π/2, π/2) whose tangent is a, elementwise.

    Example:
        >>> arctan(Tensor([0.0, 1.0]))
        Tensor([0.        , 0.78539816])
    """
    return np.arctan(a)


@primitive(
    lambda g, out, a, b: g * b / (a * a + b * b),
    lambda g, out, a, b: -g * a / (a * a + b * b),
    numpy=np.arctan2, sample=on_shapes(real, real),
)
def arctan2(a, b):
    """The angle in [−π, π] of the point with ordinate a and abscissa b, elementwise.

    Example:
        >>> arctan2(Tensor([1.0, 0.0]), Tensor([0.0, -1.0]))
        Tensor([1.57079633, 3.14159265])
    """
    return np.arctan2(a, b)


@primitive(lambda g, out, a: g * (180 / np.pi), numpy=(np.degrees, np.rad2deg), sample=on_shapes(real))
def degrees(a):
    """Radians as degrees, 180 a / π, elementwise.

    Example:
        >>> degrees(Tensor([0.0, np.pi]))
        Tensor([  0., 180.])
    """
    return np.degrees(a)


@primitive(lambda g, out, a: g * (np.pi / 180), numpy=(np.radians, np.deg2rad), sample=on_shapes(real))
def radians(a):
    """Degrees as radians, π a / 180, elementwise.

    Example:
        >>> radians(Tensor([0.0, 180.0]))
        Tensor([0.        , 3.14159265])
    """
    return np.radians(a)


def _sinc_orders(rng):
    a = between(-3, 3)(rng, (6,))
    return [((a, order), {}) for order in (1, 2)] + [((np.array([0.0, 1e-9, 0.25]), 1), {})]


@primitive(
    lambda g, out, a, order: g * sinc_derivative(a, order + 1), method=False, sample=_sinc_orders,
    xla=lambda jax, a, order: _sinc_derivative(jax.numpy, a, order),
)
def sinc_derivative(a, order):
    """The derivative of `sinc`, of any order, elementwise; exact near 0 too.

    With z = πa and s = sin z / z, the derivatives by z follow from z s = sin z: z s⁽ⁿ⁾ + n s⁽ⁿ⁻¹⁾ = sin(z + nπ/2).
    For small z, where that would cancel, they are the power series Σₖ (−1)ᵏ z²ᵏ / (2k + 1)!, differentiated n times.

    Args:
        a: an array of any shape.
        order: how many times sinc is differentiated, 0 or more.

    Example:
        >>> sinc_derivative(Tensor([0.0]), 2) * 3 / np.pi**2
        Tensor([-1.])
    """
    return _sinc_derivative(np, a, order)


def _sinc_derivative(np, a, order):
    """The same, for whatever has NumPy's functions under the name np."""
    z = np.pi * np.asarray(a)
    small = np.absolute(z) < order + 2
    far, near = np.where(small, 1, z), np.where(small, z, 0)
    out = np.sin(far) / far
    for n in range(1, order + 1):
        out = (np.sin(far + n * (np.pi / 2)) - n * out) / far
    series, term_count = np.zeros_like(near), 20 + 2 * order
    for k in reversed(range((order + 1) // 2, term_count)):
        factor = (-1) ** k * (perm(2 * k, order) / factorial(2 * k + 1))
        series = series + factor * near ** (2 * k - order)
    return (np.where(small, series, out) * np.pi**order).astype(np.result_type(a, np.float32))


@primitive(lambda g, out, a: g * sinc_derivative(a, 1), numpy=np.sinc, sample=on_shapes(real))
def sinc(a):
    """The normalised cardinal sine sin(πa) / (πa), elementwise, and 1 at 0.

    Example:
        >>> sinc(Tensor([0.0, 0.5]))
        Tensor([1.        , 0.63661977])
    """
    return np.sinc(a)


# -- hyperbolic functions -----------------------------------------------------------------------------


@primitive(lambda g, out, a: g * np.cosh(a), numpy=np.sinh, sample=on_shapes(real))
def sinh(a):
    """The hyperbolic sine (eᵃ − e⁻ᵃ) ÷ 2, elementwise.

    Example:
        >>> sinh(Tensor([0.0, 1.0]))
        Tensor([0.        , 1.17520119])
    """
    return np.sinh(a)


@primitive(lambda g, out, a: g * np.sinh(a), numpy=np.cosh, sample=on_shapes(real))
def cosh(a):
    """The hyperbolic cosine (eᵃ + e⁻ᵃ) ÷ 2, elementwise.

    Example:
        >>> cosh(Tensor([0.0, 1.0]))
        Tensor([1.        , 1.54308063])
    """
    return np.cosh(a)


@primitive(lambda g, out, a: g * (1 - out * out), numpy=np.tanh, sample=on_shapes(real))
def tanh(a):
    """The hyperbolic tangent, elementwise: between −1 and 1.

    Example:
        >>> tanh(Tensor([0.0, 1.0, -1000.0]))
        Tensor([ 0.        ,  0.76159416, -1.        ])
    """
    return np.tanh(a)


@primitive(lambda g, out, a: g / np.hypot(1, a), numpy=np.arcsinh, sample=on_shapes(real))
def arcsinh(a):
    """The inverse of the hyperbolic sine, elementwise.

    Example:
        >>> arcsinh(Tensor([0.0, 1.0]))
        Tensor([0.        , 0.88137359])
    """
    return np.arcsinh(a)


@primitive(
    lambda g, out, a: g / (np.sqrt(a - 1) * np.sqrt(a + 1)),
    numpy=np.arccosh, sample=on_shapes(between(1.2, 3)),
)
def arccosh(a):
    """The inverse of the hyperbolic cosine, for a ≥ 1, elementwise. Its derivative at 1 is infinite.

    Example:
        >>> arccosh(Tensor([1.0, 2.0]))
        Tensor([0.       , 1.3169579])
    """
    return np.arccosh(a)


@primitive(lambda g, out, a: g / ((1 - a) * (1 + a)), numpy=np.arctanh, sample=on_shapes(unit))
def arctanh(a):
    """The inverse of the hyperbolic tangent, for −1 < a < 1, elementwise.

    Example:
        >>> arctanh(Tensor([0.0, 0.5]))
        Tensor([0.        , 0.54930614])
    """
    return np.arctanh(a)


# -- the larger, the smaller, the nearest in a range --------------------------------------------------


@primitive(
    lambda g, out, a, b: (g * (a > b) + g * (a >= b)) / 2,
    lambda g, out, a, b: (g * (b > a) + g * (b >= a)) / 2,
    numpy=np.maximum, symbol="max", sample=on_shapes(_whole_plus(0.2, 0.4), _whole_plus(0.6, 0.8)),
)
def maximum(a, b):
    """The larger of a and b, elementwise. Where they are equal, each gets half of the gradient.

    Example:
        >>> maximum(Tensor([1.0, 3.0]), 2.0)
        Tensor([2., 3.])
    """
    return np.maximum(a, b)


@primitive(
    lambda g, out, a, b: (g * (a < b) + g * (a <= b)) / 2,
    lambda g, out, a, b: (g * (b < a) + g * (b <= a)) / 2,
    numpy=np.minimum, symbol="min", sample=on_shapes(_whole_plus(0.2, 0.4), _whole_plus(0.6, 0.8)),
)
def minimum(a, b):
    """The smaller of a and b, elementwise. Where they are equal, each gets half of the gradient.

    Example:
        >>> minimum(Tensor([1.0, 3.0]), 2.0)
        Tensor([1., 2.])
    """
    return np.minimum(a, b)


@primitive(
    lambda g, out, a, b: g * (a == out) / (1 + (a == b)),
    lambda g, out, a, b: g * (b == out) / (1 + (a == b)),
    numpy=np.fmax, symbol="max", sample=on_shapes(_whole_plus(0.2, 0.4), _whole_plus(0.6, 0.8)),
)
def fmax(a, b):
    """The larger of a and b, elementwise; where one of them is NaN, the other. Equal ones share the gradient.

    Example:
        >>> fmax(Tensor([1.0, np.nan]), 2.0)
        Tensor([2., 2.])
    """
    return np.fmax(a, b)


@primitive(
    lambda g, out, a, b: g * (a == out) / (1 + (a == b)),
    lambda g, out, a, b: g * (b == out) / (1 + (a == b)),
    numpy=np.fmin, symbol="min", sample=on_shapes(_whole_plus(0.2, 0.4), _whole_plus(0.6, 0.8)),
)
def fmin(a, b):
    """The smaller of a and b, elementwise; where one of them is NaN, the other. Equal ones share the gradient.

    Example:
        >>> fmin(Tensor([1.0, np.nan]), 2.0)
        Tensor([1., 2.])
    """
    return np.fmin(a, b)


def _raised(a, low):
    return a if low is None else np.maximum(a, low)


def _inside(a, low, high):
    return (low is None or a >= low) & (high is None or a <= high)


def _clip_calls(rng):
    a, low, high = _whole_plus(0.4, 0.6), _whole_plus(0.0, 0.2), _whole_plus(0.8, 1.0)
    bounds = [(-1.0, 2.0), (None, 1.0), (-1.0, None), (None, None)]
    pairs = [((a(rng, (2, 3)), *pair), {}) for pair in bounds]
    return [*pairs, *on_shapes(a, low, high)(rng)]


@primitive(
    lambda g, out, a, a_min, a_max: g * _inside(a, a_min, a_max),
    lambda g, out, a, a_min, a_max: g * ((a < a_min) & (out == a_min)),
    lambda g, out, a, a_min, a_max: g * (_raised(a, a_min) > a_max),
    numpy=np.clip, sample=_clip_calls,
    xla=lambda jax, a, a_min=None, a_max=None: jax.numpy.clip(a, a_min, a_max),
)
def clip(a, a_min=None, a_max=None):
    """The value in [a_min, a_max] nearest to a, elementwise; `None` leaves a side open.

    The gradient goes to a inside the range and on its ends, else to the bound that was hit.

    Args:
        a: values of any shape.
        a_min: the lower bound, of a shape that broadcasts with a.
        a_max: the upper bound, likewise; it wins where the bounds cross.

    Example:
        >>> clip(Tensor([-1.0, 0.5, 3.0]), 0.0, 1.0)
        Tensor([0. , 0.5, 1. ])
        >>> Tensor([-1.0, 0.5, 3.0]).clip(None, 1.0)
        Tensor([-1. ,  0.5,  1. ])
    """
    raised = _raised(a, a_min)
    if a_max is None:
        return +a if a_min is None else raised
    return np.minimum(raised, a_max)


@primitive(
    lambda g, out, a, nan, posinf, neginf: g * np.isfinite(a),
    numpy=np.nan_to_num,
    sample=lambda rng: [
        *on_shapes(real)(rng), ((real(rng, (3,)),), {"nan": 1.0, "posinf": 2.0, "neginf": -2.0}),
    ],
)
def nan_to_num(a, nan=0.0, posinf=None, neginf=None):
    """The values with numbers in place of NaN and infinities, elementwise. No gradient flows where one was replaced.

    Args:
        a: an array of any shape.
        nan: what stands for NaN.
        posinf, neginf: what stands for +∞ and −∞; None is the largest finite number of the dtype, and the smallest.

    Example:
        >>> nan_to_num(Tensor([1.0, np.nan, np.inf]), posinf=9.0)
        Tensor([1., 0., 9.])
    """
    return np.nan_to_num(a, nan=nan, posinf=posinf, neginf=neginf)


def _nan_to_num_of_numpy(a, copy=True, nan=0.0, posinf=None, neginf=None):
    """np.nan_to_num on Tensors, which are never written in place: `copy` makes no difference."""
    return nan_to_num(a, nan, posinf, neginf)


numpy_functions[np.nan_to_num] = _nan_to_num_of_numpy


# -- rounding and casting -----------------------------------------------------------------------------


@primitive(numpy=np.floor, symbol="⌊·⌋", sample=on_shapes(_whole_plus(0.2, 0.4)))
def floor(a):
    """a rounded down, ⌊a⌋, elementwise. It is constant between its jumps: no gradient.

    Example:
        >>> floor(Tensor([1.7, -1.2]))
        Tensor([ 1., -2.])
    """
    return np.floor(a)


@primitive(numpy=np.ceil, symbol="⌈·⌉", sample=on_shapes(_whole_plus(0.2, 0.4)))
def ceil(a):
    """a rounded up, ⌈a⌉, elementwise. It is constant between its jumps: no gradient.

    Example:
        >>> ceil(Tensor([1.2, -1.7]))
        Tensor([ 2., -1.])
    """
    return np.ceil(a)


@primitive(numpy=np.trunc, sample=on_shapes(_whole_plus(0.2, 0.4)))
def trunc(a):
    """a rounded towards zero, elementwise. It is constant between its jumps: no gradient.

    Example:
        >>> trunc(Tensor([1.7, -1.7]))
        Tensor([ 1., -1.])
    """
    return np.trunc(a)


@primitive(
    numpy=(np.round, np.around, np.rint), operator="round", sample=on_shapes(_whole_plus(0.2, 0.4)),
)
def round(a, decimals=0):
    """a rounded to a number of decimals, a half to the even side. It is constant between its jumps: no gradient.

    Example:
        >>> round(Tensor([1.7, 2.5, -1.234]))
        Tensor([ 2.,  2., -1.])
        >>> round(Tensor([1.7, 2.5, -1.234]), 2)
        Tensor([ 1.7 ,  2.5 , -1.23])
    """
    return np.round(a, decimals)


@primitive(
    lambda g, out, a, dtype: g if out.dtype.kind == "f" else 0 * g,
    numpy=getattr(np, "astype", None),  # since NumPy 2.1
    sample=lambda rng: [((real(rng, shape), np.float64), {}) for shape in [(3,), (2, 3), (0, 3)]],
)
def astype(a, dtype):
    """The values as another dtype; the gradient comes back in the dtype of a.

    A cast to integers or booleans is constant between its jumps: its gradient is 0.

    Example:
        >>> Tensor([1.0, 2.0]).astype(np.float32)
        Tensor([1., 2.], dtype=float32)
    """
    return a.astype(dtype)
