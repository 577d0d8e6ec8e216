"""Windows that slide over a series in time, as batches for `fit`."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..common.arrays import as_array
from ..common.checks import whole
from ..common.random import SeedGenerator, generator
from .splitting import PyDataset


class Windows(PyDataset):
    """Batches of windows over a series, made when they are asked for: see `timeseries_dataset_from_array`."""

    def __init__(self, data, targets, starts, length, rate, batch_size):
        super().__init__()
        self._data, self._targets, self._starts = data, targets, starts
        self._offsets, self._batch_size = np.arange(length) * rate, batch_size

    def __len__(self):
        return len(self._starts) if self._batch_size is None else -(-len(self._starts) // self._batch_size)

    def __getitem__(self, index):
        if not 0 <= index < len(self):
            raise IndexError(f"There are {len(self)} batches; received the number {index}.")
        size = self._batch_size
        starts = self._starts[index] if size is None else self._starts[index * size : (index + 1) * size]
        x = self._data[np.expand_dims(starts, -1) + self._offsets]
        return x if self._targets is None else (x, self._targets[starts])


def timeseries_dataset_from_array(
    data: ArrayLike,
    targets: ArrayLike | None,
    sequence_length: int,
    sequence_stride: int = 1,
    sampling_rate: int = 1,
    batch_size: int | None = 128,
    shuffle: bool = False,
    seed: int | None = None,
    start_index: int | None = None,
    end_index: int | None = None,
    format: str = "tf",
) -> Any:
    """Windows over a series, with a target for each, as a data set of batches.

    Args:
        data: the series: the first axis is time.
        targets: for each time at which a window may begin, its target; None for windows alone.
        sequence_length: how many values a window has.
        sequence_stride: how far each window begins after the one before.
        sampling_rate: the step from value to value inside a window.
        batch_size: how many windows are in a batch; None gives them one by one.
        shuffle: whether the windows come in random order.
        seed: of that order.
        start_index, end_index: the part of the data that is used, from the first to before the second.
        format: accepted for Keras's sake.

    Returns:
        A `PyDataset` of batches (windows, targets), or of windows.

    Raises:
        ValueError: a number is out of range.

    Example:
        >>> for x, y in timeseries_dataset_from_array(np.arange(5), np.arange(5)[2:], 2, batch_size=2):
        ...     print(x.tolist(), y.tolist())
        [[0, 1], [1, 2]] [2, 3]
        [[2, 3]] [4]
    """
    owner = "timeseries_dataset_from_array"
    data = np.asarray(as_array(data, "data"))
    targets = None if targets is None else np.asarray(as_array(targets, "targets"))
    length = whole("sequence_length", sequence_length, owner=owner)
    for name, step in (("sequence_stride", sequence_stride), ("sampling_rate", sampling_rate)):
        if whole(name, step, owner=owner) >= len(data):
            raise ValueError(f"{owner} expects {name} below the length of the data, {len(data)}; received {step}.")
    first, last = start_index or 0, len(data) if end_index is None else end_index
    if not 0 <= first < last <= len(data):
        raise ValueError(
            f"{owner} expects 0 ≤ start_index < end_index ≤ {len(data)}; received {start_index!r} and {end_index!r}."
        )
    data, targets = data[first:last], None if targets is None else targets[first:last]
    count = len(data) - (length - 1) * sampling_rate
    count = count if targets is None else min(count, len(targets))
    starts = np.arange(0, max(count, 0), sequence_stride)
    if shuffle:
        (generator() if seed is None else SeedGenerator(seed).generator).shuffle(starts)
    size = None if batch_size is None else whole("batch_size", batch_size, owner=owner)
    return Windows(data, targets, starts, length, sampling_rate, size)
