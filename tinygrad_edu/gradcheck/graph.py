"""The graph of a function, its right backward pass, and the same pass with a mistake in it.

A gradient is linear in what flows backwards. So a mistake is a change of what some ops pass back, and only what lies
between there and the variables is computed again.
"""

from heapq import heappop, heappush

import numpy as np

from ..engine.autodiff import topological_order
from ..engine.call import unbroadcast
from ..engine.tensor import Tensor

_MOST_NODES = 400  # in a larger graph, trying every mistake everywhere takes too long


def graph_of(problem, weights):
    """(the graph from the variables to the result, None), or (None, why there is none)."""
    from .follow import followed

    try:
        outputs, why = problem.traced(), None
    except Exception as error:  # f is the user's, and was not written for Tensors
        outputs, why = followed(problem), str(error)
    if outputs is None:
        return None, why
    outputs = list(outputs) if isinstance(outputs, (list, tuple)) else [outputs]
    if not all(isinstance(y, Tensor) and y.requires_grad for y in outputs):
        return None, "it leaves the graph"
    order = topological_order(outputs)
    if len(order) > _MOST_NODES:
        return None, f"it takes {len(order)} steps"
    for name, v in zip(problem.names, problem.variables):
        v.name = name
    return Graph(outputs, order, weights, problem.variables), None


class Edge:
    """One use of the Tensor `x` in the graph, as an argument of the op that made `node`, and what flows back there."""

    def __init__(self, call, edge):
        self.node, self.position, self.x = call.result, edge.position, edge.input
        self.op, self.out, self.args, self.arrays = call.op, call.result.array, call.args, call.arrays
        self._call, self._edge = call, edge

    def raw(self, g, out=None, arrays=None):
        """The gradient by the rule for this use, of the right values or of others."""
        return np.asarray(self._call.apply(self._edge, g, out, arrays))

    def part(self, g, out=None, arrays=None):
        """The same, summed where x was repeated."""
        return self.fitted(self.raw(g, out, arrays))

    def fitted(self, raw):
        """An array of the shape of x, summed where x was repeated; a ValueError where it is none."""
        return unbroadcast(np.asarray(raw), self.x.array, self.op)

    @property
    def value(self):
        """The values of x."""
        return np.asarray(self.x.array)


class Graph:
    """The graph of a function from its variables to its result, with the gradient of every Tensor on the way."""

    def __init__(self, outputs, order, weights, variables):
        self.variables = variables
        self.context = {}  # other arrays that the user's functions read, by name
        self.steps = 0  # the nodes that were passed in search of mistakes
        self._dependents = {}
        reached = dict.fromkeys(variables)  # a dict, since == of Tensors compares their values
        for node in order:
            if any(x in reached for x in node.inputs):
                reached[node] = None
        self.order = [node for node in order if node in reached and node not in set(variables)]
        self.place = {node: i for i, node in enumerate(self.order)}
        self.below, self.uses = {}, {x: [] for x in reached}
        for node in self.order:
            self.below[node] = []
            call = node.call
            for found in call.edges():
                if found.input in reached:
                    edge = Edge(call, found)
                    self.below[node].append(edge)
                    self.uses[edge.x].append(edge)
        self.edges = [edge for node in reversed(self.order) for edge in self.below[node]]
        self.incoming = {}
        for output, g in zip(outputs, weights):
            _add(self.incoming, output, np.asarray(g))
        self.flow = self._passed_back()
        self.right = [np.asarray(self.flow.get(v, np.zeros(v.shape))) for v in variables]
        self.values = {self.name(n): n.array for n in self.order}
        self.values |= {f"{n.op.name} argument {i}": a for n in order if n.op for i, a in _arrays_of(n)}

    def _passed_back(self, part=lambda edge, g: edge.part(g)):
        flow = dict(self.incoming)
        for node in reversed(self.order):
            if node in flow:
                for edge in self.below[node]:
                    _add(flow, edge.x, part(edge, flow[node]))
        return flow

    def name(self, x):
        """The name of a Tensor of the graph."""
        return x.path or (x.op.name if x.op else "?")

    def at_kinks(self):
        """The gradients of the variables when every op takes the slope of its rule, or that of one side.

        That is the same side everywhere, or that of the smaller slope in every entry, or of the larger.
        """
        yield self.right

        def beside(edge, g, side):
            arrays = tuple(
                a + side if i == edge.position and np.asarray(a).dtype.kind == "f" else a
                for i, a in enumerate(edge.arrays)
            )
            return edge.part(g, edge.op.function(*arrays), arrays)

        def smaller(one, other):
            return np.where(np.abs(one) <= np.abs(other), one, other)

        def larger(one, other):
            return np.where(np.abs(one) > np.abs(other), one, other)

        for choose in (lambda up, down: up, lambda up, down: down, smaller, larger):

            def part(edge, g, choose=choose):
                return choose(beside(edge, g, 1e-9), beside(edge, g, -1e-9))

            flow = self._passed_back(part)
            yield [np.asarray(flow.get(v, np.zeros(v.shape))) for v in self.variables]

    def with_changes(self, changes):
        """The gradients of the variables when some nodes pass back something else.

        `changes[node]` is a list of (x, change): change(g) is added to the gradient of x, g being that of the node.
        """
        delta, waiting = {}, sorted(-self.place[node] for node in changes)
        seen = set(waiting)

        def add(x, part):
            _add(delta, x, part)
            if x in self.place and -self.place[x] not in seen:
                seen.add(-self.place[x])
                heappush(waiting, -self.place[x])

        while waiting:  # each node after all that use it
            node = self.order[-heappop(waiting)]
            self.steps += 1
            d, changed = delta.get(node), changes.get(node)
            if d is not None:
                for edge in self.below[node]:
                    add(edge.x, edge.part(d))
            if changed and node in self.flow:
                g = self.flow[node] if d is None else self.flow[node] + d
                for x, change in changed:
                    add(x, change(g))
        return [right + delta[v] if v in delta else right for v, right in zip(self.variables, self.right)]

    def moved(self, values, data=None):
        """The values of the nodes of the graph when those of some Tensors are others: {node: array}.

        `data` are other arrays in place of some of the data: {id of the array: array}.
        """
        now, data = dict(values), data or {}
        for node in self.order:
            call = node.call
            changed = any(a in now if isinstance(a, Tensor) else id(a) in data for a in call.args)
            if node not in values and changed:
                now[node] = np.asarray(call.op.function(*self.read(call.args, call.arrays, now, data)))
        return now

    @staticmethod
    def read(args, arrays, now, data):
        """The arrays that an op reads when some Tensors have other values, and some data are others."""
        return tuple(now.get(a, b) if isinstance(a, Tensor) else data.get(id(a), b) for a, b in zip(args, arrays))

    def tangents(self, variable, direction, step=6e-6):
        """How fast each Tensor moves when a variable moves in a direction, by central differences."""
        here = np.asarray(variable.array)
        step = step * max(1.0, float(np.max(np.abs(here), initial=0)))
        ahead, behind = (self.moved({variable: here + side * direction}) for side in (step, -step))
        return {x: (ahead[x] - behind[x]) / (2 * step) for x in ahead}

    def depends(self, x):
        """The Tensors that are computed from x, x first, as the keys of a dict."""
        found = self._dependents.get(x)
        if found is None:
            found = self._dependents[x] = {x: None}
            for node in self.order[self.place.get(x, -1) + 1 :]:
                if any(edge.x in found for edge in self.below[node]):
                    found[node] = None
        return found


def _add(flow, x, part):
    flow[x] = flow[x] + part if x in flow else part


def _arrays_of(node):
    """The arguments of an op that are arrays outside the graph, such as the data."""
    return [(i, a) for i, a in enumerate(node.call.args) if isinstance(a, np.ndarray)]


def partial_sums(raw, shape, summed):
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
