"""One check of all arguments: an annotation is a declaration, and `checked` reads it when the function is called.

    @checked
    def smooth(values: ArrayLike, weight: Share = 0.5, mode: Literal["mean", "median"] = "mean"): ...

A signature says what each argument may be, for people, editors and mypy; the same words are what is checked, and
nothing lists them a second time. `common.types` has names for what occurs often, such as `Share` and `Count`.
Classes of the package that derive from `Checked` need no decorator: their constructors are checked.
"""

import builtins
import collections
import collections.abc
import functools
import os
import sys
import types
import typing
import weakref
from math import inf

import numpy as np

from .checks import is_whole, plain_number
from .naming import meant, some_of

_PACKAGE = __name__.partition(".")[0] + "."
_TAKES_MORE = 0x08  # the flag of a function that has **options
_LONGEST = 80  # letters of a received value in an error

WRONG_KIND, WRONG_VALUE = object(), object()  # in place of a value: TypeError, ValueError
CHECKED_INSIDE = None  # in an Annotated: the function itself has a better answer

Function = typing.TypeVar("Function", bound=collections.abc.Callable[..., typing.Any])


# -- what an argument may be ------------------------------------------------------------------------------------------


class Kind:
    """Base of what an argument may be.

    Attributes:
        wanted: what it may be, in words.
    """

    wanted = ""

    def read(self, value):
        """The value that the function gets; WRONG_KIND or WRONG_VALUE where it may not be that."""
        raise NotImplementedError

    def hint(self, value):
        """A remedy for a wrong value, a sentence after a space; nothing where there is none."""
        return ""


class Number(Kind):
    """A finite number in a range; given back as a Python float, which leaves float32 arrays float32.

    Args:
        low, high: the ends of the range, which belong to it.
        above, below: ends that do not belong to it.
        finite: False lets infinity through.
    """

    def __init__(self, low=-inf, high=inf, above=-inf, below=inf, finite=True):
        self.low, self.high, self.above, self.below, self.finite = low, high, above, below, finite
        self.wanted = f"a {'finite ' if finite else ''}number{_in_words(low, high, above, below)}"

    def read(self, value):
        value = plain_number(value)
        if isinstance(value, bool | np.bool) or not isinstance(value, int | float | np.integer | np.floating):
            return WRONG_KIND
        if not (self.low <= value <= self.high and self.above <= value <= self.below):
            return WRONG_VALUE
        if self.finite and not (self.above < value < self.below):
            return WRONG_VALUE
        return value if isinstance(value, float) and not isinstance(value, np.floating) else float(value)


class Whole(Kind):
    """A whole number from `least` to `most`; given back as a Python int."""

    def __init__(self, least=-inf, most=inf):
        self.least, self.most = least, most
        self.wanted = f"a whole number{_in_words(least, most)}"

    def read(self, value):
        return int(plain_number(value)) if is_whole(value, self.least) and value <= self.most else WRONG_VALUE


class _AnyNumber(Number):
    """Any finite number; a whole one stays an int."""

    def read(self, value):
        plain = plain_number(value)
        return int(plain) if isinstance(plain, int) and type(plain) is not bool else super().read(value)


class Values(Kind):
    """Real, finite numbers in an array of any shape, such as a list of them.

    Args:
        low: the smallest that is allowed.
        any_real: let all real numbers through, and none at all.
    """

    def __init__(self, low=-inf, any_real=False):
        self.low, self.any_real = low, any_real
        self.wanted = "real numbers" if any_real else f"finite numbers{_in_words(low, inf)}"

    def read(self, value):
        try:
            array = np.asarray(value)
        except ValueError:  # ragged
            return WRONG_VALUE
        if array.dtype.kind not in "biuf" or (array.dtype.kind == "b" and not self.any_real):
            return WRONG_KIND
        if self.any_real:
            return value
        return value if np.all(np.isfinite(array)) and np.all(array >= self.low) and array.size else WRONG_VALUE


class FloatType(Kind):
    """A type of floats: "float16", "float32" or "float64", NumPy's for them, or what Keras writes into files."""

    wanted = "a type of floats, such as 'float32'"

    def read(self, value):
        if isinstance(value, collections.abc.Mapping):  # a DTypePolicy of Keras
            return value
        return WRONG_VALUE if value is None or _dtype_of(value) not in ("float16", "float32", "float64") else value


class AnyDType(Kind):
    """A type of numbers, as NumPy knows them."""

    wanted = "a type of numbers, such as 'float32'"

    def read(self, value):
        return WRONG_VALUE if value is None or _dtype_of(value) is None else value


class OneOf(Kind):
    """One of some values, of the same type."""

    def __init__(self, choices):
        self.choices, self.words = choices, [repr(choice) for choice in choices]
        self.wanted = _either(self.words)

    def read(self, value):
        return value if any(type(value) is type(c) and value == c for c in self.choices) else WRONG_VALUE


class Choice(OneOf):
    """One of some words, in letters of any size; given back in those of the choice."""

    def __init__(self, *choices):
        super().__init__(choices)

    def read(self, value):
        found = [choice for choice in self.choices if isinstance(value, str) and value.lower() == choice.lower()]
        return found[0] if found else WRONG_VALUE


class Text(Kind):
    """A text of a certain length."""

    def __init__(self, length):
        self.length, self.wanted = length, f"a text of length {length}"

    def read(self, value):
        if not isinstance(value, str):
            return WRONG_KIND
        return value if len(value) == self.length else WRONG_VALUE


class _Instance(Kind):
    def __init__(self, kind, wanted):
        self.kind, self.wanted = kind, wanted

    def read(self, value):
        return value if isinstance(value, self.kind) else WRONG_KIND


class _Truth(Kind):
    wanted = "True or False"

    def read(self, value):
        if isinstance(value, np.bool) or (type(value) is int and value in (0, 1)):
            return bool(value)
        return value if isinstance(value, bool) else WRONG_KIND


class _Function(Kind):
    wanted = "a function"

    def read(self, value):
        return value if callable(value) else WRONG_KIND


class _Several(Kind):
    """A list, a tuple, a range or an array; of each entry it is known what it may be."""

    def __init__(self, entry, once=False):
        self.entry, self.once = entry, once
        self.wanted = "a list" + (f" of which each is {entry.wanted}" if entry else "")

    def hint(self, value):
        whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
        return f" Write ({value},)." if whole and self.entry and self.entry.read(value) == value else ""

    def read(self, value):
        if isinstance(value, bytes | collections.abc.Mapping) or getattr(value, "ndim", 1) == 0:
            return WRONG_KIND
        if isinstance(value, str):  # letters, where anything may be in the list
            return value if self.once and self.entry is None else WRONG_KIND
        listed = isinstance(value, collections.abc.Sequence | np.ndarray)
        if not listed and not (self.once and isinstance(value, collections.abc.Iterable)):
            return WRONG_KIND
        parts = (value[0], value[-1]) if isinstance(value, range) and value else value  # the rest lies between
        for part in parts if listed and self.entry else ():
            found = self.entry.read(part)
            if found is WRONG_KIND or found is WRONG_VALUE:
                return found
        return value


class _Dict(Kind):
    """A dict; of each of its values it is known what it may be."""

    def __init__(self, entry=None):
        self.entry, self.wanted = entry, "a dict" + (f" of which each value is {entry.wanted}" if entry else "")

    def read(self, value):
        if not isinstance(value, collections.abc.Mapping):
            return WRONG_KIND
        found = [self.entry.read(part) for part in value.values()] if self.entry else []
        return next((part for part in found if part is WRONG_KIND or part is WRONG_VALUE), value)


class LearningRate(Kind):
    """A number ≥ 0, or a function of the step that gives one, such as a schedule."""

    wanted = "a finite number ≥ 0"

    def read(self, value):
        if callable(value) and not isinstance(value, type):
            return value
        return WRONG_KIND if hasattr(value, "requires_grad") else Number(low=0).read(value)

    def hint(self, value):
        """The remedy, where parameters were given in its place."""
        parameters = hasattr(value, "requires_grad") or isinstance(value, list | tuple)
        return " It comes first; parameters are given by name: Adam(0.01, parameters=[w, b])." if parameters else ""


class Identified(Kind):
    """A string name, an object, a function or a configuration, as of an activation."""

    wanted = "a name, an object, a function or a configuration"

    def read(self, value):
        return value if isinstance(value, str | collections.abc.Mapping) or callable(value) else WRONG_KIND


class _Either(Kind):
    def __init__(self, kinds):
        words = [getattr(kind, "words", [kind.wanted]) for kind in kinds]
        self.kinds = kinds
        self.wanted = _either([word for of in words for word in of])

    def hint(self, value):
        return next(filter(None, [kind.hint(value) for kind in self.kinds]), "")

    def read(self, value):
        answer = WRONG_KIND
        for kind in self.kinds:
            found = kind.read(value)
            if found is WRONG_VALUE:
                answer = WRONG_VALUE
            elif found is not WRONG_KIND:
                return found
        return answer


def _in_words(low, high, above=-inf, below=inf):
    bounds = [("≥", low), ("≤", high), ("<", below), (">", above)]
    words = " and ".join(f"{sign} {bound:g}" for sign, bound in bounds if bound not in (inf, -inf))
    return words and f" {words}"


def _either(words):
    *first, last = dict.fromkeys(words)
    comma = "," if any(" or " in word for word in first) else ""
    return f"{', '.join(first)}{comma} or {last}" if first else last


def _an(name):
    return f"a{'n' if name[:1] in 'AEIOU' else ''} {name}"


def _dtype_of(value):
    """The name of a dtype of numbers; None for anything else."""
    try:
        dtype = np.dtype(getattr(value, "name", value))
    except TypeError:
        return None
    return dtype.name if dtype.kind in "biuf" else None


# -- from annotations -------------------------------------------------------------------------------------------------

_PLAIN = {
    bool: _Truth(),
    int: Whole(),
    float: _AnyNumber(),
    str: _Instance(str, "a text"),
    type(None): _Instance(type(None), "None"),
    collections.abc.Callable: _Function(),
    np.integer: Whole(),
}
_DICTS = (dict, collections.abc.Mapping)
_LISTS = (list, tuple, collections.abc.Sequence)
_ITERABLE = (collections.abc.Iterable, collections.abc.Collection, set)


def kind_of(annotation):
    """The Kind that an annotation declares; None where that is not checked here, such as an array."""
    if isinstance(annotation, typing.ForwardRef):
        annotation = annotation.__forward_arg__
    if annotation is None:
        annotation = type(None)
    origin, parts = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return parts[1]
    if origin is typing.Literal:
        return OneOf(parts)
    if origin in (typing.Union, types.UnionType):
        kinds = [kind_of(part) for part in parts]
        return None if None in kinds else _Either(kinds)
    if (origin or annotation) in _PLAIN:
        return _PLAIN[origin or annotation]
    if (origin or annotation) in _DICTS:
        return _Dict(kind_of(parts[1]) if parts else None)
    if origin in _LISTS and not (origin is tuple and parts[-1:] != (...,)):
        return _Several(kind_of(parts[0]))
    if origin in _ITERABLE:
        return _Several(kind_of(parts[0]), once=True)
    return _of_class(origin or annotation)


def _of_class(cls):
    if isinstance(cls, type) and issubclass(cls, _OfName):
        return None
    ours = isinstance(cls, type) and (cls.__module__.startswith(_PACKAGE) or cls.__name__ == "PathLike")
    if not ours or getattr(cls, "_is_protocol", False) and cls.__name__ != "PathLike":
        return None
    return _Instance(cls, "a path" if cls.__name__ == "PathLike" else _an(cls.__name__))


class _OfName:
    """Stands for a class that a module imports for editors only: the functions there check their objects inside."""

    def __class_getitem__(cls, parts):
        return cls


class _Names(dict):
    """The names in the annotations of a module, which may import some of them for editors only."""

    def __init__(self, module):
        from numpy import typing as of_numpy

        known = [vars(part) for part in (builtins, typing, collections.abc, of_numpy, module)]
        super().__init__(collections.ChainMap({"PathLike": os.PathLike}, *reversed(known)))

    def __missing__(self, name):
        return type(name, (_OfName,), {})


# -- calls ------------------------------------------------------------------------------------------------------------


class Declaration:
    """The arguments of a function, as it declares them.

    Attributes:
        names: of the arguments in their order, those by name only at the end.
        kinds: by name, what an argument may be.
        defaults: by name.
    """

    def __init__(self, function):
        code = function.__code__
        self.count = code.co_argcount
        self.names = code.co_varnames[: self.count + code.co_kwonlyargcount]
        self.takes_more = bool(code.co_flags & _TAKES_MORE)
        values = function.__defaults__ or ()
        self.defaults = dict(zip(self.names[self.count - len(values) : self.count], values))
        self.defaults |= function.__kwdefaults__ or {}
        hints = {}
        if function.__annotations__:
            names = _Names(sys.modules[function.__module__])
            hints = typing.get_type_hints(function, localns=names, include_extras=True)
        kinds = {name: kind_of(hints[name]) for name in self.names if name in hints}
        self.kinds = {name: kind for name, kind in kinds.items() if kind is not None}

    def read(self, owner, name, value):
        """The value of an argument, checked.

        Raises:
            TypeError, ValueError: it is none of what is declared; the message says what is, and what was received.
        """
        kind = self.kinds.get(name)
        if kind is None or (name in self.defaults and value is self.defaults[name]):
            return value
        found = kind.read(value)
        if found is WRONG_KIND or found is WRONG_VALUE:
            error = TypeError if found is WRONG_KIND else ValueError
            raise error(f"{owner}: {name} should be {kind.wanted}; received {received(value)}.{kind.hint(value)}")
        return found


def refuse(owner, unknown, names):
    """Raise a TypeError for arguments that there are not, which names the nearest that there is."""
    near = meant(unknown[0], names)
    hint = f" Did you mean {near}?" if near else ""
    raise TypeError(f"{owner} has no argument {', '.join(map(repr, unknown))}.{hint} It takes {some_of(names)}.")


def received(value):
    """A value in an error: its text, or only its kind where that is long."""
    text = repr(value)
    if len(text) <= _LONGEST and "\n" not in text:
        return text
    shape = getattr(value, "shape", None)
    return _an(type(value).__name__) + (f" of shape {shape}" if isinstance(shape, tuple) else "")


_declarations = weakref.WeakKeyDictionary()  # a class of the user's goes when nobody has it any more


def declaration(function):
    """The Declaration of a function, checked or not."""
    function = getattr(function, "unchecked", function)
    found = _declarations.get(function)
    if found is None:
        found = _declarations[function] = Declaration(function)
    return found


def checked(function: Function) -> Function:
    """The function, whose arguments are checked by their annotations before it runs.

    Raises:
        TypeError: an argument of another kind, or one that the function does not have; the message names the nearest.
        ValueError: a value that is out of range, or none of the choices.

    Example:
        >>> from tinygrad_edu.common.types import Share
        >>> @checked
        ... def damp(speed, momentum: Share = 0.9):
        ...     return momentum * speed
        >>> damp(2.0, momentum=0.5)
        1.0
        >>> damp(2.0, 1.5)
        Traceback (most recent call last):
        ...
        ValueError: damp: momentum should be a finite number ≥ 0 and ≤ 1; received 1.5.
        >>> damp(2.0, momentun=0.5)
        Traceback (most recent call last):
        ...
        TypeError: damp has no argument 'momentun'. Did you mean momentum? It takes speed, momentum.
    """
    of_constructor = function.__name__ == "__init__"

    @functools.wraps(function)
    def call(*values, **named):
        declared = declaration(function)
        owner = type(values[0]).__name__ if of_constructor and values else function.__name__
        read = declared.read
        given = [read(owner, name, value) for name, value in zip(declared.names[: declared.count], values)]
        if not declared.takes_more and not named.keys() <= set(declared.names):
            names = declared.names[1:] if declared.names[:1] == ("self",) else declared.names
            refuse(owner, [name for name in named if name not in declared.names], names)
        return function(*given, *values[len(given) :], **{name: read(owner, name, named[name]) for name in named})

    vars(call)["unchecked"] = function
    return typing.cast(Function, call)


class Checked:
    """Base of classes of the package whose constructors are checked by their annotations."""

    def __init_subclass__(cls, **options):
        super().__init_subclass__(**options)
        if "__init__" in vars(cls) and cls.__module__.startswith(_PACKAGE):
            cls.__init__ = checked(vars(cls)["__init__"])
