"""Which layer every node of a graph belongs to: the frames of the picture."""

from contextlib import contextmanager

import numpy as np

from ...engine.tensor import Tensor


@contextmanager
def watched(model, calls):
    """Note every call of a layer inside the model as (name, input, output), inner layers first."""
    layers = [layer for layer in dict.fromkeys(_layers_of(model)) if hasattr(layer, "call")]
    names = _different_names(layers)

    def note(layer, call):
        def noted(x, *args, **options):
            out = call(x, *args, **options)
            calls.append((names[layer], x, out))
            return out

        return noted

    try:
        for layer in layers:
            layer.call = note(layer, layer.call)
        yield
    finally:
        for layer in layers:
            vars(layer).pop("call", None)


def _layers_of(model):
    for layer in getattr(model, "layers", ()) or getattr(model, "sublayers", ()):
        yield layer
        yield from _layers_of(layer)


def _different_names(layers):
    """The name of each layer; «dense (2)» for the second layer of a name."""
    names, seen = {}, {}
    for layer in layers:
        seen[layer.name] = n = seen.get(layer.name, 0) + 1
        names[layer] = layer.name if n == 1 else f"{layer.name} ({n})"
    return names


def set_layers(graph, calls, outside):
    """Put what lies between the input and the output of each call into its layer, and the leaves it uses too."""
    nodes = {node.tensor: node for node in graph.nodes if node.tensor is not None}
    for name, x, out in calls:
        stack = [out] if isinstance(out, Tensor) else []
        while stack:  # what a loss has taken out of the graph, as a σ that it computes itself, has no node
            tensor = stack.pop()
            node = nodes.get(tensor)
            if tensor is not x and (node is None or (node.is_result and node.layer is None)):
                stack.extend(tensor.inputs)
                if node is not None:
                    node.layer = name
    set_layers_of_leaves(graph, [x for x in graph.nodes if not any(x.tensor is y for y in outside)])


def frame_loss(graph, prediction, outside):
    """Put what is computed after the prediction into a frame of its own, «loss»."""
    before, stack = set(), [prediction]
    while stack:
        tensor = stack.pop()
        if tensor not in before:
            before.add(tensor)
            stack.extend(tensor.inputs)
    name = "loss" if "loss" not in graph.layers else "loss of the model"
    for node in graph.nodes:
        if node.is_result and node.layer is None and node.tensor not in before:
            node.layer = name
    set_layers_of_leaves(graph, [x for x in graph.nodes if not any(x.tensor is y for y in outside)])


def guess_layers(graph):
    """Tell the layers from the names of their weights, «layer/weight».

    An op belongs to the layer whose weight it uses. An op that keeps the shape of what that layer
    computed, and takes nothing else but single numbers, continues it: an activation.
    """
    named = {node: prefix for node in graph.nodes if not node.is_result and (prefix := _prefix(node))}
    for node in graph.nodes if named else ():
        if not node.is_result:
            continue
        inputs = [x for x in node.inputs if x.tensor is not None or np.size(x.value) > 1]
        own = {named[x] for x in inputs if x in named}
        before = {x.layer for x in inputs}
        if len(own) == 1:
            node.layer = own.pop()
        elif len(before) == 1 and not own and all(np.shape(x.value) == node.value.shape for x in inputs):
            node.layer = before.pop()
    if named:
        set_layers_of_leaves(graph, [*named, *(node for node in graph.nodes if node.kind == "constant")])


def _prefix(node):
    """The layer of a weight, from its name."""
    return None if node.tensor is None else str(node.tensor.name or "").rpartition("/")[0] or None


def set_layers_of_leaves(graph, leaves):
    """A weight stands in the layer that its name says, another leaf where its only users stand."""
    layers, users = set(graph.layers), {}
    for node in graph.nodes:
        for x in node.inputs:
            users.setdefault(x, set()).add(node.layer)
    for leaf in leaves:
        if leaf in users and not leaf.is_result:
            leaf.layer = _layer_of_leaf(_prefix(leaf), users[leaf], layers)


def _layer_of_leaf(named, users, layers):
    twins = [layer for layer in users if layer is not None and layer.startswith(f"{named} (")]
    if named in layers and (named in users or not twins):
        return named
    return next(iter(users)) if len(users) == 1 else min(twins, default=None)
