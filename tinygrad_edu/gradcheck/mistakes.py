"""The mistakes that people make in a backward pass, each as a change of the right one.

A mistake is made at one place of the graph, or at all places alike: in every layer, at every step of time. The families
below stand in the order in which they are believed: what is common first, what a chance could imitate last.
"""

from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple

import numpy as np

from ..engine.tensor import Tensor
from .case import derivative, elementwise
from .graph import partial_sums
from .parts import LARGE
from .problem import summed
from .texts import Phrase

_ACTIVATIONS = {
    "sigmoid",
    "tanh",
    "relu",
    "softplus",
    "silu",
    "elu",
    "selu",
    "relu6",
    "hard_sigmoid",
    "exp",
    "log",
    "log_sigmoid",
    "sin",
    "cos",
    "log1p",
    "sqrt",
    "mish",
    "softsign",
    "absolute",
}
_FORMULAS = {"exp", "log", "log1p", "sqrt", "sin", "cos", "absolute"}  # rather parts of a formula than activations
_COMMON = {
    "at result",
    "out",
    "1 − out",
    "out · (1 − out)",
    "1 − out²",
    "a",
    "1 − a",
    "a · (1 − a)",
    "1 − a²",
    "out > 0",
    "a > 0",
}
_CONFUSED = {  # whose derivatives are taken for each other
    "sigmoid", "tanh", "relu", "softplus", "silu", "exp", "log", "log1p", "log2", "log10", "sqrt", "square", "sin",
    "cos", "arctan", "absolute", "reciprocal", "elu",
}  # fmt: skip
_MOST_AVERAGED = 10_000  # values whose means are looked for
_PLAIN = np.array([1.0, -1.0, 2.0, 0.5, 0.0])  # numbers by which a derivative is off for plain reasons
_REDUCTIONS = {"mean", "sum", "var", "std", "max", "min", "norm", "sqrt", "square", "power", "logsumexp", "prod"}


class Mistake(NamedTuple):
    """A mistake: its kind, the key of its sentence and the fields of that, and what it changes in the backward pass.

    `changes` are those of `Graph.with_changes`, or a function that gives the wrong gradients for the right ones.
    """

    kind: str
    key: str
    fields: dict
    changes: object


def mistakes(parts) -> Iterator[Mistake]:
    """Every mistake that is tried on a graph, given by its `Parts`, the most common ones first."""
    for family in (
        forgotten_derivatives, sums_left_out, turned, through_time, one_use, slopes_of_others, softmaxes, uses_left_out,
        constants, normalisations, not_centred, overlaps, forgotten_others, ops_left_out, at_results, slopes_elsewhere,
        parts_scaled, margins, leaves_turned, updated, other_values, other_gradients, other_rules, strides, exchanged,
        added_early,
    ):  # fmt: skip
        yield from family(parts)


def _at_edges(edges, new):
    """The changes when each of the edges passes back `new(edge, g)`."""
    changes = {}
    for edge in edges:
        changes.setdefault(edge.node, []).append((edge.x, lambda g, edge=edge: new(edge, g) - edge.part(g)))
    return changes


def _without(edges):
    return _at_edges(edges, lambda edge, g: np.zeros(edge.value.shape))


def _at_segments(segments, change):
    """The changes when `change(segment, g)` is added between the ends of each segment."""
    changes = {}
    for s in segments:
        changes.setdefault(s.u, []).append((s.v, lambda g, s=s: change(s, g)))
    return changes


def _known(parts):
    return [s for s in parts.segments if s.op.name not in ("softmax", "log_softmax", "negative", "absolute")]


def _rowwise(parts):
    return [s for s in parts.segments if s.op.name in ("softmax", "log_softmax")]


def _many(group):
    return {"places": len(group)}


# -- the derivative of a known function ---------------------------------------------------------------------


def forgotten_derivatives(parts):
    """The derivative of an activation is left out, in one place or everywhere; or any derivative is taken twice."""
    yield from _forgotten(parts, lambda s: s.op.name in _ACTIVATIONS and not _is_inside(parts, s))
    yield from _twice(parts, lambda s: s.op.name in _ACTIVATIONS - _FORMULAS)
    for group in parts.alike(_rowwise(parts)):
        if group[0].op.name == "softmax":
            fields = {"op": "softmax", "known": None, "value": parts.graph.name(group[0].v), **_many(group)}
            yield Mistake("chain", "chain_twice", fields, _after(parts, group, lambda s: s.out * (1 - s.out)))


def _twice(parts, chosen):
    for group in parts.alike([s for s in _known(parts) if chosen(s)]):
        s = group[0]
        fields = {"op": s.op.name, "known": s.op, "value": parts.graph.name(s.v), **_many(group)}
        yield Mistake("chain", "chain_twice", fields, _after(parts, group, lambda s: s.slope))
        yield Mistake("chain", "chain_divided", fields, _after(parts, group, lambda s: 1 / s.slope**2))


def forgotten_others(parts):
    """The same of the other known functions, such as a square, and of those that are a part of another."""
    yield from _forgotten(
        parts,
        lambda s: (
            (s.op.name not in _ACTIVATIONS or _is_inside(parts, s)) and s.slope is not None and s.op.name != "negative"
        ),
    )
    yield from _twice(parts, lambda s: s.op.name not in _ACTIVATIONS - _FORMULAS)


def _is_inside(parts, segment):
    """True for a function that is a step of another, as the exponential of a sigmoid that is written out."""
    return any(
        s is not segment and s.op.name in _ACTIVATIONS and {segment.v, segment.u} <= parts.between(s)
        for s in parts.segments
    )


def _forgotten(parts, chosen):
    for group in parts.alike([s for s in parts.segments if chosen(s)]):
        s = group[0]
        fields = {"op": s.op.name, "known": s.op, "value": parts.graph.name(s.v), **_many(group)}
        yield Mistake("chain", "chain", fields, _at_segments(group, lambda s, g: g * (1 - s.slope)))


def _after(parts, group, factor):
    """The changes when what comes to v of each segment is multiplied once more: all of it, through whatever uses."""
    changes = {}
    for s in group:
        if s.v not in parts.graph.place:
            continue
        for edge in parts.graph.below[s.v]:
            changes.setdefault(s.v, []).append(
                (edge.x, lambda g, edge=edge, s=s: edge.part(g * factor(s)) - edge.part(g))
            )
    return changes


def _slopes(op, x, out):
    """Wrong derivatives that are often written: (text, values), with a for the input and out for the result."""
    again = op.function(out)
    yield "at result", derivative(op, out, again)
    yield f"{op.name}(out)", again
    for name, v in (("out", out), ("a", x)):
        yield f"{name} · (1 − {name})", v * (1 - v)
        yield f"1 − {name}²", 1 - v * v
        yield f"1 − {name}", 1 - v
        yield f"1 + {name}²", 1 + v * v
        yield name, v
        yield f"{name} > 0", 1.0 * (v > 0)
        yield f"{name} < 0", 1.0 * (v < 0)
        yield f"{name}²", v * v
        yield f"1 / {name}", 1 / v
        yield f"1 / {name}²", 1 / (v * v)
        yield f"−{name}²", -v * v
        yield f"sign({name})", np.sign(v)
    if op.name == "log_sigmoid":  # as if the label were the other one
        yield "−sigmoid(a)", -1 / (1 + np.exp(-x))
    yield "2", np.full(np.shape(x), 2.0)
    yield "1 / derivative", 1 / derivative(op, x, out)
    for other in elementwise():
        if other is not op and other.name in _CONFUSED:
            yield f"{other.name}′(a)", derivative(other, x, other.function(x))
            yield f"{other.name}(a)", other.function(x)


def slopes_of_others(parts):
    """Something else in place of the derivative of a known function."""
    groups = list(parts.alike([s for s in parts.segments if s.op.name not in ("softmax", "log_softmax", "negative")]))
    groups.sort(key=lambda group: _is_inside(parts, group[0]))
    texts = [(group, text) for group in groups for text in _others(group[0])]
    for common in (True, False):
        for group, text in texts:
            s = group[0]
            if (text in _COMMON) is not common or _proportional(_others(s)[text], s.slope):
                continue  # a mere factor says more
            if all(np.all(_others(one)[text] == 1) for one in group):
                continue  # that is a derivative left out
            key = {"at result": "chain_at_result", "1 / derivative": "chain_inverse"}.get(text, "chain_replaced")
            known = None if key == "chain_at_result" else s.op
            fields = {"op": s.op.name, "known": known, "value": parts.graph.name(s.v), "factor": text, **_many(group)}
            yield Mistake("chain", key, fields, _at_segments(group, lambda s, g, t=text: g * (_others(s)[t] - s.slope)))


def _others(segment):
    if not segment.others:
        segment.others.update(_slopes(segment.op, segment.x, segment.out))
    return segment.others


def _proportional(one, other):
    """True for an array that is a number times another, and tells no more than that number; one number may."""
    if np.size(one) == 1:
        return bool(np.any(np.isclose(np.ravel(one), np.ravel(other) * _PLAIN, rtol=1e-9, atol=0)))
    scale = np.sum(one * other) / (np.sum(other * other) or 1)
    return bool(np.all(np.abs(one - scale * other) <= 1e-9 * np.max(np.abs(one), initial=0)))


def slopes_elsewhere(parts):
    """The derivative of a known function at the input of another layer or step."""
    graph = parts.graph
    for s in parts.segments:
        inputs = (
            [one.v for one in parts.segments if one.op is s.op and one.role == s.role]
            if len(graph.order) > LARGE
            else graph.uses
        )
        for other in inputs if s.slope is not None else ():
            if other is s.v or other is s.u or other.shape != s.v.shape:
                continue
            value = np.asarray(other.array)
            slope = derivative(s.op, value, s.op.function(value))
            if not np.array_equal(slope, s.slope):
                fields = {"op": s.op.name, "value": graph.name(s.v), "other": parts.label(other)}
                yield Mistake(
                    "chain", "chain_at_value", fields, _at_segments([s], lambda s, g, d=slope: g * (d - s.slope))
                )


def at_results(parts):
    """The derivative of an op is taken at another value: at its result, at x in place of an inner value."""
    graph = parts.graph
    for edge in graph.edges:
        if len(edge.arrays) != 1 and not (len(edge.arrays) == 2 and np.ndim(edge.arrays[1 - edge.position]) == 0):
            continue
        if edge.node.shape != edge.x.shape or edge.op.name in (
            "negative",
            "add",
            "subtract",
            "multiply",
            "divide",
            "reshape",
            "_alias",
        ):
            continue
        like = [e.x for e in graph.edges if e.op is edge.op and parts.role(e.x) == parts.role(edge.x)] + [edge.node]
        for other in like if len(graph.order) > LARGE else list(graph.uses):
            if other is edge.x or other.shape != edge.x.shape or other.array.dtype.kind != "f":
                continue
            value = np.asarray(other.array)
            arrays = tuple(value if i == edge.position else a for i, a in enumerate(edge.arrays))
            key = "chain_at_result" if other is edge.node else "chain_at_value"
            fields = {"op": edge.op.name, "known": None, "value": graph.name(edge.x), "other": parts.label(other)}
            out = np.asarray(edge.op.function(*arrays))
            yield Mistake("chain", key, fields, _at_edges([edge], lambda e, g, a=arrays, o=out: e.part(g, o, a)))


def margins(parts):
    """A hinge counts where its score is on the wrong side, without the margin of 1."""
    for edge in parts.graph.edges:
        arrays = [a for i, a in enumerate(edge.arrays) if i != edge.position]
        if edge.op.name in ("maximum", "relu") and all(np.ndim(a) == 0 and a == 0 for a in arrays):
            fields = {"op": edge.op.name, "known": None, "value": parts.graph.name(edge.x), "factor": "a > 1"}
            yield Mistake("chain", "chain_replaced", fields, _at_edges([edge], lambda e, g: g * (e.value > 1)))


def ops_left_out(parts):
    """The derivative of an op, or of several in a row, is left out: the gradient is passed on as it is."""
    graph = parts.graph
    groups = [[edge] for edge in graph.edges] + parts.edge_groups
    for group in groups:
        edge = group[0]
        if edge.op.name in ("add", "reshape", "_alias", "sum", "subtract", "negative"):
            continue
        fields = {"op": edge.op.name, "known": None, "value": graph.name(edge.x), **_many(group)}
        yield Mistake("chain", "chain", fields, _at_edges(group, lambda e, g: e.fitted(g)))
    for edge in graph.edges:
        if edge.op.name in ("matmul", "dot") and len(edge.arrays) == 2:
            other = 1 - edge.position
            fields = {"op": edge.op.name, "value": graph.name(edge.x), "other": _argument(parts, edge, other)}
            yield Mistake("chain", "chain_other_factor", fields, _at_edges([edge], _with_ones))
    for v in graph.uses:
        near = (
            {node for node in graph.depends(v) if graph.place.get(node, 0) <= graph.place.get(v, 0) + 12}
            if len(graph.order) > 60
            else graph.depends(v)
        )
        for u in graph.depends(v):
            if u.op is None or u.op.name in ("subtract", "negative"):  # a sign, which says so itself
                continue
            if u is not v and u.shape == v.shape and u in graph.flow and v.shape and v in graph.flow and u in near:
                fields = {"op": u.op.name, "known": None, "value": graph.name(v)}
                yield Mistake("chain", "chain", fields, _passed_on(graph, v, u))

    for v in graph.uses if len(graph.order) <= LARGE else ():
        for u in graph.depends(v):
            far = u is not v and not any(a is v for a in u.inputs)  # of one op, its slope says more
            if far and u.shape == v.shape and u in graph.flow and v in graph.flow and graph.uses[v]:
                value = graph.flow[u] * np.asarray(u.array)
                changes = {_last_use(graph, v): [(v, lambda g, value=value, v=v: value - graph.flow[v])]}
                yield Mistake("chain", "result_for_slope", {"op": u.op.name, "value": graph.name(v)}, changes)
    for v in graph.variables:
        for u in graph.depends(v):
            if u in graph.flow and u in graph.place and len(graph.uses[v]) > 1 and u.shape == v.shape:
                fields = {"op": u.op.name, "known": None, "value": graph.name(v)}
                yield Mistake("chain", "chain", fields, _through(graph, u, v, lambda g: g))
            if u in graph.flow and u.op is not None and u.shape == () and v.shape:
                fields = {"value": parts.label(u), "op": u.op.name}
                spread = _through(graph, u, v, lambda g, v=v: np.full(v.shape, g))
                yield Mistake("chain", "chain_stops", fields, spread)
            if u in graph.flow and u in graph.place and u.op.name in _REDUCTIONS and u.shape == () and v.shape:
                fields = {"op": u.op.name, "value": graph.name(v)}
                yield Mistake(
                    "chain",
                    "result_for_slope",
                    fields,
                    _through(graph, u, v, lambda g, u=u, v=v: np.full(v.shape, g * u.array)),
                )


def _argument(parts, edge, position):
    """The name of an argument of an op."""
    return parts.label(edge.args[position]) if isinstance(edge.args[position], Tensor) else Phrase("phrase_data")


def _with_ones(edge, g):
    """The part of a product whose other factor is taken for 1."""
    return edge.part(g, arrays=[a if i == edge.position else np.ones(np.shape(a)) for i, a in enumerate(edge.arrays)])


def _through(graph, u, v, part):
    """The changes when another gradient comes to v through u."""
    changes = _without(graph.below[u])
    if changes:
        changes[u].append((v, part))
    return changes


def _passed_on(graph, v, u):
    """The gradient of v is that of u."""
    return {_last_use(graph, v): [(v, lambda g: graph.flow[u] - graph.flow[v])]}


def _last_use(graph, v):
    return graph.order[max(graph.place[edge.node] for edge in graph.uses[v])]


def softmaxes(parts):
    """The Jacobian of softmax: only its diagonal, without its sum, with the sum over another axis."""

    def total(a, axis=-1):
        return np.sum(a, axis=axis, keepdims=True)

    of_softmax = {
        "softmax_diagonal": lambda p, g: g * p * (1 - p),
        "softmax_no_sum": lambda p, g: g * p,
        "softmax_only_sum": lambda p, g: -p * total(g * p),
        "softmax_all": lambda p, g: p * (g - np.sum(g * p)),
        "softmax_axis": lambda p, g: p * (g - total(g * p, 0)),
        "softmax_unweighted": lambda p, g: p * (g - total(g)),
        "softmax_plus": lambda p, g: p * (g + total(g * p)),
        "softmax_skipped": lambda p, g: g,
    }
    of_input = [
        lambda p, x, g: p * (g - total(g * x)),
        lambda p, x, g: x * (g - total(g * x)),
        lambda p, x, g: g * x * (1 - x),
    ]
    of_log = {
        "softmax_skipped": lambda p, g: g,
        "softmax_plus": lambda p, g: g + p * total(g),
        "softmax_unsummed": lambda p, g: g - p * g,
        "softmax_all": lambda p, g: g - p * np.sum(g),
        "softmax_only_sum": lambda p, g: -p * total(g),
    }
    for group in parts.alike(_rowwise(parts)):
        wrong = of_softmax if group[0].op.name == "softmax" else of_log
        for key, rule in wrong.items():

            def change(s, g, rule=rule):
                if s.op.name == "softmax":
                    return rule(s.out, g) - s.out * (g - total(g * s.out))
                return rule(np.exp(s.out), g) - (g - np.exp(s.out) * total(g))

            fields = {"op": group[0].op.name, "known": None, "value": parts.graph.name(group[0].v)}
            kind = "chain" if key == "softmax_skipped" else "softmax"
            key = "chain" if key == "softmax_skipped" else key
            yield Mistake(kind, key, fields, _at_segments(group, change))
        for rule in of_input if group[0].op.name == "softmax" else ():

            def change(s, g, rule=rule):
                return rule(s.out, s.x, g) - s.out * (g - total(g * s.out))

            fields = {"op": "softmax", "known": None, "value": parts.graph.name(group[0].v)}
            yield Mistake("softmax", "softmax_input", fields, _at_segments(group, change))


# -- normalisations ------------------------------------------------------------------------------------------


def normalisations(parts):
    """The means of a batch or layer normalisation: over other axes, not centred, as sums; its scale left out."""
    for n in parts.normalised:
        for kind, key, fields, rule in _wrong_normalisations(n):
            fields = {"value": parts.label(n.v), "axis": _axes(n.axes), **fields}
            changes = {n.u: [(n.v, lambda g, n=n, rule=rule: rule(g) - n.back(g, n.mean))]}
            yield Mistake(kind, key, fields, changes)


def not_centred(parts):
    """A value in place of that value minus its mean, in the derivative of a variance or a deviation."""
    for v in parts.graph.uses:
        x = np.asarray(v.array)
        if x.dtype.kind != "f" or not 1 <= x.ndim <= 4 or not 2 < x.size < _MOST_AVERAGED:
            continue
        for count in range(1, x.ndim + 1):
            for axes in combinations(range(x.ndim), count):
                yield from _not_centred_along(parts, v, x, axes)


def _not_centred_along(parts, v, x, axes):
    middle, variance = np.mean(x, axis=axes, keepdims=True), np.var(x, axis=axes, keepdims=True)
    size = x.size // variance.size
    for u in parts.graph.depends(v) if size > 1 and np.all(variance > 0) else ():
        out = np.asarray(u.array)
        if u is v or out.size != variance.size or u not in parts.graph.flow:
            continue
        for spread, slope in ((variance, 2 / size), (np.sqrt(variance), 1 / (size * np.sqrt(variance)))):
            if np.allclose(out.reshape(variance.shape), spread, rtol=1e-12, atol=0):
                added = np.broadcast_to(middle * slope, x.shape)
                changes = {u: [(v, lambda g, added=added: np.reshape(g, variance.shape) * added)]}
                fields = {"op": "var" if spread is variance else "std", "value": parts.label(v)}
                yield Mistake("value", "not_centred", fields, changes)


def added_early(parts):
    """The gradient of a path around a function is added before the derivative of that function, and not after it."""
    for n in parts.normalised:
        yield from _added_early(parts, n, lambda g, n=n: n.back(g, n.mean), Phrase("phrase_normalisation"))
    for s in parts.segments:
        if s.slope is not None:
            yield from _added_early(parts, s, lambda g, s=s: g * s.slope, f"'{s.op.name}'")


def _added_early(parts, part, back, what):
    rest = parts.graph.flow[part.v] - back(parts.graph.flow[part.u])
    if np.any(np.abs(rest) > 1e-9 * np.max(np.abs(parts.graph.flow[part.v]))):
        changes = {part.u: [(part.v, lambda g: back(rest) - rest)]}
        yield Mistake("chain", "added_early", {"value": parts.label(part.v), "what": what}, changes)


def _wrong_normalisations(n):
    axes = range(n.h.ndim)
    for count in range(1, n.h.ndim + 1):
        for other in combinations(axes, count):
            if other != n.axes:

                def mean(a, other=other):
                    return np.mean(a, axis=other, keepdims=True)

                yield "not summed", "norm_axes", {"other": _axes(other)}, lambda g, mean=mean: n.back(g, mean)
    if n.centred:
        yield "value", "norm_not_centred", {}, lambda g: n.back(g, n.mean, np.asarray(n.v.array) / n.s)
    yield "not summed", "norm_sums", {}, lambda g: n.back(g, lambda a: n.count * n.mean(a))
    yield "not summed", "norm_count", {"length": n.count}, lambda g: n.back(g, lambda a: n.count * n.mean(a)) / n.count
    if np.ptp(n.gain) > 0:
        yield "chain", "norm_gain", {}, lambda g: n.back(g / n.gain, n.mean)


def _axes(axes):
    return ", ".join(map(str, axes))


# -- sums, transposes ----------------------------------------------------------------------------------------


def sums_left_out(parts):
    """Where a value was repeated, one of its copies counts in place of all, or another axis is summed."""
    for edge in parts.graph.edges:
        g = parts.graph.flow.get(edge.node)
        if g is None:
            continue
        raw = edge.raw(g)
        if raw.shape == edge.x.shape:
            continue
        for i, (key, fields, _) in enumerate(partial_sums(raw, edge.x.shape, summed)):

            def new(e, g, i=i):
                return list(partial_sums(e.raw(g), e.x.shape, summed))[i][2]

            fields = {"op": edge.op.name, "value": parts.graph.name(edge.x), **fields}
            yield Mistake("not summed", key + "_inside", fields, _at_edges([edge], new))


def turned(parts):
    """A matrix is used where its transpose should be, or a product is taken in the other order."""
    for group in [[edge] for edge in parts.graph.edges] + parts.edge_groups:
        edge = group[0]
        if not any(np.ndim(a) >= 2 for a in edge.arrays if isinstance(a, np.ndarray)) and np.ndim(edge.out) < 2:
            continue
        fields = {"op": edge.op.name}
        for i, a in enumerate(edge.arrays):
            if isinstance(a, np.ndarray) and a.ndim >= 2:
                yield Mistake(
                    "transposed", "transposed_inside", fields, _at_edges(group, lambda e, g, i=i: _part_turned(e, g, i))
                )
        yield Mistake(
            "transposed",
            "transposed_inside",
            fields,
            _at_edges(group, lambda e, g: _alike(e, g, e.raw(np.swapaxes(g, -1, -2)))),
        )
        if np.ndim(edge.out) >= 2:
            turn = _at_edges(group, lambda e, g: _alike(e, g, e.raw(g, np.swapaxes(e.out, -1, -2))))
            yield Mistake("transposed", "transposed_inside", fields, turn)
        if edge.op.name in ("matmul", "dot"):
            for which in range(3):
                yield Mistake(
                    "transposed", "order", fields, _at_edges(group, lambda e, g, w=which: _other_order(e, g, w))
                )


def _part_turned(edge, g, i):
    arrays = edge.arrays
    return _alike(edge, g, edge.raw(g, arrays=(*arrays[:i], np.swapaxes(arrays[i], -1, -2), *arrays[i + 1 :])))


def _alike(edge, g, raw):
    """A part of the shape that the rule gives: no column is taken for a row by broadcasting."""
    if raw.shape != edge.raw(g).shape:
        raise ValueError("another shape")
    return edge.fitted(raw)


def _other_order(edge, g, which):
    """The product of the gradient and the other factor in another order."""
    other = np.asarray(edge.arrays[1 - edge.position])
    right = edge.part(g)
    made = [lambda: other.T @ g, lambda: g @ other.T, lambda: other @ g][which] if edge.position == 0 else [
        lambda: g @ other.T, lambda: other.T @ g, lambda: g @ other][which]  # fmt: skip
    part = made()
    if part.shape != right.shape:
        raise ValueError("another shape")
    return part


def leaves_turned(parts):
    """An array of the user's is used turned around, in every rule that reads it: the kernel of a convolution."""
    graph = parts.graph
    for leaf in graph.variables:
        shape = leaf.shape
        turns = {"flip": np.flip, "rot90": lambda a: np.rot90(a), "rot270": lambda a: np.rot90(a, 3)}
        if len(shape) < 2 or shape[-1] != shape[-2]:
            turns = {"flip": np.flip}
        if not shape or max(shape) < 2:
            continue
        for turn in turns.values():
            yield Mistake(
                "transposed",
                "turned_around",
                {"value": graph.name(leaf)},
                _substituted(graph, leaf, turn(np.asarray(leaf.array))),
            )


def _substituted(graph, leaf, value):
    """Every rule reads another value in place of a leaf."""
    edges = [e for e in graph.edges if any(a is leaf for i, a in enumerate(e.args) if i != e.position)]

    def new(edge, g):
        arrays = tuple(value if a is leaf else b for a, b in zip(edge.args, edge.arrays))
        return edge.part(g, arrays=arrays)

    return _at_edges(edges, new)


# -- paths that are missing ------------------------------------------------------------------------------------


def one_use(parts):
    """Of several uses of a value, only one counts."""
    yield from _one_use(parts.graph)


def _one_use(graph):
    for x, uses in graph.uses.items():
        for edge in uses if len(uses) > 1 else ():
            fields = {"value": graph.name(x), "uses": len(uses), "op": edge.op.name}
            yield Mistake("overwritten", "overwritten", fields, _without([e for e in uses if e is not edge]))


def one_use_of(graph, name, given):
    """The fields of every use of a value that alone would give this gradient of the variable of that name."""
    position = [v.name for v in graph.variables].index(name)
    for mistake in _one_use(graph):
        if same(given, graph.with_changes(mistake.changes)[position]):
            yield mistake.fields


def uses_left_out(parts):
    """One of the uses of a value is left out, or the same use in every layer or at every step."""
    graph = parts.graph
    for x, uses in graph.uses.items():
        if len(uses) > 1:
            for edge in uses:
                yield Mistake("overwritten", "path", {"value": graph.name(x), "op": edge.op.name}, _without([edge]))
    for group in parts.edge_groups + parts.wide_groups:
        if any(len(graph.uses[edge.x]) > 1 for edge in group):
            yield Mistake(
                "overwritten", "path", {"value": graph.name(group[0].x), "op": group[0].op.name}, _without(group)
            )


def through_time(parts):
    """Nothing, or not enough, flows back from one step of time to the step before."""
    graph = parts.graph
    if not any(len(graph.uses[v]) > 1 for v in graph.variables if v in graph.uses):
        return
    for group in parts.edge_groups + parts.wide_groups:
        steps = [e for e in sorted(group, key=lambda e: graph.place[e.node]) if e.x in graph.place]
        for chain in _chains(graph, steps):
            for k in range(len(chain), 0, -1):
                key = "through_time" if k == len(chain) else "truncated"
                fields = {"op": chain[0].op.name, "value": graph.name(chain[0].x), "steps": len(chain) - k}
                yield Mistake("overwritten", key, fields, _without(chain[:k]))


def _chains(graph, edges):
    """Edges of which each one's value is computed from the node of the one before."""
    by_role = {}
    for edge in edges:
        by_role.setdefault((edge.x.op.name, edge.value.shape), []).append(edge)
    for chain in by_role.values():
        if all(later.x in graph.depends(earlier.node) for earlier, later in zip(chain, chain[1:])):
            yield chain


def constants(parts):
    """A value inside is taken for a constant: the mean and the variance of a normalisation."""
    graph = parts.graph
    inner = [n for n in graph.order if n not in graph.incoming and graph.below[n]]
    for n in inner:
        yield Mistake("overwritten", "constant", {"value": parts.label(n)}, _without(graph.below[n]))
    reductions = [n for n in inner if n.op.name in _REDUCTIONS]
    for a, b in combinations(reductions[:8], 2):
        fields = {"value": Phrase("phrase_two", first=parts.label(a), second=parts.label(b))}
        yield Mistake("overwritten", "constant", fields, _without(graph.below[a] + graph.below[b]))


def overlaps(parts):
    """Entries that are read several times: what comes back by one reading overwrites that of another."""
    graph = parts.graph
    for x, uses in graph.uses.items():
        reads = [e for e in uses if e.op.name in ("getitem", "take") and e.node in graph.flow]
        fields = {"value": graph.name(x)}
        if len(reads) > 1:
            for strict, backwards in ((False, False), (True, False), (False, True), (True, True)):
                yield Mistake("overwritten", "overlap", fields, _assigned_in_turn(graph, x, reads, strict, backwards))
        for edge in reads:
            if edge.op.name == "getitem" or len(edge.arrays) == 2:
                yield Mistake("overwritten", "repeated", fields, _at_edges([edge], _assigned))
                yield Mistake("overwritten", "repeated_mean", fields, _at_edges([edge], _averaged))


def _assigned(edge, g):
    found = np.zeros(edge.value.shape)
    found[edge.arrays[1]] = g
    return found


def _averaged(edge, g):
    count = edge.part(np.ones(np.shape(g)))
    return edge.part(g) / np.maximum(count, 1)


def _start(edge):
    """Where a reading begins, to put them in the order of a loop."""
    index = edge.arrays[1] if isinstance(edge.arrays[1], tuple) else (edge.arrays[1],)
    return [(i.start or 0) if isinstance(i, slice) else i if isinstance(i, int) else 0 for i in index]


def _assigned_in_turn(graph, x, reads, strict, backwards):
    """Each reading writes its part over those before it: wherever it reads, or where its part is not zero."""
    found = np.zeros(x.shape)
    ordered = sorted(reads, key=_start)[:: -1 if backwards else 1]
    for edge in ordered:
        part = edge.part(graph.flow[edge.node])
        where = part != 0 if strict else edge.part(np.ones(edge.node.shape)) != 0
        found = np.where(where, part, found)
    change = found - sum(edge.part(graph.flow[edge.node]) for edge in ordered)
    return {ordered[-1].node: [(x, lambda g: change)]}


# -- factors and values ------------------------------------------------------------------------------------------


def parts_scaled(parts):
    """One part of the gradient, or the same part in every layer, has a wrong sign or a wrong constant factor."""
    graph = parts.graph
    lengths = sorted({n for x in graph.uses for n in x.shape if n > 2})
    numbers = [-1, 2, 0.5, *lengths, *[1 / n for n in lengths]]
    for group in [[edge] for edge in graph.edges] + parts.edge_groups:
        for number in numbers:
            key = "part_sign" if number == -1 else "part_factor"
            fields = {"op": group[0].op.name, "number": number}
            yield Mistake("part", key, fields, _at_edges(group, lambda e, g, n=number: n * e.part(g)))


def updated(parts):
    """A parameter was updated before its old value carried the gradient back: by any learning rate."""
    graph = parts.graph
    for leaf in graph.variables:
        if leaf not in graph.flow:
            continue
        value, g = np.asarray(leaf.array), np.asarray(graph.flow[leaf])
        gradients = graph.with_changes(_substituted(graph, leaf, value - g)) if _is_read(graph, leaf) else None
        if gradients is None:
            continue
        steps = [now - right for now, right in zip(gradients, graph.right)]
        yield Mistake("value", "updated", {"value": graph.name(leaf), "rate": None}, Scaled(steps))
        yield Mistake("value", "gradient_for_value", {"value": graph.name(leaf)}, _substituted(graph, leaf, g))


def _is_read(graph, leaf):
    return any(a is leaf for e in graph.edges for i, a in enumerate(e.args) if i != e.position)


class Combined:
    """Changes that are known but for one factor each, all of which are fitted: `steps` are those for a factor of 1."""

    def __init__(self, steps):
        self.steps = steps


class Scaled:
    """Changes that are known but for one factor, which is fitted.

    `steps` are the changes of the gradients for a factor of 1, and `number` gives the factor that is believed and
    the fields for its sentence, or None, for the factor that fits.
    """

    def __init__(self, steps, number=lambda rate: (rate, {"rate": rate}) if 1e-6 < rate < 1e3 else None):
        self.steps, self.number = steps, number


def other_values(parts):
    """Another value of the right shape in a rule: the state of another step, the activation of another layer."""
    graph = parts.graph
    pool = _pool(parts)
    for group in parts.edge_groups + parts.shared_groups:
        yield from _shifted(parts, group)
    for edge in graph.edges:
        for i, a in enumerate(edge.arrays):
            if (
                i == edge.position
                or not isinstance(a, (np.ndarray, np.floating))
                or (np.ndim(a) == 0 and not isinstance(edge.args[i], Tensor))
            ):
                continue
            own = edge.args[i]
            for label, value, x in pool.get(np.shape(a), ()):
                far = len(graph.order) > LARGE and not (
                    isinstance(x, Tensor) and isinstance(own, Tensor) and x.op is own.op
                )
                if far or np.array_equal(value, a):
                    continue
                arrays = (*edge.arrays[:i], value, *edge.arrays[i + 1 :])
                named = parts.label(own) if isinstance(own, Tensor) else Phrase("phrase_array")
                fields = {"other": label, "value": named, "op": edge.op.name}
                yield Mistake(
                    "value", "other_value", fields, _at_edges([edge], lambda e, g, a=arrays: e.part(g, arrays=a))
                )


def _pool(parts):
    """The values of the graph by shape: [(what to call it, values)]."""
    graph, pool = parts.graph, {}
    for x in [*graph.variables, *graph.order]:
        pool.setdefault(x.shape, []).append((parts.label(x), np.asarray(x.array), x))
    for node in graph.order:
        for a in node.call.args:
            if isinstance(a, np.ndarray) and a.dtype.kind == "f" and a.size > 1:
                pool.setdefault(a.shape, []).append((Phrase("phrase_data_of", op=node.op.name), a, None))
    for name, a in graph.context.items():
        pool.setdefault(a.shape, []).append((f"'{name}'", a, None))
    return pool


def _shifted(parts, group):
    """The values of a group of uses, each taken from the use after it or before it."""
    graph = parts.graph
    widths = {len(e.arrays) for e in group}
    if len(widths) > 1:
        return
    for i in range(widths.pop()):
        ordered = sorted(group, key=lambda e: graph.place.get(e.args[i], -1) if isinstance(e.args[i], Tensor) else -1)
        values = [e.arrays[i] for e in ordered]
        if i == ordered[0].position and len(ordered[0].arrays) > 1:
            continue
        if not all(isinstance(v, np.ndarray) and v.dtype.kind == "f" and v.shape == values[0].shape for v in values):
            continue
        own = [e.args[i] for e in ordered]
        if all(np.array_equal(v, values[0]) for v in values):
            continue
        names = {
            "value": parts.label(own[-1]) if isinstance(own[-1], Tensor) else Phrase("phrase_array"),
            "op": ordered[0].op.name,
        }
        after = _next(parts, own)
        befores = [np.zeros(values[0].shape), values[-1], after]  # before the first: nothing, or what −1 reads
        moves = [("after", [*values[1:], after]), *(("before", [first, *values[:-1]]) for first in befores)]
        for which, moved in moves:
            if any(v is None for v in moved):
                continue
            yield Mistake("value", "shifted_" + which, names, _at_edges(ordered, _taken_from(i, ordered, moved)))
        for which, one in (("last_step", values[-1]), ("first_step", values[0])):
            fields = names | {"which": which}
            taken = _taken_from(i, ordered, [one] * len(ordered))
            yield Mistake("value", "step_for_all", fields, _at_edges(ordered, taken))


def _taken_from(i, edges, values):
    """The rule of each of these edges with another value in the place of its i-th argument."""
    place = {id(e): v for e, v in zip(edges, values)}

    def new(e, g):
        arrays = (*e.arrays[:i], place[id(e)], *e.arrays[i + 1 :])
        return e.part(g, e.op.function(*arrays) if i == e.position else None, arrays)

    return new


def _next(parts, own):
    """The state after the last of a row of states."""
    last = own[-1]
    if not isinstance(last, Tensor) or last.op is None:
        return None
    later = [
        n
        for n in parts.graph.depends(last)
        if n is not last and parts.role(n) == parts.role(last) and n.shape == last.shape
    ]
    return np.asarray(later[0].array) if later else None


def exchanged(parts):
    """The factors of two uses of one value stand in each other's place."""
    graph = parts.graph
    for x, uses in graph.uses.items():
        products = [e for e in uses if e.op.name in ("multiply", "matmul", "dot") and len(e.arrays) == 2]
        for one, other in combinations(products[:6], 2):
            arrays = [e.arrays[1 - e.position] for e in (one, other)]
            if one.op is other.op and np.shape(arrays[0]) == np.shape(arrays[1]):

                def new(e, g, one=one, arrays=arrays):
                    factor = arrays[1] if e is one else arrays[0]
                    return e.part(g, arrays=[a if i == e.position else factor for i, a in enumerate(e.arrays)])

                fields = {"value": graph.name(x), "op": one.op.name}
                yield Mistake("swapped", "exchanged", fields, _at_edges([one, other], new))


def other_gradients(parts):
    """The gradient of another value comes in: the error of another layer, or the incoming gradient is left out."""
    graph = parts.graph
    small = len(graph.order) <= LARGE
    pool = _pool(parts) if small else {}
    flows = [
        (Phrase("phrase_gradient", value=parts.label(x)), x, np.asarray(g))
        for x, g in graph.flow.items()
        if x in graph.place
    ]
    for edge in graph.edges:
        own = graph.flow.get(edge.node)
        if own is None or not small and not any(edge.x is v for v in graph.variables):
            continue
        for label, x, g in [*flows, *[(label, None, value) for label, value, _ in pool.get(np.shape(own), ())]]:
            if x is not edge.node and g.shape == np.shape(own):
                for s in parts.segments:  # the gradient behind a function, in place of that before it
                    if s.v is edge.node and s.u is x:
                        fields = {"op": s.op.name, "known": s.op, "value": graph.name(s.v)}
                        yield Mistake("chain", "chain", fields, _at_edges([edge], lambda e, _, g=g: e.part(g)))
                fields = {"other": label, "value": parts.label(edge.node), "op": edge.op.name}
                yield Mistake("value", "other_gradient", fields, _at_edges([edge], lambda e, _, g=g: e.part(g)))
        for key, g in (("without_g", np.ones(np.shape(own))), ("out_for_g", edge.out)):
            yield Mistake("chain", key, {"op": edge.op.name}, _at_edges([edge], lambda e, _, g=g: e.part(g)))


def other_rules(parts):
    """The rule of the other argument, or the op itself applied to the gradient."""
    for edge in parts.graph.edges:
        fields = {"op": edge.op.name}
        rules = edge.op.rules
        if edge.op.each is None and len(rules) == 2 and rules[1 - edge.position] is not None:
            other = rules[1 - edge.position]
            yield Mistake(
                "swapped",
                "other_rule",
                fields,
                _at_edges([edge], lambda e, g, r=other: e.fitted(r(g, e.out, *e.arrays))),
            )
        if np.shape(edge.out) == edge.x.shape:
            yield Mistake("chain", "op_of_g", fields, _at_edges([edge], _applied))


def _applied(edge, g):
    return edge.fitted(edge.op.function(*[g if i == edge.position else a for i, a in enumerate(edge.arrays)]))


def strides(parts):
    """Windows are put back, or read, as if they stood side by side."""
    graph = parts.graph
    for x, uses in graph.uses.items():
        reads = [e for e in uses if e.op.name == "getitem" and e.node in graph.flow]
        if len(reads) < 2:
            continue
        steps = _unstrided([e.arrays[1] for e in reads])
        if steps is None:
            continue
        moved = {id(e): index for e, index in zip(reads, steps)}
        fields = {"value": graph.name(x)}
        put_back = _at_edges(reads, lambda e, g, moved=moved: e.part(g, arrays=(e.arrays[0], moved[id(e)])))
        yield Mistake("value", "stride", fields, put_back)
        windows = {e.node: np.asarray(e.value[moved[id(e)]]) for e in reads}
        readers = [
            e
            for e in graph.edges
            if any(isinstance(a, Tensor) and a in windows for i, a in enumerate(e.args) if i != e.position)
        ]

        def new(e, g, windows=windows):
            arrays = tuple(
                windows[a] if isinstance(a, Tensor) and a in windows else b for a, b in zip(e.args, e.arrays)
            )
            return e.part(g, arrays=arrays)

        if readers:
            yield Mistake("value", "stride", fields, _at_edges(readers, new))


def _unstrided(indices):
    """The same windows one step apart; None where they are."""
    as_tuples = [i if isinstance(i, tuple) else (i,) for i in indices]
    if any(len(t) != len(as_tuples[0]) for t in as_tuples):
        return None
    moved, changed = [], False
    strides = []
    for axis in range(len(as_tuples[0])):
        parts = [t[axis] for t in as_tuples]
        if not all(isinstance(p, slice) and p.start is not None and p.stop is not None for p in parts):
            strides.append(1)
            continue
        starts = sorted({p.start for p in parts})
        gaps = {b - a for a, b in zip(starts, starts[1:])}
        strides.append(gaps.pop() if len(gaps) == 1 else 1)
    for t in as_tuples:
        new = []
        for part, stride in zip(t, strides):
            if stride > 1:
                start = part.start // stride
                new.append(slice(start, start + part.stop - part.start))
                changed = True
            else:
                new.append(part)
        moved.append(tuple(new))
    return moved if changed else None


def same(one, other, size=0.0):
    """True for two gradients that agree as well as exact ones do, a zero being as small as `size` allows."""
    if np.shape(one) != np.shape(other) or not np.all(np.isfinite(other)):
        return False
    largest = max(np.max(np.abs(other), initial=0), np.max(np.abs(size), initial=0))
    return bool(np.all(np.abs(one - other) <= 1e-6 * np.maximum(np.abs(one), np.abs(other)) + 1e-9 * largest))
