"""The common part of every source of rows: groups, columns, and how an error names a place."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from ...common.naming import nearest, some_of


class Group(NamedTuple):
    """Rows that are stored together.

    Attributes:
        name: how messages call it, such as "row group 3 of sales.parquet".
        file: the name of the file that has it.
        start: the number of its first row in that file.
        rows: how many there are.
        place: what the source finds it by.
    """

    name: str
    file: str
    start: int
    rows: int
    place: Any


class Source:
    """Rows in groups.

    Attributes:
        groups: the Groups.
        shape: the shape of a sample.
        labelled: whether there are targets.
        mixed: of how many groups at once rows are mixed, by default.
    """

    groups: list[Group]
    shape: tuple[int, ...]
    labelled = False
    mixed = 8

    @property
    def rows(self) -> int:
        """How many samples there are."""
        return sum(group.rows for group in self.groups)

    def read(self, group: Group, rows: int) -> Iterator[Any]:
        """The samples of a group in their order, (x,) or (x, y), at most so many rows at a time."""
        raise NotImplementedError

    def column(self, which: str, place: tuple[int, ...]) -> str:
        """The words in an error for the place of a number within its sample, or within its target."""
        if not place:
            return "in the target" if which == "y" else ""
        position = place[0] if len(place) == 1 else tuple(place)
        return f"{'target' if which == 'y' else 'column' if len(place) == 1 else 'position'} {position}"


class Table(Source):
    """Rows with named columns.

    Args:
        names: the columns, in their order.
        target: the name of a column, or a list of names; None for no targets.
        features: the names of the columns that make a sample; None for all but the targets.
        where: what errors call the table.

    Raises:
        ValueError: there is no such column.
        TypeError: a name is no text.
    """

    def __init__(self, names, target, features, where):
        self.one_target = target is None or isinstance(target, str)
        targets = [] if target is None else [target] if isinstance(target, str) else list(target)
        for name in [*targets, *(features or ())]:
            if not isinstance(name, str):
                raise TypeError(f"{where} has columns with names, such as {names[0]!r}; received {name!r}.")
            if name not in names:
                near = nearest(name, names)
                hint = f" Did you mean {near!r}?" if near else ""
                raise ValueError(f"{where} has no column {name!r}.{hint} It has: {some_of(names)}.")
        chosen = [name for name in names if name not in targets] if features is None else list(features)
        if shared := set(chosen) & set(targets):
            raise ValueError(f"{min(shared)!r} is both a target and a feature: leave it out of features.")
        if not chosen:
            raise ValueError(f"{where} has no column beside the target: there is nothing to predict it from.")
        self.features, self.targets, self.labelled = chosen, targets, bool(targets)

    def column(self, which, place):
        names = self.targets if which == "y" else self.features
        return f"column {names[place[0] if place else 0]!r}"


def joined(parts, dtype=None):
    """Columns, each of shape (rows,) or (rows, width), side by side in one matrix.

    Example:
        >>> joined([np.array([1, 2]), np.array([[3, 4], [5, 6]])]).tolist()
        [[1, 3, 4], [2, 5, 6]]
    """
    widths = [1 if part.ndim == 1 else part.shape[1] for part in parts]
    matrix = np.empty((len(parts[0]), sum(widths)), dtype or np.result_type(*parts))
    at = 0
    for part, width in zip(parts, widths):
        matrix[:, at] = part if part.ndim == 1 else part[:, 0]
        if width > 1:
            matrix[:, at : at + width] = part
        at += width
    return matrix


def no_number(place, value, kind="text"):
    """The TypeError for a value that is no number."""
    return TypeError(
        f"{place} holds {kind}{value and ', ' + value}: a stream reads numbers. Number the classes, or leave the "
        "column out: features=[…] names those to read."
    )


def missing(place, what, remedy="Remove or fill such rows where the file is written."):
    """The ValueError for a value that is not there."""
    return ValueError(f"{place} {what}. {remedy}")
