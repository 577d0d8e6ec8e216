"""Objects from the plain values of a file of Keras: the other way from `serialization`.

What is made are objects of this package and of classes that the user registered or handed over, nothing else; a
name in a file is looked up, never imported, and code is never taken from one.
"""

from functools import lru_cache
from math import prod

import numpy as np

from . import custom
from .budget import counted, spend
from .naming import Named, keras_name, nearest, subclasses
from .serialization import PACKAGE, is_own

_DTYPES = ("float16", "float32", "float64", "bool", "int8", "int16", "int32", "int64", "uint8")
_LARGEST_SAMPLE = 1 << 28  # values
_UNREADABLE = (TypeError, KeyError, AttributeError, IndexError, ArithmeticError, RecursionError, MemoryError)
_SHAPES = ("batch_shape", "input_shape", "build_input_shape")  # settings that are the shape of an input


def deserialize(config, custom_objects=None):
    """The object, or the model, that was written as plain values; other values as they are.

    Args:
        config: what `serialize` gave, here or in Keras.
        custom_objects: a dict of the user's own classes and functions by name.

    Raises:
        ValueError: a class or function is unknown, or its settings are; or it asks for more than the `budget`.

    Example:
        >>> from tinygrad_edu.nn.saving import serialize
        >>> from tinygrad_edu.nn.constraints import MaxNorm
        >>> deserialize(serialize(MaxNorm(3.0)))
        MaxNorm(max_value=3.0, axis=0)
    """
    with custom.custom_object_scope(custom_objects), counted():
        try:
            return _value(config)
        except _UNREADABLE as error:
            raise ValueError(f"The configuration is not one that can be read: {error}") from error


def read_setting(value):
    """A setting from a configuration; one that does not say its module, as in older files, is left to what takes it.

    Example:
        >>> read_setting({"class_name": "Identity", "config": {}})  # an initializer, or a layer
        {'class_name': 'Identity', 'config': {}}
    """
    unplaced = isinstance(value, dict) and "config" in value and not value.get("module")
    return value if unplaced and not str(value.get("class_name")).startswith("__") else deserialize(value)


def deserializer(get):
    """The `deserialize` of one kind of object, of which `get` finds one by its string name.

    Example:
        >>> from tinygrad_edu.nn import regularizers
        >>> deserializer(regularizers.get)({"class_name": "L2", "config": {"l2": 0.5}})
        L2(l2=0.5)
    """

    def deserialize_one(config, custom_objects=None):
        """The object for a configuration or a string name.

        Args:
            config: what `serialize` gave, or a string name.
            custom_objects: a dict of the user's own classes and functions by name.
        """
        with custom.custom_object_scope(custom_objects):
            found = custom.get_registered_object(config) if isinstance(config, str) else deserialize(config)
            return get(config if found is None else found)

    return deserialize_one


def _value(written):
    spend()
    if isinstance(written, list):
        return [_value(item) for item in written]
    if not isinstance(written, dict):
        return written
    if {"class_name", "config"} <= written.keys():
        return _object(written)
    return {key: _value(value) for key, value in written.items()}


def _object(written):
    spend(objects=1)
    name, config = written["class_name"], written["config"]
    if name in ("__numpy__", "__tensor__"):
        return np.array(config["value"], dtype=_dtype(config["dtype"]))
    if name == "DTypePolicy":
        return _dtype(config["name"])
    if name == "function":
        return _function(written)
    if not isinstance(name, str) or name.startswith("__"):
        raise ValueError(f"{name!r} cannot be read: Python code, and what only Keras has, is never made from a file.")
    return _made(class_of(written), {} if config is None else config, written)


def _dtype(name):
    if name not in _DTYPES:
        raise ValueError(f"The type {name!r} is not offered: expected one of {', '.join(_DTYPES)}.")
    return name


# -- names ----------------------------------------------------------------------------------------------------


def _function(written):
    """A function of the user's, or the name of one of the package."""
    name, module = written["config"], written.get("module")
    found = _users(written, name)
    if found is not None:
        return found
    if isinstance(name, str) and (module == "builtins" or _is_known(module)):
        return name
    raise ValueError(f"The function {name!r} {_ADVICE.format(name=name)}")


def _users(written, name):
    """The class or function of the user's that is meant, or None."""
    keys = [key for key in (written.get("registered_name"), name) if isinstance(key, str)]
    return next(filter(None, map(custom.get_registered_object, keys)), None)


def class_of(written):
    """The class that is meant by a configuration {class_name, config}, of this package or the user's.

    Raises:
        ValueError: there is none.
    """
    module, name = written.get("module"), written["class_name"]
    found = _users(written, name)
    if isinstance(found, type):
        return found
    if not _is_known(module):
        raise ValueError(f"The class {name!r} {_ADVICE.format(name=name)}")
    table = _classes(module)
    if name not in table:
        _classes.cache_clear()  # more may have been imported since
        table = _classes(module)
    if name not in table:
        near = nearest(name, table)
        which = written["config"].get("name") if isinstance(written["config"], dict) else None
        raise ValueError(
            f"{module or 'keras'}.{name}"
            + (f" ({which!r})" if which else "")
            + " is not offered here."
            + (f" The nearest is {near}." if near else "")
            + f" Write it as a class of your own, and give it in custom_objects={{{name!r}: …}}."
        )
    return table[name]


@lru_cache(64)
def _classes(module):
    """The classes of this package that Keras has in a module, by each of their names; of a module it lacks, all."""
    own = [cls for cls in subclasses(Named) if is_own(cls) and not vars(cls).get("home")]  # no base of its kind
    there = [cls for cls in own if module and cls.home == module] or own
    return {name: cls for cls in there for name in (cls.__name__, keras_name(cls), *vars(cls).get("aliases", ()))}


_ADVICE = (
    "is not part of Keras, and no code is ever taken from a file. Define it first, then give it: "
    "custom_objects={{{name!r}: {name}}}, or decorate it with register_keras_serializable()."
)


def _is_known(module):
    """True for a module of Keras or of this package, and for none, as in older files."""
    return module is None or (isinstance(module, str) and module.partition(".")[0] in ("keras", PACKAGE))


# -- objects --------------------------------------------------------------------------------------------------


def _made(cls, config, written):
    if not isinstance(config, dict):
        raise ValueError(f"The configuration of {cls.__name__} should be a dict; received {config!r}.")
    if not hasattr(cls, "from_config"):
        raise ValueError(f"{cls.__name__} has no from_config: expected a subclass of Layer, Model, Loss or the like.")
    built, compiled = written.get("build_config"), written.get("compile_config")
    if is_own(getattr(cls.from_config, "__func__", cls.from_config)):
        for key in _SHAPES:
            _check_shape(config.get(key))
    made = cls.from_config(dict(config))
    if built and hasattr(made, "build_from_config"):
        _check_shape(built.get("input_shape"))
        made.build_from_config(built)
    if compiled and hasattr(made, "compile_from_config"):
        made.compile_from_config(compiled)
    return made


def _check_shape(written):
    """Refuse a shape that is not whole numbers, of which the first stands for the batch, or of too many values."""
    if not written:
        return
    parts = written.values() if isinstance(written, dict) else written
    if any(isinstance(part, list | tuple | dict) for part in parts):  # the shapes of several inputs
        for part in parts:
            _check_shape(part)
        return
    whole = all(n is None or (isinstance(n, int) and not isinstance(n, bool) and n > 0) for n in written)
    if not whole or prod(n or 1 for n in written) > _LARGEST_SAMPLE:
        raise ValueError(f"An input shape should be positive whole numbers, or null where it varies; got {written}.")
