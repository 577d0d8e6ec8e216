"""A Python number that changes from run to run, such as the learning rate: it keeps the formula it came from."""

import operator

import numpy as np

from ..engine.recorder import recording
from ..engine.tensor import Tensor


class Scalar(float):
    """A float of a trace. Arithmetic with it gives Scalars; `text` is the formula in Python.

    Like any Python float it leaves float32 arrays float32.

    Example:
        >>> rate, step = Scalar(0.1, "rate"), Scalar(2, "step")
        >>> (rate / (1 - 0.9**step)).text
        'rate / (1 - 0.9 ** step)'
    """

    def __new__(cls, value, text, binds=9):
        self = super().__new__(cls, value)
        self.text, self.binds = text, binds  # how tightly the last operator of the formula binds
        return self

    def __pos__(self):
        return self

    def __neg__(self):
        return Scalar(-float(self), f"-({self.text})" if self.binds < 9 else f"-{self.text}", 3)

    def __abs__(self):
        return Scalar(abs(float(self)), f"abs({self.text})")

    def __array_ufunc__(self, ufunc, method, *inputs, **options):
        if any(isinstance(x, Tensor) for x in inputs):
            return NotImplemented
        plain = [_plain(x) for x in inputs]
        if any(isinstance(x, np.ndarray) for x in inputs):
            return getattr(ufunc, method)(*plain, **options)
        if method != "__call__" or ufunc.nout > 1 or options:
            self._read()
            return getattr(ufunc, method)(*plain, **options)
        return Scalar(ufunc(*plain), f"np.{ufunc.__name__}({', '.join(text_of(x) for x in inputs)})")

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


def text_of(x):
    """A number as Python writes it."""
    if isinstance(x, Scalar):
        return x.text
    if isinstance(x, (float, np.floating)) and not np.isfinite(x):
        return "np.nan" if x != x else "np.inf" if x > 0 else "-np.inf"
    return repr(x)


def _infix(symbol, function, binds, left_first):
    """The methods of a binary operator: `scalar + x` and `x + scalar`."""

    def written(a, b):
        parts = []
        for x, tighter in ((a, not left_first), (b, left_first)):
            loose = isinstance(x, Scalar) and (x.binds < binds or (x.binds == binds and tighter))
            text = text_of(x)
            parts.append(f"({text})" if loose or (not isinstance(x, Scalar) and text.startswith("-")) else text)
        return Scalar(function(_plain(a), _plain(b)), f" {symbol} ".join(parts), binds)

    def method(self, other):
        return written(self, other) if isinstance(other, (int, float, np.number)) else NotImplemented

    def reflected(self, other):
        return written(other, self) if isinstance(other, (int, float, np.number)) else NotImplemented

    return method, reflected


for _name, _symbol, _binds, _left_first in (
    ("add", "+", 1, True),
    ("sub", "-", 1, True),
    ("mul", "*", 2, True),
    ("truediv", "/", 2, True),
    ("mod", "%", 2, True),
    ("floordiv", "//", 2, True),
    ("pow", "**", 4, False),
):
    _method, _reflected = _infix(_symbol, getattr(operator, _name), _binds, _left_first)
    setattr(Scalar, f"__{_name}__", _method)
    setattr(Scalar, f"__r{_name}__", _reflected)
