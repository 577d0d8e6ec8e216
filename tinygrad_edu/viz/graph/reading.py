"""Read a computation graph of whatever the user has: its nodes in visit order, with their gradients."""

import gc
from contextlib import contextmanager
from itertools import count

import numpy as np

from ...common.floats import floatx
from ...common.structure import flatten, flatten_with_path, is_nested, map_structure, rebuild
from ...common.writing import numbers, short
from ...engine.autodiff import gradients, propagate, topological_order
from ...engine.recorder import record, recording_by
from ...engine.tensor import Tensor
from ...nn.layer import is_several
from ...nn.shapes import map_shapes
from ..labels import argument_names, is_data, sign_or_word
from ..texts import say
from .framing import LayersRecorder, frame_loss, guess_layers, set_layers, set_layers_of_leaves

SMALL = 6  # numbers that a box shows one by one
_BULK = 1000  # small arrays looked through together


class Node:
    """A Tensor of the graph, or a number or array that went into an op.

    Attributes:
        place: its number in visit order, from 0.
        id: "n0", "n1", …, by its place.
        kind: "parameter" (a leaf that gets a gradient), "data" (a leaf that does not), "constant" (no
            Tensor), "op" or "output".
        tensor: the Tensor; None for a constant.
        value: the values.
        inputs: the nodes it was computed from, in the order of the op's arguments.
        is_result: whether an op made it.
        gradient: the gradient of the output for it; None while not computed.
        layer: the name of the layer it belongs to, or None.
        called: what the picture calls it in place of its own name, or None.
        order: its number in the topological order; None until `Graph.number`, and where no gradient flows.
        variable: how formulas write it; "" until `Graph.name_variables`.
        named_by_formula: whether that is a formula, which other formulas have in brackets.
    """

    gradient = layer = called = order = None
    variable, named_by_formula = "", False

    def __init__(self, tensor, value, kind):
        self.tensor, self.value, self.kind = tensor, value, kind
        self.is_result = tensor is not None and tensor.op is not None
        self.inputs = None  # until it is visited

    @property
    def id(self):
        return f"n{self.place}"

    @property
    def shows_value(self):
        """True where a box has room for the value."""
        return self.value is not None and np.size(self.value) <= SMALL

    @property
    def is_variable(self):
        """True where a gradient flows through it."""
        return self.tensor is not None and self.tensor.requires_grad

    @property
    def title(self):
        """The name, and the sign of the op or the word for it."""
        name, op = self.called or self.tensor.path, self.tensor.op
        if op is None:
            return short(name) if name else self.kind
        return f"{short(name)} = {sign_or_word(op)}" if name else sign_or_word(op)

    @property
    def finite(self):
        """True where value and gradient are free of NaN and infinity."""
        return all_finite([self])


def gradient_text(gradient):
    """A gradient as a box shows it: its numbers where they are few, else its norm."""
    if gradient is None:
        return say("not computed")
    if np.size(gradient) <= SMALL:
        return numbers(gradient)
    return say("norm {length}", length=numbers(np.linalg.norm(np.asarray(gradient, dtype=float))))


def all_finite(nodes):
    """True where the values and gradients of some nodes are free of NaN and infinity."""
    values = [x for node in nodes for x in (node.value, node.gradient) if x is not None]
    arrays = [x for x in (np.asarray(x) for x in values if not isinstance(x, float)) if x.dtype.kind == "f"]
    small = [x for x in arrays if x.size <= SMALL]  # which are looked through together, as there may be many
    bulk = [np.array([x for x in values if isinstance(x, float)])]
    bulk += [np.concatenate(small[i : i + _BULK], axis=None) for i in range(0, len(small), _BULK)]
    return all(np.isfinite(x).all() for x in bulk + [x for x in arrays if x.size > SMALL])


class Graph:
    """The nodes below some outputs, each after its inputs.

    Args:
        outputs: the Tensors that the graph ends in.
        data: Tensors that are no parameters, whether they get a gradient or not.
        caller: the function that shows the graph, as errors and notes name it.

    Attributes:
        nodes: the nodes in visit order.
        size: the number of Tensors: the boxes, constants not counted.
        notes: sentences that a picture should carry.
        blank: whether it was read with made-up inputs, and shows neither values nor gradients.
        before_loss: the Tensors that the predictions of a model need, and these; all where there is no loss.
        predictions: of a model whose loss is shown.
        fused: by node, the predictions that are computed from it alone and are no part of the graph, as a loss that
            computes from scores goes past them.
    """

    def __init__(self, outputs, data=(), caller="draw"):
        self.outputs, self.caller = outputs, caller
        self.nodes = _visit(outputs, set(data))
        self.size = sum([node.tensor is not None for node in self.nodes])
        self.notes = []
        self.blank = False
        self.before_loss, self.fused, self.predictions = {node.tensor for node in self.nodes}, {}, []

    def number(self):
        """Number the nodes in the topological order of the engine: the backward pass visits them from the last."""
        nodes = {node.tensor: node for node in self.nodes}
        for i, tensor in enumerate(topological_order(self.outputs), start=1):
            nodes[tensor].order = i

    def name_variables(self, shown=None):
        """Give every node a word that formulas use: its name without its layer, its number, out, or v1, v2, …

        Args:
            shown: the nodes whose formulas are shown; by default all.

        Source: Baydin et al., "Automatic differentiation in machine learning: a survey" (2018), for the vᵢ.
        """
        nodes = self.nodes
        if shown is not None:
            nodes = sorted({self.nodes[-1], *shown, *(x for node in shown for x in node.inputs)}, key=_place)
        names = {node: _last_part(node) for node in nodes}
        taken = set(names.values())
        fresh = (name for i in count(1) if (name := f"v{i}") not in taken)
        for node in nodes:
            if node.kind == "constant":
                node.variable = numbers(node.value) if np.ndim(node.value) == 0 else say("constant")
            else:
                last = node is self.nodes[-1] and say("out") not in taken
                node.variable = names[node] or (say("out") if last else next(fresh))

    @property
    def layers(self):
        """The names of the layers, in the order they are met."""
        return list(dict.fromkeys(node.layer for node in self.nodes if node.layer is not None))

    def obstacle(self, gradient=None):
        """Why no gradients can be computed, as a sentence; "" where they can."""
        output = self.outputs[0]
        if self.blank:
            return say("One sample of zeros went through: pass a batch, {call}.", call=f"{self.caller}(model, x, y)")
        if len(self.outputs) > 1:
            return say("Gradients are not computed: there are several outputs. Draw one, such as the loss.")
        if not output.requires_grad:
            return say("Gradients are not computed: nothing in this graph requires one.")
        if output.size != 1 and gradient is None:
            text = "Gradients are not computed: the output has shape {shape}. Draw a loss, or pass gradient=…"
            return say(text, shape=output.shape)
        return ""

    def compute_gradients(self, gradient=None, among=None):
        """Give each node, or those of `among`, the gradient of the output for it; no `.grad` changes.

        The graph must be without `obstacle`.
        """
        among = self.nodes if among is None else among
        wanted = {node.tensor for node in among if node.tensor is not None and node.tensor.requires_grad}
        with np.errstate(all="ignore"):
            found = propagate(self.outputs, None if gradient is None else [gradient], keep=wanted)
        for node in among:
            node.gradient = found.get(node.tensor)

    def with_gradients(self, gradient=None):
        """The graph of the output and of the gradients of its parameters: «forward» and «gradient» stand for layers.

        The graph must be without `obstacle`.
        """
        self.name_variables()
        output = self.nodes[-1]
        leaves = [node for node in self.nodes if node.kind == "parameter"]
        one = np.ones(output.tensor.shape) if gradient is None else gradient
        first = Tensor(one, name=f"∂{output.variable}/∂{output.variable}")
        found = gradients([output.tensor], [leaf.tensor for leaf in leaves], [first], create_graph=True)
        both = Graph(list(dict.fromkeys([output.tensor, *found])), caller=self.caller)
        names, before = {}, {node.tensor: node for node in self.nodes}
        for tensor, leaf in zip(found, leaves, strict=True):
            names.setdefault(tensor, []).append(f"∂{output.variable}/∂{leaf.variable}")
        for node in both.nodes:
            if node.tensor in names:
                node.called, node.kind = ", ".join(names[node.tensor]), "output"
            if node.tensor is not None:
                node.layer = "forward" if node.tensor in before else "gradient"
                node.kind = "data" if node.kind == "parameter" and node.tensor not in before else node.kind
        set_layers_of_leaves(both, [node for node in both.nodes if node.kind == "constant"])
        return both

    def leave_blank(self):
        """Forget the values that came from made-up inputs."""
        self.blank = True
        for node in self.nodes:
            if node.kind not in ("parameter", "constant"):
                node.value = None
        self.notes.append(
            say(
                "One sample of zeros went through. {values} shows the values, {gradients} the gradients too.",
                values=f"{self.caller}(model, x)",
                gradients=f"{self.caller}(model, x, y)",
            )
        )


def _last_part(node):
    """The name without the layer in front of it."""
    if node.tensor is None:
        return ""
    return short(str(node.called or node.tensor.path or "").rpartition("/")[2], 16)


def _place(node):
    return node.place


@contextmanager
def no_collection():
    """Python's search for cycles rests, which would go through the growing graph again and again."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


@no_collection()
def _visit(outputs, data):
    """The nodes below the outputs: a depth-first search with its own stack, first arguments first."""
    nodes, order, ends = {}, [], set(outputs)

    def node_of(tensor):
        node = nodes.get(tensor)
        if node is None:
            node = nodes[tensor] = Node(tensor, tensor.array, _kind(tensor, ends, data))
        return node

    stack = [node_of(output) for output in reversed(outputs)]
    while stack:
        node = stack.pop()
        if node is None:  # all inputs of the next one have been placed
            order.append(stack.pop())
        elif node.inputs is None:
            node.inputs = inputs = []
            call = None if node.tensor is None else node.tensor.call
            if call is None:
                order.append(node)
                continue
            for i, x in enumerate(call.args):
                if isinstance(x, Tensor):
                    inputs.append(node_of(x))
                elif is_data(call.op, i, x):
                    inputs.append(Node(None, x, "constant"))
            stack += (node, None, *reversed(inputs))
    for i, node in enumerate(order):
        node.place = i
    return order


def _kind(tensor, ends, data):
    if tensor.op is not None:
        return "output" if tensor in ends else "op"
    return "parameter" if tensor.requires_grad and tensor not in data else "data"


# -- from what the user has to a graph ----------------------------------------------------------------


def read(thing, inputs, caller):
    """The graph of a Tensor, of several, of a function on inputs, or of a model; see `draw`.

    Args:
        thing, inputs: the arguments of `draw`.
        caller: the function that shows the graph, as errors and notes name it.
    """
    if isinstance(thing, Tensor | list | tuple):
        if inputs:
            raise TypeError(f"A Tensor has its graph already: {caller}(t) takes no inputs beside it.")
        graph = Graph(_tensors(thing, caller), caller=caller)
    elif not callable(thing):
        raise TypeError(
            f"{caller} expects a Tensor, a function and its inputs, or a model; received {_describe(thing)}."
        )
    elif hasattr(thing, "layers"):
        return _read_model(thing, inputs, caller)
    else:
        variables = _variables(inputs, argument_names(thing))
        if inputs and not any(isinstance(x, Tensor) and x.requires_grad for x in variables):
            raise TypeError(
                f"None of the inputs can have a gradient. Write floats, {caller}(f, 3.0), or "
                "Tensor(…, requires_grad=True)."
            )
        with record(True):
            graph = Graph(_tensors(thing(*variables), caller), caller=caller)
    guess_layers(graph)
    return graph


def _read_model(model, inputs, caller):
    """The graph of the predictions for (x), or of the loss for (x, y)."""
    if len(inputs) > 2:
        raise TypeError(
            f"{caller}(model, x, y) takes the batch beside a model, x or x and y; received {len(inputs)} inputs."
        )
    blank, with_loss = not inputs, len(inputs) == 2 and hasattr(model, "compute_loss")
    if with_loss:
        x, y = _batch_of(model, *inputs, caller)
    else:
        x = _zeros_for(model, caller) if blank else inputs[0]
    x = _inputs_of(model, x, "x" if with_loss else "input")
    variables = flatten(x)
    with record(True), recording_by(LayersRecorder(model)) as recorder:
        prediction = model(x)
        outputs = predictions = _tensors(prediction, caller)
        if with_loss:
            y = _targets_of(model, y, prediction)
            variables += flatten(y)
            outputs = [_named(model.compute_loss(x, y, prediction), "loss")]
    graph = Graph(outputs, variables, caller)
    set_layers(graph, recorder.layers, outside=variables)
    for node in graph.nodes:
        if node.tensor in recorder.origins and not node.called:
            node.called = say("from {names}", names=", ".join(recorder.origins[node.tensor]))
    graph.notes += [
        say("{layer} gives its input on: it does something in training only.", layer=x) for x in recorder.idle
    ]
    if with_loss:
        prepared = [node for node in graph.nodes if node.kind == "data" and not (node.layer or node.tensor.path)]
        for node in prepared:  # such as the one-hot rows of class numbers
            node.called = say("from y")
        graph.nodes[-1].called = say("loss") if graph.nodes[-1].tensor.name == "loss" else None
        graph.before_loss = frame_loss(graph, predictions, variables + [node.tensor for node in prepared])
        graph.predictions, graph.fused = predictions, _fused(graph, predictions)
    if blank:
        graph.leave_blank()
    return graph


def _fused(graph, predictions):
    """{node: the predictions that are computed from it alone, and are not in the graph}."""
    nodes, found = {node.tensor: node for node in graph.nodes}, {}
    for prediction in predictions:
        sources = [nodes[x] for x in prediction.inputs if x in nodes and nodes[x].is_result]
        if prediction not in nodes and len(sources) == 1:
            found.setdefault(sources[0], []).append(prediction)
    return found


def _inputs_of(model, x, name):
    """The inputs of a model as Tensors with names, in their structure."""
    if not is_several(x):
        return _variables([x], [name], floatx())[0]
    names = getattr(model, "input_names", None)
    paths = ["".join(f"[{key!r}]" for key in path) for path, _ in flatten_with_path(x)]
    names = names if names and len(names) == len(paths) else [f"{name}{path}" for path in paths]
    return rebuild(x, _variables(flatten(x), names, floatx()))


def _targets_of(model, y, prediction):
    """The targets as Tensors with names; of one output as its loss would make them, so that the graph holds them."""
    if is_nested(y):
        names = iter(model.outputs_of(prediction).names)
        return map_structure(lambda part: None if part is None else Tensor(part, name=f"y {next(names)}"), y)
    return Tensor(y if model.loss is None else model.loss.align(y, prediction), name="y")


def _batch_of(model, x, y, caller):
    """The batch as `fit` would see it, checked."""
    if not getattr(model, "compiled", False):
        raise ValueError(
            f"{caller}(model, x, y) shows the loss of model {model.name!r}, and it has none yet: "
            "call model.compile(optimizer, loss) first."
        )
    x, y = (part.data if isinstance(part, Tensor) else part for part in (x, y))
    return model.prepare(x, y)[:2]


def _named(tensor, name):
    tensor.name = tensor.name or name
    return tensor


def _zeros_for(model, caller):
    """One sample of zeros that fits a built model."""
    shapes = getattr(model, "input_shape", None)
    if shapes is None:
        raise ValueError(
            f"Model {getattr(model, 'name', type(model).__name__)!r} is not built yet, so it has no graph. Begin it "
            f"with Input((features,)), call model.build((None, features)), or pass a batch: {caller}(model, x)."
        )
    return map_shapes(lambda shape: np.zeros([1, *(n or 1 for n in shape[1:])], floatx()), shapes)


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


def _tensors(result, caller):
    outputs = flatten(result)
    for x in outputs or [None]:
        if not isinstance(x, Tensor):
            raise TypeError(
                f"{caller} expects a Tensor, or a function that gives one; received {_describe(x)}. Only what is "
                "computed from Tensors, with operators and NumPy functions, has a graph."
            )
    return outputs


def _describe(x):
    return "nothing" if x is None else f"{type(x).__name__} {short(repr(x), 40)}"
