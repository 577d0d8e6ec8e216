"""What a wrong gradient says about the mistake behind it.

Where the function has a graph, each op in it is checked by itself: an error in one rule makes every gradient
before it wrong, and shows its kind only where it is made. A gradient written by hand is held against the right
backward pass of the function, and against the same pass with one mistake in it.
"""

from typing import NamedTuple

import numpy as np

from .case import case_of
from .culprits import culprits
from .graph import graph_of
from .kinds import KINDS
from .texts import TEXTS

_WIDE = 3  # a wider range of factors tells a reader nothing


class Diagnosis(NamedTuple):
    """What a wrong gradient looks like.

    `kind` is the name of one of `KINDS`, or "unknown"; `key` is that of the sentence in `TEXTS`, and `fields`
    are the numbers and names that fill it.
    """

    kind: str
    key: str
    fields: dict

    def text(self, texts=TEXTS):
        """The sentence, from a table of texts in any language."""
        fields = self.fields
        known, total = fields["known"], fields["total"]
        entries = "one_entry" if total == 1 else "all_entries" if known == total else "some_entries"
        subject = texts["of_rule" if "rule_of" in fields else "of_argument"]
        words = {"subject": subject.format_map(fields), "measured": texts[entries].format_map(fields)}
        if "which" in fields:
            words["which"] = texts[fields["which"]]
        return texts[self.key].format_map(fields | words)

    def __str__(self):
        return self.text()


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
    for kind in KINDS:
        found = kind.fit(case)
        if found is not None:
            key, fields = found
            return Diagnosis(kind.name, key, common | {name: _plain(value) for name, value in fields.items()})
    return Diagnosis("unknown", *_unknown(case, common))


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
    for row, variable in zip(rows, problem.variables):
        if row.ok:
            yield None
            continue
        graph = graph_of(problem, weights, variable)
        others = {other.name: other.estimate for other in rows if other is not row}
        case = case_of(row, variable.array, others=others, values=values | (graph.values if graph else {}))
        yield case.with_graph(graph)
