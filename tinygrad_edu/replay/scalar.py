"""The face of a `Number` while Python computes: a float of the right value whose arithmetic notes the formula."""

import operator

import numpy as np

from ..engine.recorder import recording
from ..engine.tensor import Tensor
from .step import Number


class Scalar(float):
    """A float of a trace. Arithmetic with it gives Scalars; `number` is the formula as data.

    Like any Python float it leaves float32 arrays float32.

    Example:
        >>> rate, step = Scalar(0.1, Number("rate")), Scalar(2, Number("step"))
        >>> (rate / (1 - 0.9**step)).text
        'rate / (1 - 0.9 ** step)'
    """

    def __new__(cls, value, number):
        self = super().__new__(cls, value)
        self.number = number
        return self

    text = property(lambda self: self.number.text, doc="The formula in Python.")

    def __pos__(self):
        return self

    def __neg__(self):
        return _formula(operator.neg, "-", 3, self)

    def __abs__(self):
        return _formula(abs, "abs", 9, self)

    def __array_ufunc__(self, ufunc, method, *inputs, **options):
        if any(isinstance(x, Tensor) for x in inputs):
            return NotImplemented
        plain = [_plain(x) for x in inputs]
        if any(isinstance(x, np.ndarray) for x in inputs):
            return getattr(ufunc, method)(*plain, **options)
        if method != "__call__" or ufunc.nout > 1 or options:
            self._read()
            return getattr(ufunc, method)(*plain, **options)
        return _formula(ufunc, f"np.{ufunc.__name__}", 9, *inputs)

    def __array_function__(self, function, types, args, options):
        self._read()
        return function(*[_plain(x) for x in args], **options)

    def _read(self):
        """Python asks for the value, which is right for this run alone."""
        tape = getattr(recording.get(), "tape", None)
        if tape is None:
            raise TypeError(f"'{self.text}' is different at every step: a program cannot depend on its value.")
        tape.refuse(f"Python reads '{self.text}', which is different at every step")


def _plain(x):
    return float(x) if isinstance(x, Scalar) else x


def _formula(function, symbol, binds, *args):
    """The Scalar that a function gives for some Scalars and floats."""
    numbers = tuple([x.number if isinstance(x, Scalar) else x for x in args])
    return Scalar(function(*map(_plain, args)), Number(symbol=symbol, args=numbers, binds=binds))


def _reading(name):
    """A method of floats that gives a plain value."""

    def method(self, *others):
        self._read()
        return getattr(float, name)(float(self), *map(_plain, others))

    return method


for _name in (
    *("bool", "lt", "le", "gt", "ge", "eq", "ne", "int", "round", "trunc", "floor", "ceil"),
    *("divmod", "rdivmod"),
):
    setattr(Scalar, f"__{_name}__", _reading(f"__{_name}__"))
Scalar.__hash__ = float.__hash__


def _infix(symbol, function, binds):
    """The methods of a binary operator: `scalar + x` and `x + scalar`."""

    def method(self, other):
        known = isinstance(other, (int, float, np.number))
        return _formula(function, symbol, binds, self, other) if known else NotImplemented

    def reflected(self, other):
        known = isinstance(other, (int, float, np.number))
        return _formula(function, symbol, binds, other, self) if known else NotImplemented

    return method, reflected


for _name, _symbol, _binds in (
    ("add", "+", 1),
    ("sub", "-", 1),
    ("mul", "*", 2),
    ("truediv", "/", 2),
    ("mod", "%", 2),
    ("floordiv", "//", 2),
    ("pow", "**", 4),
):
    _method, _reflected = _infix(_symbol, getattr(operator, _name), _binds)
    setattr(Scalar, f"__{_name}__", _method)
    setattr(Scalar, f"__r{_name}__", _reflected)
