"""Arrays as a source of rows: in memory, mapped from a file, or in .npy files."""

import os
from pathlib import Path

import numpy as np

from .base import Group, Source

_RANGE = 1 << 18  # bytes of an array that are read together


class Arrays(Source):
    """Rows of one array after another, and their targets.

    Args:
        parts: for each array (name, open), where `open` gives (x, y) with y None, or the targets.
        column: the number of the column that is the target, where x has it.
    """

    mixed = 64  # anywhere in an array is as near as anywhere else

    def __init__(self, parts, column=None):
        self._open, self._column, self.groups = [], column, []
        first = None
        for number, (name, opened) in enumerate(parts):
            x, y = opened()
            _check(name, x, y, column)
            found = x.shape[1:], None if y is None else (y.shape[1:], y.dtype.kind in "iu")
            if first is None:
                first, first_name = found, name
            if found != first:
                raise ValueError(
                    f"All arrays should have rows of one shape: those of {first_name} are {_in_words(first)}, those "
                    f"of {name} {_in_words(found)}."
                )
            self._open.append(opened)
            size = max(1, _RANGE * len(x) // max(x.nbytes, 1))
            for start in range(0, len(x), size):
                rows = min(size, len(x) - start)
                self.groups.append(Group(f"rows {start} to {start + rows - 1} of {name}", name, start, rows, number))
        self.shape = first[0] if column is None else (first[0][0] - 1,)
        self.labelled = column is not None or first[1] is not None

    def read(self, group, rows):
        x, y = self._open[group.place]()
        end = group.start + group.rows
        for start in range(group.start, end, rows):
            part = slice(start, min(start + rows, end))
            if self._column is not None:
                piece = np.asarray(x[part])
                yield np.delete(piece, self._column, axis=1), piece[:, self._column]
            else:
                yield (np.asarray(x[part]),) if y is None else (np.asarray(x[part]), np.asarray(y[part]))

    def column(self, which, place):
        if self._column is not None and which == "y":
            return f"column {self._column}"
        if self._column is not None and place[0] >= self._column % (self.shape[0] + 1):
            return f"column {place[0] + 1}"
        return super().column(which, place)


def _in_words(found):
    x, y = found
    return f"{x}" if y is None else f"{x} with targets {y[0]} {'of whole numbers' if y[1] else 'with fractions'}"


def _check(name, x, y, column):
    """Refuse what are no rows of numbers, and targets that are not as many."""
    for part, what in ((x, name), (y, f"the target of {name}")):
        if part is None:
            continue
        if part.dtype.kind not in "biuf":
            raise TypeError(f"{what} should hold real numbers; received dtype {part.dtype}.")
        if part.ndim == 0 or 0 in part.shape:
            raise ValueError(f"{what} should have a row for each sample; received shape {part.shape}.")
    if y is not None and len(x) != len(y):
        raise ValueError(f"{name} has {len(x)} rows and its target {len(y)}: each row needs one.")
    if column is not None and (x.ndim != 2 or not -x.shape[1] <= column < x.shape[1] or x.shape[1] < 2):
        raise ValueError(f"{name} has no column {column} beside others: its shape is {x.shape}.")


def of_arrays(source, target, features):
    """The Source of an array and its targets."""
    if hasattr(source, "iloc"):
        raise TypeError("A pandas table is in memory already: give it to fit, as x and y, or write it to Parquet.")
    if features is not None:
        raise ValueError("features names the columns of a table; an array has none: slice it, as in x[:, :3].")
    x = _array("source", source)
    if _is_number(target):
        return Arrays([("the array", lambda: (x, None))], int(target))
    if isinstance(target, str | os.PathLike):
        path = Path(target)
        y = _opened(path) if path.suffix == ".npy" and path.is_file() else None
        if y is None:
            raise ValueError(
                f"The target of an array should be an array, the path of a .npy file or the number of a column; "
                f"received {str(target)!r}."
            )
    else:
        y = None if target is None else _array("target", target)
    return Arrays([("the array", lambda: (x, y))])


def of_npy_files(files, target, features):
    """The Source of .npy files, whose targets are a column, or lie in files of the same names in another folder."""
    if features is not None:
        raise ValueError("features names the columns of a table; .npy files have none.")
    if target is None or _is_number(target):
        parts = [(path.name, lambda path=path: (_opened(path), None)) for path in files]
        return Arrays(parts, None if target is None else int(target))
    if not isinstance(target, str | os.PathLike):
        if len(files) > 1:
            raise TypeError(
                "The target of a folder of .npy files is a folder with a file of the same name for each, or the "
                f"number of a column; received {type(target).__name__}."
            )
        y = _array("target", target)
        return Arrays([(files[0].name, lambda: (_opened(files[0]), y))])
    pairs = [(path, Path(target) if Path(target).is_file() else Path(target) / path.name) for path in files]
    if Path(target).is_file() and len(files) > 1:
        raise ValueError(f"{len(files)} .npy files need a folder of as many targets; {str(target)!r} is one file.")
    for path, of_target in pairs:
        if not of_target.is_file():
            raise FileNotFoundError(f"The target of {path.name} should be in {str(of_target)!r}, which is not there.")
    return Arrays([(x.name, lambda x=x, y=y: (_opened(x), _opened(y))) for x, y in pairs])


def _is_number(target):
    return isinstance(target, int | np.integer) and not isinstance(target, bool)


def _array(name, value):
    """An array as it is: of a file, it stays there."""
    array = value if isinstance(value, np.ndarray) else np.asarray(value)
    if array.dtype.kind == "O":
        raise TypeError(f"{name} should be an array of numbers, or a path; received a {type(value).__name__}.")
    return array


def _opened(path):
    """The array in a .npy file, mapped."""
    try:
        return np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise ValueError(f"{path.name} should be an array that np.save wrote: {error}") from None
