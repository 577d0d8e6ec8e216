"""The right backward pass of a function, and the same pass with one mistake in it.

A gradient is linear in what flows backwards. So a mistake at one Tensor of the graph, which changes the
gradient there by `change`, changes the gradient of the variable by the backward pass of `change` from there.
"""

import numpy as np

from ..engine.autodiff import gradients, topological_order
from ..engine.call import unbroadcast
from ..engine.tensor import Tensor
from .case import twin
from .problem import summed

_MOST_NODES = 80  # in a larger graph, trying every mistake everywhere takes too long


def graph_of(problem, weights, variable):
    """The graph from a variable to the result; None where f does not run on Tensors, has none or a large one."""
    try:
        outputs = problem.traced()
    except Exception:  # f is the user's, and was not written for Tensors
        return None
    outputs = list(outputs) if isinstance(outputs, (list, tuple)) else [outputs]
    if not all(isinstance(y, Tensor) and y.requires_grad for y in outputs):
        return None
    order = topological_order(outputs)
    if variable not in set(order) or len(order) > _MOST_NODES:
        return None
    for name, v in zip(problem.names, problem.variables):
        v.name = name
    return Graph(outputs, order, weights, variable)


class Edge:
    """One use of the Tensor `x` in the graph, as an argument of the op that made `node`, and what flows back there."""

    def __init__(self, call, edge, g):
        self.node, self.position, self.x, self.g = call.result, edge.position, edge.input, g
        self.call, self._edge = call, edge
        self.raw = self.with_rule()
        self.part = unbroadcast(self.raw, self.x.array, call.op)

    def with_rule(self, g=None, **values):
        """The contribution of this use by its rule, at the right values or at others."""
        return np.asarray(self.call.apply(self._edge, self.g if g is None else g, **values))


class Graph:
    """The graph of a function from one variable to its result, with the gradient of every Tensor on the way."""

    def __init__(self, outputs, order, weights, variable):
        self.variable = variable
        self.nodes = _depending(order, variable)  # a dict, since == of Tensors compares their values
        self.edges, self.flow = [], {}
        for output, g in zip(outputs, weights):
            self._add(output, np.asarray(g))
        for node in reversed(list(self.nodes)):
            for found in node.call.edges() if node.op and node in self.flow else ():
                if found.input in self.nodes:
                    edge = Edge(node.call, found, self.flow[node])
                    self.edges.append(edge)
                    self._add(edge.x, edge.part)
        self.values = {node.name or node.op.name: node.array for node in order if node.op or node.name}
        self.values |= {f"{node.op.name} argument {i}": a for node in order if node.op for i, a in _arguments(node)}

    def _add(self, x, part):
        self.flow[x] = self.flow[x] + part if x in self.flow else part

    @property
    def right(self):
        """The gradient of the variable."""
        return np.asarray(self.flow.get(self.variable, np.zeros(self.variable.shape)))

    def with_change(self, x, change):
        """The gradient of the variable when the one of x is changed by so much."""
        if x is self.variable:
            return self.right + change
        return self.right + np.asarray(gradients(x, self.variable, np.broadcast_to(change, x.shape)))

    def name(self, x):
        """What to call a Tensor of the graph."""
        return x.path or (x.op.name if x.op else "?")

    # -- the mistakes: each gives (fields, the wrong gradient) ---------------------------------------

    def overwritten(self):
        """Of several uses of a Tensor, only one counts."""
        for x in self.nodes:
            uses = [edge for edge in self.edges if edge.x is x]
            for edge in uses if len(uses) > 1 else ():
                fields = {"value": self.name(x), "uses": len(uses), "op": edge.node.op.name}
                yield fields, self.with_change(x, edge.part - self.flow[x])

    def skipped(self):
        """The derivative of an op is left out, or of several ops in a row: the gradient is passed on as it is."""
        for edge in self.edges:
            part = _fitted(edge.g, edge.x, edge.node.op)
            if part is not None:
                yield self._skip_one(edge), self.with_change(edge.x, part - edge.part)
        for v in self.nodes:
            for u in _depending(self.nodes, v):
                if u is not v and u.shape == v.shape and u in self.flow:
                    yield self._skip(v, u), self.with_change(v, self.flow[u] - self.flow[v])

    def _skip_one(self, edge):
        """The fields of an op left out for one of its arguments: that it makes of x alone may bear a better name."""
        others = [a for i, a in enumerate(edge.call.args) if i != edge.position and isinstance(a, Tensor)]
        if any(a in self.nodes for a in others):
            return {"op": edge.node.op.name, "known": None, "at": edge.x.array, "value": self.name(edge.x)}
        return self._skip(edge.x, edge.node)

    def _skip(self, v, u):
        known = twin(v.array, u.array)
        return {"op": known.name if known else u.op.name, "known": known, "at": v.array, "value": self.name(v)}

    def at_result(self):
        """The derivative of an op is taken at its result in place of its input."""
        for edge in self.edges:
            node, op = edge.node, edge.node.op
            if len(edge.call.args) == 1 and node.shape == edge.x.shape:
                part = edge.with_rule(out=op.function(node.array), arrays=(node.array,))
                yield {"op": op.name}, self.with_change(edge.x, part - edge.part)

    def transposed(self):
        """A matrix is used where its transpose should be, or the other way round."""
        for edge in self.edges:
            arrays = edge.call.arrays
            for i, a in enumerate(arrays):
                if np.ndim(a) >= 2 and isinstance(a, np.ndarray):
                    turned = (*arrays[:i], np.swapaxes(a, -1, -2), *arrays[i + 1 :])
                    yield from self._turned(edge, arrays=turned)
            if edge.g.ndim >= 2:
                yield from self._turned(edge, g=np.swapaxes(edge.g, -1, -2))

    def _turned(self, edge, **options):
        try:
            raw = edge.with_rule(**options)
            part = _fitted(raw, edge.x, edge.node.op) if raw.shape == edge.raw.shape else None
        except (ValueError, TypeError, IndexError):
            return
        if part is not None:
            yield {"op": edge.node.op.name}, self.with_change(edge.x, part - edge.part)

    def not_summed(self):
        """Where a value was repeated, one of its copies counts in place of all, or another axis is summed."""
        for edge in self.edges:
            if edge.raw.shape != edge.x.shape:
                for key, fields, part in partial_sums(edge.raw, edge.x.shape):
                    fields = {"key": key, "op": edge.node.op.name, "value": self.name(edge.x), **fields}
                    yield fields, self.with_change(edge.x, part - edge.part)

    def scaled(self, numbers):
        """One part of the gradient, the one through a certain op, has a wrong constant factor."""
        for edge in self.edges:
            for number in numbers:
                fields = {"op": edge.node.op.name, "number": number}
                yield fields, self.with_change(edge.x, (number - 1) * edge.part)


def partial_sums(raw, shape):
    """Wrong ways to sum an array to the shape that it was repeated from: (key, fields, sum)."""
    repeated_from = (1,) * (raw.ndim - len(shape)) + shape
    for axis, length in enumerate(raw.shape):
        if length > 1 and repeated_from[axis] == 1:
            for which, index in (("first", 0), ("last", -1)):
                part = summed(np.take(raw, [index], axis), shape)
                if part is not None:
                    yield "copy", {"which": which, "axis": axis, "length": length}, part
        elif length > 1 and raw.size == length * np.prod(shape):
            yield "other_axis", {"axis": axis}, np.sum(raw, axis=axis).reshape(shape)
    if len(shape):
        yield "too_far", {}, np.full(shape, np.sum(raw))


def _depending(order, x):
    """The Tensors that are computed from x, x first, as the keys of a dict."""
    found = {x: None}
    for node in order:
        if any(a in found for a in node.inputs):
            found[node] = None
    return found


def _arguments(node):
    """The arguments of an op that are arrays outside the graph, such as the data."""
    return [(i, a) for i, a in enumerate(node.call.args) if isinstance(a, np.ndarray)]


def _fitted(g, x, op):
    """An array of the shape of x, summed where x was repeated; None where it is none."""
    try:
        return unbroadcast(np.asarray(g), x.array, op)
    except ValueError:
        return None
