"""Read a computation graph: its nodes in visit order, their gradients, and the layer each belongs to."""

from contextlib import contextmanager

import numpy as np

from ..autodiff import propagate
from ..floats import floatx
from ..tensor import Tensor, record
from .labels import argument_names, is_data, short

SMALL = 6  # numbers that a box shows one by one


class Node:
    """A Tensor of the graph, or a number or array that went into an op.

    Attributes:
        id: "n0", "n1", … in visit order.
        kind: "parameter" (a leaf that gets a gradient), "data" (a leaf that does not), "constant" (no
            Tensor), "op" or "output".
        tensor: the Tensor; None for a constant.
        value: the values.
        inputs: the nodes it was computed from, in the order of the op's arguments.
        gradient: the gradient of the output for it; None while not computed.
        layer: the name of the layer it belongs to, or None.
    """

    __slots__ = ("id", "kind", "tensor", "value", "inputs", "gradient", "layer")

    def __init__(self, tensor, value, kind):
        self.tensor, self.value, self.kind = tensor, value, kind
        self.id = self.gradient = self.layer = None
        self.inputs = []

    @property
    def shows_value(self):
        """Whether a box has room for the value."""
        return self.value is not None and np.size(self.value) <= SMALL

    @property
    def is_result(self):
        return self.tensor is not None and self.tensor.op is not None

    @property
    def title(self):
        """The name and the symbol of the op."""
        name, op = self.tensor.name, self.tensor.op
        if op is None:
            return short(name) if name else self.kind
        return f"{short(name)} = {op.symbol}" if name else op.symbol

    @property
    def finite(self):
        """Whether value and gradient are free of NaN and infinity."""
        return all(_all_finite(x) for x in (self.value, self.gradient))


def _all_finite(x):
    x = np.asarray(x)
    return x.dtype.kind != "f" or bool(np.isfinite(x).all())


class Graph:
    """The nodes below some outputs, each after its inputs.

    Attributes:
        nodes: the nodes in visit order.
        outputs: the Tensors that the graph ends in.
        notes: sentences that a picture should carry.
    """

    def __init__(self, outputs, data=()):
        self.outputs = outputs
        self.nodes = _visit(outputs, set(data))
        self.notes = []
        self._blank = False

    @property
    def size(self):
        """The number of Tensors: the boxes, constants not counted."""
        return sum(node.tensor is not None for node in self.nodes)

    @property
    def layers(self):
        """The names of the layers, in the order they are met."""
        return list(dict.fromkeys(node.layer for node in self.nodes if node.layer is not None))

    def compute_gradients(self, gradient=None, wanted=True):
        """Give each node the gradient of the output for it. Nothing is left on the Tensors themselves."""
        if not wanted or self._blank:
            return
        if len(self.outputs) > 1:
            self.notes.append("Gradients are not computed: there are several outputs. Draw one, such as the loss.")
            return
        output = self.outputs[0]
        if not output.requires_grad:
            self.notes.append("Gradients are not computed: nothing in this graph requires one.")
            return
        if output.size != 1 and gradient is None:
            self.notes.append(
                f"Gradients are not computed: the output has shape {output.shape}. Draw a loss, or pass gradient=…"
            )
            return
        wanted = {node.tensor for node in self.nodes if node.tensor is not None and node.tensor.requires_grad}
        with np.errstate(all="ignore"):
            found = propagate([output], None if gradient is None else [gradient], keep=wanted)
        for node in self.nodes:
            node.gradient = found.get(node.tensor)

    def leave_blank(self):
        """Forget the values that came from made-up inputs."""
        self._blank = True
        for node in self.nodes:
            if node.kind not in ("parameter", "constant"):
                node.value = None
        self.notes.append(
            "One sample of zeros went through. draw(model, x) shows the values, draw(loss) the gradients."
        )


def _visit(outputs, data):
    """The nodes below the outputs: a depth-first search with its own stack, first arguments first."""
    nodes, order = {}, []
    ends = set(outputs)

    def enter(tensor):
        node = nodes[tensor] = Node(tensor, tensor._array, _kind(tensor, ends, data))
        return node, iter([x for i, x in enumerate(tensor._args or ()) if is_data(tensor.op, i, x)])

    for output in outputs:
        stack = [] if output in nodes else [enter(output)]
        while stack:
            node, arguments = stack[-1]
            for x in arguments:
                if not isinstance(x, Tensor):
                    constant = Node(None, x, "constant")
                    order.append(constant)
                    node.inputs.append(constant)
                elif x in nodes:
                    node.inputs.append(nodes[x])
                else:
                    stack.append(enter(x))
                    node.inputs.append(stack[-1][0])
                    break
            else:
                order.append(node)
                stack.pop()
    for i, node in enumerate(order):
        node.id = f"n{i}"
    return order


def _kind(tensor, ends, data):
    if tensor.op is not None:
        return "output" if tensor in ends else "op"
    return "parameter" if tensor.requires_grad and tensor not in data else "data"


# -- from what the user has to a graph ----------------------------------------------------------------


def read(thing, inputs):
    """The graph of a Tensor, of several, of a function on inputs, or of a model; see `draw`."""
    if isinstance(thing, Tensor | list | tuple):
        if inputs:
            raise TypeError("A Tensor has its graph already: draw(t) takes no inputs beside it.")
        graph = Graph(_tensors(thing))
    elif not callable(thing):
        raise TypeError(f"draw expects a Tensor, a function and its inputs, or a model; received {_describe(thing)}.")
    elif hasattr(thing, "layers"):
        return _read_model(thing, inputs)
    else:
        variables = _variables(inputs, argument_names(thing))
        if inputs and not any(isinstance(x, Tensor) and x.requires_grad for x in variables):
            raise TypeError(
                "None of the inputs can have a gradient. Write floats, draw(f, 3.0), or Tensor(…, requires_grad=True)."
            )
        with record(True):
            graph = Graph(_tensors(thing(*variables)))
    _guess_layers(graph)
    return graph


def _read_model(model, inputs):
    blank = not inputs
    if blank:
        inputs = [_zeros_for(model)]
    variables = _variables(inputs, ["input"] if len(inputs) == 1 else (), floatx())
    calls = []
    with record(True), _watched(model, calls):
        outputs = _tensors(model(*variables))
    graph = Graph(outputs, data=[x for x in variables if isinstance(x, Tensor)])
    _set_layers(graph, calls, outside=variables)
    if blank:
        graph.leave_blank()
    return graph


def _zeros_for(model):
    """One sample of zeros that fits a built model."""
    shape = getattr(model, "input_shape", None)
    if shape is None:
        raise ValueError(
            f"Model {getattr(model, 'name', type(model).__name__)!r} is not built yet, so it has no graph. Begin it "
            "with Input((features,)), call model.build((None, features)), or pass a batch: draw(model, x)."
        )
    return np.zeros([1, *(n or 1 for n in shape[1:])], floatx())


def _variables(inputs, names, dtype=None):
    """The inputs as Tensors: floats become leaves with a gradient, so that all that is done to them is recorded."""
    variables = []
    for i, x in enumerate(inputs):
        if not isinstance(x, Tensor):
            array = np.asarray(x)
            floats = array.dtype.kind == "f"
            name = names[i] if i < len(names) else f"input {i + 1}"
            x = Tensor(array.astype(dtype) if floats and dtype else array, requires_grad=floats, name=name)
        variables.append(x)
    return variables


def _tensors(result):
    outputs = list(result) if isinstance(result, list | tuple) else [result]
    for x in outputs or [None]:
        if not isinstance(x, Tensor):
            raise TypeError(
                f"draw expects a Tensor, or a function that gives one; received {_describe(x)}. Only what is computed "
                "from Tensors, with operators and NumPy functions, has a graph."
            )
    return outputs


def _describe(x):
    return "nothing" if x is None else f"{type(x).__name__} {short(repr(x), 40)}"


# -- layers -------------------------------------------------------------------------------------------


@contextmanager
def _watched(model, calls):
    """Note every call of a layer inside the model as (name, input, output), inner layers first."""
    layers = [layer for layer in dict.fromkeys(_layers_of(model)) if hasattr(layer, "call")]

    def note(layer, call):
        def noted(x, *args, **options):
            out = call(x, *args, **options)
            calls.append((layer.name, x, out))
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


def _set_layers(graph, calls, outside):
    """Put what lies between the input and the output of each call into its layer, and the leaves it uses too."""
    nodes = {node.tensor: node for node in graph.nodes if node.tensor is not None}
    for name, x, out in calls:
        stack = [nodes[out]] if isinstance(out, Tensor) and out in nodes else []
        while stack:
            node = stack.pop()
            if node.tensor is not x and node.is_result and node.layer is None:
                node.layer = name
                stack.extend(node.inputs)
    _set_layers_of_leaves(graph, [x for x in graph.nodes if not any(x.tensor is y for y in outside)])


def _guess_layers(graph):
    """Tell the layers from the names of their weights, «layer/weight».

    An op belongs to the layer whose weight it uses. An op that keeps the shape of what that layer
    computed, and takes nothing else but single numbers, continues it: an activation.
    """
    weights = [node for node in graph.nodes if not node.is_result and _prefix(node)]
    for node in graph.nodes if weights else ():
        if not node.is_result:
            continue
        inputs = [x for x in node.inputs if np.size(x.value) > 1 or x.kind != "constant"]
        own = {_prefix(x) for x in inputs if not x.is_result} - {None}
        before = {x.layer for x in inputs}
        if len(own) == 1:
            node.layer = own.pop()
        elif len(before) == 1 and not own and all(np.shape(x.value) == node.tensor.shape for x in inputs):
            node.layer = before.pop()
    if weights:
        _set_layers_of_leaves(graph, weights + [node for node in graph.nodes if node.kind == "constant"])


def _prefix(node):
    """The layer of a weight, from its name."""
    return None if node.tensor is None else str(node.tensor.name or "").rpartition("/")[0] or None


def _set_layers_of_leaves(graph, leaves):
    """A weight stands in the layer that its name says, another leaf where its only users stand."""
    layers, users = set(graph.layers), {}
    for node in graph.nodes:
        for x in node.inputs:
            users.setdefault(x, set()).add(node.layer)
    for leaf in leaves:
        if leaf in users and not leaf.is_result:
            named = _prefix(leaf)
            leaf.layer = named if named in layers else users[leaf].pop() if len(users[leaf]) == 1 else None
