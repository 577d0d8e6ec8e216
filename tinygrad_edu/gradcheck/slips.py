"""Slips of the pen in a backward pass: a value that is not the one that the rule needs, or a sum that is none.

Where `mistakes` has what people misunderstand, this has what they miswrite; it is believed after that.
"""

from collections.abc import Iterator

import numpy as np

from ..engine.tensor import Tensor
from .mistakes import Combined, Mistake, Scaled, _at_edges, _many, _pool, _taken_from, _through, _with_ones, _without
from .parts import LARGE
from .texts import Phrase

_LINEAR = ("add", "subtract", "negative", "reshape", "_alias", "sum", "getitem", "stack", "concatenate", "transpose")
_MOST_POOLED = 40  # values of one shape that are tried for each other
_MOST_PARTS = 4  # parts whose factors are sought together


def slips(parts) -> Iterator[Mistake]:
    """Every slip that is tried on a graph, given by its `Parts`."""
    for family in (
        weights_left_out, passed_on_early, bypassed, reductions_confused, several_parts, other_use, one_for_all,
        skipped, other_inputs, parts_summed, normalised_values, replaced_once, multiplied, turned_once_more,
        fitted_parts,
    ):  # fmt: skip
        yield from family(parts)


def weights_left_out(parts):
    """On the way back from layer to layer the weights are left out, everywhere."""
    graph, groups = parts.graph, {}
    for edge in graph.edges:
        inner = edge.x.op is not None and not (edge.x.op.name == "getitem" and edge.x.inputs[0].op is None)
        if inner and edge.op.name in ("multiply", "matmul", "dot") and len(edge.arrays) == 2:
            groups.setdefault((edge.op.name, edge.position), []).append(edge)
    for group in groups.values():
        for some in (group, [e for e in group if e.x is not group[-1].x]):
            if len(some) > 1:
                fields = {"op": group[0].op.name, "known": None, "value": graph.name(group[0].x), **_many(some)}
                yield Mistake("chain", "chain", fields, _at_edges(some, _with_ones))


def passed_on_early(parts):
    """The gradient that goes on to the layer or the step before lacks a derivative that those of the weights have."""
    graph = parts.graph
    for group in parts.alike([s for s in parts.segments if s.slope is not None and np.all(s.slope)]):
        changes = {}
        for s in group:
            for edge in _on_the_way(graph, s.v):

                def new(e, g, s=s):
                    return e.part(g / s.slope) - e.part(g)

                changes.setdefault(edge.node, []).append((edge.x, lambda g, e=edge, new=new: new(e, g)))
        if changes:
            s = group[0]
            fields = {"op": s.op.name, "known": s.op, "value": graph.name(s.v), **_many(group)}
            yield Mistake("chain", "passed_on_early", fields, changes)


def _on_the_way(graph, v):
    """The products that v is the sum of, as edges to what is computed before; of the shape of v."""
    found, waiting = [], [v]
    while waiting:
        node = waiting.pop()
        for edge in graph.below.get(node, ()):
            if edge.op.name in ("matmul", "dot", "multiply") and edge.x.op is not None and node.shape == v.shape:
                found.append(edge)
            elif edge.op.name in ("add", "subtract") and edge.x.op is not None and edge.x.shape == v.shape:
                waiting.append(edge.x)
    return found


def reductions_confused(parts):
    """The derivative of another reduction: of a maximum for a smooth one, of a sum for a mean."""
    graph = parts.graph
    for v in graph.uses if len(graph.order) <= LARGE else ():
        x = np.asarray(v.array)
        if x.dtype.kind != "f" or not x.ndim or x.size < 2 or v not in graph.flow:
            continue
        for u in graph.depends(v):
            if u is v or u not in graph.flow or u.op is None or u.size >= x.size:
                continue
            for axis in (None, *range(x.ndim)):
                kept = np.sum(x, axis=axis, keepdims=True).shape
                if np.prod(kept) != u.size or u.shape not in (kept, np.sum(x, axis=axis).shape):
                    continue
                largest = 1.0 * (x == np.max(x, axis=axis, keepdims=True))
                e = np.exp(x - np.max(x, axis=axis, keepdims=True))
                soft = e / np.sum(e, axis=axis, keepdims=True)
                for other, weight in (("max", largest), ("logsumexp", soft), ("sum", np.ones(x.shape))):

                    def part(g, weight=weight, kept=kept, x=x):
                        return np.broadcast_to(np.reshape(g, kept) * weight, x.shape)

                    fields = {"op": u.op.name, "value": graph.name(v), "other": other}
                    change = _through(graph, u, v, part)
                    if change:
                        yield Mistake("chain", "reduction_confused", fields, change)


def other_inputs(parts):
    """An argument or a piece of data is another one, wherever the rules read it or what is made of it."""
    graph = parts.graph
    if len(graph.order) > LARGE:
        return
    named = [(f"'{name}'", array) for name, array in graph.context.items()]
    named += [(parts.label(v), np.asarray(v.array)) for v in graph.variables]
    for leaf in graph.variables:
        for label, value in named:
            if value.shape == leaf.shape and not np.array_equal(value, leaf.array):
                fields = {"other": label, "value": parts.label(leaf), "op": _reader(graph, leaf)}
                yield from _read_anew(graph, fields, {leaf: value}, {})
    seen = set()
    for node in graph.order:
        for a in node.call.args:
            if isinstance(a, np.ndarray) and a.dtype.kind == "f" and a.size > 1 and id(a) not in seen:
                seen.add(id(a))
                square = a.ndim == 2 and a.shape[0] == a.shape[1]
                inverse = _inverse(a) if square else None
                turned = [] if inverse is None else [(Phrase("phrase_inverse"), inverse)]
                for label, value in named + turned:
                    if value.shape == a.shape and not np.array_equal(value, a):
                        value_of = Phrase("phrase_data_of", op=node.op.name)
                        fields = {"other": label, "value": value_of, "op": node.op.name}
                        yield from _read_anew(graph, fields, {}, {id(a): value})


def _inverse(a):
    try:
        return np.linalg.inv(a)
    except np.linalg.LinAlgError:
        return None


def _reader(graph, leaf):
    return graph.uses[leaf][0].op.name if graph.uses.get(leaf) else ""


def _read_anew(graph, fields, values, data):
    """The mistake of reading other values, or other data, in every rule."""
    try:
        now = graph.moved(values, data)
    except (ValueError, TypeError, IndexError, np.linalg.LinAlgError):
        return
    readers = _readers(graph, now, data)
    if readers:
        yield Mistake("value", "other_value", fields, _with_values(graph, readers, now, data))


def bypassed(parts):
    """The gradient that comes to a known function on one way passes by the derivative of that function."""
    graph = parts.graph
    for s in parts.segments:
        uses = graph.uses.get(s.u, ())
        if s.slope is None or len(uses) < 2 or s.u not in graph.place:
            continue
        for edge in uses:
            if edge.node in graph.flow:
                part = edge.part(graph.flow[edge.node])
                fields = {"op": s.op.name, "known": s.op, "value": graph.name(s.v), "other": edge.op.name}
                change = {s.u: [(s.v, lambda g, part=part, s=s: part - part * s.slope)]}
                yield Mistake("chain", "bypassed", fields, change)


def several_parts(parts):
    """Several parts of the gradient of one value have factors of their own, each of them a plain number."""
    graph = parts.graph
    for x, uses in graph.uses.items():
        if not 2 <= len(uses) <= _MOST_PARTS:
            continue
        steps = []
        for edge in uses:
            without = graph.with_changes(_without([edge]))
            steps.append([right - now for now, right in zip(without, graph.right)])
        fields = {"value": graph.name(x), "ops": ", ".join(f"'{edge.op.name}'" for edge in uses), "numbers": None}
        yield Mistake("part", "several_parts", fields, Combined(steps))


def other_use(parts):
    """The gradient of one use of a value stands in the place of that of another use."""
    graph = parts.graph
    for x, uses in graph.uses.items():
        uses = [e for e in uses if e.node in graph.flow][:6]
        brought = [e.part(graph.flow[e.node]) for e in uses]
        for i, one in enumerate(uses):
            for j, other in enumerate(uses):
                if i != j and not np.array_equal(brought[i], brought[j]):
                    fields = {"value": graph.name(x), "op": one.op.name, "other": other.op.name}
                    change = _at_edges([one], lambda e, g, part=brought[j]: part)
                    yield Mistake("overwritten", "use_twice", fields, change)


def one_for_all(parts):
    """One row or column of a factor stands for all of them: an index that was left over from a loop, or a mean."""
    for edge in parts.graph.edges:
        for i, a in _factors(edge):
            named = _named(parts, edge, i)
            for axis in range(np.ndim(a)):
                if np.shape(a)[axis] < 2:
                    continue
                for which, row in _rows(a, axis):
                    value = np.broadcast_to(row, np.shape(a))
                    if not np.array_equal(value, a):
                        fields = {"value": named, "op": edge.op.name, "which": which, "axis": axis}
                        yield Mistake(
                            "value", "one_for_all", fields, _at_edges([edge], _taken_from(i, [edge], [value]))
                        )


def _rows(a, axis):
    yield "where_first", np.take(a, [0], axis)
    yield "where_last", np.take(a, [-1], axis)
    yield "the_mean", np.mean(a, axis=axis, keepdims=True)


def skipped(parts):
    """An op is left out, or has the other sign, where the values of the forward pass are written down again."""
    graph = parts.graph
    if len(graph.order) > LARGE:
        return
    for node in graph.order:
        for text, value in _instead(node):
            if np.array_equal(value, node.array):
                continue
            try:
                now = graph.moved({node: value})
            except (ValueError, TypeError, IndexError, np.linalg.LinAlgError):
                continue
            readers = _readers(graph, now, {})
            fields = {"op": node.op.name, "value": parts.label(node), "factor": text}
            for group in [readers, *([e] for e in readers if len(readers) > 1)]:
                if group:
                    yield Mistake("value", "skipped", fields, _with_values(graph, group, now, {}))


def _instead(node):
    """Values that people write for that of a node: (text, value)."""
    arrays = node.call.arrays
    for a in arrays:
        if isinstance(a, (np.ndarray, np.floating)) and np.asarray(a).dtype.kind == "f" and np.shape(a) == node.shape:
            yield "", np.asarray(a)
    if len(arrays) == 2 and node.op.name in ("add", "subtract"):
        a, b = arrays
        yield "−", a - b if node.op.name == "add" else a + b
    if node.op.name in ("sum", "mean"):
        count = np.size(arrays[0]) / max(1, node.size)
        yield "n", np.asarray(node.array) * count if node.op.name == "mean" else np.asarray(node.array) / count


def _readers(graph, now, data):
    """The edges whose rules read Tensors with other values, or other data."""

    def is_other(a):
        return a in now if isinstance(a, Tensor) else id(a) in data

    return [edge for edge in graph.edges if any(map(is_other, (*edge.args, edge.node)))]


def _with_values(graph, edges, now, data):
    """The changes when the rules of the edges read other values, or other data."""

    def new(edge, g):
        return edge.part(g, now.get(edge.node, edge.out), graph.read(edge.args, edge.arrays, now, data))

    return _at_edges(edges, new)


def parts_summed(parts):
    """A part of the gradient is summed or averaged where each entry counts for itself."""
    graph = parts.graph
    for edge in graph.edges:
        g = graph.flow.get(edge.node)
        part = None if g is None else edge.part(g)
        if part is None or part.size < 2:
            continue
        axes = [None, *range(part.ndim)] if part.ndim > 1 else [None]
        for axis in axes:
            for key, take in (("part_summed", np.sum), ("part_averaged", np.mean)):
                fields = {"op": edge.op.name, "value": graph.name(edge.x)}

                def new(e, g, axis=axis, take=take):
                    made = e.part(g)
                    return np.broadcast_to(take(made, axis=axis, keepdims=True), made.shape)

                yield Mistake("not summed", key, fields, _at_edges([edge], new))


def normalised_values(parts):
    """Another value in place of the normalised one, in the part of the deviation."""
    pool = _pool(parts) if parts.normalised else {}
    for n in parts.normalised:
        for label, value, _ in pool.get(np.shape(n.h), ())[:_MOST_POOLED]:
            if not np.array_equal(value, n.h):

                def change(g, n=n, value=value):
                    return n.back(g, n.mean, value) - n.back(g, n.mean)

                def both(g, n=n, value=value):
                    scaled = g * n.gain
                    part = scaled - n.mean(scaled) if n.centred else scaled
                    return (part - value * n.mean(scaled * value)) / n.s - n.back(g, n.mean)

                fields = {"other": label, "value": Phrase("phrase_normalisation"), "op": "normalisation"}
                for made in (change, both):
                    yield Mistake("value", "other_value", fields, {n.u: [(n.v, made)]})


def replaced_once(parts):
    """A value that a rule reads twice is replaced by another at one of the two places."""
    pool = _pool(parts) if len(parts.graph.order) <= LARGE else {}
    for edge in parts.graph.edges:
        if edge.op.name in _LINEAR:
            continue
        for i, a in enumerate(edge.arrays):
            if not isinstance(a, np.ndarray) or a.dtype.kind != "f" or not np.all(a):
                continue
            for label, value, _ in pool.get(np.shape(a), ())[:_MOST_POOLED]:
                if not np.array_equal(value, a):
                    fields = {"other": label, "value": _named(parts, edge, i), "op": edge.op.name}
                    for ratio in (value / a, a / value):  # above or below the line
                        if np.all(np.isfinite(ratio)):
                            change = _at_edges([edge], lambda e, g, ratio=ratio: e.fitted(e.raw(g) * ratio))
                            yield Mistake("value", "other_value", fields, change)


def multiplied(parts):
    """A part of the gradient is multiplied by a value once more, or divided by it."""
    graph = parts.graph
    pool = _pool(parts) if len(graph.order) <= LARGE else {}
    for edge in graph.edges:
        g = graph.flow.get(edge.node)
        part = None if g is None else edge.part(g)
        if part is None:
            continue
        for shape in {part.shape, (), part.shape[-1:], (*part.shape[:-1], 1) if part.ndim else ()}:
            for label, value, _ in pool.get(shape, ())[:_MOST_POOLED]:
                if np.ptp(value) == 0 and value.size > 1:
                    continue
                fields = {"other": label, "op": edge.op.name}
                with np.errstate(all="ignore"):
                    choices = (("multiplied", np.asarray(value)), ("divided", 1 / np.asarray(value)))
                for key, factor in choices:
                    if np.all(np.isfinite(factor)):
                        change = _at_edges([edge], lambda e, g, f=factor: e.part(g) * f)
                        yield Mistake("chain", key, fields, change)


def turned_once_more(parts):
    """A part of the gradient is multiplied by a matrix once more."""
    graph = parts.graph
    pool = _pool(parts) if len(graph.order) <= LARGE else {}
    squares = [one for shape, found in pool.items() if len(shape) == 2 and shape[0] == shape[1] for one in found]
    for edge in graph.edges:
        g = graph.flow.get(edge.node)
        part = None if g is None else edge.part(g)
        if part is None or not part.ndim:
            continue
        for label, value, _ in squares[:_MOST_POOLED]:
            for matrix in (value, value.T):
                fields = {"other": label, "op": edge.op.name}
                if matrix.shape[0] == part.shape[-1]:
                    yield Mistake(
                        "chain", "multiplied", fields, _at_edges([edge], lambda e, g, m=matrix: e.part(g) @ m)
                    )
                if matrix.shape[0] == part.shape[0] and part.ndim > 1:
                    yield Mistake(
                        "chain", "multiplied", fields, _at_edges([edge], lambda e, g, m=matrix: m @ e.part(g))
                    )


def fitted_parts(parts):
    """One part of the gradient, or the same part in every layer, has a factor that is found by numbers."""
    graph = parts.graph
    for group in [[edge] for edge in graph.edges] + parts.edge_groups:
        if all(edge.node not in graph.flow for edge in group) or len(graph.uses[group[0].x]) < 2 and len(group) < 2:
            continue
        try:
            without = graph.with_changes(_without(group))
        except (ValueError, TypeError, IndexError):
            continue
        steps = [now - right for now, right in zip(without, graph.right)]
        fields = {"op": group[0].op.name, "number": None}
        yield Mistake("part", "part_factor", fields, Scaled(steps, _fitted))


def _fitted(rate):
    """The share of a part that is there, where that is neither none nor all of it."""
    return (rate, {"number": 1 - rate}) if 1e-3 < abs(1 - rate) < 1e3 and abs(rate) > 1e-3 else None


def _factors(edge):
    """The positions and values of the factors that multiply the gradient in the rule of an edge."""
    if edge.op.name in ("multiply", "matmul", "dot", "divide") and len(edge.arrays) == 2:
        i = 1 - edge.position
        if isinstance(edge.arrays[i], np.ndarray) and edge.arrays[i].dtype.kind == "f":
            yield i, edge.arrays[i]


def _named(parts, edge, position):
    own = edge.args[position]
    return parts.label(own) if isinstance(own, Tensor) else Phrase("phrase_array")
