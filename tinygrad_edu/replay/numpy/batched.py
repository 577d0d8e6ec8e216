"""A second reading of a step as data: what updates need, batch after batch, and what only figures need, all at once.

So is what follows from the rows alone, such as classes as one-hot rows: it is there before the first batch runs.

The loss and the metrics of a batch are read by nobody before the last of several batches has run. So the values that
they are made from are kept for each batch of a block, and the rest is computed once for the block: by the same ops on
arrays with one axis more in front. Every entry is computed as for its own batch, and gets the same bits.
"""

import numpy as np

from ...engine.op import registry
from ..step import Assignment, Example, Node, Number, alive, numpy_function
from ..update import Update
from .spelling import REDUCTIONS, has_out, is_copy, is_count, is_product_with_ones, reshapes

# Entries: an input with more is gathered batch by batch, to be in the cache when it is read; a value with more is not
# kept for every batch.
_LARGE = 1 << 14
_AHEAD = 1 << 12  # entries: larger values are computed in their batch's turn even if they could be there before
_WITH_AXES = {*REDUCTIONS, np.argmax, np.argmin}
_ENTRY_BY_ENTRY = {np.where, np.clip}


class Split:
    """The statements of a step in two parts.

    Args:
        step: the Step.
        outputs: the Nodes of what it returns.

    Attributes:
        taken: the inputs whose rows are gathered batch after batch, not for a block of them.
        ahead_of_all: the Nodes that follow from the rows alone, and are computed once for a block before the others.
        ahead: those among them that lie in memory of their own; the others, mostly views, each batch makes anew.
        in_turn: the statements that run batch after batch.
        kept: the Nodes among them whose values are kept for each batch of a block.
        at_once: the Nodes that are computed once for a block, in order.
        added: by Tensor of one number to which each batch adds, what it adds: a Node or a number.
        carried: by Tensor of one number that each batch changes in another way, the Node of the new value.
        assigned: by Tensor of an array to which each batch assigns, the Node of the new value.
    """

    def __init__(self, step, outputs):
        self.taken = large_inputs(step)
        assigned = {s.tensor: s.value for s in step.of(Assignment)}
        numbers = {tensor: value for tensor, value in assigned.items() if not tensor.ndim}
        self.assigned = {tensor: value for tensor, value in assigned.items() if tensor.ndim}
        statements = alive(step.statements, [*outputs, *assigned.values()])
        self._changed = set(assigned).union(*[update.variables() for update in step.of(Update)])
        self.added = _added(numbers, statements, outputs)
        in_turn = [s for s in statements if not (isinstance(s, Assignment) and s.tensor in numbers)]
        others = [value for tensor, value in numbers.items() if tensor not in self.added]
        self._loop = set(filter(_is_node, alive(in_turn, others)))
        sums = [v for v in self.added.values() if isinstance(v, Node)]
        figures = alive(filter(_is_node, statements), [*sums, *outputs])
        self._divide([node for node in figures if node not in self._loop])
        for tensor, v in list(self.added.items()):
            if isinstance(v, Node) and v.kind != "constant" and v not in self._later:
                del self.added[tensor]
                self._loop.add(numbers[tensor])
        self.carried = {tensor: value for tensor, value in numbers.items() if tensor not in self.added}
        self.ahead_of_all = self._found_ahead(statements)
        self.ahead = [node for node in self.ahead_of_all if has_out(node)]
        self._loop -= set(self.ahead)
        self.in_turn = [s for s in in_turn if not _is_node(s) or s in self._loop]
        self.at_once = [s for s in statements if s in self._later]
        read = dict.fromkeys(x for node in self.at_once for x in node.inputs())
        self.kept = [x for x in read if x in self._loop]

    def _divide(self, figures):
        """Say of each Node that no update needs whether it can wait; what others do not wait for cannot."""
        while True:
            self._later = set()
            for node in figures:
                (self._later if node not in self._loop and self._waits(node) else self._loop).add(node)
            needed = {x for node in self._loop for x in node.inputs() if x in self._later}
            if not needed:
                return
            self._loop |= needed

    def _waits(self, node):
        inputs = node.inputs()
        return (
            _is_for_many(node)
            and all(map(self._is_there, inputs))
            and any(x.kind == "input" or x in self._later or x in self._loop for x in inputs)
        )

    def _found_ahead(self, statements):
        """The Nodes of the loop that need nothing but rows and what stays as it is, in order, as the keys of a dict."""
        found = {}
        for node in statements:
            if node in self._loop and _is_for_many(node) and node.ndim and node.array.size <= _AHEAD:
                inputs = [x for x in node.inputs() if x.kind != "constant"]
                there = all(x in found or (x.kind in ("input", "read") and self._is_there(x)) for x in inputs)
                if there and any(x.kind != "read" for x in inputs):
                    found[node] = None
        return found

    def _is_there(self, x):
        """True if a value is there after the batches have run, or can be kept."""
        if x.kind == "read":
            return x.tensor not in self._changed
        if x.kind == "input":
            return x not in self.taken
        return x.kind == "constant" or x in self._later or x.array.size <= _LARGE


def _is_for_many(node):
    """True if an op can be computed for a block of batches, from arrays and plain numbers."""
    return (
        node.kind == "op"
        and way(node) is not None
        and len(node.inputs()) == len([x for x in node.args if isinstance(x, Node)])
        and not any(isinstance(x, Number) for x in node.args)
    )


def large_inputs(step):
    """The inputs of a step that are so large that each batch is gathered when its turn comes."""
    return [node for node in step.inputs if node.array.size > _LARGE]


def _is_node(statement):
    return isinstance(statement, Node)


def _added(numbers, statements, outputs):
    """By Tensor to which the step adds, and which it uses for nothing else, what it adds."""
    uses = [x for s in statements if not isinstance(s, Assignment) for x in s.inputs()] + list(outputs)
    found = {}
    for tensor, value in numbers.items():
        if value.kind == "op" and numpy_function(value.op) is np.add:
            old, v = value.args if _reads(value.args[0], tensor) else value.args[::-1]
            alone = _reads(old, tensor) and uses.count(old) == 1 and value not in uses
            one = not v.ndim if isinstance(v, Node) else isinstance(v, (int, float))
            dtype = np.result_type(tensor.dtype, v.dtype) if isinstance(v, Node) else tensor.dtype
            if alone and one and value.dtype == tensor.dtype == dtype:
                found[tensor] = v
    return found


def _reads(x, tensor):
    return isinstance(x, Node) and x.kind == "read" and x.tensor is tensor


def way(node):
    """The way in which an op is computed for a block of batches: None where it must run for each in its turn.

    "entries": each entry depends on entries at its place; "axes": the axes that it names are one further behind;
    "shape": the same entries in another shape; "each": one number a batch, which stays a call for each.
    """
    function = numpy_function(node.op)
    if node.elementwise or function in _ENTRY_BY_ENTRY or is_copy(node):
        return "entries"
    if reshapes(node):
        return "shape"
    if not node.ndim:
        return "each" if len(node.inputs()) == 1 else None
    axis = _options(node).get("axis")
    return "axes" if function in _WITH_AXES and axis is not None and not is_product_with_ones(node, function) else None


def counted(v):
    """The Node of truths whose number a Node is, perhaps as a float; or None."""
    if isinstance(v, Node) and v.kind == "op" and is_copy(v) and v.dtype.kind == "f":
        v = v.args[0]
    return v.args[0] if isinstance(v, Node) and v.kind == "op" and is_count(v) else None


class Each(Node):
    """A number for each batch, which stays a call for each: the Node of one batch, and what that is called with."""

    def __init__(self, one, every, batches):
        super().__init__("op", Example((batches,), one.dtype), one.name, one.op, (every,), one.section)
        self.one = one


class Block:
    """Nodes for a block of batches, made from those for one.

    Args:
        batches: how many.
        given: by Node that is there for each batch, the Node of its values for all.
        prefix: what the names of the values for all begin with.

    Attributes:
        statements: the Nodes in order.
        of: by Node of one batch, the Node for all.
    """

    def __init__(self, batches, given, prefix=""):
        self.batches, self.of, self.statements, self._prefix = batches, dict(given), [], prefix

    def add(self, node):
        """Add a Node that is computed at once."""
        kind, args = way(node), node.args
        if kind == "each":
            self.of[node] = self._noted(Each(node, self.of[node.inputs()[0]], self.batches))
            return
        op = _reshape() if kind == "shape" else node.op
        if kind == "entries":
            args = tuple([self._aligned(x, node) for x in args])
        elif kind == "shape":
            args = self.of[args[0]], (self.batches, *node.shape)
        else:
            shifted = _options(node) | {"axis": _behind(_options(node)["axis"])}
            args = (self.of.get(args[0], args[0]), *list(shifted.values())[1:])
        self.of[node] = self._noted(Node("op", self._example(node), self._prefix + node.name, op, args, node.section))

    def _noted(self, node):
        self.statements.append(node)
        return node

    def _example(self, node):
        return Example((self.batches, *node.shape), node.dtype)

    def _aligned(self, x, node):
        """An argument whose axes meet those of the result as they do in one batch."""
        if not isinstance(x, Node) or x not in self.of:
            return x
        every = self.of[x]
        if x.ndim == node.ndim or x.ndim != every.ndim - 1:
            return every
        shape = (self.batches, *[1] * (node.ndim - x.ndim), *x.shape)
        example = Example(shape, x.dtype, shows=True)
        return self._noted(Node("op", example, f"{every.name}_reshape", _reshape(), (every, shape), node.section))


def _options(node):
    """The arguments of an op by name."""
    return dict(zip(node.op.parameters, node.args))


def _behind(axis):
    if isinstance(axis, tuple):
        return tuple(map(_behind, axis))
    return axis + 1 if axis >= 0 else axis


def _reshape():
    return next(op for op in registry.values() if numpy_function(op) is np.reshape)
