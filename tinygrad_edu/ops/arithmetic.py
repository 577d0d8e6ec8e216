"""Arithmetic, comparisons and logic: the ops behind Python's operators.

Each is declared with its derivative rules: `g` is the gradient of the result `out`, and each lambda gives
the gradient of one argument. Comparisons and logic have no gradient; they are ops so that a recorded
computation contains them.
"""

import numpy as np

from ..common.writing import numbers
from ..engine.op import in_formulas, primitive
from .samples import (
    above_zero,  # `positive` is an op here
    between,
    on_shapes,
    real,
)


def _truth(rng, shape):
    """Random booleans."""
    return rng.random(shape) > 0.5


@primitive(
    lambda g, out, a, b: g,
    lambda g, out, a, b: g,
    numpy=np.add, symbol="+", operator="add", sample=on_shapes(real, real),
)
def add(a, b):
    """The sum a + b, elementwise.

    Example:
        >>> add(Tensor([1.0, 2.0]), 10)
        Tensor([11., 12.])
    """
    return a + b


@primitive(
    lambda g, out, a, b: g,
    lambda g, out, a, b: -g,
    numpy=np.subtract, symbol="−", operator="sub", sample=on_shapes(real, real),
)
def subtract(a, b):
    """The difference a − b, elementwise.

    Example:
        >>> subtract(Tensor([1.0, 2.0]), 10)
        Tensor([-9., -8.])
    """
    return a - b


@primitive(
    lambda g, out, a, b: g * b,
    lambda g, out, a, b: g * a,
    numpy=np.multiply, symbol="×", operator="mul", sample=on_shapes(real, real),
)
def multiply(a, b):
    """The product a × b, elementwise.

    Example:
        >>> multiply(Tensor([1.0, 2.0]), 10)
        Tensor([10., 20.])
    """
    return a * b


@primitive(
    lambda g, out, a, b: g / b,
    lambda g, out, a, b: -g * out / b,
    numpy=np.divide, symbol="÷", operator="truediv", sample=on_shapes(real, real),
)
def divide(a, b):
    """The quotient a ÷ b, elementwise.

    Example:
        >>> divide(Tensor([1.0, 2.0]), 10)
        Tensor([0.1, 0.2])
    """
    return a / b


def _lower_power_text(base, exponent):
    """The text of aᵇ⁻¹: v², where b is the number 3.

    Example:
        >>> _lower_power_text("x", "3"), _lower_power_text("x", "2"), _lower_power_text("x", "n")
        ('x^2', 'x', 'x^(n − 1)')
    """
    exponent = exponent.strip("()")
    try:
        power = numbers(float(exponent) - 1)
    except ValueError:
        power = f"{exponent} − 1"
    if power == "1":
        return base
    return f"{base}^{power}" if power.isdecimal() else f"{base}^({power})"


@in_formulas(_lower_power_text)
def _lower_power(a, b):
    """aᵇ⁻¹, finite at a = b = 0, where b makes the derivative b·aᵇ⁻¹ zero."""
    if isinstance(b, (int, float)):  # a shifted exponent is faster, but right only while b is constant
        return a ** (b - 1 + (b == 0))
    return (a + (a == 0) * (b == 0)) ** (b - 1)


@primitive(
    lambda g, out, a, b: g * b * _lower_power(a, b),
    lambda g, out, a, b: g * out * np.log(a + (a == 0)),
    numpy=np.power, symbol="^", operator="pow", sample=on_shapes(above_zero, real),
)
def power(a, b):
    """The power aᵇ, elementwise. Where a = 0, the derivative for b is taken as 0.

    Example:
        >>> power(Tensor([1.0, 2.0]), 3)
        Tensor([1., 8.])
    """
    return a**b


@primitive(numpy=np.floor_divide, symbol="//", operator="floordiv", sample=on_shapes(real, real))
def floor_divide(a, b):
    """The quotient rounded down, ⌊a ÷ b⌋, elementwise. It is constant between its jumps: no gradient.

    Example:
        >>> floor_divide(Tensor([7.0, -7.0]), 2)
        Tensor([ 3., -4.])
    """
    return a // b


@primitive(
    lambda g, out, a, b: g,
    lambda g, out, a, b: -g * np.floor_divide(a, b),
    numpy=np.remainder, symbol="%", operator="mod",
    sample=on_shapes(between(3.1, 3.6), between(0.91, 0.99)),
)
def remainder(a, b):
    """The remainder a − b·⌊a ÷ b⌋, elementwise, with the sign of b.

    Example:
        >>> remainder(Tensor([7.0, -7.0]), 4)
        Tensor([3., 1.])
    """
    return a % b


@primitive(lambda g, out, a: -g, numpy=np.negative, symbol="−", operator="neg", sample=on_shapes(real))
def negative(a):
    """The opposite −a, elementwise.

    Example:
        >>> negative(Tensor([1.0, -2.0]))
        Tensor([-1.,  2.])
    """
    return -a


@primitive(lambda g, out, a: g, numpy=np.positive, symbol="+", operator="pos", sample=on_shapes(real))
def positive(a):
    """The same values, +a, as a new Tensor.

    Example:
        >>> positive(Tensor([1.0, -2.0]))
        Tensor([ 1., -2.])
    """
    return +a


@primitive(lambda g, out, a: -g * out * out, numpy=np.reciprocal, symbol="1/·", sample=on_shapes(real))
def reciprocal(a):
    """The reciprocal 1 ÷ a, elementwise; of integers rounded towards zero, as in NumPy.

    Example:
        >>> reciprocal(Tensor([2.0, -4.0]))
        Tensor([ 0.5 , -0.25])
    """
    return np.reciprocal(a)


@primitive(lambda g, out, a: 2 * g * a, numpy=np.square, symbol="·²", sample=on_shapes(real))
def square(a):
    """The square a·a, elementwise.

    Example:
        >>> square(Tensor([3.0, -4.0]))
        Tensor([ 9., 16.])
    """
    return np.square(a)


@primitive(
    lambda g, out, a: g * np.sign(a),
    numpy=(np.absolute, np.fabs), symbol="|·|", word="absolute value", operator="abs", sample=on_shapes(real),
)
def absolute(a):
    """The absolute value |a|, elementwise. At 0 its gradient is taken as 0.

    Example:
        >>> absolute(Tensor([3.0, -4.0]))
        Tensor([3., 4.])
    """
    return np.absolute(a)


@primitive(numpy=np.sign, sample=on_shapes(real))
def sign(a):
    """−1, 0 or 1 with the sign of a, elementwise. It is constant between its jumps: no gradient.

    Example:
        >>> sign(Tensor([3.0, 0.0, -4.0]))
        Tensor([ 1.,  0., -1.])
    """
    return np.sign(a)


# -- comparisons: booleans, without gradient ----------------------------------------------------------


@primitive(numpy=np.greater, symbol=">", operator="gt", method=False, sample=on_shapes(real, real))
def greater(a, b):
    """Where a > b, elementwise: booleans, without gradient.

    Example:
        >>> Tensor([1.0, 3.0]) > 2
        Tensor([False,  True])
    """
    return a > b


@primitive(numpy=np.greater_equal, symbol="≥", operator="ge", method=False, sample=on_shapes(real, real))
def greater_equal(a, b):
    """Where a ≥ b, elementwise: booleans, without gradient.

    Example:
        >>> Tensor([1.0, 2.0]) >= 2
        Tensor([False,  True])
    """
    return a >= b


@primitive(numpy=np.less, symbol="<", operator="lt", method=False, sample=on_shapes(real, real))
def less(a, b):
    """Where a < b, elementwise: booleans, without gradient.

    Example:
        >>> Tensor([1.0, 3.0]) < 2
        Tensor([ True, False])
    """
    return a < b


@primitive(numpy=np.less_equal, symbol="≤", operator="le", method=False, sample=on_shapes(real, real))
def less_equal(a, b):
    """Where a ≤ b, elementwise: booleans, without gradient.

    Example:
        >>> Tensor([2.0, 3.0]) <= 2
        Tensor([ True, False])
    """
    return a <= b


@primitive(numpy=np.equal, symbol="==", operator="eq", method=False, sample=on_shapes(real, real))
def equal(a, b):
    """Where a = b, elementwise: booleans, without gradient.

    Example:
        >>> Tensor([1.0, 2.0]) == 2
        Tensor([False,  True])
    """
    return np.equal(a, b)


@primitive(numpy=np.not_equal, symbol="≠", operator="ne", method=False, sample=on_shapes(real, real))
def not_equal(a, b):
    """Where a ≠ b, elementwise: booleans, without gradient.

    Example:
        >>> Tensor([1.0, 2.0]) != 2
        Tensor([ True, False])
    """
    return np.not_equal(a, b)


@primitive(numpy=np.isfinite, sample=on_shapes(real))
def isfinite(a):
    """Where a is neither infinite nor NaN: booleans, without gradient.

    Example:
        >>> isfinite(Tensor([1.0, np.inf, np.nan]))
        Tensor([ True, False, False])
    """
    return np.isfinite(a)


@primitive(numpy=np.isinf, sample=on_shapes(real))
def isinf(a):
    """Where a is +∞ or −∞: booleans, without gradient.

    Example:
        >>> isinf(Tensor([1.0, np.inf, np.nan]))
        Tensor([False,  True, False])
    """
    return np.isinf(a)


@primitive(numpy=np.isnan, sample=on_shapes(real))
def isnan(a):
    """Where a is not a number: booleans, without gradient.

    Example:
        >>> isnan(Tensor([1.0, np.inf, np.nan]))
        Tensor([False, False,  True])
    """
    return np.isnan(a)


# -- logic: any number but 0 counts as true -----------------------------------------------------------


@primitive(numpy=np.logical_and, symbol="∧", method=False, sample=on_shapes(_truth, _truth))
def logical_and(a, b):
    """Where a and b hold, elementwise: booleans, without gradient.

    Example:
        >>> logical_and(Tensor([False, True]), True)
        Tensor([False,  True])
    """
    return np.logical_and(a, b)


@primitive(numpy=np.logical_or, symbol="∨", method=False, sample=on_shapes(_truth, _truth))
def logical_or(a, b):
    """Where a or b or both hold, elementwise: booleans, without gradient.

    Example:
        >>> logical_or(Tensor([False, True]), True)
        Tensor([ True,  True])
    """
    return np.logical_or(a, b)


@primitive(numpy=np.logical_xor, symbol="⊻", method=False, sample=on_shapes(_truth, _truth))
def logical_xor(a, b):
    """Where one of a and b holds and not both, elementwise: booleans, without gradient.

    Example:
        >>> logical_xor(Tensor([False, True]), True)
        Tensor([ True, False])
    """
    return np.logical_xor(a, b)


@primitive(numpy=np.logical_not, symbol="¬", method=False, sample=on_shapes(_truth))
def logical_not(a):
    """Where a does not hold, elementwise: booleans, without gradient.

    Example:
        >>> logical_not(Tensor([False, True]))
        Tensor([ True, False])
    """
    return np.logical_not(a)


# -- bits: of booleans the same as logic, of integers bit by bit --------------------------------------


@primitive(numpy=np.bitwise_and, symbol="&", operator="and", method=False, sample=on_shapes(_truth, _truth))
def bitwise_and(a, b):
    """The bits that are set in both a and b, elementwise, of booleans or integers.

    Example:
        >>> Tensor([False, True]) & True
        Tensor([False,  True])
        >>> Tensor(6) & 3
        Tensor(2)
    """
    return a & b


@primitive(numpy=np.bitwise_or, symbol="|", operator="or", method=False, sample=on_shapes(_truth, _truth))
def bitwise_or(a, b):
    """The bits that are set in a or b or both, elementwise, of booleans or integers.

    Example:
        >>> Tensor([False, True]) | True
        Tensor([ True,  True])
        >>> Tensor(6) | 3
        Tensor(7)
    """
    return a | b


@primitive(numpy=np.bitwise_xor, symbol="xor", operator="xor", method=False, sample=on_shapes(_truth, _truth))
def bitwise_xor(a, b):
    """The bits that are set in one of a and b and not in both, elementwise, of booleans or integers.

    Example:
        >>> Tensor([False, True]) ^ True
        Tensor([ True, False])
        >>> Tensor(6) ^ 3
        Tensor(5)
    """
    return a ^ b


@primitive(numpy=np.invert, symbol="~", operator="invert", method=False, sample=on_shapes(_truth))
def invert(a):
    """The opposite bits, elementwise, of booleans or integers.

    Example:
        >>> ~Tensor([False, True])
        Tensor([ True, False])
    """
    return np.invert(a)


# `where` differentiates for the two branches, not for the condition.
@primitive(
    None,
    lambda g, out, condition, a, b: np.where(condition, g, 0),
    lambda g, out, condition, a, b: np.where(condition, 0, g),
    numpy=np.where, method=False,
    sample=lambda rng: [((rng.random((2, 3)) > 0.5, real(rng, (2, 1)), real(rng, (3,))), {})],
)
def where(condition, a, b):
    """a where the condition holds, else b, elementwise.

    Both branches are computed: keep the unused one finite, or its gradient is 0 × inf = NaN.

    Example:
        >>> where(np.array([True, False]), Tensor([1.0, 2.0]), 0.0)
        Tensor([1., 0.])
    """
    return np.where(condition, a, b)
