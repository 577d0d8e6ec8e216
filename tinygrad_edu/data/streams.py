"""Data that is larger than memory: rows are read from files block by block while the model trains.

A pass takes the groups of rows (the row groups of Parquet, parts of arrays and of CSV files) in a random order, several
at once; a block has some rows of each, shuffled, and is cut into batches. So only two blocks are in memory: the one
that is trained on, and the next, which a thread reads meanwhile.
"""

import math
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..common import random
from ..common.arguments import checked
from ..common.arrays import all_finite
from ..common.floats import floatx
from ..common.types import Count, FilePath
from ..common.warning import warn
from .sources import source_of
from .splitting import PyDataset

_BLOCK = 8 << 20  # bytes of a block


@checked
def stream(
    source: FilePath | ArrayLike,
    target: str | int | Sequence[str] | FilePath | ArrayLike | None = None,
    batch_size: Count = 32,
    features: Sequence[str] | None = None,
    shuffle: bool = True,
    mixed: Count | None = None,
    block_rows: Count | None = None,
) -> "Stream":
    """Batches of data that need not fit into memory, for `fit`, `evaluate`, `predict` and `Normalization.adapt`.

    Args:
        source: the path of a .parquet, .npy or .csv file, or of a folder of such files; or an array, which may be a
            `np.memmap`.
        target: of a table the name of the target column, or a list of names; of arrays the targets (an array, a .npy
            file, a folder with a file of the same name for each of x) or the number of a column. None for no targets.
        batch_size: samples a step.
        features: the columns that make a sample; by default all but the target.
        shuffle: whether `fit` takes the samples in a new order at each pass. `evaluate` and `predict` never do.
        mixed: of how many groups of rows at once a block has some; by default as the kind of file allows.
        block_rows: how many rows are shuffled together; by default about 8 MB of them.

    Returns:
        A `Stream`.

    Raises:
        FileNotFoundError: there is no such file or folder.
        ValueError: a column that is not there, an empty folder, rows of different shapes.
        TypeError: a column that holds no numbers.
        ImportError: Parquet files need pyarrow: `pip install "tinygrad-edu[parquet]"`.

    Example:
        >>> x = np.arange(12.0).reshape(6, 2)
        >>> batches = stream(x, target=x.sum(axis=1), batch_size=4)
        >>> batches
        <Stream of 6 samples of shape (2,), 2 batches of 4>
        >>> [y.shape for _, y in batches]
        [(4,), (2,)]
    """
    return Stream(source_of(source, target, features), batch_size, shuffle, mixed, block_rows)


class Stream(PyDataset):
    """Batches from files: see `stream`, which makes it.

    It is a `PyDataset`: it has a length, gives each batch of the pass by its number, best in their order, and begins
    a new pass when `on_epoch_end` is called. `for_keras()` is the same for Keras.

    Attributes:
        batch_size: samples a step.
        rows: how many samples there are.
        sample_shape: the shape of a sample.
    """

    def __init__(self, source, batch_size, shuffle, mixed, block_rows):
        super().__init__()
        self._source, self.batch_size, self._shuffle = source, batch_size, shuffle
        self._mixed = min(mixed or source.mixed, len(source.groups)) if shuffle else 1
        fitting = _BLOCK // (4 * max(1, math.prod(source.shape)))
        self._block_rows = max((block_rows or fitting) // batch_size, 1) * batch_size
        self.rows, self.sample_shape = source.rows, source.shape
        self._watch, self._lock = _Watch(source, self._mixed), Lock()
        self._seed, self._reading, self._block, self._first = None, None, None, 0

    def __repr__(self):
        return f"<Stream of {self.rows} samples of shape {self.sample_shape}, {len(self)} batches of {self.batch_size}>"

    def __len__(self) -> int:
        return -(-self.rows // self.batch_size)

    # -- one pass ---------------------------------------------------------------------------------------

    def blocks(
        self, shuffle: bool | None = None, allow_nan: bool = False, dtype: Any = None
    ) -> Iterator[tuple[Any, ...]]:
        """The samples of one pass, (x,) or (x, y), many whole batches at a time.

        Args:
            shuffle: whether they come in a new order; by default as the stream was made.
            allow_nan: whether NaN and infinity are let through.
            dtype: of the samples, and of targets that have fractions; by default that of layers, `floatx()`.

        Raises:
            ValueError: a value is missing, or too large; the message says in which column and row.
        """
        shuffle = self._shuffle if shuffle is None else shuffle
        seed = _new_seed() if shuffle else None
        for block, remark in _ahead(self._read(seed, allow_nan, dtype or floatx())):
            if remark:
                warn(remark)
            yield block

    def sample(self, allow_nan: bool = False) -> tuple[Any, ...]:
        """The first samples, (x,) or (x, y), in the order of the file: a batch of them at most."""
        group = self._source.groups[0]
        block = _Block([(group, group.start, next(self._source.read(group, self.batch_size)))], floatx())
        arrays = block.arrays(None)
        if not allow_nan:
            block.check(self._source, arrays)
        return arrays

    def _read(self, seed, allow_nan, dtype):
        """(block, remark) for each block of a pass; the remark is None, or what is to be warned of."""
        rng = None if seed is None else np.random.default_rng(seed)
        size = self._block_rows  # of every block but the last, so that a program for many batches fits all
        rest = remark = None
        for pieces in self._pieces(rng):
            block = _Block(pieces, dtype, rest)
            arrays = block.arrays(rng)
            if not allow_nan:
                block.check(self._source, arrays)
            remark = remark or (self._watch.see(pieces) if rng is not None else None)
            whole = len(arrays[0]) // size * size
            for start in range(0, whole, size):
                yield tuple([array[start : start + size] for array in arrays]), remark
                remark = None
            rest = [array[whole:].copy() for array in arrays]
        if rest is not None and len(rest[0]):
            yield tuple(rest), remark

    def _pieces(self, rng):
        """Pieces of groups, (group, number of the first row, arrays), a list for each block."""
        groups = self._source.groups
        order = range(len(groups)) if rng is None else rng.permutation(len(groups))
        waiting = (groups[i] for i in order)
        mixed = self._mixed if rng is not None else 1
        size = max(1, self._block_rows // mixed)
        reading, pieces, count = [], [], 0
        while True:
            while len(reading) < mixed and (group := next(waiting, None)) is not None:
                reading.append(_read_group(self._source, group, size))
            if not reading:
                break
            for group in reading.copy():
                piece = next(group, None)
                if piece is None:
                    reading.remove(group)
                else:
                    pieces.append(piece)
                    count += len(piece[2][0])
            if count >= self._block_rows:
                yield pieces
                pieces, count = [], 0
        if pieces:
            yield pieces

    # -- batches ----------------------------------------------------------------------------------------

    def __iter__(self) -> Iterator[Any]:
        for block in self.blocks():
            for start in range(0, len(block[0]), self.batch_size):
                yield _batch(block, start, self.batch_size)

    def __getitem__(self, index: int) -> Any:
        if not 0 <= index < len(self):
            raise IndexError(f"There are {len(self)} batches; received the number {index}.")
        with self._lock:
            if self._reading is None or index < self._first:
                if self._shuffle and self._seed is None:
                    self._seed = _new_seed()
                self._reading = self._read(self._seed, False, floatx())
                self._block, self._first = None, 0
            while self._block is None or (index - self._first) * self.batch_size >= len(self._block[0]):
                before = 0 if self._block is None else -(-len(self._block[0]) // self.batch_size)
                (self._block, remark), self._first = next(self._reading), self._first + before
                if remark:
                    warn(remark)
            return _batch(self._block, (index - self._first) * self.batch_size, self.batch_size)

    def on_epoch_end(self) -> None:
        """Let the batches that are asked for by number be those of a new pass."""
        with self._lock:
            self._seed = self._reading = self._block = None

    def for_keras(self) -> Any:
        """The same batches as a `keras.utils.PyDataset`, for real Keras.

        Keras asks for the batches in an order of its own; here each that it asks for is the next of the pass, so that
        the file is read from its beginning to its end.

        Raises:
            ImportError: Keras is not installed.
        """
        from keras.utils import PyDataset as KerasDataset

        return type("Batches", (_Numbered, KerasDataset), {})(self)


class _Numbered:
    """The batches of a stream, numbered in the order in which they are asked for."""

    def __init__(self, batches):
        super().__init__()
        self._batches = batches
        self.on_epoch_begin()

    def __len__(self):
        return len(self._batches)

    def __getitem__(self, index):
        number = self._numbers.setdefault(index, len(self._numbers))
        batch = self._batches[number]
        return batch if isinstance(batch, tuple) else (batch,)

    def on_epoch_begin(self):
        self._numbers = {}
        self._batches.on_epoch_end()


class _Block:
    """Rows of several groups, which are trained on together.

    Args:
        pieces: (group, number of the first row, arrays) for each piece.
        dtype: of the samples, and of targets that have fractions.
        rest: arrays of rows that were left of the block before, which come first.
    """

    def __init__(self, pieces, dtype, rest=None):
        self._pieces, self._dtype = pieces, dtype
        self._parts = ([] if rest is None else [rest]) + [arrays for _, _, arrays in pieces]
        self._left = 0 if rest is None else len(rest[0])
        self._order = None

    def arrays(self, rng):
        """The arrays of all rows, shuffled unless there is no rng."""
        rows = sum(len(part[0]) for part in self._parts)
        self._order = None if rng is None else rng.permutation(rows)
        with np.errstate(over="ignore"):
            return tuple([self._filled(column, rows) for column in zip(*self._parts)])

    def _filled(self, column, rows):
        piece, is_x = column[-1], column[0] is self._parts[0][0]
        kind = piece.dtype if piece.dtype.kind in "iu" and not is_x else self._dtype
        filled, at = np.empty((rows, *piece.shape[1:]), kind), 0
        for part in column:
            places = slice(at, at + len(part)) if self._order is None else self._order[at : at + len(part)]
            filled[places] = part
            at += len(part)
        return filled

    def check(self, source, arrays):
        """Raise a ValueError for the first value that cannot be trained on."""
        if all(array.dtype.kind != "f" or all_finite(array) for array in arrays):
            return
        for group, start, piece in self._pieces:
            for which, values, array in zip("xy", piece, arrays):
                with np.errstate(over="ignore"):
                    wrong = np.argwhere(~np.isfinite(values.astype(array.dtype)))
                if len(wrong):
                    row, *place = map(int, wrong[0])
                    value = values[(row, *place)]
                    what = "NaN" if np.isnan(value) else "infinity"
                    if np.isfinite(value):
                        what = f"{value:g}, too large for {array.dtype},"
                    raise ValueError(
                        f"{group.file}: {source.column(which, tuple(place))} has {what} at row {start + row}. Remove "
                        "or fill such rows where the file is written, or scale the column."
                    )


class _Watch:
    """Notices during the first pass that the rows of a file are sorted by their target."""

    def __init__(self, source, mixed):
        self._wanted = source.labelled and mixed < len(source.groups)
        self._mixed, self._counts, self._alike, self._rows, self._ends = mixed, {}, {}, 0, 0

    def see(self, pieces):
        """Take note of the targets of these pieces: a remark, or None."""
        if not self._wanted:
            return None
        for group, start, arrays in pieces:
            labels = _labels(arrays[1])
            if labels is None:
                self._wanted = False
                return None
            low, high = labels.min(), labels.max()
            seen = self._counts.get(group)
            if seen is None:
                seen = self._counts[group] = [low, high, 0, 0, 0]
            self._counts[group] = _merged(seen, labels, low, high)
            self._rows += len(labels)
            if start + len(labels) == group.start + group.rows:
                remark = self._ended(group)
                if remark:
                    self._wanted = False
                    return remark
        return None

    def _ended(self, group):
        self._ends += 1
        low, high, *_ = self._counts[group]
        if low == high:
            self._alike.setdefault(low, group)
        if self._ends & (self._ends - 1):  # it takes a look at all groups: after 1, 2, 4, 8, … of them
            return None
        for value, alike in self._alike.items():
            share = self._most(value) / self._rows
            # By chance a group of n rows would be like that once in 1 / shareⁿ groups.
            if share < 1 and alike.rows * math.log(share) < -20 and self._mixed * share < 5:
                return (
                    f"All targets in {alike.name} are {value:g}, though others have other targets: the rows seem to be "
                    f"sorted by their target. A block mixes {self._mixed} groups, so that batches of one kind follow "
                    "each other. Shuffle the rows where the file is written, or give stream a larger mixed=."
                )
        return None

    def _most(self, value):
        """How many rows seen so far may have this target, at most."""
        count = 0
        for low, high, lows, highs, rows in self._counts.values():
            if low <= value <= high:
                count += lows if value == low else highs if value == high else rows - lows - highs
        return count


def _merged(seen, labels, low, high):
    """The least and the largest label of a group with how many there are of each, and its rows, after more labels."""
    least, most = min(seen[0], low), max(seen[1], high)
    lows = (seen[2] if seen[0] == least else 0) + int(np.count_nonzero(labels == least))
    highs = (seen[3] if seen[1] == most else 0) + int(np.count_nonzero(labels == most))
    return [least, most, lows, highs, seen[4] + len(labels)]


def _labels(y):
    """One number for each target: its class, of one-hot rows too; None where a target has several numbers."""
    if y.ndim == 1 or y[0].size == 1:
        return y.reshape(-1)
    one_hot = y.ndim == 2 and ((y == 0) | (y == 1)).all() and (y.sum(axis=1) == 1).all()
    return y.argmax(axis=1) if one_hot else None


def _read_group(source, group, size):
    """(group, number of the first row, arrays) for each piece of a group."""
    row = group.start
    for arrays in source.read(group, size):
        yield group, row, arrays
        row += len(arrays[0])


def _batch(block, start, size):
    arrays = tuple([array[start : start + size] for array in block])
    return arrays if len(arrays) > 1 else arrays[0]


def _new_seed():
    """The seed of a pass, from the package's generator: one number, however long the pass."""
    return int(random.generator().integers(1 << 62))


def _ahead(blocks):
    """The same blocks, each read by a thread while the one before is used."""
    pool = ThreadPoolExecutor(1, "stream")
    try:
        try:
            coming = pool.submit(next, blocks, None)
        except RuntimeError:  # a browser has no threads
            yield from blocks
            return
        while (block := coming.result()) is not None:
            coming = pool.submit(next, blocks, None)
            yield block
    finally:
        pool.shutdown(cancel_futures=True)
        blocks.close()
