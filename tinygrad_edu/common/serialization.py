"""Objects as the plain values that Keras 3 writes into its files, for JSON.

An object is {module, class_name, config, registered_name}, where config has the constructor's arguments, those of
`get_config`; what `get_build_config` and `get_compile_config` say stands beside it, where an object has them.
"""

import sys
from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np

from ..engine.tensor import Tensor
from . import custom
from .naming import keras_name

PACKAGE = __name__.partition(".")[0]

# What becomes of functions of the user's: "named", so that a lambda is its name alone; "refused" where they have no
# name; or "kept" as they are.
_functions = ContextVar("functions", default="named")


def is_own(thing):
    """True for a class or function of this package, which its module has under its name."""
    module = getattr(thing, "__module__", None) or ""
    if module.partition(".")[0] != PACKAGE:
        return False
    return not isinstance(thing, type) or getattr(sys.modules.get(module), thing.__name__, None) is thing


@contextmanager
def _with_functions(what):
    token = _functions.set(what)
    try:
        yield
    finally:
        _functions.reset(token)


def functions_kept():
    """Within it, functions stay as they are in what is serialized: for a copy that stays in this process."""
    return _with_functions("kept")


def serialize(obj):
    """A setting, an object or a model as Keras 3 writes it: plain values, for JSON.

    Raises:
        ValueError: it holds code without a name, such as a lambda.

    Example:
        >>> from tinygrad_edu.nn.regularizers import L2
        >>> serialize(L2(0.5))
        {'module': 'keras.regularizers', 'class_name': 'L2', 'config': {'l2': 0.5}, 'registered_name': None}
    """
    with _with_functions("kept" if _functions.get() == "kept" else "refused"):
        return _written(obj)


def configuration(settings):
    """Settings as `get_config` gives them: serialized, but of a lambda its name alone, unless it is for a file.

    Args:
        settings: a dict by name, or a list.
    """
    return _written(settings)


def _written(obj):
    if obj is None or isinstance(obj, bool | int | float | str):
        return obj
    if isinstance(obj, np.generic):
        return obj.item()
    if isinstance(obj, list | tuple):
        return [_written(item) for item in obj]
    if isinstance(obj, dict):
        return {key: _written(value) for key, value in obj.items()}
    if isinstance(obj, np.ndarray | Tensor):
        kind = "__tensor__" if isinstance(obj, Tensor) else "__numpy__"
        array = np.asarray(obj.numpy() if kind == "__tensor__" else obj)
        return {"class_name": kind, "config": {"value": array.tolist(), "dtype": array.dtype.name}}
    if getattr(obj, "plain_function", None) is not None:
        return _written(obj.plain_function)
    if not isinstance(obj, type) and hasattr(obj, "get_config"):
        return _object(obj)
    if callable(obj):
        return _function(obj)
    raise ValueError(f"{obj!r} cannot be written into a file: expected numbers, texts, lists, or configured objects.")


def _object(thing):
    cls = type(thing)
    if is_own(cls):
        module, registered = getattr(cls, "keras_module", None) or getattr(cls, "home", None) or cls.__module__, None
    else:
        module, registered = None if cls.__module__ == "__main__" else cls.__module__, custom.get_registered_name(cls)
    config = _written(thing.get_config())
    written = {"module": module, "class_name": keras_name(cls), "config": config, "registered_name": registered}
    for part in ("build_config", "compile_config"):
        said = getattr(thing, f"get_{part}", lambda: None)()
        if said is not None:
            written[part] = _written(said)
    return written


def _function(function):
    name, way = getattr(function, "__name__", None), _functions.get()
    if way == "kept":
        return function
    if is_own(function):
        return name
    if not name or not name.isidentifier():
        if way == "named":
            return name
        raise ValueError(
            f"{function!r} has no name, and no code is written into files. Define it with def, and give it to "
            "load_model(..., custom_objects={'name': name}) when the file is read."
        )
    module = getattr(function, "__module__", None)
    registered = custom.get_registered_name(function)
    module = None if module == "__main__" else module
    return {"module": module, "class_name": "function", "config": registered, "registered_name": registered}
