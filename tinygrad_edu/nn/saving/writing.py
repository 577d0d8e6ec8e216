"""Objects as the plain values that Keras 3 writes into its files, for JSON.

An object is {module, class_name, config, registered_name}, where config has the constructor's arguments, those of
`get_config`; a layer says besides for which input shape it was built, a model how it was compiled.
"""

import numpy as np

from ... import optim
from ...common.objects import _plain
from ...engine.tensor import Tensor
from ...optim import schedules
from ...optim.names import _NOT_IN_KERAS
from .. import constraints, initializers, losses, metrics, regularizers
from ..layer import Layer
from ..layers import InputLayer
from ..model import Model, Sequential
from . import custom

PACKAGE = __name__.partition(".")[0]

# Where Keras has each kind of thing. The first that fits counts.
KINDS = {
    "keras": Model,
    "keras.layers": Layer,
    "keras.initializers": initializers.Initializer,
    "keras.regularizers": regularizers.Regularizer,
    "keras.constraints": constraints.Constraint,
    "keras.losses": losses.Loss,
    "keras.metrics": metrics.Metric,
    "keras.optimizers.schedules": schedules.Schedule,
    "keras.optimizers": optim.Optimizer,
}


def is_own(thing):
    """Whether a class or function is part of this package."""
    return (getattr(thing, "__module__", None) or "").partition(".")[0] == PACKAGE


# -- writing --------------------------------------------------------------------------------------------------


def serialize(obj):
    """A setting, an object or a model as Keras 3 writes it: plain values, for JSON.

    Raises:
        ValueError: it holds code without a name, such as a lambda.

    Example:
        >>> from tinygrad_edu.nn.regularizers import L2
        >>> serialize(L2(0.5))
        {'module': 'keras.regularizers', 'class_name': 'L2', 'config': {'l2': 0.5}, 'registered_name': None}
    """
    if obj is None or isinstance(obj, bool | int | float | str):
        return obj
    if isinstance(obj, np.generic):
        return obj.item()
    if isinstance(obj, list | tuple):
        return [serialize(item) for item in obj]
    if isinstance(obj, dict):
        return {key: serialize(value) for key, value in obj.items()}
    if isinstance(obj, np.ndarray | Tensor):
        kind = "__tensor__" if isinstance(obj, Tensor) else "__numpy__"
        array = np.asarray(obj.numpy() if kind == "__tensor__" else obj)
        return {"class_name": kind, "config": {"value": array.tolist(), "dtype": array.dtype.name}}
    if isinstance(obj, losses._FunctionLoss):
        return serialize(obj.own)
    if isinstance(obj, metrics.MeanMetricWrapper) and not obj.arguments and obj.name == _name(obj.fn):
        return serialize(obj.fn)
    if not isinstance(obj, type) and hasattr(obj, "get_config"):
        return _object(obj)
    if callable(obj):
        return _function(obj)
    raise ValueError(f"{obj!r} cannot be written into a file: expected numbers, texts, lists, or configured objects.")


def _object(thing):
    cls = type(thing)
    name = cls.keras_name() if isinstance(thing, optim.Optimizer) else cls.__name__
    if is_own(cls):
        known = (home for home, base in KINDS.items() if isinstance(thing, base) and name not in _NOT_IN_KERAS)
        module, registered = next(known, cls.__module__), None
    else:
        module, registered = None if cls.__module__ == "__main__" else cls.__module__, custom.get_registered_name(cls)
    written = {"module": module, "class_name": name, "config": _settings(thing), "registered_name": registered}
    if isinstance(thing, Layer) and _has_build(cls) and thing.built and thing.input_shape is not None:
        written["build_config"] = {"input_shape": list(thing.input_shape)}
    if isinstance(thing, Model):
        written["compile_config"] = _compilation(thing)
    return written


def settings(thing):
    """The configuration of an object, with its settings themselves in place of the plain values of `get_config`."""
    config = thing.get_config()
    try:
        raw = thing._arguments()
    except (AttributeError, TypeError):  # a class of the user's, with a get_config of its own
        return config
    return {key: raw[key] if key in raw and _same(value, raw[key]) else value for key, value in config.items()}


def _settings(thing):
    if isinstance(thing, Sequential):
        return _sequence(thing)
    found = {key: serialize(value) for key, value in settings(thing).items()}
    if isinstance(thing, Layer) and "trainable" in found and isinstance(found.get("dtype"), str):
        found["dtype"] = _policy(found["dtype"])
    return found


def _same(value, raw):
    """Whether `value` in a configuration stands for this argument."""
    plain = _plain(raw)
    return value is plain or (not isinstance(plain, np.ndarray | Tensor) and value == plain)


def _policy(dtype):
    return {"module": "keras", "class_name": "DTypePolicy", "config": {"name": dtype}, "registered_name": None}


def _sequence(model):
    """The settings of a Sequential, in which the shape of the input stands as a layer of its own."""
    found = {"name": model.name, "trainable": model.trainable, "dtype": _policy(model.dtype)}
    layers = list(model._layers)
    if model.input_shape is None:
        return found | {"layers": serialize(layers)}
    if layers and not isinstance(layers[0], InputLayer):
        layers.insert(0, InputLayer(batch_shape=model.input_shape, name="input_layer"))
    return found | {"layers": serialize(layers), "build_input_shape": list(model.input_shape)}


def _has_build(cls):
    """Whether a class has a `build` of its own, for weights: Keras notes the shape for those."""
    return any("build" in vars(owner) for owner in cls.__mro__ if owner not in (Layer, *Layer.__mro__))


def _compilation(model):
    if not model.compiled:
        return {}
    plain, weighted = model._metric_choices
    return {
        "optimizer": serialize(model.optimizer),
        "loss": serialize(model.loss),
        "loss_weights": None,
        "metrics": serialize(plain) or None,
        "weighted_metrics": serialize(weighted) or None,
        "run_eagerly": bool(model.run_eagerly),
        "steps_per_execution": 1,
        "jit_compile": "auto",
    }


def _function(function):
    name = _name(function)
    if is_own(function):
        return name
    if not name or not name.isidentifier():
        raise ValueError(
            f"{function!r} has no name, and no code is written into files. Define it with def, and give it to "
            "load_model(..., custom_objects={'name': name}) when the file is read."
        )
    module = None if function.__module__ == "__main__" else function.__module__
    registered = custom.get_registered_name(function)
    return {"module": module, "class_name": "function", "config": registered, "registered_name": registered}


def _name(function):
    return getattr(function, "__name__", None)
