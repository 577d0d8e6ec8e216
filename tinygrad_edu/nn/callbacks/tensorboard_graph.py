"""The computation of a model's loss as TensorBoard's Graphs page reads it: a node an op, a name scope a layer."""

import re

import numpy as np

from ...engine.op import constant
from ...engine.recorder import ScopedRecorder, recording_by
from ...engine.tensor import Tensor
from ..training.state import Snapshot


def graph_of(model):
    """The GraphDef of the loss on the batch that `fit` has run last; the model stays as it was."""
    batch = model.programs.last_batch("train")
    notes = _Notes()
    before = Snapshot(model)
    try:
        with recording_by(notes):
            inputs = [notes.input(array, name) for array, name in zip(batch.arrays, batch.form.names)]
            x, y, sample_weight = batch.form.parts(inputs)
            loss = model.compute_loss(x, y, model(x, training=True), sample_weight)
    finally:
        before.restore()
    return _definition(notes, loss)


class _Notes(ScopedRecorder):
    """Takes note of the op that made each Tensor, and of the layer or part of the step it ran in."""

    def __init__(self):
        super().__init__()
        self.made, self.given = {}, {}

    def ran(self, op, args, result):
        if op is not None:
            self.made[result] = op, args, self.scope or ("" if self.section == "forward" else self.section)

    def draws(self, function, generator, name):
        return constant(np.asarray(function()))

    def input(self, array, name):
        """A Tensor of the batch, which is shown by this name."""
        tensor = constant(array)
        self.given[tensor] = name
        return tensor


def _definition(notes, loss):
    from tensorboard.compat.proto.graph_pb2 import GraphDef

    graph = _Graph(GraphDef())
    names = {tensor: graph.add(name, "Placeholder", tensor.shape) for tensor, name in notes.given.items()}
    needed = _below(loss, notes)
    for tensor, (op, args, scope) in notes.made.items():  # each after its inputs
        if tensor in needed:
            for leaf in _arrays(args):
                if not isinstance(leaf, Tensor) or leaf not in names:
                    names[_key(leaf)] = graph.add_leaf(leaf, scope)
            inputs = [names[_key(part)] for part in _arrays(args)]
            options = {name: repr(value) for name, value in zip(op.parameters, args) if not list(_arrays([value]))}
            names[tensor] = graph.add(f"{scope}/{op.name}", op.name, tensor.shape, inputs, options)
    return graph.definition


def _arrays(args):
    """The Tensors and arrays among the arguments of an op, those inside lists included."""
    for value in args:
        if isinstance(value, list | tuple):
            yield from _arrays(value)
        elif isinstance(value, Tensor | np.ndarray | np.generic):
            yield value


def _key(value):
    return value if isinstance(value, Tensor) else id(value)


def _below(output, notes):
    """The Tensors that an output was computed from, and itself."""
    found, stack = set(), [output]
    while stack:
        tensor = stack.pop()
        if tensor not in found:
            found.add(tensor)
            stack.extend(x for x in _arrays(notes.made.get(tensor, ((), ()))[1]) if isinstance(x, Tensor))
    return found


class _Graph:
    """A GraphDef that grows node by node."""

    def __init__(self, definition):
        self.definition, self.taken = definition, set()
        definition.versions.producer = 22

    def add_leaf(self, value, scope):
        """A weight, or a constant that stands in the scope where it is used."""
        name = isinstance(value, Tensor) and value.path
        return self.add(name or f"{scope}/constant", "VariableV2" if name else "Const", value.shape)

    def add(self, name, kind, shape, inputs=(), options=None):
        """A node; it gets a name that TensorBoard takes, and that no other node has."""
        name = re.sub(r"[^\w./-]", "_", name.strip("/"), flags=re.ASCII).lstrip("_-") or "node"
        unique, count = name, 0
        while unique in self.taken:
            count += 1
            unique = f"{name}_{count}"
        self.taken.add(unique)
        node = self.definition.node.add(name=unique, op=kind.strip("_"), input=inputs)
        sizes = node.attr["_output_shapes"].list.shape.add()
        for n in shape:
            sizes.dim.add(size=n)
        for option, text in (options or {}).items():
            node.attr[option].s = text.encode()
        return unique
