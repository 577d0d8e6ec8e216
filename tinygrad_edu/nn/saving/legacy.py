"""Keras's legacy format, `.h5`: whole models of Keras 1 to 3 in one HDF5 file, and weights by layer.

The layers and how they were compiled are JSON in attributes of the file. Below `model_weights` each layer has a
group, and an attribute that names its arrays in their order, those that are trained first. A file of weights alone
has these groups at its top.
"""

import json

import numpy as np

from ...common.serialization import serialize
from .. import losses, metrics
from ..layer import take_stored
from . import formats
from .old_configs import compiling_of_today, model_of_today

ENDINGS = (".h5", ".hdf5")
OPTIMIZER = "optimizer_weights/"
_WEIGHTS, _ALL, _OWN, _NAMES = "model_weights", "layer_names", "top_level_model_weights", "weight_names"
_ROOM = 60_000  # bytes of an attribute
_PLAIN = ("accuracy", "acc", "crossentropy", "ce")  # metrics that depend on the shapes, by their names


def is_legacy(stored):
    """True for the contents of a file of this format."""
    return isinstance(stored, formats.Contents) and _root(stored) is not None


def _root(stored):
    """The group of the layers: that of a whole model, or the file itself; None where there is neither."""
    return next((group for group in (_WEIGHTS, "") if stored.has_texts(group, _ALL)), None)


# -- writing --------------------------------------------------------------------------------------------------


def write_model(model, file, version, optimizer=None):
    """Write a model into a binary file.

    Args:
        model: a Sequential or a functional model.
        file: a binary file, which is also read.
        version: that of the Keras whose files these are.
        optimizer: the optimizer with its state; None leaves out how the model was compiled.

    Raises:
        ValueError: the model is of a class of the user's with a `call` of its own.
    """
    written = serialize(model)
    if "layers" not in written["config"]:
        raise ValueError(
            f"An .h5 file takes a Sequential or a functional model; {model.name!r} is a {type(model).__name__} with a "
            "call of its own. Save it in a path that ends in .keras."
        )
    with formats.need_h5py().File(file, "w") as h5:
        h5.attrs["keras_version"], h5.attrs["backend"] = version, "numpy"
        h5.attrs["model_config"] = json.dumps(_without_modules(written))
        _write_layers(h5.create_group(_WEIGHTS), model, version)
        if optimizer is not None:
            h5.attrs["training_config"] = json.dumps(_compiling(model.get_compile_config()))
            paths = [variable.path.replace("/", "_") for variable in optimizer.variables]
            paths = [f"{optimizer.name}/{path}" for path in paths]
            _write_arrays(h5.create_group(OPTIMIZER), paths, optimizer.get_state())


def write_weights(model, file):
    """Write the weights of a model alone into a binary file, which is also read."""
    with formats.need_h5py().File(file, "w") as h5:
        _write_layers(h5, model)


def _write_layers(group, model, version=None):
    for name, value in (("backend", "numpy"), ("keras_version", version)):
        if value is not None:
            group.attrs[name] = value
    _write_texts(group, _ALL, [layer.name for layer in model.layers])
    places = [(layer.name, weights_of(layer)) for layer in model.layers] + [(_OWN, own_weights_of(model))]
    for name, weights in sorted(places, key=lambda place: place[0]):
        _write_arrays(group.create_group(name), [w.path for w in weights], [w.numpy() for w in weights])


def _write_arrays(group, names, arrays):
    """Write arrays into a group, under these names where they are paths of their own."""
    clear = len(set(names)) == len(names) and not any(a.startswith(f"{b}/") for a in names for b in names)
    names = names if clear and all(names) else [f"{i}_{name.replace('/', '_')}" for i, name in enumerate(names)]
    _write_texts(group, _NAMES, names)
    for name, array in zip(names, arrays):
        group[name] = array


def _write_texts(group, name, texts):
    """Write a list of texts into an attribute, or into several where one has no room."""
    encoded = np.array([text.encode() for text in texts], "S" if texts else "S1")
    each = _ROOM // encoded.itemsize
    if len(texts) <= each:
        group.attrs[name] = encoded
        return
    for number, begin in enumerate(range(0, len(texts), each)):
        group.attrs[f"{name}{number}"] = encoded[begin : begin + each]


def _without_modules(written):
    """The configuration of a model with that of each layer in it, as class and settings; ops keep their module."""
    if str(written.get("module")).startswith("keras.src.ops"):
        return written
    config = written["config"]
    if isinstance(config.get("layers"), list):
        config = {**config, "layers": [_without_modules(layer) for layer in config["layers"]]}
    kept = {key: written[key] for key in ("name", "inbound_nodes") if key in written}
    return {"class_name": written.get("registered_name") or written["class_name"], "config": config, **kept}


def _compiling(config):
    """How a model was compiled, with losses and metrics as objects, which Keras reads where it does not read names."""
    plain = {name: value for name, value in config.items() if name not in ("optimizer", "loss")}
    plain |= {name: _each(config[name], metrics.get) for name in ("metrics", "weighted_metrics")}
    return plain | {"loss": _each(config["loss"], losses.get), "optimizer_config": _as_class(config["optimizer"])}


def _each(choices, get):
    """Choices by name as configurations of objects, in a structure of lists and dicts."""
    if isinstance(choices, dict) and "class_name" in choices:
        return choices["config"] if choices["class_name"] == "function" else _as_class(choices)
    if isinstance(choices, dict):
        return {name: _each(choice, get) for name, choice in choices.items()}
    if isinstance(choices, list):
        return [_each(choice, get) for choice in choices]
    return choices if choices is None or choices in _PLAIN else _as_class(serialize(get(choices)))


def _as_class(written):
    return {"class_name": written.get("registered_name") or written["class_name"], "config": written["config"]}


# -- reading --------------------------------------------------------------------------------------------------


def weights_of(layer):
    """The weights of a layer in the order of the format: those that are trained first."""
    return [*layer.trainable_weights, *layer.non_trainable_weights]


def own_weights_of(model):
    """The weights of a model that are in none of its layers."""
    inside = {weight for layer in model.layers for weight in layer.weights}
    return [weight for weight in weights_of(model) if weight not in inside]


def read_config(found, compile):
    """The configuration of a model, and how it was compiled, for `deserialize`.

    Args:
        found: the values of the attributes model_config and training_config, by name.
        compile: whether how it was compiled is wanted.

    Raises:
        ValueError: there is no model.
    """
    if "config" not in found.get("model_config", {}):
        raise ValueError("its model_config has no model")
    config = model_of_today(found["model_config"])
    if compile and found.get("training_config"):
        config["compile_config"] = compiling_of_today(found["training_config"])
    return config


def load_layers(model, stored, by_name=False):
    """Give the layers of a model their weights; a sentence for each layer that does not fit.

    Args:
        model: a model that has been built.
        stored: the contents of a file of this format.
        by_name: match layers by their names; by default those with weights are matched in their order.

    Raises:
        ValueError: there are more or fewer layers with weights than in the model.
    """
    root = _root(stored)
    found = {name: _arrays(stored, f"{root}/{name}".lstrip("/")) for name in stored.texts(root, _ALL)}
    layers = [layer for layer in model.layers if layer.weights]
    if by_name:
        pairs = [(layer, found[layer.name]) for layer in layers if layer.name in found]
    else:
        given = [arrays for arrays in found.values() if arrays]
        if len(given) != len(layers):
            raise ValueError(f"{model.name!r} has {len(layers)} layers with weights; the file has {len(given)}.")
        pairs = list(zip(layers, given))
    problems = [problem for layer, arrays in pairs if (problem := _taken(layer, weights_of(layer), arrays))]
    top = f"{root}/{_OWN}".lstrip("/")
    if not by_name and stored.has(top) and (problem := _taken(model, own_weights_of(model), _arrays(stored, top))):
        problems.append(problem)
    return problems


def _arrays(stored, group):
    """The arrays of a group in their order."""
    if not stored.has(group):
        raise ValueError(f"it has no group {group!r}, which it names")
    names = [f"{group}/{name}" for name in stored.texts(group, _NAMES)]
    missing = [name for name in names if name not in stored]
    if missing:
        raise ValueError(f"it has no array {missing[0]!r}, which it names")
    return [stored[name] for name in names]


def _taken(layer, weights, arrays):
    """Let weights take the values of these arrays; a sentence where they do not fit, and have changed nothing."""
    if len(weights) != len(arrays):
        return f"{type(layer).__name__} {layer.name!r} has {len(weights)} weights; the file has {len(arrays)} for it."
    try:
        take_stored(weights, arrays)
    except ValueError as error:
        return str(error)
    return None


def state_of_optimizer(stored, state, parameters):
    """The arrays of the state of an optimizer, in the order of Keras 3.

    Keras 2 has no learning rate among them, and all first slots of the parameters before all second ones.

    Args:
        stored: the contents of a file.
        state: the state of the optimizer here.
        parameters: how many parameters it has slots for.
    """
    group = OPTIMIZER.rstrip("/")
    found = _arrays(stored, group) if stored.has(group) else []
    if len(found) != len(state) - 1 or not parameters:
        return found
    rate = formats.Stored((), state[1].dtype, lambda: state[1])
    slots = found[1:]
    return [found[0], rate, *[slots[i] for start in range(parameters) for i in range(start, len(slots), parameters)]]
