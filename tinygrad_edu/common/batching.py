"""Cutting data into batches, and into a part to train on and a part to test on.

An epoch shuffles the samples, then cuts. Shuffling only the order of fixed batches would let the same samples
meet in every epoch, and the noise of the gradient would no longer average out.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from . import random
from .arguments import checked
from .arrays import check_lengths, rows_of
from .types import Count, Inside, Seed

# Small batches are gathered many at a time, up to about this many bytes an array.
_BLOCK = 1 << 20


@checked
def batches(
    arrays: Sequence[Any], batch_size: Count, shuffle: bool = True, rng: "np.random.Generator | None" = None
) -> Iterator[tuple[Any, ...]]:
    """One epoch: tuples with a batch of each array, every sample exactly once, the last batch maybe shorter.

    Args:
        arrays: arrays with one row for each sample, all of the same length.
        batch_size: how many samples a batch has; 1 is stochastic descent, the number of samples batch descent.
        shuffle: whether the samples are put into a new random order. If not, batches are views of the arrays.
        rng: the `numpy.random.Generator` that shuffles; by default that of `tg.random`.

    Returns:
        An iterator over tuples of arrays.

    Raises:
        TypeError: `arrays` is one array and not a tuple of them.
        ValueError: the batch size is not a whole number from 1, or the arrays differ in length.

    Example:
        >>> x, y = np.arange(10).reshape(5, 2), np.arange(5)
        >>> [len(x_batch) for x_batch, y_batch in batches((x, y), batch_size=2)]
        [2, 2, 1]
    """
    if not isinstance(arrays, tuple | list):
        raise TypeError(
            f"batches takes a tuple of arrays, as in batches((x, y), 32); received {type(arrays).__name__}."
        )
    arrays = [np.asarray(a) for a in arrays]
    count = check_lengths(**{f"array {i}": a for i, a in enumerate(arrays)})
    return Cut(arrays, count, batch_size, (rng or random.generator()).permutation(count) if shuffle else None)


class Cut:
    """One pass over arrays: an iterator over tuples of batches, which also gives the rows of several batches at once.

    Args:
        arrays: arrays with one row for each sample.
        count: how many samples there are.
        size: how many samples a batch has; the last may have fewer.
        order: the numbers of the rows in the order of the pass; None where they stay in theirs, and batches are views.

    Example:
        >>> cut = Cut([np.arange(7)], 7, size=2, order=np.array([6, 0, 5, 1, 4, 2, 3]))
        >>> next(cut)
        (array([6, 0]),)
        >>> cut.take(most=5)
        array([[5, 1],
               [4, 2]])
        >>> list(cut)
        [(array([3]),)]
    """

    def __init__(self, arrays, count, size, order=None):
        self._arrays, self._count, self._size, self._order, self._at = arrays, count, size, order, 0
        self._held, self._first, self._until = arrays, 0, count if order is None else 0  # rows that lie together

    def __iter__(self):
        return self

    def __next__(self):
        if self._at >= self._count:
            raise StopIteration
        if self._at >= self._until:
            self._gather()
        start = self._at - self._first
        self._at += self._size
        return tuple([a[start : start + self._size] for a in self._held])

    def _gather(self):
        """Put the rows of the next batches together: one `take` an array for a block of them."""
        largest = max((a.nbytes // max(len(a), 1) for a in self._arrays), default=0) * self._size
        self._first, self._until = self._at, self._at + self._size * max(1, _BLOCK // max(largest, 1))
        rows = self._order[self._first : self._until]
        self._held = [a.take(rows, axis=0) for a in self._arrays]

    @property
    def left(self):
        """How many samples are left."""
        return max(self._count - self._at, 0)

    def rest(self):
        """The numbers of all rows that are left, in their order; the pass is over then."""
        first, self._at = self._at, self._count
        return np.arange(first, self._count) if self._order is None else self._order[first:]

    def take(self, most=None, fewest=1):
        """The numbers of the rows of the next whole batches, shape (batches, size); the pass goes on behind them.

        Args:
            most: how many batches at most, so that what is left falls into equal parts; all of them when None.
            fewest: how many there must be, else none is taken.
        """
        whole = max((self._count - self._at) // self._size, 0)
        if most is not None and whole > most:
            whole = -(-whole // -(-whole // most)) if most else 0
        whole = whole if whole >= fewest else 0
        first, self._at = self._at, self._at + whole * self._size
        rows = np.arange(first, self._at) if self._order is None else self._order[first : self._at]
        return rows.reshape(whole, self._size)


def is_stream(x):
    """True if x gives batches one after another: a generator, a loader, a PyDataset; not arrays, lists or tables."""
    if isinstance(x, (list, tuple, dict, str)) or any(hasattr(x, name) for name in ("shape", "dtype", "iloc")):
        return False
    return hasattr(x, "__next__") or hasattr(x, "__iter__") or is_dataset(x)


def is_dataset(x):
    """True if batches are asked for by number, as of Keras's PyDataset and Sequence."""
    return hasattr(x, "__getitem__") and hasattr(x, "__len__")


def gives_blocks(x):
    """True if x gives many whole batches at a time, in an order of its own, as a `data.Stream` does."""
    return callable(getattr(x, "blocks", None)) and hasattr(x, "batch_size")


@checked
def train_test_split(
    *arrays: Any, test_fraction: Inside = 0.2, seed: Seed | None = 0, stratify: ArrayLike | None = None
) -> tuple[Any, ...]:
    """Each array in two random parts, one to train on and one to test on; rows stay together.

    Args:
        arrays: arrays, lists or pandas tables with one row for each sample; tables stay tables.
        test_fraction: the share of the samples in the test part, between 0 and 1.
        seed: the same seed gives the same parts; `None` gives new ones each time.
        stratify: class labels, one a sample: both parts then have each class in the same proportion.

    Returns:
        For each array in turn its training and its test part, in scikit-learn's order:
        x_train, x_test, y_train, y_test for the arrays x, y.

    Raises:
        ValueError: the fraction leaves a part empty, lengths differ, or a class has a single sample.

    Example:
        >>> x, y = np.arange(20).reshape(10, 2), np.array([0, 0, 0, 0, 0, 1, 1, 1, 1, 1])
        >>> x_train, x_test, y_train, y_test = train_test_split(x, y, stratify=y)
        >>> x_train.shape, x_test.shape, sorted(y_test.tolist())
        ((8, 2), (2, 2), [0, 1])
    """
    if not arrays:
        raise ValueError("train_test_split needs at least one array, as in train_test_split(x, y).")
    arrays = [a if hasattr(a, "iloc") else np.asarray(a) for a in arrays]
    count = check_lengths(**{f"array {i}": a for i, a in enumerate(arrays)}, stratify=stratify)
    tested = round(count * test_fraction)
    if not 0 < tested < count:
        empty = "test" if tested == 0 else "training"
        raise ValueError(f"test_fraction={test_fraction} of {count} samples leaves no {empty} sample.")
    order = np.random.default_rng(seed).permutation(count)
    in_test = np.zeros(count, bool)
    if stratify is None:
        in_test[order[:tested]] = True
    else:
        in_test[_proportionally(order, np.asarray(stratify), tested)] = True
    parts = order[~in_test[order]], order[in_test[order]]
    return tuple(rows_of(a, part) for a in arrays for part in parts)


def _proportionally(order, labels, tested):
    """`tested` of the samples in `order`, from each class its share, rounded by largest remainder."""
    labels = labels.reshape(len(labels), -1)
    labels = labels[:, 0] if labels.shape[1] == 1 else labels
    classes, member, counts = np.unique(
        labels, axis=0 if labels.ndim > 1 else None, return_inverse=True, return_counts=True
    )
    if counts.min() < 2:
        raise ValueError(
            f"stratify needs class labels with at least 2 samples each; class {classes[counts.argmin()]} has 1."
        )
    share = counts * tested / len(labels)
    taken = np.floor(share).astype(int)
    taken[np.argsort(taken - share, kind="stable")[: tested - taken.sum()]] += 1
    shuffled = member.reshape(-1)[order]
    return np.concatenate([order[shuffled == k][:n] for k, n in enumerate(taken)])
