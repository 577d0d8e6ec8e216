"""The layer of every node of a graph: the frames of the picture."""

import numpy as np

from ...engine.recorder import ScopedRecorder, recording
from ...engine.tensor import Tensor
from ..texts import say


class LayersRecorder(ScopedRecorder):
    """Notes in which layer of a model every Tensor was computed, the innermost one; who listens already goes on.

    Attributes:
        layers: the name of that layer, by Tensor: «dense (2)» for the second layer of a name.
        origins: the names that a Tensor was computed from which no gradient flows to, as that of moving statistics.
        idle: the layers that gave their input on as it is, by name.
    """

    def __init__(self, model):
        self.before = recording.get()
        super().__init__()
        self.hears_backward = self.before.hears_backward
        self.layers, self._names = {}, _different_names(dict.fromkeys(_layers_of(model)))
        self.origins, self._entered = {}, {}

    def ran(self, op, args, result):
        if self.layer in self._names:
            self.layers[result] = self._names[self.layer]
        if op is not None and not result.requires_grad:
            self.origins[result] = list(dict.fromkeys(name for x in args for name in self._origin(x)))
        self.before.ran(op, args, result)

    def _origin(self, x):
        if not isinstance(x, Tensor):
            return ()
        named = x.path or x.name
        return [str(named).rpartition("/")[2]] if named else self.origins.get(x, ())

    def enter_scope(self, name, layer=None):
        if layer in self._names:
            self._entered[self._names[layer]] = layer
        return super().enter_scope(name, layer)

    @property
    def idle(self):
        busy = set(self.layers.values())
        return [name for name, layer in self._entered.items() if name not in busy and not list(_layers_of(layer))]

    def same(self, tensor, other):
        self.before.same(tensor, other)

    def assigned(self, tensor, value):
        self.before.assigned(tensor, value)

    def draws(self, function, generator, name):
        return self.before.draws(function, generator, name)

    def escapes(self, tensor, how, writable=False):
        self.before.escapes(tensor, how, writable)

    def name_gradient(self, gradient, tensor):
        self.before.name_gradient(gradient, tensor)


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


def set_layers(graph, layers, outside):
    """Put every result into the layer that it was computed in, and the leaves it uses too.

    Args:
        layers: the name of the layer by Tensor, as a LayersRecorder noted it.
        outside: Tensors that belong to no layer, such as the input.
    """
    for node in graph.nodes:
        if node.is_result:
            node.layer = layers.get(node.tensor)
    set_layers_of_leaves(graph, [x for x in graph.nodes if not any(x.tensor is y for y in outside)])


def frame_loss(graph, predictions, outside):
    """Put all that the predictions do not need into a frame of its own, «loss»: the penalties of layers too.

    Returns:
        The Tensors that the predictions need, and these.
    """
    before, stack = set(), list(predictions)
    while stack:
        tensor = stack.pop()
        if tensor not in before:
            before.add(tensor)
            stack.extend(tensor.inputs)
    name = "loss" if "loss" not in graph.layers else say("loss of the model")
    for node in graph.nodes:
        if node.is_result and node.tensor not in before:
            node.layer = name
    set_layers_of_leaves(graph, [x for x in graph.nodes if not any(x.tensor is y for y in outside)])
    return before


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
    return None if node.tensor is None else str(node.tensor.path or "").rpartition("/")[0] or None


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
