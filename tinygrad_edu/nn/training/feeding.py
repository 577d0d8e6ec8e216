"""Where batches come from: arrays that are cut into batches, or anything that gives batches one after another.

Every source is a `Feed`: it says how many batches a pass has, where it knows, and gives the batches of an epoch.
"""

from itertools import chain, islice

import numpy as np

from ...common import random
from ...common.arrays import check_lengths
from ...common.batching import Cut, is_dataset
from ...common.floats import floatx
from ...common.structure import flatten, is_nested, map_structure, rebuild
from ...common.warning import warn
from .batch import Batch, Form, Rows, arrays_of
from .outputs import only


class Feed:
    """The batches of a training, an evaluation or a prediction, each a `Batch`.

    Args:
        passes: a function that begins a pass: an iterator over the batches.
        length: the number of batches of a pass; None where only the end will tell.
        uniform: whether batches differ in nothing but their values and their number of rows.
        rows: what the batches are cut from, (x,), (x, y) or (x, y, sample_weight), or None.
        after_epoch: called after each epoch, when the metrics of its batches have been read: it may do what it likes.
        cut: where the batches are rows of arrays, these arrays in the order of a Batch, and the rows of a whole batch.
            The iterator of an epoch then has `left` and `take` of a `Cut` too.
        form: the Form of such batches.
        given: where somebody else gives the batches one by one, the Given; the iterators of an epoch then give what
            he gives as it is while its `later` is True.
    """

    def __init__(
        self, passes, length=None, uniform=False, rows=None, after_epoch=None, cut=None, form=None, given=None
    ):
        self.passes, self.length, self.uniform, self.rows, self.cut = passes, length, uniform, rows, cut
        self._after_epoch, self._ended, self.form, self.given = after_epoch, False, form, given
        self._under_way, self._given = None, 0

    def restart(self):
        """Let the next epoch begin with the first batch, whatever the last one left."""
        self._under_way = None

    def epoch(self, steps=None):
        """The batches of one epoch: a whole pass, or `steps` batches, which go on where the last epoch ended.

        As in Keras, an epoch ends with the data, and a new pass begins with the next.
        """
        batches = self.passes() if steps is None else _Some(self, steps)
        return batches if self._after_epoch is None else self._until_end(batches)

    def batch(self, rows):
        """The batch of these rows, still to be gathered."""
        return Rows(self.form, self.cut[0], rows)

    def _go_on(self):
        """The pass that is under way, or a new one where it has ended."""
        if self._under_way is None or self._given == self.length:
            self._under_way, self._given = iter(self.passes()), 0
        return self._under_way

    def end_epoch(self):
        """Tell the source that its epoch is over, where it was."""
        if self._ended and self._after_epoch is not None:
            self._ended = False
            self._after_epoch()

    def _until_end(self, batches):
        yield from batches
        self._ended = True


class Given:
    """Batches that a source of the user's gives, each checked when its turn comes.

    Args:
        source: what gives them.
        check: a function from what the source gives to the Batch.

    Attributes:
        later: whether they are let through as they are, for one who checks several at once.
    """

    def __init__(self, source, check):
        self.source, self.check, self.later = source, check, False

    def __call__(self, given):
        return given if self.later else self.check(given)


class _Some:
    """So many batches of a Feed, which go on where the last epoch ended."""

    def __init__(self, feed, steps):
        self._feed, self._under_way, self._steps, self._done = feed, feed._go_on(), steps, 0

    def __iter__(self):
        return self

    def __next__(self):
        batch = next(self._under_way, None) if self._done < self._steps else None
        if batch is None:
            if self._done < self._steps:
                self._feed._under_way = None
            if 0 < self._done < self._steps:
                warn(_ENDED.format(self._done, self._steps))
            raise StopIteration
        self._note(1)
        return batch

    @property
    def left(self):
        """How many samples are left, at most."""
        return 0 if self._done == self._steps else self._under_way.left

    def take(self, most=None, fewest=1):
        """See `Cut.take`."""
        left = self._steps - self._done
        rows = self._under_way.take(left if most is None else min(left, most), fewest)
        self._note(len(rows))
        return rows

    def _note(self, batches):
        self._done += batches
        self._feed._given += batches


_ENDED = (
    "The data ended after {} of {} batches of the epoch. Give fewer steps, a smaller batch_size, or a generator that "
    "goes on: while True: yield x, y."
)


def from_arrays(data, batch_size=None, steps=None, shuffle=False):
    """The Feed of (x,), (x, y) or (x, y, sample_weight), structures of arrays, cut into batches.

    Without a batch size, as in Keras, so that they make so many steps; without both, of 32 samples.
    """
    given, form = arrays_of(*data), Form.of(*data)
    of_x = len(arrays_of(data[0]))
    dtypes = [_dtype_of(array, number < of_x) for number, array in enumerate(given)]
    samples = check_lengths(**{f"array {number}": array for number, array in enumerate(given)})
    as_they_are = all(array.dtype == dtype for array, dtype in zip(given, dtypes))
    plain = [np.asarray(array) for array in given]
    fitting = 32 if steps is None else max(-(-samples // steps), 1)
    size = fitting if batch_size is None else batch_size

    def passes():
        order = random.generator().permutation(samples) if shuffle else None
        if as_they_are:
            return _Batches(form, plain, samples, size, order)
        cut = Cut(plain, samples, size, order)
        return (Batch(form, [a.astype(dtype, copy=False) for a, dtype in zip(arrays, dtypes)]) for arrays in cut)

    rows = tuple([part for part in data if part is not None])
    cut = (given, size) if as_they_are else None
    return Feed(passes, -(-samples // size), True, rows, cut=cut, form=form)


class _Batches(Cut):
    """A pass over arrays as Batches of this Form; see `Cut`."""

    def __init__(self, form, *of_cut):
        super().__init__(*of_cut)
        self._form = form

    def __next__(self):
        return Batch(self._form, super().__next__())


def _dtype_of(array, is_x):
    """The dtype in which a step takes the rows of an array: only one that lies in a file may have another."""
    on_disk = isinstance(array, np.memmap) and (is_x or array.dtype.kind == "f")
    return np.dtype(floatx()) if on_disk else array.dtype


def from_blocks(source, shuffle, check, allow_nan=False):
    """The Feed of what gives many batches at a time, such as a `data.Stream`; `check` makes a Batch of a block."""
    feed = Feed(None, len(source), uniform=True, cut=((), source.batch_size))
    feed.passes = lambda: _Blocks(feed, map(check, source.blocks(None if shuffle else False, allow_nan)))
    return feed


class _Blocks:
    """A pass over blocks as Batches; `cut` of the Feed is that of the block that is under way."""

    def __init__(self, feed, blocks):
        self._feed, self._blocks, self._form, self._cut = feed, blocks, None, Cut([], 0, feed.cut[1])

    def __iter__(self):
        return self

    def __next__(self):
        arrays = next(self._cut, None)
        if arrays is None:
            block, size = next(self._blocks), self._feed.cut[1]
            self._form, self._cut = block.form, Cut(block.arrays, len(block), size)
            self._feed.cut, self._feed.form = (block.arrays, size), block.form
            arrays = next(self._cut)
        return Batch(self._form, arrays)

    @property
    def left(self):
        """How many samples of the block that is under way are left."""
        return self._cut.left

    def take(self, most=None, fewest=1):
        """See `Cut.take`: of the block that is under way."""
        return self._cut.take(most, fewest)


def from_stream(source, shuffle, check, again=False):
    """The Feed of a generator, an iterable or a PyDataset.

    Args:
        source: what gives (x, y) or (x, y, sample_weight) for each batch.
        shuffle: whether a PyDataset is asked for its batches in a new order at each pass.
        check: a function from what the source gives to the Batch.
        again: whether each pass over a generator, which passes once, begins with its first two batches: what Keras,
            which has asked for them to know their shapes, does at each validation.
    """
    given = Given(source, check)
    if is_dataset(source) and not hasattr(source, "__next__"):

        def passes():
            getattr(source, "on_epoch_begin", lambda: None)()
            order = range(len(source))
            for i in random.generator().permutation(len(source)).tolist() if shuffle else order:
                yield given(source[i])

        return Feed(passes, len(source), after_epoch=getattr(source, "on_epoch_end", None), given=given)
    length = len(source) if hasattr(source, "__len__") else None
    first = list(islice(source, _PEEKED)) if again and hasattr(source, "__next__") else []
    return Feed(lambda: map(given, chain(first, source)), length, given=given)


_PEEKED = 2  # batches of a generator that Keras looks at before it trains


def split_last(data, share):
    """The data without its last rows, and those rows: Keras's rule for `validation_split`.

    Raises:
        ValueError: the share leaves one part empty.
    """
    x, y, _ = data
    count = len(flatten(x)[0])
    cut = int(count * (1 - share))
    if cut in (0, count):
        raise ValueError(f"validation_split={share} of {count} samples leaves nothing to train or to validate on.")
    if y is not None and not is_nested(y) and is_sorted(y):
        warn(
            "validation_split takes the last samples, and y is sorted: they are not like those trained on. "
            "Shuffle x and y together first."
        )
    return rows_in(data, slice(cut)), rows_in(data, slice(cut, None))


def rows_in(data, part):
    """A structure of arrays with some of their rows each."""
    return map_structure(lambda a: None if a is None else a[part], data)


def is_sorted(y):
    """True if the labels (numbers or one-hot rows) rise or fall from row to row, and are not all the same."""
    labels = _labels(y)
    return labels[0] != labels[-1] and ((labels[1:] >= labels[:-1]).all() or (labels[1:] <= labels[:-1]).all())


def _labels(y):
    """One number a sample: its class, of one-hot rows too."""
    return y.argmax(axis=-1) if y.ndim == 2 and y.shape[1] > 1 else y.reshape(len(y), -1)[:, 0]


def with_class_weights(data, class_weight, outputs=None):
    """The data with each sample's weight multiplied by that of its class.

    Args:
        data: (x, y, sample_weight).
        class_weight: a dict from class number to weight; of several outputs a dict of such dicts by their names.
        outputs: the Outputs of a model with several.

    Raises:
        ValueError: of several outputs one dict is given for all; or samples have weights of their own, which Keras
            does not take beside those of classes either.
    """
    x, y, sample_weight = data
    if not is_nested(y):
        weights = weights_of_classes(y, only(class_weight) if _by_name(class_weight) else class_weight)
        if sample_weight is not None:
            raise ValueError(
                "class_weight and sample_weight cannot be given at the same time, as in Keras: multiply each "
                "sample_weight by the weight of its class."
            )
        return x, y, weights
    if not _by_name(class_weight):
        raise ValueError(
            "class_weight of a model with several outputs expects a dict by their names, such as "
            f"{{{outputs.names[0]!r}: {{0: 1.0, 1: 5.0}}}}; received {class_weight!r}."
        )
    chosen, weights = outputs.of_each(class_weight, "class_weight"), []
    given = [None] * len(chosen) if sample_weight is None else flatten(sample_weight)
    for targets, weight, of_classes in zip(flatten(y), given, chosen):
        more = None if of_classes is None else weights_of_classes(targets, of_classes)
        weights.append(weight if more is None else more if weight is None else weight * more)
    return x, y, rebuild(outputs.form, weights)


def _by_name(class_weight):
    return isinstance(class_weight, dict) and any(isinstance(part, dict) for part in class_weight.values())


def weights_of_classes(y, class_weight):
    """The weight of each sample by its class; classes that are not named weigh 1.

    Raises:
        ValueError: y is neither class numbers nor one-hot rows.
    """
    if y is None:
        raise ValueError("class_weight needs class numbers or one-hot rows in y; received none.")
    classes = _labels(y)
    if (classes != np.round(classes)).any():
        raise ValueError("class_weight needs class numbers or one-hot rows in y; received fractions.")
    weights = np.ones(len(y), dtype=floatx())
    for number, weight in class_weight.items():
        weights[classes == number] = weight
    return weights
