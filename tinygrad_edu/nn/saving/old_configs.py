"""The configurations in `.h5` files of Keras 1, 2 and 3, in the words that Keras 3 writes today.

Such a file names classes without their modules, writes a layer's calls as lists, and spells settings as its version
did. What comes out is what `deserialize` takes; it finds out what is offered, and checks the values.
"""

from ...common import custom
from ...common.budget import spend
from ...common.deserialization import class_of
from ...common.old import settings_of_today
from .. import metrics
from ..graph_config import is_operation

_MODELS = {"Sequential": "keras", "Functional": "keras.src.models.functional", "Model": "keras.src.models.functional"}
_GONE = {"input_length", "jit_compile", "is_legacy_optimizer", "expects_training_arg", "fn"}  # settings of no effect
_NEUTRAL = (None, False, 0, "auto")
_NAMES = {"distribution": {"normal": "truncated_normal"}, "reduction": {"auto": "sum_over_batch_size"}}


# -- models and layers ----------------------------------------------------------------------------------------


def model_of_today(written):
    """The configuration of a model, or of a layer in it.

    Args:
        written: {class_name, config}, and the calls of the layer where it stands in a functional model.

    Raises:
        ValueError: the class is not known.
    """
    spend()
    config = written["config"]
    if isinstance(config, list):  # of a Sequential, before Keras 2.2.3
        config = {"layers": config}
    if "layers" not in config:
        return _layer(written, config)
    name = written["class_name"]
    if name == "Model" or (name not in _MODELS and "input_layers" in config and _is_unknown(written)):
        name = "Functional"
    layers = [model_of_today(layer) for layer in config["layers"]]
    config = {**config, "layers": layers}
    if "input_layers" in config:
        inner = {layer["config"].get("name") for layer in layers if _calls_itself(layer)}
        config["layers"] = [_with_calls(layer, inner) for layer in layers]
        config |= {ends: _alone(config[ends]) for ends in ("input_layers", "output_layers")}
    return _with_module(written, name, config, _MODELS.get(name, "keras"))


def _with_module(written, name, config, module):
    kept = {key: written[key] for key in ("name", "inbound_nodes") if key in written}
    registered = written.get("registered_name") or name
    return {"module": module, "class_name": name, "config": config, "registered_name": registered, **kept}


def _is_unknown(written):
    return custom.get_registered_object(written["class_name"]) is None


def _layer(written, config):
    name = written["class_name"]
    if is_operation(written):
        return _with_module(written, name, config, "keras.src.ops.numpy")
    found = _with_module(written, name, config, "keras.layers")
    return {**found, "config": settings(class_of(found), config)}


def settings(cls, config):
    """Settings by today's names, without those that have no effect any more."""
    today = settings_of_today(cls, {name: _value(name, value) for name, value in config.items()})
    taken = {*cls.argument_names(), *getattr(cls, "unsupported_arguments", ()), "name", "trainable", "dtype"}
    taken |= {"input_shape", "decay"}
    own = not cls.__module__.startswith(__name__.partition(".")[0])
    return {
        name: value
        for name, value in today.items()
        if own or name in taken or not (name in _GONE or any(value is n or value == n for n in _NEUTRAL))
    }


def _value(name, value):
    if name in ("axis", "axes") and isinstance(value, list) and len(value) == 1:
        return value[0]
    if isinstance(value, dict) and isinstance(value.get("config"), dict) and name.endswith("initializer"):
        inner = {key: _value(key, part) for key, part in value["config"].items() if key != "dtype"}
        return {**value, "config": inner}
    return _NAMES[name].get(value, value) if name in _NAMES and isinstance(value, str) else value


# -- the calls of a functional model --------------------------------------------------------------------------


def _calls_itself(layer):
    """True for a model inside: its own graph counts as its first call."""
    return isinstance(layer["config"], dict) and "layers" in layer["config"]


def _with_calls(layer, inner):
    """A layer with its calls as Keras 3 writes them; those of Keras 3 as they are."""
    nodes = layer["inbound_nodes"]
    return {**layer, "inbound_nodes": [node if isinstance(node, dict) else _call(node, inner) for node in nodes]}


def _call(node, inner):
    """A call that was written as [[layer, its call, its output, arguments], …]."""
    node = [node] if node and isinstance(node[0], str) else node
    spend(objects=len(node))
    values = [_symbol(part, inner) for part in node]
    named = node[0][3] if node and len(node[0]) > 3 and isinstance(node[0][3], dict) else {}
    named = {name: _symbol(value, inner) if _is_place(value) else value for name, value in named.items()}
    return {"args": values if len(values) == 1 else [values], "kwargs": named}


def _is_place(value):
    return isinstance(value, list) and len(value) in (3, 4) and isinstance(value[0], str)


def _symbol(part, inner):
    name, number, index = part[:3]
    number -= name in inner and number > 0
    return {"class_name": "__keras_tensor__", "config": {"keras_history": [name, number, index]}}


def _alone(ends):
    """The one place in a list of one; other structures as they are."""
    return ends[0] if isinstance(ends, list) and len(ends) == 1 and isinstance(ends[0], list) else ends


# -- how a model was compiled ---------------------------------------------------------------------------------


def compiling_of_today(written):
    """The configuration for `compile_from_config` that the training_config of a file means.

    Raises:
        ValueError: the optimizer is not known.
    """
    return {
        "optimizer": _optimizer(written["optimizer_config"]),
        "loss": _each(written.get("loss"), _loss),
        "loss_weights": written.get("loss_weights"),
        "metrics": _each(written.get("metrics"), _metric),
        "weighted_metrics": _each(written.get("weighted_metrics"), _metric),
    }


def _optimizer(written):
    name = written["class_name"]
    name = name.removeprefix("Custom>") if custom.get_registered_object(name) is None else name
    found = {**written, "module": "keras.optimizers", "class_name": name}
    config = {key: value for key, value in written["config"].items() if (key, value) != ("epsilon", None)}
    config = settings(class_of(found), config)
    if decay := config.pop("decay", None):
        falling = {"initial_learning_rate": config["learning_rate"], "decay_steps": 1, "decay_rate": decay}
        config["learning_rate"] = {"class_name": "InverseTimeDecay", "config": falling}
    return {**found, "config": config}


def _each(written, read):
    """Each choice as it is `read`, in a structure of lists and dicts."""
    spend()
    if isinstance(written, dict) and "class_name" not in written:
        return {name: _each(part, read) for name, part in written.items()}
    return [_each(part, read) for part in written] if isinstance(written, list) else read(written)


def _loss(written):
    if isinstance(written, dict) and written.get("class_name") != "function":
        found = {"module": "keras.losses", **written}
        return {**found, "config": settings(class_of(found), written["config"])}
    return _by_name(written)


def _metric(written):
    if isinstance(written, dict) and written.get("class_name") == "MeanMetricWrapper":
        config = written["config"]
        known = [name for name in (config.get("name"), config.get("fn")) if name in (*metrics.names(), *_ACCURACY)]
        return known[0] if known else _by_name(config.get("fn"))
    if isinstance(written, dict) and written.get("class_name") != "function":
        found = {"module": "keras.metrics", **written}
        return {**found, "config": settings(class_of(found), written["config"])}
    return _by_name(written)


_ACCURACY = ("accuracy", "acc")


def _by_name(written):
    """The user's function of a name; other names, and configurations, as they are."""
    found = custom.get_registered_object(written) if isinstance(written, str) else None
    return written if found is None else found
