"""What layers, losses, metrics, optimizers and schedules share: checked numbers, a configuration, a string name.

Each setting is an argument of `__init__`, kept in the attribute of the same name. Everything else is read
from that: nothing lists the settings a second time.
"""

import re
import weakref
from math import inf
from operator import is_, itemgetter

import numpy as np

from .naming import look_up

_TAKES_MORE = 0x08  # the flag of a function that has **options


def number(name, value, low=-inf, high=inf, below=inf, above=-inf):
    """The value as a Python float, checked: low ≤ value ≤ high, above < value < below.

    A Python float, because it leaves float32 arrays float32 where a NumPy float64 would not.

    Raises:
        TypeError: the value is not a number.
        ValueError: it is NaN, infinite or outside the range.

    Example:
        >>> number("momentum", 1.5, low=0, high=1)
        Traceback (most recent call last):
        ...
        ValueError: momentum should be a finite number ≥ 0 and ≤ 1; received 1.5.
    """
    bounds = [("≥", low), ("≤", high), ("<", below), (">", above)]
    wanted = " and ".join(f"{sign} {bound}" for sign, bound in bounds if bound not in (inf, -inf))
    message = f"{name} should be a finite number{wanted and ' ' + wanted}; received {value!r}."
    if isinstance(value, bool | np.bool) or not isinstance(value, int | float | np.integer | np.floating):
        raise TypeError(message)
    if not (low <= value <= high and above < value < below):
        raise ValueError(message)
    return float(value)


def is_whole(value, least=1):
    """Whether the value is a whole number, and not below `least`."""
    return isinstance(value, int | np.integer) and not isinstance(value, bool) and value >= least


def integer(name, value, least):
    """The value as a Python int, checked.

    Raises:
        ValueError: it is not a whole number ≥ least.

    Example:
        >>> integer("points", 1.5, least=2)
        Traceback (most recent call last):
        ...
        ValueError: points should be a whole number ≥ 2; received 1.5.
    """
    if not is_whole(value, least):
        raise ValueError(f"{name} should be a whole number ≥ {least}; received {value!r}.")
    return int(value)


def subclasses(cls):
    """Every public class derived from `cls`, at any depth, in the order of their definition."""
    found = [c for child in cls.__subclasses__() for c in (child, *subclasses(child))]
    return [c for c in found if not c.__name__.startswith("_")]


class Configured:
    """Something described by the arguments of its constructor.

    Example:
        >>> class Circle(Configured):
        ...     def __init__(self, radius=1.0):
        ...         self.radius = radius
        >>> Circle.from_config({"radius": 2.0})
        Circle(radius=2.0)
        >>> Circle(3.0).get_config()
        {'radius': 3.0}
    """

    _state = frozenset()  # attributes that change from step to step, no settings; None where all of them do

    @classmethod
    def argument_names(cls):
        """The names of the constructor's arguments: the class's own first, then the shared ones."""
        names = []
        for owner in cls.__mro__:
            code = getattr(vars(owner).get("__init__"), "__code__", None)
            if code is not None:
                count = code.co_argcount + code.co_kwonlyargcount
                names += [name for name in code.co_varnames[1:count] if name not in names]
                if not code.co_flags & _TAKES_MORE:
                    break
        return names

    def _refuse(self, unknown):
        """Raise a TypeError for arguments that the constructor does not have."""
        if unknown:
            raise TypeError(
                f"{type(self).__name__} has no argument {', '.join(map(repr, unknown))}. "
                f"It takes {', '.join(self.argument_names())}."
            )

    def _arguments(self):
        """The arguments that would make the same object again."""
        return {name: getattr(self, name) for name in self.argument_names()}

    def get_config(self):
        """The constructor's arguments by name: an object as {class_name, config}, a function as its name."""
        return {name: _plain(value) for name, value in self._arguments().items()}

    @classmethod
    def from_config(cls, config):
        """A new object made with the arguments that `get_config` gave."""
        return cls(**config)

    def __repr__(self):
        shown = {k: v for k, v in self._arguments().items() if v is not None and k != "name"}
        return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in shown.items())})"


class Settings(dict):
    """All settings of a thing and its parts, by name, to compare with those of another time.

    Numbers, texts and small arrays count by value, Tensors and other objects by identity. The attributes that a
    class names in `_state`, which change from step to step, do not count.

    Args:
        thing: a Configured object, such as a model.
    """

    def __init__(self, thing):
        super().__init__()
        self._attributes, self._items, self._arrays, self._tensors, self._variables = [], [], [], [], []
        self._collect(thing, "", {})

    def _collect(self, value, name, seen):
        if isinstance(value, Configured):
            self[name] = _Same(value)
            if id(value) in seen or value._state is None:
                return
            seen[id(value)] = value
            parts = {key: part for key, part in vars(value).items() if key not in value._state}
            if parts:
                read = itemgetter(*parts, next(iter(parts)))
                self._attributes.append((weakref.ref(value), len(vars(value)), read, read(parts)))
            for key, part in parts.items():
                self._collect(part, f"{name}.{key}", seen)
        elif isinstance(value, dict):
            self[name] = len(value)
            self._items += [(held, tuple(held)) for held in (value.keys(), value.values())]
            for key, part in value.items():
                self._collect(part, f"{name}[{key if isinstance(key, str) else id(key)!r}]", seen)
        elif isinstance(value, list | tuple | set | frozenset):
            self[name] = len(value)
            self._items.append((value, tuple(value)))
            for i, part in enumerate(value):
                self._collect(part, f"{name}[{i}]", seen)
        elif isinstance(value, np.ndarray):
            self[name] = value.shape, value.tobytes() if value.nbytes <= _COMPARED else id(value)
            self._arrays.append((value, *self[name]))
        elif hasattr(value, "requires_grad"):
            self[name] = _Same(value), value.requires_grad
            self._tensors.append((weakref.ref(value), value.requires_grad))
            if hasattr(value, "constraint"):  # a Variable
                self._variables.append((weakref.ref(value), value.regularizer, value.constraint))
                self._collect(value.regularizer, f"{name}.regularizer", seen)
                self._collect(value.constraint, f"{name}.constraint", seen)
        else:
            self[name] = value if isinstance(value, _VALUES) else _Same(value)

    def hold(self, thing):
        """Whether this thing is as it was, by a quick look at what is the very same object. False: compare anew."""
        if not self._attributes or self._attributes[0][0]() is not thing:
            return False
        for refer, size, read, parts in self._attributes:
            held = vars(refer())
            try:
                if len(held) != size or not all(map(is_, read(held), parts)):
                    return False
            except KeyError:  # one attribute went, another came
                return False
        return (
            all(len(held) == len(parts) and all(map(is_, held, parts)) for held, parts in self._items)
            and all(refer().requires_grad == wanted for refer, wanted in self._tensors)
            and all(
                (variable := refer()).regularizer is regularizer and variable.constraint is constraint
                for refer, regularizer, constraint in self._variables
            )
            and all(
                array.shape == shape and (values == id(array) or array.tobytes() == values)
                for array, shape, values in self._arrays
            )
        )


_VALUES = (int, float, str, bytes, type(None), np.generic)
_COMPARED = 1 << 16  # bytes: larger arrays count by identity


class _Same:
    """An object that is equal only to itself; it is not kept alive."""

    def __init__(self, value):
        if hasattr(value, "__func__"):  # a bound method is a new object each time
            value = value.__func__
        try:
            self.refer = weakref.ref(value)
        except TypeError:
            self.refer = lambda: value

    def __eq__(self, other):
        return isinstance(other, _Same) and self.refer() is not None and other.refer() is self.refer()

    __hash__ = None


def _plain(value):
    """A setting as plain values."""
    if isinstance(value, Configured):
        return {"class_name": type(value).__name__, "config": value.get_config()}
    if isinstance(value, list | tuple):
        return type(value)(_plain(item) for item in value)
    return getattr(value, "__name__", value)


def snake_case(name):
    """A class name in small letters, as Keras writes it.

    Example:
        >>> snake_case("BinaryCrossentropy"), snake_case("LeakyReLU")
        ('binary_crossentropy', 'leaky_re_lu')
    """
    name = re.sub(r"(.)([A-Z][a-z0-9]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


def names_of(base, aliases=()):
    """The table from string names to the classes below `base`: class name, snake case, and `aliases`."""
    table = {}
    for cls in subclasses(base):
        if cls.__module__.startswith(__package__.rpartition(".")[0]):
            table |= {cls.__name__: cls, snake_case(cls.__name__): cls}
            table |= dict.fromkeys(cls.__dict__.get("aliases", ()), cls)
    return table | dict(aliases)


def getter(kind, base, aliases=()):
    """The function that turns what users pass (a name, a class, an object, a function) into an object."""

    def get(identifier):
        if identifier is None or isinstance(identifier, base):
            return identifier
        if isinstance(identifier, type) and issubclass(identifier, base):
            return identifier()
        if isinstance(identifier, str):
            return look_up(kind, identifier, names_of(base, aliases))()
        if isinstance(identifier, dict) and {"class_name", "config"} <= identifier.keys():
            return look_up(kind, identifier["class_name"], names_of(base, aliases)).from_config(identifier["config"])
        if callable(identifier):
            return identifier
        raise TypeError(f"Expected the name of a {kind}, a {base.__name__} or a function; received {identifier!r}.")

    get.__doc__ = f"The {kind} for a string name, a class, a configuration, an object or a function."
    return get
