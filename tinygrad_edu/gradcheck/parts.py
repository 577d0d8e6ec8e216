"""A graph seen as people see it: the known functions in it, and what is alike in every layer or step of time."""

from itertools import combinations
from typing import NamedTuple

import numpy as np

from ..engine.tensor import Tensor
from ..ops import log_softmax, softmax
from .case import derivative, elementwise
from .texts import Phrase

LARGE = 60  # nodes: in a larger graph what is alike everywhere is tried first, and less of what is not
_LARGEST_EPSILON = 0.1  # in a deviation, beside a variance of 1
_SAME = ("linear", "positive", "_alias")
_MIXING = ("matmul", "dot", "concatenate", "stack", "outer", "tensordot")


class Segment(NamedTuple):
    """A known function inside the graph: `u` is `op` of `v`."""

    op: object
    v: object
    u: object
    role: object
    x: np.ndarray
    out: np.ndarray
    slope: np.ndarray | None  # the derivative, where the function works on each number
    others: dict  # what is written in its place, filled when it is asked for


class Normalised(NamedTuple):
    """A normalisation inside the graph: `u` is gain · h, and h is v, or v minus its mean, divided by s.

    The mean and the deviation s are those over some axes, and `count` is how many values they are of.
    """

    v: object
    u: object
    axes: tuple
    centred: bool
    h: np.ndarray
    s: np.ndarray
    gain: np.ndarray
    count: int

    def mean(self, a):
        """The mean over the axes of the normalisation."""
        return np.mean(a, axis=self.axes, keepdims=True)

    def back(self, g, mean, h=None):
        """The gradient of v when g arrives at u, by this mean and this h in the part of the deviation."""
        g = g * self.gain
        part = g - mean(g) if self.centred else g
        return (part - (self.h if h is None else h) * mean(g * self.h)) / self.s


class Parts:
    """A graph with its known functions, and its uses in groups that are alike."""

    def __init__(self, graph):
        self.graph = graph
        self._read, self._inside = {}, {}
        self.segments = list(self._segments())
        self.normalised = list(self._normalised())
        self.edge_groups = self._groups(graph.edges, self._role_of_edge)
        self.shared_groups = self._groups(
            graph.edges, lambda e: (e.op.name, e.position, id(e.x) if e.x.op is None else e.value.shape)
        )
        self.wide_groups = self._groups(graph.edges, lambda e: (e.op.name, e.position))

    def role(self, x):
        """The same for Tensors that are computed in the same way, at another step of time or in another layer."""
        return (x.op.name if x.op else x.name, self._parameters(x))

    def _role_of_edge(self, edge):
        states = edge.op.name in _MIXING
        read = [self._leaf(a) if states else self._parameters(a) for a in edge.args]
        return (edge.op.name, edge.position, tuple(read), edge.value.shape)

    def _parameters(self, x):
        """The parameters that x is directly made of, not through a state before it: {"W", "b"}."""
        if not isinstance(x, Tensor):
            return frozenset()
        if x not in self._read:
            own = self._leaf(x)
            tensors = [a for a in x.inputs if isinstance(a, Tensor)]
            if own or x.op is None or (x.op.name == "multiply" and all(np.ndim(a) for a in x.call.arrays)):
                self._read[x] = own
            elif x.op.name in _MIXING:
                self._read[x] = frozenset().union(*(self._leaf(a) for a in tensors))
            else:
                self._read[x] = frozenset().union(*(self._parameters(a) for a in tensors))
        return self._read[x]

    def _leaf(self, x):
        """A parameter, or a part of one, as a set of its name."""
        if isinstance(x, Tensor) and x.op is None:
            return frozenset([x.name])
        if (
            isinstance(x, Tensor)
            and x.op.name == "getitem"
            and isinstance(x.call.args[0], Tensor)
            and x.call.args[0].op is None
        ):
            return frozenset([f"{x.call.args[0].name}[{x.call.args[1]}]"])
        return frozenset()

    def _groups(self, items, key):
        groups = {}
        for item in items:
            groups.setdefault(key(item), []).append(item)
        return [group for group in groups.values() if len(group) > 1]

    def _segments(self):
        """Every pair of Tensors of which one is a known function of the other."""
        graph, found = self.graph, {}
        for v in graph.uses:
            x = np.asarray(v.array)
            later = [u for u in graph.depends(v) if u is not v and u.shape == v.shape and u in graph.flow]
            if x.dtype.kind != "f" or not later:
                continue
            ops, values = _images(x)
            for u in later:
                out = np.asarray(u.array)
                fits = np.all(np.abs(values - np.ravel(out)) <= 1e-12 * np.abs(np.ravel(out)), axis=1)
                if fits.any() and not np.array_equal(x, out):
                    op = ops[int(np.argmax(fits))]
                    slope = None if op.name in ("softmax", "log_softmax") else derivative(op, x, out)
                    key = (op, u) if slope is not None else (op, u, v)
                    before = found.get(key)
                    if before is None or graph.place.get(before.v, -1) < graph.place.get(v, -1):  # the nearest
                        found[key] = Segment(op, v, u, self.role(v), x, out, slope, {})
        nearest = {}
        for s in sorted(found.values(), key=lambda s: graph.place[s.u]):
            nearest.setdefault((s.op, s.v), s)
        found = {(s.v, s.u): s for s in nearest.values()}
        if len(graph.order) <= LARGE:
            return found.values()
        inside = {id(n) for v, u in found for n in self._between(v, u)}
        return [s for (v, u), s in found.items() if id(v) not in inside and id(u) not in inside]

    def _normalised(self):
        """Every pair of Tensors of which one is the other with deviation 1 along some axes, scaled."""
        for v in self.graph.uses:
            x = np.asarray(v.array)
            if x.dtype.kind == "f" and 1 <= x.ndim <= 4 and x.size > 2:
                for count in range(1, x.ndim + 1):
                    for axes in combinations(range(x.ndim), count):
                        for middle in (x - x.mean(axis=axes, keepdims=True), x):
                            yield from self._normalised_along(v, middle, axes, middle is not x)

    def _normalised_along(self, v, middle, axes, centred):
        square = np.mean(middle**2, axis=axes, keepdims=True)
        s = self._deviation(v, square) if middle.size > square.size and np.all(square > 0) else None
        others = tuple(axis for axis in range(middle.ndim) if axis not in axes)
        for u in self.graph.depends(v) if s is not None else ():
            if u is v or u.shape != v.shape or u not in self.graph.flow:
                continue
            h, out = middle / s, np.asarray(u.array)
            gain = out / h
            along = [
                np.allclose(gain, gain.mean(axis=some, keepdims=True))
                for some in (axes, others)
                if np.prod([gain.shape[axis] for axis in some]) > 1
            ]
            if np.all(np.isfinite(gain)) and any(along) and not np.allclose(gain, s):
                yield Normalised(v, u, axes, centred, h, s, gain, middle.size // square.size)

    def _deviation(self, v, square):
        """The deviation that is computed from v, √(square + ε) for some ε ≥ 0; None where there is none."""
        for node in self.graph.depends(v):
            if node is v or node.size != square.size:
                continue
            s = np.asarray(node.array).reshape(square.shape)
            epsilon = s * s - square
            small = np.max(epsilon) <= _LARGEST_EPSILON * max(1.0, np.min(square))
            if np.all(s > 0) and small and np.ptp(epsilon) <= 1e-9 * np.max(square) and np.min(epsilon) > -1e-9:
                return s
        return None

    def _between(self, v, u):
        """The Tensors on the way from v to u, where all of them are used there only."""
        found, waiting = [], [edge.x for edge in self.graph.below[u]]
        while waiting:
            x = waiting.pop()
            if x is not v and x in self.graph.depends(v):
                found.append(x)
                waiting += [edge.x for edge in self.graph.below[x]]
        return found

    def between(self, segment):
        """The Tensors from v to u of a segment, both of them, as a set; hashed by identity."""
        if segment.u not in self._inside:
            self._inside[segment.u] = {}
        inside = self._inside[segment.u]
        if segment.v not in inside:
            inside[segment.v] = {segment.v, segment.u, *self._between(segment.v, segment.u)}
        return inside[segment.v]

    def alike(self, segments):
        """Segments in ever larger company: by itself, with those of its role, all of its op, all but the last."""
        yield from ([s] for s in segments)
        by_role, by_op = {}, {}
        for s in segments:
            by_role.setdefault((s.op, s.role), []).append(s)
            by_op.setdefault(s.op, []).append(s)
        for group in by_role.values():
            if len(group) > 1:
                yield group
        for group in by_op.values():
            if len(group) > 1:
                yield group
            if len(group) > 2:
                yield group[:-1]

    def label(self, x):
        """The name of a Tensor in a sentence."""
        if x.name:
            return f"'{x.name}'"
        return Phrase("phrase_result", op=x.op.name) if x.op else Phrase("phrase_array")


def _images(x):
    """Every known function of x: the ops, and a row of values for each."""
    ops = [op for op in elementwise() if op.name not in _SAME]
    rows = [np.ravel(op.function(x)) for op in ops]
    if x.ndim:
        ops += [softmax.op, log_softmax.op]
        rows += [np.ravel(softmax.op.function(x, -1)), np.ravel(log_softmax.op.function(x, -1))]
    return ops, np.stack(rows)
