"""From a wrong gradient to the mistake behind it.

Where the function has a graph, each op in it is checked by itself: an error in one rule makes every gradient
before it wrong, and shows its kind only where it is made. A gradient written by hand is held against the right
backward pass of the function, and against the same pass with one mistake in it.
"""

from typing import NamedTuple

import numpy as np

from ..common.language import language
from .case import case_of
from .culprits import culprits
from .graph import graph_of
from .kinds import KINDS, constant_factor, is_plain
from .search import explain
from .texts import sentences, spoken

_WIDE = 3  # a wider range of factors tells a reader nothing


class Diagnosis(NamedTuple):
    """The mistake that a wrong gradient looks like.

    `kind` is the name of one of `KINDS`, or "unknown"; `key` is that of the sentence in `TEXTS`, and `fields`
    are the numbers and names that fill it.
    """

    kind: str
    key: str
    fields: dict

    def text(self, texts=None):
        """The sentence, from a table of texts in any language; by default in the language that is chosen."""
        texts = texts or sentences(language())
        fields = {name: spoken(value, texts) for name, value in self.fields.items()}
        known, total = fields["known"], fields["total"]
        entries = "one_entry" if total == 1 else "all_entries" if known == total else "some_entries"
        if "only" in fields:
            entries = "wrong_entry" if fields["only"] == 1 else "wrong_entries"
        subject = texts["of_rule" if "rule_of" in fields else "of_argument"]
        words = {"subject": subject.format_map(fields), "measured": texts[entries].format_map(fields)}
        for name in ("which", "where", "how"):
            if name in fields:
                words[name] = texts[fields[name]].format_map(fields)
        sentence = texts[self.key].format_map(fields | words)
        if fields.get("places", 1) > 1:
            sentence = f"{sentence} {texts['everywhere'].format_map(fields)}"
        return f"{sentence} {texts[fields['why']].format_map(fields)}" if fields.get("why") else sentence

    def __str__(self):
        return self.text()


def settled(rows, problem, weights, settings):
    """The rows, those whose gradient is right beside a kink and not between the slopes of its sides with a verdict.

    Where every op takes a slope of its own kink, the gradient at the kink is as right as any.
    """
    if not any(row.verdict == "right aside" for row in rows):
        return rows
    if problem.by_hand is None:
        wrong = [v for order in {row.order for row in rows} for v, _ in culprits(problem, order, settings)]
        blamed = set().union(*wrong) if wrong else set()
        fair = [v not in blamed for v in problem.variables] * (len(rows) // len(problem.variables))
    else:
        graph, _ = graph_of(problem, weights)
        fair = [_fair_by_hand(row, i, graph) for i, row in enumerate(rows)]
    verdicts = ["kink" if right else "wrong at a kink" if _bent(row) else "wrong" for row, right in zip(rows, fair)]
    return [row._replace(verdict=v) if row.verdict == "right aside" else row for row, v in zip(rows, verdicts)]


def _fair_by_hand(row, position, graph):
    """True for a gradient at a kink that rules could give; without a graph, where a kink is seen."""
    return _bent(row) if graph is None else any(_close(row.gradient, one[position]) for one in graph.at_kinks())


def _bent(row):
    return abs(row.left - row.right) > 1e-3 * max(abs(row.left), abs(row.right))


def _close(one, other):
    return np.allclose(one, other, rtol=1e-6, atol=1e-9 * np.max(np.abs(other), initial=0))


def diagnosed(rows, problem, weights, settings):
    """The rows, those that are wrong with a diagnosis."""
    by_hand = problem.by_hand is not None
    cases = _by_hand(rows, problem, weights) if by_hand else _by_rules(rows, problem, settings)
    return [row if case is None else row._replace(diagnosis=diagnose(case)) for row, case in zip(rows, cases)]


def diagnose(case):
    """The first kind of mistake that explains a case, or "unknown" with what can be said of it."""
    common = {"argument": case.argument, "known": int(case.known.sum()), "total": case.given.size}
    if case.call is not None:
        common["rule_of"] = case.call.op.name
    alone = case.joint and case.telling < 2 and case.shared is None and case.mistake is not None
    first = [kind for kind in KINDS if alone and kind.name == case.mistake.kind and kind.fit(case)]
    for kind in [*first, *KINDS]:
        found = kind.fit(case)
        if found is not None:
            key, fields = found
            return Diagnosis(kind.name, key, common | {name: _plain(value) for name, value in fields.items()})
    return Diagnosis("unknown", *_unknown(case, common | ({"why": case.why} if case.why else {})))


def _plain(value):
    return value.item() if isinstance(value, np.generic) else value


def _unknown(case, common):
    given, right = case.given[case.known], case.right[case.known]
    size = np.maximum(np.abs(given), np.abs(right))
    agree = np.abs(given - right) <= 1e-6 * size + case.allowed
    common |= {"agree": int(agree.sum())}
    ratio = (given / right)[~agree & (right != 0)]
    low, high = float(ratio.min(initial=np.inf)), float(ratio.max(initial=-np.inf))
    common |= {"low": low, "high": high}
    if right.size == 1 == ratio.size:
        return "unknown_one", common
    if ratio.size and high - low <= 1e-3 * abs(high):
        return "unknown_ratio", common
    narrow = ratio.size and low * high > 0 and max(abs(low), abs(high)) < _WIDE * min(abs(low), abs(high))
    return ("unknown" if narrow else "unknown_near_zero"), common


def _by_rules(rows, problem, settings):
    """The case of each wrong row of a function with a graph: the first wrong rule between variable and result."""
    found = {order: culprits(problem, order, settings) for order in {row.order for row in rows if not row.ok}}
    cases = []
    for i, row in enumerate(rows):
        variable = problem.variables[i % len(problem.variables)]
        reaching = [case for reached, case in found.get(row.order, ()) if variable in reached]
        cut = case_of(row, variable.array, others={}, values={}, cut=True)
        cases.append(None if row.ok else reaching[0] if reaching else cut)
    return cases


def _by_hand(rows, problem, weights):
    """The case of each wrong row of a gradient written by hand."""
    values = dict(zip(problem.names, (v.array for v in problem.variables)))
    graph, why = graph_of(problem, weights)
    wrong = [i for i, row in enumerate(rows) if not row.ok]
    if graph is not None:
        read = _arrays_read(problem.function) | _arrays_read(problem.gradient)
        answers = [np.asarray(row.gradient) for row in rows]  # an array that is the gradient explains nothing
        graph.context = {name: a for name, a in read.items() if not any(np.array_equal(a, b) for b in answers)}
    numbers, cases = tuple(_numbers(problem.gradient)), []
    for i, (row, variable) in enumerate(zip(rows, problem.variables)):
        others = {other.name: other.estimate for other in rows if other is not row}
        known = {"others": others, "values": values | (graph.values if graph else {}), "numbers": numbers}
        case = case_of(row, variable.array, why=why and _why(why), **known)
        cases.append(case if graph is None else case.with_graph(graph, graph.right[i], None, False))
    factors = [constant_factor(cases[i]) for i in wrong]
    if len(factors) > 1 and None not in factors and np.ptp(factors) <= 1e-5 * abs(factors[0]):
        cases = [case._replace(shared=factors[0]) for case in cases]
    plain = [i for i in wrong if is_plain(cases[i])]
    sought = [i for i in wrong if i not in plain]
    if graph is not None and sought:
        given = [np.asarray(row.gradient) for row in rows]
        found = explain(graph, given, sought, plain)
        cases = [case._replace(mistake=found.get(i), joint=len(found) > 1) for i, case in enumerate(cases)]
    return [None if row.ok else case for row, case in zip(rows, cases)]


def _numbers(function):
    """The numbers that stand in a function of the user's: in its code, its closure and its defaults."""
    code = getattr(function, "__code__", None)
    if code is None:
        return
    held = [c.cell_contents for c in function.__closure__ or () if _filled(c)]
    for value in [*code.co_consts, *held, *(function.__defaults__ or ())]:
        if isinstance(value, (int, float)) and not isinstance(value, bool) and value not in (0, 1, -1, 2):
            yield float(value)
    for inner in held:
        if inner is not function and hasattr(inner, "__code__"):
            yield from (float(v) for v in inner.__code__.co_consts if isinstance(v, float) and v not in (0.0, 1.0))


def _arrays_read(function):
    """The arrays of floats in the closure of a function, by name."""
    names = getattr(getattr(function, "__code__", None), "co_freevars", ())
    held = {n: c.cell_contents for n, c in zip(names, getattr(function, "__closure__", None) or ()) if _filled(c)}
    return {n: a for n, a in held.items() if isinstance(a, np.ndarray) and a.dtype.kind == "f" and a.size > 1}


def _filled(cell):
    try:
        cell.cell_contents  # noqa: B018
    except ValueError:
        return False
    return True


def _why(error):
    """The key of the sentence that says why a function could not be followed."""
    if "in place" in error or "cut its graph" in error:
        return "why_writes"
    if "float(t)" in error or "cut the graph" in error:
        return "why_float"
    return "why_large" if "steps" in error else "why_other"
