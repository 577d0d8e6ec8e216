"""Parquet files as a source of rows: a row group is read page by page, so that its size does not matter."""

import numpy as np

from .base import Group, Table, joined, missing, no_number

_BUFFER = 1 << 16  # bytes of a column that are read from the file at once
_PAGE = 1 << 20  # bytes of a column that lie unpacked, at most: what writers make a page of
_OPEN = 96 << 20  # bytes of all groups that are open at once, about


class Parquet(Table):
    """The rows of Parquet files, of the same columns each."""

    def __init__(self, files, target, features):
        self._module, self._files, self._metadata, self.groups = _pyarrow(), files, [], []
        schema = None
        for number, path in enumerate(files):
            with self._opened(path) as file:
                self._metadata.append(file.metadata)
                if schema is None:
                    schema, first = file.schema_arrow, path.name
                    super().__init__(schema.names, target, features, first)
                self._check(file.schema_arrow, schema, path.name, first)
                if features is None and (more := set(schema.names).symmetric_difference(file.schema_arrow.names)):
                    raise ValueError(
                        f"{first} and {path.name} should have the same columns; {min(more)!r} is in one of them alone. "
                        "features=[…] names those to read."
                    )
            self._find_groups(number, path)
        if not self.groups:
            raise ValueError(f"{first} has columns and no rows.")
        self._columns, self._widths = [*self.features, *self.targets], {}
        piece = next(self.read(self.groups[0], 1))
        self.shape = piece[0].shape[1:]
        self.mixed = max(2, min(8, _OPEN // max(1, self._largest_open())))

    def _opened(self, path, metadata=None):
        try:
            return self._module.ParquetFile(path, metadata=metadata, buffer_size=_BUFFER, pre_buffer=False)
        except Exception as error:  # pyarrow's own kinds, which are not all ValueErrors
            raise ValueError(f"{path.name} should be a Parquet file: {error}") from None

    def _check(self, schema, expected, name, first):
        """Refuse columns that are not there, that are others than in the first file, or that hold no numbers."""
        for column in [*self.features, *self.targets]:
            if column not in schema.names:
                raise ValueError(f"{name} has no column {column!r}, as {first} has. It has: {', '.join(schema.names)}.")
            kind, other = schema.field(column).type, expected.field(column).type
            if kind != other:
                raise ValueError(
                    f"Column {column!r} should be of one type: it is {other} in {first}, {kind} in {name}."
                )
            if not _is_numeric(_inner(kind)):
                raise no_number(f"{name}: column {column!r}", "", kind=str(kind))

    def _find_groups(self, number, path):
        row, metadata = 0, self._metadata[number]
        for i in range(metadata.num_row_groups):
            rows = metadata.row_group(i).num_rows
            if rows:
                self.groups.append(Group(f"row group {i} of {path.name}", path.name, row, rows, (number, i)))
            row += rows

    def _largest_open(self):
        """About how many bytes an open group takes: a page of each column, or all of it."""
        found = 0
        for metadata in self._metadata[:16]:
            for i in range(min(metadata.num_row_groups, 16)):
                group = metadata.row_group(i)
                found = max(found, min(group.total_byte_size, group.num_columns * (_PAGE + _BUFFER)))
        return found

    def read(self, group, rows):
        number, i = group.place
        with self._opened(self._files[number], self._metadata[number]) as file:
            row = group.start
            for batch in file.iter_batches(rows, row_groups=[i], columns=self._columns, use_threads=False):
                yield self._arrays(batch, group.file, row)
                row += len(batch)

    def _arrays(self, batch, file, row):
        columns = []
        for name in self._columns:
            values = _values(batch.column(name), f"{file}: column {name!r}", row)
            width = self._widths.setdefault(name, values.shape[1:])
            if values.shape[1:] != width:
                raise _ragged(f"{file}: column {name!r}", width[0], 0, values.shape[1], row)
            columns.append(values)
        width = len(self.features)
        x, targets = columns[:width], columns[width:]
        x = x[0].reshape(len(batch), -1) if len(x) == 1 else joined(x)
        if not targets:
            return (x,)
        return x, targets[0] if self.one_target else joined(targets)

    def column(self, which, place):
        if which == "x" and len(self.features) == 1:
            return f"column {self.features[0]!r}" + (f", position {place[0]}" if self.shape != (1,) else "")
        return super().column(which, place) if self.shape == (len(self.features),) else f"position {place}"


def _values(column, place, row):
    """The numbers of a column: of shape (rows,), or (rows, width) where it holds lists.

    Args:
        column: an Array of pyarrow.
        place: what errors call it.
        row: the number of its first row.
    """
    if column.null_count:
        first = int(np.flatnonzero(column.is_null().to_numpy(zero_copy_only=False))[0])
        raise missing(place, f"is null at row {row + first}")
    if not hasattr(column, "flatten") or not hasattr(column.type, "value_type"):
        return column.to_numpy(zero_copy_only=False)
    inner = column.flatten()
    width = len(inner) // len(column)
    if hasattr(column, "value_lengths"):
        lengths = column.value_lengths().to_numpy(zero_copy_only=False)
        if (odd := lengths != lengths[0]).any():
            at = int(np.flatnonzero(odd)[0])
            raise _ragged(place, lengths[0], row, lengths[at], row + at)
    if inner.null_count:
        first = int(np.flatnonzero(inner.is_null().to_numpy(zero_copy_only=False))[0]) // width
        raise missing(place, f"has a null within row {row + first}")
    return inner.to_numpy(zero_copy_only=False).reshape(len(column), width)


def _ragged(place, length, row, other, odd):
    """The ValueError for lists of different lengths, in these rows."""
    return ValueError(
        f"{place} has lists of different lengths: {length} numbers in row {row}, {other} in row {odd}. Every sample "
        "needs as many."
    )


def _inner(kind):
    """The type of the numbers in a column: of its lists, if it holds such."""
    return getattr(kind, "value_type", kind) if "list" in str(kind) else kind


def _is_numeric(kind):
    from pyarrow import types

    return types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind)


def _pyarrow():
    try:
        import pyarrow.parquet
    except ImportError:
        raise ImportError(
            "Parquet files are read with pyarrow, and it is not installed. One command gets it: "
            'pip install "tinygrad-edu[parquet]"'
        ) from None
    return pyarrow.parquet


def of_parquet_files(files, target, features):
    """The Source of Parquet files."""
    return Parquet(files, target, features)
