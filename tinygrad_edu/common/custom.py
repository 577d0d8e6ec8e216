"""The user's own classes and functions, which a file may name but never brings along: Keras's register of them."""

from collections.abc import Callable
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

_registered = {}
_in_scope = ContextVar("custom objects in scope", default=None)


def register_keras_serializable(package: str = "Custom", name: str | None = None) -> Callable[[Any], Any]:
    """A decorator for a class or a function of one's own, so that files with it can be read.

    Args:
        package: what stands before the name, so that names of two projects do not meet.
        name: the name in files; that of the class or function by default.

    Raises:
        TypeError: what is decorated is neither a class with `get_config` nor a function.

    Example:
        >>> @register_keras_serializable("lesson")
        ... def twice(x):
        ...     return 2 * x
        >>> get_registered_name(twice), get_registered_object("lesson>twice") is twice
        ('lesson>twice', True)
    """

    def register(thing):
        if not callable(thing) or (isinstance(thing, type) and not hasattr(thing, "get_config")):
            raise TypeError(f"Only functions and classes with a method get_config can be registered; got {thing!r}.")
        _registered[f"{package}>{name or thing.__name__}"] = thing
        return thing

    return register


def get_custom_objects():
    """The dict of what is registered, by name; what is put into it is registered too."""
    return _registered


def get_registered_name(obj):
    """The name under which a class or function is registered; its own name where it is not."""
    return next((name for name, found in _registered.items() if found is obj), obj.__name__)


def get_registered_object(name, custom_objects=None):
    """The class or function of this name among `custom_objects`, those in scope and those registered; or None."""
    for table in (custom_objects, _in_scope.get(), _registered):
        if table and name in table:
            return table[name]
    return None


@contextmanager
def custom_object_scope(custom_objects):
    """Within `with`, files and configurations may name these classes and functions.

    Args:
        custom_objects: a dict of them by name.

    Example:
        >>> with custom_object_scope({"twice": np.add}):
        ...     get_registered_object("twice")
        <ufunc 'add'>
    """
    token = _in_scope.set({**(_in_scope.get() or {}), **(custom_objects or {})})
    try:
        yield
    finally:
        _in_scope.reset(token)
