"""Sources of batches that cannot see the model which trains on them.

Such a source gives the same batches whether or not the steps of the former ones have run, and cannot change what they
compute: so several batches may be drawn before the first of them is trained on. All that a source can reach is walked
over, its code by the names that stand in it; whatever cannot be looked into counts as one that sees.
"""

import gc
import types
import weakref
from contextvars import ContextVar

import numpy as np

from ...common.objects import Configured
from ...engine.tensor import Tensor
from .users_code import imported, is_users, is_users_class, is_users_module, names_in

_MOST = 2000  # objects that are looked at: a source that holds more counts as one that sees
_OF_THE_MODEL = (Tensor, Configured)
_INTO_EVERYTHING = {"eval", "exec", "globals", "locals", "vars", "__import__"}
_MODULES_INTO_EVERYTHING = {"gc", "inspect", "sys", "importlib"}
_DRAWING = (np.random.Generator, np.random.BitGenerator)
_ENDS = (int, float, complex, str, bytes, bool, type(None), np.generic, np.dtype, range, types.CodeType)
_ENDS_EXACTLY = {*_ENDS, types.WrapperDescriptorType, types.MethodDescriptorType}
_UNKNOWN = (types.FrameType, ContextVar)


def is_blind(source, generators):
    """True if a source of batches sees nothing of the model, and draws from none of its generators of random numbers.

    Args:
        source: a generator, an iterator, an object with `__getitem__`.
        generators: the NumPy generators that a step draws from; None is that of `tg.random`, which any code may use.

    Example:
        >>> x = np.zeros((4, 2))
        >>> is_blind(iter([(x, x)]), [])
        True
        >>> weights = Tensor(x)
        >>> is_blind(((x, weights.numpy()) for _ in range(3)), [])
        False
    """
    if None in generators:
        return False
    drawing = {id(thing) for generator in generators for thing in (generator, generator.bit_generator)}
    todo, seen = [source], {}
    while todo:
        thing = todo.pop()
        if type(thing) in _ENDS_EXACTLY or id(thing) in seen:
            continue
        if isinstance(thing, _OF_THE_MODEL + _UNKNOWN) or id(thing) in drawing or len(seen) > _MOST:
            return False
        seen[id(thing)] = thing  # kept, so that no other object gets its number
        parts = _parts(thing)
        if parts is None or len(parts) > _MOST:
            return False
        todo += parts
    return True


def _parts(thing):
    """The objects that can be reached through a thing; None where that may be anything."""
    if type(thing) in (np.ndarray, np.memmap):
        return None if thing.dtype.hasobject else []
    if isinstance(thing, _DRAWING):
        return []
    if isinstance(thing, types.GeneratorType):
        frame = thing.gi_frame
        return [] if frame is None else _named([*frame.f_locals.values()], thing.gi_code, frame.f_globals)
    if isinstance(thing, types.FunctionType):
        inside = [*(thing.__closure__ or ()), thing.__defaults__, thing.__kwdefaults__, vars(thing)]
        return _named(inside, thing.__code__, thing.__globals__)
    if isinstance(thing, types.ModuleType):
        return list(vars(thing).values()) if is_users_module(thing) else []
    if isinstance(thing, type):
        return [part for base in thing.__mro__ if is_users_class(base) for part in vars(base).values()]
    if isinstance(thing, weakref.ref):
        return [thing()]
    return [part for part in gc.get_referents(thing) if type(part) not in _ENDS_EXACTLY]


def _named(parts, code, held):
    """These parts, and what code of the user's finds by name among its globals and modules."""
    if not is_users(code):
        return parts
    names = names_in(code)
    modules = imported(names.modules, held.get("__package__") or "")
    found = [held[name] for name in names.globals & held.keys()]
    modules_named = modules.keys() | {x.__name__ for x in found if isinstance(x, types.ModuleType)}
    if names.globals & _INTO_EVERYTHING or modules_named & _MODULES_INTO_EVERYTHING:
        return None
    return [*parts, *found, *modules.values()]
