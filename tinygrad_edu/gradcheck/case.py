"""A wrong gradient and what is known about it: what every kind of mistake is tried on."""

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import numpy as np

from ..engine.op import registry

CLOSE = 1e-5  # how well a mistake must explain the gradient: as well as differences are sure to measure it


class Case(NamedTuple):
    """The gradient `given` for an argument, and the `right` one: NaN where that is not known."""

    argument: str
    given: np.ndarray
    right: np.ndarray
    allowed: float  # the rounding error in the right one
    x: np.ndarray  # the values of the argument
    row: object  # what the check found
    others: dict  # the right gradients of the other arguments, by name
    values: dict  # the forward values, by name
    graph: object = None  # the `Graph` of the function, where its ops are right
    mistake: object = None  # the `Mistake` in its backward pass that gives this gradient
    joint: bool = False  # whether that gives other wrong gradients too
    shared: float | None = None  # the one constant factor of all gradients, where they are all wrong by one
    numbers: tuple = ()  # the numbers that stand in the user's gradient function
    why: str | None = None  # why the function has no graph
    call: object = None  # the `Call` of an op whose rule is wrong
    wrong: set = frozenset()  # the names of the arguments of that op whose rules are wrong
    cut: bool = False  # whether every op of the graph is right, and its gradient is not

    def with_graph(self, graph, right, mistake, joint):
        """The case with a graph, if its gradient is the right one: that is known better than differences are."""
        if not self.same(right, self.right):
            return self
        right = np.where(np.isnan(self.right), np.nan, right)
        return self._replace(graph=graph, right=right, mistake=mistake, joint=joint)

    @property
    def known(self):
        """Where both gradients are numbers."""
        return np.isfinite(self.right) & np.isfinite(self.given)

    @property
    def telling(self):
        """How many entries are large enough to tell one mistake from another."""
        size = np.maximum(np.abs(self.right), np.abs(self.given))
        return int(np.sum(size[self.known] > max(100 * self.allowed, 1e-6 * np.max(size[self.known], initial=0))))

    @property
    def kinks_only(self):
        """True where the gradient is right wherever the function has a slope, and wrong only at kinks."""
        return self.row.verdict == "wrong at a kink" and (not self.known.any() or self.same(self.given, self.right))

    def same(self, one, other):
        """True for two arrays that agree, as well as can be measured, wherever the right gradient is known."""
        one, other = np.broadcast_to(one, self.right.shape), np.broadcast_to(other, self.right.shape)
        one, other = one[self.known], other[self.known]
        if not one.size or not np.all(np.isfinite(one)) or not np.all(np.isfinite(other)):
            return False
        size = np.maximum(np.abs(one), np.abs(other))
        return bool(np.all(np.abs(one - other) <= CLOSE * size + self.allowed))

    def explained_by(self, mistake):
        """True for a mistake that gives this gradient, and not the right one by chance."""
        return mistake is not None and np.shape(mistake) == self.given.shape and self.same(self.given, mistake)

    def mended_by(self, correction):
        """True for a correction of this gradient that gives the right one."""
        return correction is not None and np.shape(correction) == self.right.shape and self.same(correction, self.right)

    def lengths(self):
        """Where each axis length and size of the forward values is found: {12: "all of 'x'"}."""
        found = {}
        for name, value in self.values.items():
            shape = np.shape(value)
            for axis, length in enumerate(shape):
                found.setdefault(length, (name, axis))
            found.setdefault(int(np.prod(shape)), (name, None))
        found.pop(1, None)
        found.pop(0, None)
        return found


def case_of(row, x, **known):
    """The case of a wrong row, of an argument with the values x."""
    return Case(row.name, np.asarray(row.gradient), np.asarray(row.estimate), row.allowed, np.asarray(x), row, **known)


class Call(NamedTuple):
    """One call of an op whose rule for the argument at `position` is wrong."""

    op: object
    position: int
    arrays: tuple
    out: np.ndarray
    g: np.ndarray  # the incoming gradient
    jacobian: np.ndarray | None  # numeric: a row for each value of out, a column for each of the argument

    def by_rule(self, position):
        """The gradient by the rule of an argument, before it is summed to the shape of the argument."""
        rules = self.op.rules_for(len(self.arrays))
        rule = rules[position] if position < len(rules) else None
        return None if rule is None else np.asarray(rule(self.g, self.out, *self.arrays))


def factors(values, shape) -> Iterator:
    """Common factors of a derivative: (text, array) from the forward values of a shape.

    First the values themselves and what is easily made of them, then the values and derivatives there of
    every elementwise function that is known.
    """
    repeated = {name: np.asarray(v, dtype=float) for name, v in values.items() if _is_repeated(np.shape(v), shape)}
    values = {name: np.asarray(v, dtype=float) for name, v in values.items() if np.shape(v) == shape}
    for name, v in values.items():
        yield name, v
        yield f"1 − {name}", 1 - v
        yield f"{name} · (1 − {name})", v * (1 - v)
        yield f"1 − {name}²", 1 - v * v
        yield f"{name}²", v * v
        yield f"1 / {name}", 1 / v
        yield f"1 / {name}²", 1 / (v * v)
    for name, v in values.items():
        for op in elementwise():
            if op.name in ("linear", "positive", "_alias"):
                continue
            out = op.function(v)
            yield f"{op.name}′({name})", derivative(op, v, out)
            yield f"{op.name}({name})", out
    for name, v in repeated.items():
        yield name, np.broadcast_to(v, shape)
        yield f"1 / {name}", np.broadcast_to(1 / v, shape)


def _is_repeated(shape, wanted):
    """True for several values of which each stands for a row, a column or a slice of the shape that is wanted."""
    if len(shape) > len(wanted) or np.prod(shape) < 2 or np.prod(shape) == np.prod(wanted):
        return False
    return all(n in (1, m) for n, m in zip(shape[::-1], wanted[::-1]))


@cache
def elementwise():
    """The registered ops with a derivative that work on each number by itself."""
    return tuple(op for op in registry.values() if op.differentiable and _is_elementwise(op))


def _is_elementwise(op):
    if op.each is not None or len(op.parameters) != 1:
        return False
    try:
        pair = op.function(np.array([0.3, 0.6]))
        return (
            np.array_equal(pair, [op.function(np.float64(0.3)), op.function(np.float64(0.6))]) and pair.dtype == float
        )
    except (ValueError, TypeError, IndexError, np.exceptions.AxisError):
        return False


def derivative(op, x, out):
    """The derivative of an elementwise op at x."""
    return np.broadcast_to(np.asarray(op.rules[0](np.ones(np.shape(x)), out, x), dtype=float), np.shape(x))


def twin(x, out):
    """The registered elementwise op that gives `out` for x, other than x itself; None where there is none."""
    if np.shape(x) != np.shape(out) or np.array_equal(x, out):
        return None
    for op in elementwise():
        if np.allclose(op.function(np.asarray(x, dtype=float)), out, rtol=1e-12, atol=0):
            return op
    return None
