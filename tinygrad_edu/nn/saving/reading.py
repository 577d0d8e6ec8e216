"""Objects from the plain values of a file of Keras: the other way from `writing`.

What is made are objects of this package and of classes that the user registered or handed over, nothing else; a
name in a file is looked up, never imported, and code is never taken from one.
"""

from contextvars import ContextVar
from math import prod

import numpy as np

from ...common.naming import nearest
from ...common.objects import subclasses
from .. import metrics
from ..layer import Layer
from ..layers import InputLayer, Lambda
from ..model import Model, Sequential
from ..training.loop import Trainer
from . import custom
from .writing import KINDS, PACKAGE, is_own

_DTYPES = ("float16", "float32", "float64", "bool", "int8", "int16", "int32", "int64", "uint8")
_LARGEST_SAMPLE = 1 << 28  # values
_LARGEST = {"num_thresholds": 10**6, "num_classes": 10**4}  # settings of metrics that take room
_SAID_BY_ALL = ("name", "trainable", "dtype")  # what configurations of layers say, and constructors may not take

_inside = ContextVar("inside a Sequential", default=False)


def deserialize(config, custom_objects=None):
    """The object, or the model, that was written as plain values; other values as they are.

    Args:
        config: what `serialize` gave, here or in Keras.
        custom_objects: a dict of the user's own classes and functions by name.

    Raises:
        ValueError: a class or function is unknown, or its settings are.

    Example:
        >>> from tinygrad_edu.nn.saving import serialize
        >>> from tinygrad_edu.nn.constraints import MaxNorm
        >>> deserialize(serialize(MaxNorm(3.0)))
        MaxNorm(max_value=3.0, axis=0)
    """
    with custom.custom_object_scope(custom_objects):
        try:
            return _value(config)
        except (TypeError, KeyError, AttributeError, IndexError, OverflowError, RecursionError) as error:
            raise ValueError(f"The configuration is not one that can be read: {error}") from error


def _value(written):
    if isinstance(written, list):
        return [_value(item) for item in written]
    if not isinstance(written, dict):
        return written
    if {"class_name", "config"} <= written.keys():
        return _object(written)
    return {key: _value(value) for key, value in written.items()}


def _object(written):
    name, config = written["class_name"], written["config"]
    if name in ("__numpy__", "__tensor__"):
        return np.array(config["value"], dtype=_dtype(config["dtype"]))
    if name == "DTypePolicy":
        return _dtype(config["name"])
    if name == "function":
        return _function(written)
    if not isinstance(name, str) or name.startswith("__"):
        raise ValueError(f"{name!r} cannot be read: Python code, and what only Keras has, is never made from a file.")
    return _made(_class(written), {} if config is None else config, written)


def _dtype(name):
    if name not in _DTYPES:
        raise ValueError(f"The type {name!r} is not offered: expected one of {', '.join(_DTYPES)}.")
    return name


# -- names ----------------------------------------------------------------------------------------------------


def _function(written):
    """A function of the user's, or the name of one of the package."""
    name = written["config"]
    for key in (written.get("registered_name"), name):
        found = custom.get_registered_object(key) if isinstance(key, str) else None
        if found is not None:
            return found
    module = written.get("module")
    if isinstance(name, str) and (module == "builtins" or _is_known(module)):
        return name
    raise ValueError(f"The function {name!r} {_ADVICE.format(name=name)}")


def _class(written):
    """The class that is meant."""
    module, name = written.get("module"), written["class_name"]
    for key in (written.get("registered_name"), name):
        found = custom.get_registered_object(key) if isinstance(key, str) else None
        if isinstance(found, type):
            return found
    if not _is_known(module):
        raise ValueError(f"The class {name!r} {_ADVICE.format(name=name)}")
    if name in ("Functional", "Model"):
        raise ValueError(
            f"The model {written['config'].get('name')!r} is a functional one, Model(inputs, outputs), which is not "
            "offered: models are Sequential, or your own subclasses of Model."
        )
    bases = [KINDS[module]] if module in KINDS else KINDS.values()
    table = {key: cls for base in bases for cls in subclasses(base) if is_own(cls) for key in _names(cls)}
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


_ADVICE = (
    "is not part of Keras, and no code is ever taken from a file. Define it first, then give it: "
    "custom_objects={{{name!r}: {name}}}, or decorate it with register_keras_serializable()."
)


def _is_known(module):
    """Whether a module is one of Keras, of this package, or not said, as in older files."""
    return module is None or (isinstance(module, str) and module.partition(".")[0] in ("keras", PACKAGE))


def _names(cls):
    return {cls.__name__, *vars(cls).get("aliases", ())}


# -- objects --------------------------------------------------------------------------------------------------


def _made(cls, config, written):
    if not isinstance(config, dict):
        raise ValueError(f"The configuration of {cls.__name__} should be a dict; received {config!r}.")
    if not hasattr(cls, "from_config"):
        raise ValueError(f"{cls.__name__} has no from_config: expected a subclass of Layer, Model, Loss or the like.")
    if cls is Lambda and _is_code(config.get("function")):
        return cls.from_config(config)  # which refuses
    if not is_own(getattr(cls.from_config, "__func__", cls.from_config)):
        made = cls.from_config(dict(config))  # the user's own, which reads the plain values, as in Keras
    else:
        made = _from_settings(cls, config)
    if isinstance(made, Model) or (isinstance(made, Layer) and not _inside.get()):
        _build(made, config, written)
    if isinstance(made, Model) and not _inside.get():
        _compile(made, written.get("compile_config"))
    return made


def _is_code(function):
    return isinstance(function, dict) and function.get("class_name") == "__lambda__"


def _from_settings(cls, config):
    """An object made with the settings of its configuration, as far as its constructor takes them."""
    token = _inside.set(issubclass(cls, Sequential))
    try:
        settings = {key: _value(value) for key, value in config.items()}
    finally:
        _inside.reset(token)
    if issubclass(cls, metrics.Metric):
        _check_sizes(settings)
    if not issubclass(cls, Layer):
        return cls.from_config(settings)
    for key in ("batch_shape", "input_shape"):
        if key in settings:
            _shape(settings[key])
    settings.pop("build_input_shape", None)
    taken = cls.argument_names()
    left = {key: settings.pop(key) for key in _SAID_BY_ALL if key in settings and key not in taken}
    made = cls.from_config(settings)
    if "name" in left and not isinstance(made, InputLayer):
        made.name = left["name"]
    if left.get("trainable") is False:
        made.trainable = False
    return made


def _check_sizes(settings):
    for key, limit in _LARGEST.items():
        if isinstance(settings.get(key), int | float) and settings[key] > limit:
            raise ValueError(f"{key} should be at most {limit} in a file; it is {settings[key]}.")


def _shape(written):
    """A shape of a file, checked: whole numbers, the first of which stands for the batch, and not too many values."""
    whole = all(n is None or (isinstance(n, int) and not isinstance(n, bool) and n > 0) for n in written)
    if not whole or prod(n or 1 for n in written) > _LARGEST_SAMPLE:
        raise ValueError(f"An input shape should be positive whole numbers, or null where it varies; got {written}.")
    return tuple(written)


def _build(made, config, written):
    """Make the weights, for the input shape that the file names."""
    shape = (written.get("build_config") or {}).get("input_shape") or config.get("build_input_shape")
    if shape and not made.built:
        made.build_for(_shape(shape))


def _compile(model, written):
    if not written:
        return
    if type(model).compile is not Trainer.compile:
        import warnings

        warnings.warn(
            f"{model.name!r} has a compile of its own, which is not called when it is read: call model.compile(…).",
            stacklevel=2,
        )
        return
    choices = {key: _value(value) for key, value in written.items()}
    lists = {key: choices.get(key) for key in ("metrics", "weighted_metrics")}
    for key, chosen in lists.items():
        if isinstance(chosen, list) and len(chosen) == 1 and isinstance(chosen[0], list):
            lists[key] = chosen[0]  # the metrics of the first output, of one
    same = {key: choices.get(key) for key in ("optimizer", "loss", "loss_weights")}
    model.compile(**same, **lists, run_eagerly=bool(choices.get("run_eagerly")))
