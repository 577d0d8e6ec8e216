"""The walk over all that a step of a model can read from Python.

It begins at the model, its metrics and variables, and goes on to the settings of all parts; where it meets code of the
user's, to what that code can find by the names that stand in it: globals, closures, default arguments, the attributes
of classes and of plain objects, helper functions, modules. For each value it notes what to compare by value, and a
quick look that says whether it is still the very same object.
"""

import array as of_python
import functools
import os
import types
import weakref
import zlib
from collections import deque
from collections.abc import Mapping
from contextvars import ContextVar
from operator import attrgetter, is_, itemgetter, methodcaller

import numpy as np

from ...common import floats
from ...common.notes import Notes
from ...common.objects import Configured
from ...engine.op import Op
from ...engine.tensor import Tensor
from ...engine.variable import Variable
from .users_code import imported, is_users, is_users_class, is_users_module, names_in, of_others

_SMALL = 1 << 12  # bytes of arrays whose bytes are copied to compare them, which is quick for few
_MIDDLE = 1 << 20  # larger arrays are not kept: they are compared by a sample, and wholly when there is time
_SAMPLE = 128  # entries of a large array that are compared each time
_MOST = 20_000  # values that are looked at: an endless structure is not followed to its end
_FEW = 32  # attributes of an object of another package, which are all looked at

_VALUES = (int, float, complex, str, bytes, type(None), np.generic, np.dtype, range, slice)
_BYTES = (bytearray, of_python.array, memoryview)
_LISTS = (list, tuple, set, frozenset, deque)
_OF_PYTHON = (dict, *_LISTS, *_VALUES, np.ndarray)
_DESCRIPTORS = (property, staticmethod, classmethod, functools.cached_property, functools.partialmethod)
_FUNCTIONS_INSIDE = ("__func__", "__wrapped__", "func", "args", "keywords", "fget", "fset")


def roots(model):
    """Where the walk begins, beside the model: its metrics, all its variables, and the default type of floats."""
    return [*model.metrics, *model.variables, floats.floatx()]


class Reach:
    """The findings of a walk.

    Args:
        model: the model.
        ignored: paths at which it does not look.

    Attributes:
        values: by path, what is compared by value.
        things, members, tensors, variables, looks: quick looks at what is the very same object as before: at
            attributes, at what lists and dicts hold, at the switches of Tensors and Variables, and functions that say
            so themselves.
        slow: the large arrays and other things that are not looked at each time.
        has_users_code: whether there is code of the user's.
    """

    def __init__(self, model, ignored):
        self.values, self.has_users_code, self.slow = {}, False, []
        self.things, self.members, self.tensors, self.variables, self.looks = [], [], [], [], []
        self._ignored, self._seen = (
            ignored,
            {},
        )  # by id, so that each object is looked at once; it is kept until the end
        self._at = {}  # what is looked at, by path
        self._names, self._objects = set(), {}  # of attributes in the user's code; what has attributes, with its path
        self._classes = []  # of this package, with their attributes
        self._todo = deque([("model", model), *[(_name_of_root(root), root) for root in roots(model)]])
        while self._todo and len(self.values) < _MOST:
            self._look(*self._todo.popleft())
            if not self._todo:
                self._follow_names()
        for value, names in self._objects.values():
            self._watch_attributes(value, sorted(names))
        self.slow.append(PackageClasses(self._classes))
        self._seen = self._objects = self._todo = self._at = None

    def _follow(self, parts):
        self._todo.extend(parts.items())

    def _look(self, path, value):
        """Note a value, and what is to be looked at after it."""
        while path in self._at and self._at[path] is not value:
            path += "'"  # something else has this path
        if path in self._ignored or path in self._at:
            return
        self._at[path] = value
        if isinstance(value, types.MethodType):  # a new object each time
            self._follow({path: value.__func__, f"{path}.__self__": value.__self__})
        elif isinstance(value, _VALUES) and not is_users_class(type(value)):
            self.values[path] = type(value), value
        else:
            self.values[path] = Same(value)
            if id(value) not in self._seen:
                self._seen[id(value)] = value
                if isinstance(value, _OF_PYTHON) and is_users_class(type(value)):  # a list of the user's own, say
                    self._look_at_class(f"type({path})", type(value))
                self._look_further(path, value)

    def _look_further(self, path, value):
        look = next((look for kind, look in _LOOKS if isinstance(value, kind)), Reach._look_at_object)
        look(self, path, value)

    # -- what this package knows ----------------------------------------------------------------------------

    def _look_at_configured(self, path, value):
        """A part of the model: all its attributes are settings, unless it runs outside of the steps."""
        self._look_at_class(f"type({path})", type(value), runs=value.traced)
        if value.traced:
            settings = {name: part for name, part in vars(value).items() if not isinstance(part, Notes)}
            self._watch(weakref.ref(value), type(value), vars(value), list(settings))
            self._follow({f"{path}.{name}": part for name, part in settings.items()})

    def _look_at_tensor(self, path, value):
        self.values[path] = Same(value), value.requires_grad
        refer = weakref.ref(value)
        if isinstance(value, Variable):
            self.variables.append((refer, value.requires_grad, value.regularizer, value.constraint))
            self._follow({f"{path}.regularizer": value.regularizer, f"{path}.constraint": value.constraint})
        else:
            self.tensors.append((refer, value.requires_grad))

    def _look_at_op(self, path, op):
        self._follow({f"{path}.function": op.function, f"{path}.rules": op.rules, f"{path}.each": op.each})

    # -- containers and arrays ------------------------------------------------------------------------------

    def _look_at_dict(self, path, value):
        self.values[path] = len(value)
        self._watch_members(value.keys())
        self._watch_members(value.values())
        self._follow({f"{path}[{_key(key)}]": part for key, part in value.items()})

    def _look_at_list(self, path, value):
        self.values[path] = len(value)
        if not isinstance(value, tuple | frozenset):
            self._watch_members(value)
        self._follow({f"{path}[{i}]": part for i, part in enumerate(value)})

    def _watch_members(self, live):
        self.members.append((live, tuple(live)))

    def _look_at_array(self, path, value):
        if value.nbytes > _MIDDLE and not value.dtype.hasobject:
            self.slow.append(LargeArray(value))
            self.values[path] = self.slow[-1].content
            return
        content = self.values[path] = value.shape, value.dtype.str, value.tobytes()
        if value.nbytes <= _SMALL or value.dtype.hasobject:
            self.looks.append(lambda: value.shape == content[0] and value.tobytes() == content[2])
        else:  # without a copy of what is compared
            held = np.frombuffer(content[2], np.uint8)
            self.looks.append(lambda: value.shape == content[0] and np.array_equal(_bytes(value), held))

    # -- code -----------------------------------------------------------------------------------------------

    def _look_at_class(self, path, cls, runs=True):
        """The attributes of a class and its bases, where they are the user's; those of this package are watched.

        Args:
            runs: whether its methods run in a step.
        """
        for base in cls.__mro__:
            users = is_users_class(base)
            if id(base) in self._seen or not (users or of_others(base)):
                continue
            self._seen[id(base)] = base
            if not users:
                self._classes.append((vars(base), tuple(vars(base).values())))
            else:
                self._watch_class(base)
                self.has_users_code |= runs
                parts = {f"{path}.{name}": part for name, part in vars(base).items() if _counts(name, part)}
                self.values[f"{path}:{base.__name__}"] = len(parts)
                if runs:
                    self._follow(parts)
                else:
                    self.values |= {name: Same(part) for name, part in parts.items()}

    def _watch_class(self, cls):
        names = [name for name, part in vars(cls).items() if _counts(name, part)]
        self._watch(lambda: cls, type(cls), vars(cls), names)

    def _look_at_type(self, path, cls):
        self._seen.pop(id(cls))  # it is looked at as a class
        self._look_at_class(path, cls)

    def _look_at_function(self, path, function):
        """A function: its code, and what it finds in its closure, its default arguments and its globals."""
        code, defaults, named = function.__code__, function.__defaults__, function.__kwdefaults__
        users = is_users(code)
        self.values[path] = code
        for name, cell in zip(code.co_freevars, function.__closure__ or ()):
            self._look_at_cell(f"{path}:{name}", cell)
        if "__wrapped__" in vars(function):
            self._follow({f"{path}.__wrapped__": function.__wrapped__})
        if not users:
            return
        self.has_users_code = True
        self.looks.append(
            lambda: function.__code__ is code and function.__defaults__ is defaults and function.__kwdefaults__ is named
        )
        self._follow({f"{path}({i})": part for i, part in enumerate(defaults or ())})
        self._follow({f"{path}(*)": named or {}})
        self._add_object(path, function)
        self._look_at_names(code, function.__globals__)

    def _look_at_cell(self, path, cell):
        content = _content(cell)
        if not _is_ours(content):
            self.looks.append(lambda: _content(cell) is content)
            self._follow({path: content})

    def _look_at_names(self, code, held):
        """The globals and modules that stand in a function's code; the names of attributes are for later."""
        names = names_in(code)
        self._names |= names.attributes
        if "getenv" in names.attributes | names.globals:
            self._follow({"os.environ": os.environ})
        wanted = names.globals | (names.attributes if "globals" in names.globals else set())
        there = sorted(wanted & held.keys())
        self._watch_dict(held, there, wanted - held.keys())
        self._follow({f"{held.get('__name__')}.{name}": held[name] for name in there})
        self._follow(imported(names.modules, held.get("__package__") or ""))

    # -- other objects --------------------------------------------------------------------------------------

    def _look_at_object(self, path, value):
        """An object of another kind: its class, what it wraps, its attributes that the user's code names."""
        cls = type(value)
        if of_others(cls):
            return
        self._look_at_class(f"type({path})", cls)
        if isinstance(value, _BYTES):
            content = self.values[path] = bytes(value)
            self.looks.append(lambda: bytes(value) == content)
        elif hasattr(value, "__array__") and hasattr(value, "shape"):
            self._look_at_table(path, value)
        elif isinstance(value, Mapping) and not is_users_class(cls):
            held = dict(value)
            self.looks.append(lambda: dict(value) == held)
            self._follow({f"{path}[{_key(key)}]": part for key, part in held.items()})
        elif isinstance(value, ContextVar | weakref.ref):
            ask = functools.partial(value.get, None) if isinstance(value, ContextVar) else value
            found = ask()
            self.looks.append(lambda: ask() is found)
            self._follow({f"{path}()": found})
        elif isinstance(value, attrgetter | methodcaller):
            self._names.update(*[text.split(".") for text in value.__reduce__()[1] if isinstance(text, str)])
        elif cls.__module__ in ("builtins", "functools"):
            self._follow({f"{path}.{n}": getattr(value, n) for n in _FUNCTIONS_INSIDE if hasattr(value, n)})
        self._add_object(path, value)

    def _look_at_table(self, path, value):
        """The values of a table of pandas, and the like."""
        try:
            large = LargeArray(np.asarray(value), lambda: np.asarray(value))
        except Exception:  # whatever it says to that
            return
        self.values[path] = large.content
        self.slow.append(large)

    def _look_at_module(self, path, module):
        self._add_object(path, module)

    def _add_object(self, path, value):
        self._objects[id(value)] = value, set()
        self._seen["path", id(value)] = path

    def _follow_names(self):
        """Look at the attributes that the user's code names; they may lead to code in which there are more names."""
        for value, known in list(self._objects.values()):
            held = _attributes(value)
            for name in self._named(value, held) - known:
                known.add(name)
                if _leads_on(value, held[name]):
                    self._follow({f"{self._seen['path', id(value)]}.{name}": held[name]})

    def _named(self, value, held):
        """The names of those attributes of an object that count."""
        if isinstance(value, types.ModuleType | types.FunctionType):
            return held.keys() & self._names
        every = "__dict__" in self._names or (len(held) <= _FEW and not is_users_class(type(value)))
        return set(held) if every else held.keys() & self._names

    def _watch_attributes(self, value, names):
        """The attributes that the user's code names, and that there are no others of these names."""
        if isinstance(value, types.ModuleType):
            self._watch_dict(vars(value), names, frozenset(self._names - vars(value).keys()))
            return
        slots = [name for name in names if name in _slots(value)]
        if slots:
            parts = [getattr(value, name) for name in slots]
            self.looks.append(lambda: all([getattr(value, name, None) is x for name, x in zip(slots, parts)]))
        if hasattr(value, "__dict__"):
            self._watch(lambda: value, type(value), vars(value), [name for name in names if name not in slots])

    # -- quick looks ----------------------------------------------------------------------------------------

    def _watch(self, refer, cls, held, names):
        """That an object has the same class, as many attributes, and the same ones under these names."""
        read = itemgetter(*names, names[0]) if names else _nothing
        self.things.append((refer, cls, len(held), read, read(held)))

    def _watch_dict(self, held, names, absent):
        """That a dict of globals has the same entries under some names, and none under others."""
        read = itemgetter(*names, names[0]) if names else tuple
        parts = read(held) if names else ()

        def look():
            try:
                return absent.isdisjoint(held) and (not parts or all(map(is_, read(held), parts)))
            except KeyError:
                return False

        self.looks.append(look)


_LOOKS = [
    (Configured, Reach._look_at_configured),
    (Tensor, Reach._look_at_tensor),
    (types.FunctionType, Reach._look_at_function),
    (types.ModuleType, Reach._look_at_module),
    (type, Reach._look_at_type),
    (dict, Reach._look_at_dict),
    (_LISTS, Reach._look_at_list),
    (np.ndarray, Reach._look_at_array),
    (Op, Reach._look_at_op),
]


class Same:
    """An object that is equal only to itself; it is not kept alive."""

    def __init__(self, value):
        try:
            self.refer = weakref.ref(value)
        except TypeError:
            self.refer = lambda: value

    def __eq__(self, other):
        return isinstance(other, Same) and self.refer() is not None and other.refer() is self.refer()

    __hash__ = None


class LargeArray:
    """An array that is not copied: known by its shape, a sample of its entries, and a checksum.

    Args:
        array: the array.
        ask: gives the array as it is now, where that may be another one.
    """

    def __init__(self, array, ask=None):
        self._ask, self.size = ask or weakref.ref(array), array.nbytes
        self.content = array.shape, array.dtype.str, _checksum(array)
        self._sample = _sample(array) if np.may_share_memory(array, self._ask()) else None

    def sample_holds(self):
        """True if the shape and a sample are as they were; of an array that nobody has any more, they are."""
        array = self._ask() if self._sample else None
        return array is None or (array.shape == self.content[0] and _sample(array) == self._sample)

    def holds(self):
        """True if all entries are as they were."""
        array = self._ask()
        return array is None or _checksum(array) == self.content[2]


class PackageClasses:
    """Classes of this package: their methods, which somebody may replace.

    Args:
        classes: their attributes, live, and as they are now.
    """

    size = 0

    def __init__(self, classes):
        self._classes = classes

    def sample_holds(self):
        """That nobody looked."""
        return True

    def holds(self):
        """True if all attributes are as they were."""
        return all([tuple(held.values()) == parts for held, parts in self._classes])


def _name_of_root(root):
    return f"<{getattr(root, 'path', getattr(root, 'name', 'floatx'))}>"


def _nothing(held):
    return ()


def _sample(array):
    return array.flat[:: max(1, array.size // _SAMPLE)].tobytes()


def _checksum(array):
    return zlib.crc32(_bytes(array))


def _bytes(array):
    """The bytes of an array, flat."""
    return np.ascontiguousarray(array).reshape(-1).view(np.uint8)


def _content(cell):
    try:
        return cell.cell_contents
    except ValueError:  # nothing was assigned to the name
        return None


def _is_ours(content):
    """True if all that a function of this package holds is this package's too, and stays as it is."""
    if isinstance(content, Op):
        return not is_users(content.function.__code__)
    if isinstance(content, types.FunctionType):
        return content.__closure__ is None and content.__defaults__ is None and not is_users(content.__code__)
    return isinstance(content, type) and of_others(content)


def _counts(name, part):
    """True if an attribute of a class may change what a step computes."""
    dunder = name.startswith("__") and name.endswith("__")
    return not dunder or isinstance(part, (types.FunctionType, *_DESCRIPTORS))


def _leads_on(value, part):
    """True if the contents of a module are looked at further: of other people's modules only data is."""
    if not isinstance(value, types.ModuleType) or is_users_module(value):
        return True
    return not (isinstance(part, type) or callable(part) or isinstance(part, types.ModuleType))


def _key(key):
    return repr(key) if isinstance(key, _VALUES) else f"{type(key).__name__} {id(key)}"


def _slots(value):
    """The attributes of an object that are no entries of its `__dict__`."""
    found = {}
    for base in type(value).__mro__ if is_users_class(type(value)) else ():
        names = vars(base).get("__slots__", ())
        for name in (names,) if isinstance(names, str) else names:
            if name not in ("__dict__", "__weakref__") and hasattr(value, name):
                found[name] = getattr(value, name)
    return found


def _attributes(value):
    return _slots(value) | (vars(value) if hasattr(value, "__dict__") else {})
