"""All settings of a thing and of its parts, to see whether the user has changed one since."""

import weakref
from operator import is_, itemgetter

import numpy as np

from .objects import Configured


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
            self._items += [(view, tuple(view)) for view in (value.keys(), value.values())]
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
        """True if this thing is as it was, by a quick look at the identity of its parts. False: compare anew."""
        if not self._attributes or self._attributes[0][0]() is not thing:
            return False
        for refer, size, read, parts in self._attributes:
            attributes = vars(refer())
            try:
                if len(attributes) != size or not all(map(is_, read(attributes), parts)):
                    return False
            except KeyError:  # one attribute went, another came
                return False
        return (
            all(len(items) == len(parts) and all(map(is_, items, parts)) for items, parts in self._items)
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
