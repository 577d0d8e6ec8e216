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
from .case import derivative, factors, twin
from .graph import partial_sums
from .mistakes import one_use_of
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
    agree = not case.known.any() or case.same(case.given, case.right)
    if row.index is None and row.verdict in ("wrong", "wrong at a kink") and row.checked == case.given.size and agree:
        return "kink_together", {"given": row.analytic, "slope": row.numeric}
    if not case.kinks_only:
        return None
    return "kink", {"kinks": row.kinks, "given": row.analytic, "left": row.left, "right": row.right}


def _jump(case):
    row = case.row
    return ("jump", {"index": list(row.index or ())}) if row.verdict == "jump" else None


def _zero(case):
    largest = np.max(np.abs(case.right[case.known]), initial=0)
    if np.any(np.abs(case.given) > 1e-12 * largest) or not case.telling or case.row.order == 2:
        return None
    if case.mistake is not None and case.mistake.kind == "not summed":
        return None  # a sum that is zero
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
    if case.telling < 2 and _swapped(case):
        return None
    return ("sign", {}) if case.telling and case.explained_by(-case.right) else None


_NAMED = {
    "ln 10": np.log(10),
    "ln 2": np.log(2),
    "π": np.pi,
    "2π": 2 * np.pi,
    "√2": np.sqrt(2),
    "√(2π)": np.sqrt(2 * np.pi),
}


def _nice_factor(case):
    """A constant factor that has a reason: a small number, or the length of an axis."""
    factor = constant_factor(case)
    if factor is None or abs(factor - 1) < 1e-3 or (case.telling < 2 and _swapped(case)):
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
    if (
        case.telling < 2
        and case.mistake is not None
        and case.mistake.kind != "part"
        and simple not in (2, Fraction(1, 2))
    ):
        return None
    if simple == 0 or not _near(factor, float(simple)) or abs(simple.numerator) > 12:
        return _reasoned_factor(case, fields)
    missing = 1 / simple
    fields |= {"simple": str(simple), "missing": str(missing)}
    if case.graph is not None and missing.denominator == 1 and missing > 1:
        for used in one_use_of(case.graph, case.argument, case.given):
            if used["uses"] == missing:
                return "factor_or_use", fields | {name: used[name] for name in ("value", "uses")}
    return "factor", fields


def _reasoned_factor(case, fields):
    """A factor with a name, or one that stands as a number in the user's gradient function."""
    factor = fields["factor"]
    for name, number in _NAMED.items():
        if _near(factor, number) or _near(factor, 1 / number):
            return "factor", fields | {"missing": f"1 / {name}" if _near(factor, number) else name}
    for number in case.numbers if case.telling > 1 or case.shared is not None else ():
        if _near(abs(factor), abs(number)) or number and _near(abs(factor), abs(1 / number)):
            return "factor_number", fields | {"number": number}
    return None


def _takes_mean(graph):
    """True for a function that may divide by how many there are; where its graph is not known it may."""
    means = {"mean", "average", "var", "std", "divide", "multiply"}
    return graph is None or any(node.op is not None and node.op.name in means for node in graph.order)


def _any_factor(case):
    factor = constant_factor(case)
    if factor is None or abs(factor - 1) < 1e-3:
        return None
    if case.shared is not None:
        return "factor_everywhere", {"factor": factor, "missing": 1 / factor}
    if case.telling < 3:
        return None
    return "factor_unknown", {"factor": factor, "missing": 1 / factor}


def constant_factor(case):
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
    if right.ndim and case.telling > 1 and case.explained_by(np.flip(right)):
        return "turned_around", {"value": case.argument}
    return None


def _rolled(case):
    """The values stand one place further: an index is off by one."""
    for axis in range(case.right.ndim) if case.known.all() and case.telling > 2 else ():
        for shift in (1, -1):
            if case.explained_by(np.roll(case.right, shift, axis)):
                return "rolled", {"axis": axis}
    return None


def _itself(case):
    """The values of the argument, or a derivative made of them, in place of its gradient."""
    if case.telling < 2 or case.call is not None:
        return None
    x = np.asarray(case.x, dtype=float)
    if case.explained_by(x):
        return "itself", {}
    for text, value in (("x · (1 − x)", x * (1 - x)), ("1 − x²", 1 - x * x), ("x²", x * x), ("1 − x", 1 - x)):
        if case.explained_by(value):
            return "expression", {"factor": text.replace("x", case.argument)}
    return None


def _reordered(case):
    """The right values, each of them in another place."""
    if not case.known.all() or case.telling < 4 or case.kinks_only:
        return None
    given, right = np.sort(case.given, axis=None), np.sort(case.right, axis=None)
    apart = np.min(np.diff(right)) > 100 * np.max(np.abs(given - right))
    return (
        ("reordered", {})
        if apart and case.same(given.reshape(case.right.shape), right.reshape(case.right.shape))
        else None
    )


def _sum_of_other(case):
    """The sum of the gradient of another argument."""
    for name, other in case.others.items() if case.telling > 1 else ():
        for axis in range(np.ndim(other)) if np.ndim(other) > 1 and np.all(np.isfinite(other)) else ():
            total = np.sum(other, axis=axis)
            if total.size == case.given.size and case.explained_by(total.reshape(case.given.shape)):
                return "sum_of_other", {"other": name, "axis": axis}
    return None


def _shape(case):
    return ("shape", {"shape": case.row.given_shape}) if case.row.verdict == "shape" else None


def _not_summed(case):
    if case.row.verdict == "not summed":
        return "not_summed", {"shape": case.given.shape}
    if (
        case.given.size > 1
        and case.known.all()
        and np.ptp(case.right) > 1e-9 * np.max(np.abs(case.right))
        and case.explained_by(np.full(case.given.shape, np.sum(case.right)))
    ):
        return "too_far", {}
    for axis in range(case.given.ndim) if case.known.all() and case.telling > 2 else ():
        total = np.broadcast_to(np.sum(case.right, axis=axis, keepdims=True), case.given.shape)
        varies = np.ptp(case.right, axis=axis).max() > 1e-6 * np.max(np.abs(case.right))  # else it is a factor
        if varies and case.explained_by(total):
            return "too_far_along", {"axis": axis}
    if case.mistake is not None and case.mistake.kind == "not summed":
        return _of_graph(case)
    if case.call is not None and case.call.jacobian is not None and case.call.out.shape != case.given.shape:
        return _copy_in_call(case)
    return None


def _copy_in_call(case):
    """The same for one op, from what each value of its result brings to each entry of the argument."""
    call = case.call
    brought = call.g.reshape(-1, 1) * call.jacobian
    for which, row in (("where_first", 0), ("where_last", -1)):
        one = [column[np.flatnonzero(column)[row]] if np.any(column) else 0.0 for column in brought.T]
        if np.all(np.count_nonzero(brought, axis=1) <= 1) and case.explained_by(np.reshape(one, case.given.shape)):
            return "copy_of_result", {"which": which}
    if case.given.ndim > call.out.ndim or np.any(np.count_nonzero(brought, axis=-1) > 1):
        return None  # not an argument that was only repeated
    for key, fields, part in partial_sums(brought.sum(axis=-1).reshape(call.out.shape), case.given.shape, summed):
        if case.explained_by(part):
            return key, fields
    return None


def _of_graph(case):
    """The sentence of the mistake in the backward pass of the graph."""
    if case.mistake is None:
        return None
    fields = dict(case.mistake.fields)
    fields.pop("at", None)
    return _with_rule(case.mistake.key, fields.pop("known", None), fields)


def _by_graph(kind):
    return lambda case: _of_graph(case) if case.mistake is not None and case.mistake.kind == kind else None


def _chain(case):
    found = _of_graph(case) if case.mistake is not None and case.mistake.kind == "chain" else None
    if found is None and case.call is not None:
        found = _chain_in_call(case)
    if found is None and case.call is None and (case.mistake is None or case.mistake.kind != "part"):
        found = _chain_at_argument(case)
    return found


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
    square = call.jacobian is not None and call.out.shape == raw.shape == shape
    brought = call.g * _diagonal(call.jacobian, shape) if square else None
    if square and case.telling > 1 and not _is_diagonal(call.jacobian):
        return ("diagonal", {}) if case.explained_by(brought) else None
    if known is not None and case.explained_by(derivative(known, call.g, known.function(call.g))):
        return "chain_of_g", {"op": known.name}
    if case.telling > 2 and constant_factor(case) is not None:
        return None
    candidates = [(text, factor) for text, factor in factors(case.values, raw.shape) if not np.all(factor == 1)]
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


def _is_diagonal(jacobian):
    off = jacobian - np.diag(np.diagonal(jacobian))
    return np.max(np.abs(off), initial=0) <= 1e-7 * np.max(np.abs(jacobian), initial=0)


def _diagonal(jacobian, shape):
    return np.diagonal(jacobian).reshape(shape)


def _summed(array, shape):
    """An array as the gradient of an argument of this shape, which it may have been repeated from."""
    return array if np.shape(array) == shape else summed(np.asarray(array), shape)


def _somewhere(case):
    """The gradient is right in some entries, and what is wrong lies in one place."""
    given, right = case.given, case.right
    size = np.maximum(np.abs(given), np.abs(right))
    bad = case.known & ~(np.abs(given - right) <= 1e-6 * size + case.allowed)
    if (
        not case.known.all()
        or not bad.any()
        or bad.all()
        or given.size < 3
        or case.call is not None
        and case.call.jacobian is None
    ):
        return None
    where = next(_places(case, bad), None)
    if where is None:
        return None
    how = _how(given[bad], right[bad])
    if how["how"] == "how_other" and where[0] in _BY_SIGN and bad.size < 9:
        return None  # a few signs agree by chance
    return "somewhere", {"bad": int(bad.sum()), "where": where[0], **where[1], **how}


def _plain_place(case):
    """The same where both the place and what stands there are plain, and the graph knows of nothing for all entries."""
    if case.mistake is not None and case.mistake.kind != "part" and "only" not in case.mistake.fields:
        return None
    found = _somewhere(case)
    if found is None or found[1]["where"] in _BY_SIGN and found[1]["where"] not in _BY_VALUE:
        return None
    how, factor = found[1]["how"], found[1].get("factor", 0.0)
    plain = how in ("how_zero", "how_sign") or how == "how_factor" and _is_plain_number(factor)
    return found if plain else None


def _is_plain_number(factor):
    simple = Fraction(factor).limit_denominator(4)
    return simple != 0 and abs(simple) <= 4 and _near(factor, float(simple))


def _one_side(case):
    """The same where the place leaves no doubt: the argument is negative there, or large."""
    if case.mistake is not None and case.mistake.key == "chain":
        return None  # a derivative that is left out says more
    found = _somewhere(case)
    sure = found is not None and found[1]["bad"] > 1 and found[1]["how"] != "how_other"
    return found if sure and found[1]["where"] in ("where_negative", "where_positive", "where_outside") else None


def _places(case, bad):
    """Where entries may be wrong: (key of the place, fields)."""
    shape, x = bad.shape, case.x
    if bad.sum() == 1:
        index = tuple(int(i) for i in np.argwhere(bad)[0])
        flat = int(np.flatnonzero(bad)[0])
        if flat == bad.size - 1 or flat == 0:
            yield ("where_last" if flat else "where_first"), {"index": list(index)}
    for axis in range(bad.ndim):
        lines = bad.any(axis=tuple(i for i in range(bad.ndim) if i != axis))
        full = np.take(bad, np.flatnonzero(lines), axis).all()
        if full and lines.sum() == 1 and shape[axis] > 1 and bad.ndim > 1:
            yield (
                ("where_row", "where_column", "where_slice")[min(axis, 2)],
                {"index": int(np.flatnonzero(lines)[0]), "axis": axis},
            )
    if bad.ndim == 2 and shape[0] == shape[1]:
        eye = np.eye(shape[0], dtype=bool)
        for key, mask in (
            ("where_diagonal", eye),
            ("where_off", ~eye),
            ("where_upper", np.triu(~eye)),
            ("where_lower", np.tril(~eye)),
        ):
            if np.array_equal(bad, mask):
                yield key, {}
    if np.shape(x) == shape:
        for key, mask in (
            ("where_negative", x < 0),
            ("where_positive", x > 0),
            ("where_outside", np.abs(x) > 1),
            ("where_inside", np.abs(x) < 1),
        ):
            if np.array_equal(bad, mask):
                yield key, {}
        for key, mask in (("where_negative", x < 0), ("where_positive", x > 0), ("where_outside", np.abs(x) > 1)):
            if bad.sum() > 1 and not np.any(bad & ~mask) and np.mean(bad[mask]) > 0.6:
                yield key, {}
    for name, value in case.values.items():
        if np.shape(value) == shape and np.unique(value).size <= 4:
            for number in np.unique(value):
                if np.array_equal(bad, np.asarray(value) == number):
                    yield "where_value", {"value": name, "number": float(number)}
    for name, value in case.values.items() if bad.size > 5 and 1 < bad.sum() < bad.size - 1 else ():
        if np.shape(value) == shape:
            for key, mask in (("where_value_negative", value < 0), ("where_value_positive", value > 0)):
                if np.array_equal(bad, mask):
                    yield key, {"value": name}


_BY_VALUE = ("where_value", "where_value_negative", "where_value_positive")
_BY_SIGN = ("where_negative", "where_positive", "where_outside", "where_inside", *_BY_VALUE)


def _how(given, right):
    """A description of the wrong entries: nothing, of the other sign, times a number."""
    if not np.any(given):
        return {"how": "how_zero"}
    ratio = given[right != 0] / right[right != 0]
    if ratio.size and np.ptp(ratio) <= 1e-5 * np.max(np.abs(ratio)):
        return {"how": "how_sign" if abs(ratio[0] + 1) < 1e-5 else "how_factor", "factor": float(ratio[0])}
    return {"how": "how_other"}


KINDS = (
    Kind("not finite", "NaN or infinity, where the function is at its extremes", _not_finite),
    Kind("kink", "right except where the function has a kink", _kink),
    Kind("jump", "the function jumps, so that it has no gradient there", _jump),
    Kind("shape", "the right values in another shape", _shape),
    Kind("zero", "zero everywhere: detached, or integers", _zero),
    Kind("cut", "the graph is cut between the argument and the result", _cut),
    Kind("not summed", "not summed over the axis along which the argument was repeated", _not_summed),
    Kind("precision", "right but for the rounding of float32", _precision),
    Kind("sign", "the sign is flipped", _sign),
    Kind("factor", "a constant factor: 2, ½, N for a sum in place of a mean", _nice_factor),
    Kind("swapped", "the gradient of another argument", _swapped),
    Kind("swapped", "the rule of another argument", _by_graph("swapped")),
    Kind("transposed", "axes in the wrong order, or turned around", _transposed),
    Kind("value", "the values of the entry before or after", _rolled),
    Kind("value", "the sum of the gradient of another argument", _sum_of_other),
    Kind("transposed", "the same inside the function", _by_graph("transposed")),
    Kind("somewhere", "wrong on one side of zero", _one_side),
    Kind("somewhere", "wrong in one row, at the end or off the diagonal, in a plain way", _plain_place),
    Kind(
        "overwritten",
        "a path is missing: one use of a value overwrites another, where they should add up",
        _by_graph("overwritten"),
    ),
    Kind("softmax", "the outputs of a row of softmax do not all count", _by_graph("softmax")),
    Kind("chain", "a factor of the chain rule is missing, is another one, or there is one too many", _chain),
    Kind("value", "another value of the right shape", _by_graph("value")),
    Kind("value", "the argument itself", _itself),
    Kind("value", "the right values in other places", _reordered),
    Kind("factor", "a constant factor of no known reason", _any_factor),
    Kind("part", "one part of the gradient has a wrong sign or factor", _by_graph("part")),
    Kind("somewhere", "wrong in some places only", _somewhere),
)


_PLAIN = ("not finite", "kink", "jump", "shape", "cut", "precision", "sign", "factor")


def is_plain(case):
    """True where the mistake is seen without the graph: several entries have one sign or one known factor."""
    if case.telling < 2 and case.shared is None:
        return False
    return any(kind.fit(case) for kind in KINDS if kind.name in _PLAIN and kind.fit is not _any_factor)
