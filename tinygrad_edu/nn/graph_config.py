"""The graph of a functional model as plain values, in Keras's form, and back.

Each layer is written with the calls of it that the model has; a symbolic value among their arguments is the name of its
layer, the number of the call, and its own number there. Ops are written as Keras's operations of the same name.
"""

from math import prod

import numpy as np

from ..common.budget import spend
from ..common.deserialization import deserialize
from ..common.serialization import configuration, serialize
from ..common.structure import is_nested, map_structure
from ..engine.op import registry
from ..engine.symbolic import Operation, Symbolic, SymbolicCall
from .layer import Layer

# Arguments of ops that Keras keeps as settings of the operation, and those of another name there.
_SETTINGS = frozenset(
    ("alpha", "approximate", "a_max", "a_min", "axes", "axis", "axis1", "axis2", "decimals", "destination", "dtype")
    + ("k", "keepdims", "kth", "mode", "nan", "neginf", "negative_slope", "offset", "pad_width", "posinf", "repeats")
    + ("reps", "shape", "shift", "source", "subscripts", "upper")
)
_RENAMED = {
    "reshape": {"shape": "newshape"},
    "clip": {"a_min": "x_min", "a_max": "x_max"},
    "tile": {"reps": "repeats"},
}
_CLASSES = {"getitem": "GetItem", "divide": "TrueDivide", "remainder": "Mod"}
_FURTHER = {"Divide": "divide", "Amax": "max", "Amin": "min", "Abs": "absolute"}  # names that Keras has too
_BYTES = 4  # of a value


def class_name(operation):
    """The name of Keras's operation for an op: "ExpandDims" for expand_dims.

    Example:
        >>> class_name(Operation(registry["expand_dims"]))
        'ExpandDims'
    """
    name = operation.op.name
    return _CLASSES.get(name) or "".join(part.capitalize() for part in name.strip("_").split("_"))


def kind_of(callee):
    """The class of a layer, or of Keras's operation for an op, as summaries and pictures show it."""
    return class_name(callee) if isinstance(callee, Operation) else type(callee).__name__


# -- writing --------------------------------------------------------------------------------------------------


def config_of(graph):
    """The layers, and where the inputs and outputs are: a dict with Keras's keys."""
    kept = {}  # the number of each call among those of its callee that the model has
    for callee in graph.callees:
        inside = [call for call in callee.symbolic_calls if call in graph.calls]
        kept |= {call: number for number, call in enumerate(inside)}
    layers = []
    for callee in graph.callees:
        calls = [call for call in callee.symbolic_calls if call in kept and call.inputs]
        layers.append(_written(callee, calls) | {"inbound_nodes": [_node(call, kept) for call in calls]})

    def place(value):
        inner = getattr(value.call.callee, "calls_itself", False)  # its own graph counts as the first call, in Keras
        return [value.name, kept[value.call] + inner, value.index]

    return {
        "layers": layers,
        "input_layers": map_structure(place, graph.inputs),
        "output_layers": map_structure(place, graph.outputs),
    }


def _written(callee, calls):
    if isinstance(callee, Layer):
        return configuration(callee) | {"name": callee.name}
    kind, part = class_name(callee), "nn" if callee.op.function.__module__.endswith("activations") else "numpy"
    settings, _ = _settings_and_inputs(callee.op, calls[0].args)
    config = {"name": callee.name} | configuration(settings)
    module = f"keras.src.ops.{part}"
    return {"module": module, "class_name": kind, "config": config, "registered_name": kind, "name": callee.name}


def _settings_and_inputs(op, args):
    """The arguments of an op that are settings, by Keras's names, and the others in their order."""
    settings, inputs, names = {}, [], _RENAMED.get(op.name, {})
    for name, value in zip(op.parameters, args):
        if name in _SETTINGS and type(value) is not Symbolic:
            settings[names.get(name, name)] = value
        elif name != "ddof":
            inputs.append(value)
    further = list(args[len(op.parameters) :])
    return settings, inputs + ([further] if further and op.name != "einsum" else further)


def _node(call, kept):
    args = call.args if isinstance(call.callee, Layer) else _settings_and_inputs(call.callee.op, call.args)[1]

    def plain(value):
        if type(value) is Symbolic:
            place = [value.name, kept[value.call], value.index]
            history = {"shape": list(value.shape), "dtype": value.dtype, "keras_history": place}
            return {"class_name": "__keras_tensor__", "config": history}
        if isinstance(value, slice):
            ends = {"start": value.start, "stop": value.stop, "step": value.step}
            return {"class_name": "__slice__", "config": ends}
        return {"class_name": "__ellipsis__", "config": {}} if value is Ellipsis else serialize(value)

    return {"args": _plainly(plain, list(args)), "kwargs": _plainly(plain, dict(call.named))}


def _plainly(function, structure):
    if isinstance(structure, dict):
        return {key: _plainly(function, part) for key, part in structure.items()}
    return [_plainly(function, part) for part in structure] if is_nested(structure) else function(structure)


# -- reading --------------------------------------------------------------------------------------------------


def ends_from(config):
    """The symbolic inputs and outputs of a new graph of new layers, for what `config_of` or Keras wrote.

    Raises:
        ValueError: a layer or an op is not offered, or the calls lead in a circle, or to no layer.
    """
    spend(objects=len(config["layers"]))  # too many are refused before the first is made
    made, waiting = {}, {}
    for entry in config["layers"]:
        name = entry.get("name") or entry["config"]["name"]
        made[name] = _made(entry)
        waiting[name] = [(entry, node) for node in entry["inbound_nodes"]]
    while any(waiting.values()):
        moved = False
        for name, nodes in waiting.items():
            while nodes and _called(made[name], *nodes[0], made):
                nodes.pop(0)
                moved = True
        if not moved:
            left = ", ".join(repr(name) for name, nodes in waiting.items() if nodes)
            raise ValueError(f"The calls of {left} wait for each other, or for a layer that is not there.")

    def value(place):
        if isinstance(place, dict):
            return {key: value(part) for key, part in place.items()}
        if not (len(place) == 3 and isinstance(place[0], str)):
            return type(place)(value(part) for part in place)
        name, number, index = place
        inner = getattr(made[name], "calls_itself", False)
        return made[name].symbolic_calls[number - inner].outputs[index]

    return value(config["input_layers"]), value(config["output_layers"])


def is_operation(entry):
    """True for an entry of the layers that stands for an op; Keras's `.h5` files leave its module out."""
    if entry.get("module") is not None:
        return str(entry["module"]).startswith("keras.src.ops")
    noted = [node for node in entry.get("inbound_nodes", ()) if isinstance(node, dict)]
    alone = not {"trainable", "dtype", "layers"} & entry["config"].keys()
    return bool(noted) and alone and _op_of(entry["class_name"]) is not None


def _op_of(kind):
    """The op of Keras's operation of this class; None where there is none."""
    by_class = {class_name(Operation(op, op.name)): op for op in registry.values()}
    return by_class.get(kind) or registry.get(_FURTHER.get(kind))


def _made(entry):
    """The layer or the Operation of an entry."""
    if not is_operation(entry):
        layer = deserialize({key: value for key, value in entry.items() if key not in ("inbound_nodes", "name")})
        if not isinstance(layer, Layer):
            raise ValueError(f"Expected a layer among the layers; received {layer!r:.60}.")
        if not entry["inbound_nodes"] and hasattr(layer, "symbol"):
            layer.symbol  # noqa: B018 an Input is called by being there
        return layer
    kind = entry["class_name"]
    op = _op_of(kind)
    if op is None:
        raise ValueError(f"keras.ops.{kind} ({entry['config'].get('name')!r}) has no op here.")
    return Operation(op, entry["config"]["name"])


def _called(callee, entry, node, made):
    """Call a layer or an op as a node says; False where a value that it needs is not there yet."""
    lost = []

    def value(part):
        if isinstance(part, dict) and part.get("class_name") == "__keras_tensor__":
            name, number, index = part["config"]["keras_history"]
            if name not in made:
                raise ValueError(f"{entry['name']!r} is called with an output of {name!r}, which is no layer here.")
            calls = made[name].symbolic_calls
            if number >= len(calls):
                lost.append(name)
                return None
            return calls[number].outputs[index]
        if isinstance(part, dict) and part.get("class_name") == "__slice__":
            return slice(*[part["config"][end] for end in ("start", "stop", "step")])
        if isinstance(part, dict) and part.get("class_name") == "__ellipsis__":
            return Ellipsis
        if isinstance(part, dict) and "class_name" in part:
            return deserialize(part)
        if isinstance(part, dict):
            return {key: value(inner) for key, inner in part.items()}
        return [value(inner) for inner in part] if isinstance(part, list) else part

    args, named = value(node["args"]), value(node["kwargs"])
    if lost:
        return False
    if isinstance(callee, Operation):
        _call_op(callee, args, named, entry["config"])
    else:
        callee(*args, **named)
    return True


def _call_op(operation, args, named, config):
    """Note the call of an op with these inputs, and the settings of Keras's operation."""
    op, renamed = operation.op, {new: old for old, new in _RENAMED.get(operation.op.name, {}).items()}
    settings = {renamed.get(name, name): _tuples(value) for name, value in config.items() if name != "name"}
    _spend_on(args, settings)
    settings = {name: value for name, value in (settings | named).items() if name in op.parameters}
    if op.each is not None:
        inputs = args[0] if isinstance(args[0], list) else args
        bound = op.bind([settings.get(name) for name in op.parameters] + list(inputs), {})
    else:
        free = [name for name in op.parameters if name not in settings]
        bound = op.bind((), dict(zip(free, map(_tuples, args))) | settings)
    SymbolicCall(operation, bound, {}, *operation.symbolic_specs(*bound))


def _tuples(value):
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def _spend_on(args, settings):
    """Put on the budget what an op may ask for: a shape, a padding, repetitions."""
    largest = max([prod(n or 1 for n in value.shape) for value in args if type(value) is Symbolic], default=1)
    for value in settings.values():
        numbers = [n for n in np.ravel(np.array(value, dtype=object)) if isinstance(n, int)]
        spend(meanwhile=_BYTES * largest * prod(max(abs(n), 1) for n in numbers))
