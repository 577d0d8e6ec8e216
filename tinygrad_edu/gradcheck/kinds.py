"""The known kinds of mistake: each looks at a wrong gradient, and says whether it is of its kind.

A kind gives the key of its sentence in `texts` and the numbers to fill it with, or None. `KINDS` lists them in
the order in which they are tried: what leaves no doubt first, what a chance could imitate last.
"""

import ast
import re
from collections.abc import Callable
from fractions import Fraction
from itertools import permutations
from typing import NamedTuple

import numpy as np

from ..engine.derivatives import derivatives
from .case import factors, twin
from .graph import partial_sums
from .problem import summed


class Kind(NamedTuple):
    """A kind of mistake: its name, what it means, and `fit(case)` that gives (key, fields) or None."""

    name: str
    meaning: str
    fit: Callable


def _not_finite(case):
    bad = ~np.isfinite(case.given)
    if not bad.any():
        return None
    first = np.unravel_index(np.argmax(bad), bad.shape)
    fields = {"bad": int(bad.sum()), "total": bad.size, "value": case.given[first], "at": case.x[first]}
    fields["index"] = list(map(int, first))
    slope = case.right[first]
    return ("not_finite", {**fields, "slope": slope}) if np.isfinite(slope) else ("no_slope", fields)


def _kink(case):
    row = case.row
    if not case.kinks_only:
        return None
    return "kink", {"kinks": row.kinks, "given": row.analytic, "left": row.left, "right": row.right}


def _jump(case):
    row = case.row
    return ("jump", {"index": list(row.index or ())}) if row.verdict == "jump" else None


def _zero(case):
    if np.any(case.given) or not case.telling or case.row.order == 2:
        return None
    return ("zero" if case.call is None else "zero_rule"), {"largest": float(np.nanmax(np.abs(case.right)))}


def _cut(case):
    if not case.cut:
        return None
    return ("cut_twice" if case.row.order == 2 else "cut"), {}


def _precision(case):
    """An error of the size of float32 rounding, in numbers that float32 holds or that is not the same everywhere."""
    given, right = case.given[case.known], case.right[case.known]
    size = np.max(np.abs(right), initial=0)
    if not case.telling:
        return None
    error = float(np.max(np.abs(given - right)) / size) if size else np.inf
    in_float32 = np.array_equal(given, given.astype(np.float32))
    ratio = (given / right)[np.abs(right) > 1e-3 * size] - 1
    uneven = ratio.size > 2 and np.ptp(ratio) > 0.5 * np.max(np.abs(ratio))
    if error < 1e-4 and in_float32 or error < 1e-5 and uneven:
        return "precision", {"error": error}
    return None


def _sign(case):
    return ("sign", {}) if case.telling and case.explained_by(-case.right) else None


def _nice_factor(case):
    """A constant factor that has a reason: a small number, or the length of an axis."""
    factor = _constant(case)
    if factor is None or abs(factor - 1) < 1e-3:
        return None
    fields = {"factor": factor}
    lengths = case.lengths()
    for length in sorted(lengths):
        if length > 2 and _near(factor, length) and not _takes_mean(case.graph):
            break
        if length > 2 and _near(factor, length) or length > 2 and _near(factor, 1 / length):
            name, axis = lengths[length]
            key = "factor_sum" if factor > 1 else "factor_mean"
            return key + ("_all" if axis is None else ""), {**fields, "length": length, "value": name, "axis": axis}
    simple = Fraction(factor).limit_denominator(12)
    if simple == 0 or not _near(factor, float(simple)) or abs(simple.numerator) > 12:
        return None
    missing = 1 / simple
    fields |= {"simple": str(simple), "missing": str(missing)}
    if missing.denominator == 1 and missing > 1 and case.graph is not None:
        for mistake, gradient in case.graph.overwritten():
            if mistake["uses"] == missing and case.explained_by(gradient):
                return "factor_or_use", fields | {"value": mistake["value"], "uses": mistake["uses"]}
    return "factor", fields


def _takes_mean(graph):
    """Whether a function may divide by how many there are; where its graph is not known it may."""
    means = {"mean", "average", "var", "std", "divide", "multiply"}
    return graph is None or any(node.op is not None and node.op.name in means for node in graph.nodes)


def _any_factor(case):
    factor = _constant(case)
    if factor is None or case.telling < 3 or abs(factor - 1) < 1e-3:
        return None
    return "factor_unknown", {"factor": factor, "missing": 1 / factor}


def _constant(case):
    """The number c with given = c · right, or None."""
    given, right = case.given[case.known], case.right[case.known]
    if not case.telling or not np.any(right):
        return None
    factor = float(np.sum(given * right) / np.sum(right * right))
    return factor if factor and case.explained_by(factor * case.right) else None


def _near(a, b):
    return abs(a - b) <= 2e-5 * abs(b)


def _swapped(case):
    for name, right in case.others.items():
        if case.telling and case.explained_by(right):
            return "swapped", {"other": name}
    return None if case.call is None else _swapped_rules(case)


def _swapped_rules(case):
    """The same where a rule gives another shape than that of the argument, before it is summed."""
    call = case.call
    own = call.by_rule(call.position)
    for position, name in enumerate(call.op.parameters):
        if position == call.position or name not in case.others or call.op.each is not None:
            continue
        raw = call.by_rule(position)
        if raw is None or own is None:
            continue
        both_wrong = name in case.wrong and case.mended_by(_summed(raw, case.given.shape))
        copied = name not in case.wrong and np.array_equal(own, raw)
        if both_wrong or copied:
            return "swapped", {"other": name}
    return None


def _transposed(case):
    right = case.right
    if right.ndim > 1 and case.telling > 1:
        for order in permutations(range(right.ndim)):
            turned = right.transpose(order)
            back = right.reshape(turned.shape).transpose(np.argsort(order))
            if case.explained_by(turned.reshape(right.shape)) or case.explained_by(back.reshape(right.shape)):
                return "transposed", {"shape": right.shape}
    if case.graph is not None:
        for fields, gradient in case.graph.transposed():
            if case.explained_by(gradient):
                return "transposed_inside", fields
    return None


def _not_summed(case):
    if case.row.verdict == "not summed":
        return "not_summed", {"shape": case.given.shape}
    if case.graph is not None:
        for fields, gradient in case.graph.not_summed():
            if case.explained_by(gradient):
                key = fields.pop("key")
                return key + "_inside", fields
    if case.call is not None and case.call.jacobian is not None and case.call.out.shape != case.given.shape:
        return _copy_in_call(case)
    return None


def _copy_in_call(case):
    """The same for one op, from what each value of its result brings to each entry of the argument."""
    call = case.call
    brought = call.g.reshape(-1, 1) * call.jacobian
    if case.given.ndim > call.out.ndim or np.any(np.count_nonzero(brought, axis=-1) > 1):
        return None  # not an argument that was only repeated
    for key, fields, part in partial_sums(brought.sum(axis=-1).reshape(call.out.shape), case.given.shape):
        if case.explained_by(part):
            return key, fields
    return None


def _overwritten(case):
    if case.graph is not None:
        for fields, gradient in case.graph.overwritten():
            if case.explained_by(gradient):
                return "overwritten", fields
    return None


def _chain(case):
    found = _chain_in_call(case) if case.call is not None else None
    if found is None and case.graph is not None:
        found = _chain_in_graph(case)
    if found is None and case.call is None:
        found = _chain_at_argument(case)
    return found


def _chain_in_graph(case):
    skipped = [fields for fields, gradient in case.graph.skipped() if case.explained_by(gradient)]
    if not skipped:
        found = [fields for fields, gradient in case.graph.at_result() if case.explained_by(gradient)]
        return ("chain_at_result", found[0]) if found else None
    # The derivative of a known function says more than that of one op in it.
    fields = next((fields for fields in skipped if fields["known"]), skipped[0])
    return _with_rule("chain", fields.pop("known"), fields)


def _chain_in_call(case):
    """The factor that a rule of one op lacks, or has too many."""
    call = case.call
    x, shape = call.arrays[call.position], case.given.shape
    known = twin(x, call.out)
    if call.jacobian is not None and case.explained_by(call.jacobian.sum(axis=0).reshape(shape)):
        return "chain_without_g", {}
    if call.jacobian is not None and case.explained_by((np.ravel(call.out) @ call.jacobian).reshape(shape)):
        return "chain_out_for_g", {}
    if case.telling and case.explained_by(_summed(call.g, shape)):
        return _with_rule("chain", known, {"op": known.name if known else call.op.name, "value": case.argument})
    if known is not None:
        at_result = np.asarray(known.rules[0](call.g, known.function(call.out), call.out))
        if case.explained_by(at_result):
            return "chain_at_result", {"op": known.name}
    raw = call.by_rule(call.position)
    if raw is None:
        return None
    elementwise = call.jacobian is not None and call.out.shape == raw.shape == shape
    brought = call.g * _diagonal(call.jacobian, shape) if elementwise else None
    candidates = list(factors(case.values, raw.shape))
    for text, factor in candidates:
        if case.mended_by(_summed(raw * factor, shape)):
            return "factor_missing", {"factor": text}
        if brought is not None and case.explained_by(brought * factor):
            return "factor_too_many", {"factor": text}
    for text, factor in candidates if call.g.shape == raw.shape else ():
        if case.explained_by(_summed(call.g * factor, shape)):
            return "chain_other", {"factor": text}
    return None


def _chain_at_argument(case):
    """The same where the graph is not known: only what has the shape of the argument can be compared."""
    if case.telling < 2:
        return None
    for text, factor in factors(case.values, case.given.shape):
        if case.mended_by(case.given * factor):
            return "factor_missing", {"factor": text}
        if case.explained_by(case.right * factor):
            return "factor_too_many", {"factor": text}
    return None


def _with_rule(key, op, fields):
    """The fields with the derivative of a known op as text, where its rule is g times something."""
    fields.pop("at", None)
    rule = next(iter(derivatives(op).values()), "") if op is not None else ""
    private = re.search(r"\b_", rule)  # a helper of the op's module tells a reader nothing
    if (
        not private
        and rule.startswith(("g * ", "g / "))
        and isinstance(ast.parse(rule, mode="eval").body.op, (ast.Mult, ast.Div))
    ):
        rule = rule.removeprefix("g * ").replace("g / ", "1 / ", 1)
        rule = ast.unparse(ast.parse(rule, mode="eval"))  # without brackets around all of it
        return key + "_with_rule", {**fields, "rule": rule}
    return key, fields


def _diagonal(jacobian, shape):
    return np.diagonal(jacobian).reshape(shape)


def _summed(array, shape):
    """An array as the gradient of an argument of this shape, which it may have been repeated from."""
    return array if np.shape(array) == shape else summed(np.asarray(array), shape)


def _part(case):
    """One part of the gradient has the wrong sign or the wrong constant factor."""
    if case.graph is None:
        return None
    lengths = [n for n in case.lengths() if n > 2]
    scaled = case.graph.scaled([-1, 2, 0.5, *lengths, *[1 / n for n in lengths]])
    found = [fields for fields, gradient in scaled if case.explained_by(gradient)]
    if not found:
        return None
    return ("part_sign" if found[-1]["number"] == -1 else "part_factor"), found[-1]  # the last: nearest to the argument


KINDS = (
    Kind("not finite", "NaN or infinity, where the function is at its extremes", _not_finite),
    Kind("kink", "right except where the function has a kink", _kink),
    Kind("jump", "the function jumps, so that it has no gradient there", _jump),
    Kind("zero", "zero everywhere: detached, or integers", _zero),
    Kind("cut", "the graph is cut between the argument and the result", _cut),
    Kind("not summed", "not summed over the axis along which the argument was repeated", _not_summed),
    Kind("precision", "right but for the rounding of float32", _precision),
    Kind("sign", "the sign is flipped", _sign),
    Kind("factor", "a constant factor: 2, ½, N for a sum in place of a mean", _nice_factor),
    Kind("swapped", "the gradient of another argument", _swapped),
    Kind("transposed", "axes in the wrong order", _transposed),
    Kind("overwritten", "one use of a value overwrites another, where they should add up", _overwritten),
    Kind("chain", "a factor of the chain rule is missing, or there is one too many", _chain),
    Kind("factor", "a constant factor of no known reason", _any_factor),
    Kind("part", "one part of the gradient has a wrong sign or factor", _part),
)
