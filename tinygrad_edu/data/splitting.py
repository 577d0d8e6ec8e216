"""Data sets in two parts by number of samples, and batches that are made when their turn comes: Keras's forms."""

from collections.abc import Iterator, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from ..common.arguments import checked
from ..common.arrays import check_lengths, rows_of
from ..common.types import Seed


def shuffled_as_keras(x, y, test_split, seed):
    """The rows in the order in which Keras's data sets shuffle them, cut in two.

    Args:
        x, y: arrays with one row for each sample.
        test_split: the share of the samples in the test part, from 0 up to but not including 1.
        seed: of the shuffle.

    Returns:
        (x_train, y_train), (x_test, y_test).

    Raises:
        ValueError: test_split is not in that range.
    """
    if not 0 <= test_split < 1:
        raise ValueError(f"test_split must be at least 0 and less than 1, such as 0.2; received {test_split}.")
    order = np.arange(len(x))
    np.random.RandomState(seed).shuffle(order)
    x, y = x[order], y[order]
    cut = int(len(x) * (1 - test_split))
    return (x[:cut], y[:cut]), (x[cut:], y[cut:])


@checked
def split_dataset(
    dataset: ArrayLike | Sequence[ArrayLike],
    left_size: float | None = None,
    right_size: float | None = None,
    shuffle: bool = False,
    seed: Seed | None = None,
    preferred_backend: Literal["numpy"] | None = None,
) -> tuple[Any, Any]:
    """The first rows of a data set, and the rows after them.

    Args:
        dataset: an array, or a tuple or list of arrays with one row for each sample, such as (x, y).
        left_size: the samples of the left part: a number of them, or a share in (0, 1); by default the others.
        right_size: the same for the right part.
        shuffle: whether the samples are put into a random order first.
        seed: the same seed gives the same order.
        preferred_backend: None or "numpy".

    Returns:
        The left and the right part, each of the form of `dataset`: an array, or a tuple of arrays.

    Raises:
        TypeError: the data set gives batches, or a size is no number.
        ValueError: lengths differ, or a size does not fit.

    Example:
        >>> x, y = np.arange(10).reshape(5, 2), np.arange(5)
        >>> (x_left, y_left), (x_right, y_right) = split_dataset((x, y), left_size=0.6)
        >>> y_left, y_right
        (array([0, 1, 2]), array([3, 4]))
    """
    together = isinstance(dataset, tuple | list)
    if not together and not hasattr(dataset, "shape"):
        raise TypeError(
            f"split_dataset expects an array or a tuple of arrays, such as (x, y); received {type(dataset).__name__}."
        )
    arrays = [a if hasattr(a, "iloc") else np.asarray(a) for a in (dataset if together else [dataset])]
    count = check_lengths(**{f"array {i}": a for i, a in enumerate(arrays)})
    left, right = _sizes(left_size, right_size, count)
    order = np.random.default_rng(seed).permutation(count) if shuffle else np.arange(count)
    parts = order[:left], order[left : left + right]
    first, second = (tuple(rows_of(a, part) for a in arrays) for part in parts)
    return (first, second) if together else (first[0], second[0])


def _sizes(left_size, right_size, count):
    """The numbers of samples of both parts."""
    if left_size is None and right_size is None:
        raise ValueError("split_dataset expects left_size or right_size, such as left_size=0.8; received neither.")
    left, right = _rows(left_size, "left_size", count), _rows(right_size, "right_size", count)
    left = count - right if left is None else left
    right = count - left if right is None else right
    if left + right > count:
        raise ValueError(f"left_size={left_size} and right_size={right_size} are more than the {count} samples.")
    return left, right


def _rows(size, name, count):
    """A size as a number of samples, rounded as Keras does."""
    if size is None:
        return None
    if isinstance(size, bool) or not isinstance(size, int | float | np.integer | np.floating):
        raise TypeError(f"{name} expects a share such as 0.8, or a number of samples; received {size!r}.")
    whole = isinstance(size, int | np.integer)
    if not 0 < size < (count if whole else 1):
        raise ValueError(
            f"{name} expects a share in (0, 1), or a number of samples from 1 to {count - 1}; received {size!r}."
        )
    return int(size) if whole else round(float(size) * count)


class PyDataset:
    """Base of data sets that make each batch when it is asked for; `fit`, `evaluate` and `predict` take them.

    A subclass defines `__len__`, the number of batches, and `__getitem__`, a batch (x, y) by its number.

    Args:
        workers, use_multiprocessing, max_queue_size: accepted for Keras's sake: batches are made one by one.

    Example:
        >>> class Squares(PyDataset):
        ...     def __len__(self):
        ...         return 3
        ...     def __getitem__(self, index):
        ...         x = np.full((4, 1), float(index))
        ...         return x, x**2
        >>> [y[0, 0].item() for x, y in Squares()]
        [0.0, 1.0, 4.0]
    """

    def __init__(self, workers: int = 1, use_multiprocessing: bool = False, max_queue_size: int = 10):
        self.workers, self.use_multiprocessing, self.max_queue_size = workers, use_multiprocessing, max_queue_size

    def __len__(self) -> int:
        raise NotImplementedError(f"{type(self).__name__} must define __len__: the number of batches.")

    def __getitem__(self, index: int) -> Any:
        raise NotImplementedError(f"{type(self).__name__} must define __getitem__(index): the batch (x, y).")

    def __iter__(self) -> Iterator[Any]:
        for index in range(len(self)):
            yield self[index]

    @property
    def num_batches(self) -> int:
        """The number of batches, `len(self)`."""
        return len(self)

    def on_epoch_begin(self) -> None:
        """Called before each pass."""

    def on_epoch_end(self) -> None:
        """Called after each pass: shuffle here, say."""
