"""The error function, which NumPy does not have: erf a = 2/√π ∫₀ᵃ e^(−t²) dt and erfc a = 1 − erf a.

Rational functions on three ranges of |a|, each accurate to the last digits of a float64.

Source: W. J. Cody, "Rational Chebyshev approximations for the error function", Mathematics of
Computation 23 (1969); the coefficients are those of his CALERF in SPECFUN.
"""

import math

import numpy as np

from ..engine.op import primitive
from .elementwise import clip
from .samples import on_shapes, real

_SQRT_1_OVER_PI = 1 / math.sqrt(math.pi)

# Numerators and denominators from the highest power down.
_CENTRE = (
    (1.85777706184603153e-1, 3.16112374387056560e00, 1.13864154151050156e02, 3.77485237685302021e02,
     3.20937758913846947e03),
    (1.0, 2.36012909523441209e01, 2.44024637934444173e02, 1.28261652607737228e03, 2.84423683343917062e03),
)  # fmt: skip
_SIDE = (
    (2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594e00, 6.61191906371416295e01,
     2.98635138197400131e02, 8.81952221241769090e02, 1.71204761263407058e03, 2.05107837782607147e03,
     1.23033935479799725e03),
    (1.0, 1.57449261107098347e01, 1.17693950891312499e02, 5.37181101862009858e02, 1.62138957456669019e03,
     3.29079923573345963e03, 4.36261909014324716e03, 3.43936767414372164e03, 1.23033935480374942e03),
)  # fmt: skip
_TAIL = (
    (1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1, 1.25781726111229246e-1,
     1.60837851487422766e-2, 6.58749161529837803e-4),
    (1.0, 2.56852019228982242e00, 1.87295284992346725e00, 5.27905102951428412e-1, 6.05183413124413191e-2,
     2.33520497626869185e-3),
)  # fmt: skip


def _ratio(x, polynomials):
    """The quotient of two polynomials at an array x, by Horner's scheme."""
    (first, *above), (_, *below) = polynomials
    numerator, denominator = first * x + above[0], x + below[0]
    for p, q in zip(above[1:], below[1:], strict=True):
        numerator *= x
        numerator += p
        denominator *= x
        denominator += q
    numerator /= denominator
    return numerator


def _gaussian(x):
    """e^(−x²) for x ≥ 0; x² is taken in two parts, since exp magnifies its rounding error."""
    coarse = np.floor(x * 16) / 16
    return np.exp(-coarse * coarse) * np.exp((coarse - x) * (coarse + x))


def _tail(x):
    """erfc x for x > 4."""
    x = np.minimum(x, 30.0)  # erfc 30 is 0 in floating point; larger squares would overflow
    z = 1 / (x * x)
    return _gaussian(x) * (_SQRT_1_OVER_PI - z * _ratio(z, _TAIL)) / x


def _error_function(a, complement):
    """erf a, or erfc a for the complement, elementwise. Computing both ranges and choosing beats gathering."""
    if isinstance(a, (float, np.floating)):
        return type(a)(math.erfc(a) if complement else math.erf(a))
    a = np.asarray(a)
    x = np.atleast_1d(a.astype(np.result_type(a, np.float32)))
    size = np.abs(x)
    inner, middle, tail = np.minimum(np.maximum(x, -0.46875), 0.46875), np.minimum(size, 4.0), size > 4
    erf_inner = inner * _ratio(inner * inner, _CENTRE)
    erfc_outer = _gaussian(middle) * _ratio(middle, _SIDE)
    if tail.any():
        erfc_outer[tail] = _tail(size[tail])
    if complement:
        out = np.where(inner == x, 1 - erf_inner, np.where(x < 0, 2 - erfc_outer, erfc_outer))
    else:
        out = np.where(inner == x, erf_inner, np.copysign(1 - erfc_outer, x))
    return out.reshape(a.shape).astype(a.dtype if a.dtype.kind == "f" else x.dtype, copy=False)


def _slope(a):
    """The derivative of erf, 2/√π e^(−a²): it is 0 in floating point from |a| = 30 on."""
    return np.exp(-np.square(clip(a, -30.0, 30.0))) * (2 * _SQRT_1_OVER_PI)


@primitive(lambda g, out, a: g * _slope(a), sample=on_shapes(real))
def erf(a):
    """The error function 2/√π ∫₀ᵃ e^(−t²) dt, elementwise: between −1 and 1.

    Source:
        Cody (1969).

    Example:
        >>> erf(Tensor([0.0, 1.0, 10.0]))
        Tensor([0.        , 0.84270079, 1.        ])
    """
    return _error_function(a, complement=False)


@primitive(lambda g, out, a: g * -_slope(a), sample=on_shapes(real))
def erfc(a):
    """The complement 1 − erf a, elementwise, exact for large a too.

    Source:
        Cody (1969).

    Example:
        >>> erfc(Tensor([0.0, 1.0, 10.0]))
        Tensor([1.00000000e+00, 1.57299207e-01, 2.08848758e-45])
    """
    return _error_function(a, complement=True)
