"""CSV files as a source of rows: found once where lines begin, then read a few thousand lines at a time."""

import csv
from itertools import islice

import numpy as np

from .base import Group, Table, missing, no_number

_BYTES = 1 << 20  # of text in a group, about
_SEPARATORS = ",;\t"


class CSV(Table):
    """The rows of CSV files with one header line each."""

    def __init__(self, files, target, features):
        self._files, self.groups = files, []
        with files[0].open(encoding="utf-8-sig", newline="") as file:
            line = file.readline()
        if not line.strip():
            raise ValueError(f"{files[0].name} is empty: its first line should name the columns.")
        self._separator = max(_SEPARATORS, key=line.count)
        names = self._names(line)
        if all(map(_is_number, names)):
            raise ValueError(
                f"{files[0].name} begins with numbers, {line.strip()[:40]!r}: its first line should name the columns."
            )
        super().__init__(names, target, features, files[0].name)
        for number, path in enumerate(files):
            self._find_groups(number, path, names)
        if not self.groups:
            raise ValueError(f"{files[0].name} has a header and no rows.")
        self._places = [names.index(name) for name in [*self.features, *self.targets]]
        self.shape = (len(self.features),)

    def _names(self, line):
        return [name.strip() for name in next(csv.reader([line], delimiter=self._separator))]

    def _find_groups(self, number, path, names):
        """Read a file once, to know where its groups begin and how many lines they have."""
        with path.open("rb") as file:
            found = self._names(file.readline().decode("utf-8-sig"))
            if found != names:
                wrong = next((name for name in names if name not in found), None)
                what = "other columns, or in another order," if wrong is None else f"no column {wrong!r}, as there is"
                raise ValueError(f"{path.name} has {what} in {self._files[0].name}. It has: {', '.join(found)}.")
            row, offset = 0, file.tell()
            while lines := file.readlines(_BYTES):
                rows = sum(not line.isspace() for line in lines)
                if rows:
                    name = f"rows {row} to {row + rows - 1} of {path.name}"
                    self.groups.append(Group(name, path.name, row, rows, (number, offset, len(lines))))
                row, offset = row + rows, file.tell()

    def read(self, group, rows):
        number, offset, count = group.place
        with self._files[number].open("rb") as file:
            file.seek(offset)
            lines = [line for line in islice(file, count) if not line.isspace()]
        for start in range(0, len(lines), rows):
            yield self._parsed([line.decode() for line in lines[start : start + rows]], group, start)

    def _parsed(self, lines, group, start):
        try:
            found = np.loadtxt(
                lines, delimiter=self._separator, usecols=self._places, ndmin=2, quotechar='"', comments=None
            )
        except ValueError as error:
            self._refuse(lines, group, start)
            raise ValueError(f"{group.file}: {error}") from None
        width = len(self.features)
        if not self.labelled:
            return (found,)
        return found[:, :width], found[:, width] if self.one_target else found[:, width:]

    def _refuse(self, lines, group, start):
        """Raise the error for the first value among these lines that is missing or no number."""
        for i, cells in enumerate(csv.reader(lines, delimiter=self._separator)):
            where = f"row {group.start + start + i}"
            for name, place in zip([*self.features, *self.targets], self._places):
                if place >= len(cells):
                    raise missing(f"{group.file}: {where}", f"has {len(cells)} values, and none for column {name!r}")
                cell = cells[place].strip()
                if cell.lower() in _MISSING:
                    raise missing(f"{group.file}: column {name!r}", f"is missing at {where}")
                if not _is_number(cell):
                    raise no_number(f"{group.file}: column {name!r}", f"{cell[:40]!r} at {where}")


_MISSING = "", "na", "n/a", "null", "none"


def _is_number(text):
    try:
        float(text)
    except ValueError:
        return False
    return True


def of_csv_files(files, target, features):
    """The Source of CSV files."""
    return CSV(files, target, features)
