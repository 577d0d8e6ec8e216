"""The outcome of a check: a row for each argument, and the report that a student reads."""

from typing import NamedTuple

import numpy as np


class Row(NamedTuple):
    """The outcome for one argument at one order.

    `analytic`, `numeric` and `error` are those of the worst entry; `index` is None when that is not an
    entry but a random direction through all of them. The error is |analytic − numeric| relative to the
    larger of the two, or to the rounding error where both are as small as that. `left` and `right` are
    the slopes on the two sides where a kink was looked for. `gradient` and `estimate` hold the analytic
    and the numeric gradient of all entries, NaN where an entry was not moved, or where a wrong gradient
    stands at one of the `kinks`. `allowed` is the rounding error in them. `steps` holds the pairs
    (step, error) of the worst entry where they were asked for. `given_shape` is that of a gradient
    whose shape is not that of its argument. `diagnosis` says what the mistake is, and
    is None where nothing is wrong.
    """

    name: str
    shape: tuple
    order: int
    checked: int
    index: tuple | None
    analytic: float
    numeric: float
    error: float
    verdict: str
    left: float
    right: float
    gradient: np.ndarray
    estimate: np.ndarray
    allowed: float = 0.0
    kinks: int = 0
    steps: tuple = ()
    diagnosis: object = None
    given_shape: tuple | None = None

    @property
    def ok(self):
        """True where the gradient agrees: the verdict is "ok", or "kink" with a slope between the two sides."""
        return self.verdict in ("ok", "kink")

    @property
    def entry(self):
        """The worst entry as Python writes it, such as "w[0, 1]"."""
        if not self.checked:
            return "–"
        if self.index is None:
            return _say("{entry}, a direction", entry=self.name)
        return f"{self.name}[{', '.join(map(str, self.index))}]" if self.index else self.name

    @property
    def explanation(self):
        """A sentence on the outcome and the mistake that it looks like; empty where there is nothing to explain."""
        fields = self._asdict() | {
            "where": self.entry if self.order == 1 else _say("order 2, {entry}", entry=self.entry),
            "slopes": _say(_SLOPES, left=self.left, right=self.right),
        }
        sentence = _say(_SENTENCES[self.verdict], **fields) if self.verdict in _SENTENCES else ""
        if self.diagnosis:
            sentence = f"{sentence}\n  {self.diagnosis}"
        if self.checked < np.prod(self.shape):
            total = int(np.prod(self.shape))
            note = _say(_SOME, name=self.name, checked=self.checked, total=total)
            sentence = f"{sentence}\n{note}".strip()
        return sentence


class Report:
    """The result of a gradient check: true when all agree; a list of `Row`; a table when printed."""

    def __init__(self, name, rows, seed):
        self.name = name
        self.rows = rows
        self.seed = seed

    @property
    def ok(self):
        """True where every gradient agrees."""
        return all(row.ok for row in self.rows)

    def __bool__(self):
        return self.ok

    def __iter__(self):
        return iter(self.rows)

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, key):
        """The row at a position, or the first row with a name."""
        if isinstance(key, int):
            return self.rows[key]
        for row in self.rows:
            if row.name == key:
                return row
        raise KeyError(f"{key!r} was not checked; checked: {', '.join(row.name for row in self.rows)}.")

    def __str__(self):
        table = [_headings(), *self._cells()]
        widths = [max(len(line[i]) for line in table) for i in range(len(_HEADINGS))]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in table]
        return "\n".join([self._title(), *lines, *self._explanations()])

    __repr__ = __str__

    def _repr_html_(self):
        from html import escape

        def line(cells, tag):
            return "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in cells) + "</tr>"

        rows = "".join([line(_headings(), "th"), *(line(cells, "td") for cells in self._cells())])
        notes = "".join(f"<p>{escape(text)}</p>" for text in self._explanations())
        return f"<table><caption>{escape(self._title())}</caption>{rows}</table>{notes}"

    def _title(self):
        wrong = sum(not row.ok for row in self.rows)
        found = _say("every gradient agrees")
        if wrong:
            found = _say("{wrong} of {count} gradients do not agree", wrong=wrong, count=len(self.rows))
        return _say("gradcheck of {name} (seed {seed}): {found}", name=self.name, seed=self.seed, found=found)

    def _explanations(self):
        """The lines that explain the rows: one wrong rule that spoils several gradients is explained once."""
        lines = [line for row in self.rows for line in row.explanation.splitlines()]
        return list(dict.fromkeys(lines))

    def _cells(self):
        for row in self.rows:
            numbers = [f"{x:.6g}" for x in (row.analytic, row.numeric)] + [f"{row.error:.1e}"]
            if not row.checked:
                numbers = ["–"] * 3
            yield (row.name, str(row.shape), str(row.order), row.entry, *numbers, _say(row.verdict))


_SLOPES = "the slope is {left:.6g} on the left and {right:.6g} on the right"
_SOME = "{name}: {checked} of {total} entries and 2 random directions."
_SENTENCES = {  # by verdict
    "kink": "{where}: a kink; {slopes}, and {analytic:.6g} lies between.",
    "wrong": "{where}: the gradient is {analytic:.6g}, but the function has slope {numeric:.6g}.",
    "wrong at a kink": "{where}: a kink; {slopes}, and {analytic:.6g} does not lie between.",
    "jump": "{where}: the function jumps here, so it has no slope. Check it at another point.",
    "not finite": "{where}: the function or its gradient is infinite or NaN here.",
    "not summed": "{name}: the sum of the gradient is right, but its shape is not {shape}.",
    "shape": "{name}: the values of the gradient are right, but its shape is not {shape}.",
}
_HEADINGS = ("argument", "shape", "order", "worst entry", "analytic", "numeric", "error", "verdict")


def _say(text, **fields):
    """A text in the language that is chosen; the tables are loaded when a report is shown."""
    from .texts import say

    return say(text, **fields)


def _headings():
    return tuple(_say(heading) for heading in _HEADINGS)
