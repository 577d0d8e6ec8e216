"""The batch: the arrays that a step is given, and how they stand in the structures x, y and sample_weight.

A step is given what Keras's steps are given, (x, y, sample_weight), each of which may be one array or a structure of
several. Feeds, programs and whatever else handles batches see a row of arrays; only here is the one made of the other.
"""

import re
from functools import lru_cache
from itertools import count

from ...common.structure import flatten, flatten_with_path, is_nested, map_structure

_NAMES = "x", "y", "sample_weight"


class Form:
    """Where the arrays of a batch stand.

    Args:
        x, y, sample_weight: structures of arrays, None where there is none.

    Attributes:
        key: the same for batches of the same form.
        names: what programs call the arrays: "x", "y", or "x_left" for x = {"left": …}.
    """

    def __init__(self, x, y=None, sample_weight=None):
        numbers = count()
        self._places = map_structure(lambda leaf: None if leaf is None else next(numbers), (x, y, sample_weight))
        self._plain = not any(is_nested(part) for part in self._places)
        self.key = repr(self._places)
        self.names = [_name(path) for path, place in flatten_with_path(self._places) if place is not None]

    @classmethod
    def of(cls, x, y=None, sample_weight=None):
        """The Form of these structures; of one array each there is one for all."""
        if is_nested(x) or is_nested(y) or is_nested(sample_weight):
            return cls(x, y, sample_weight)
        return _plain_form(y is not None, sample_weight is not None)

    def parts(self, arrays):
        """(x, y, sample_weight), filled with these arrays, or what stands for them."""
        if self._plain:
            return tuple([None if place is None else arrays[place] for place in self._places])
        return map_structure(lambda place: None if place is None else arrays[place], self._places)


class Batch:
    """A batch of a training, an evaluation or a prediction.

    Args:
        form: its Form.
        arrays: its arrays, in the order of the form.

    Example:
        >>> import numpy as np
        >>> batch = Batch.of({"b": np.zeros(2), "a": np.ones(2)}, np.arange(2))
        >>> batch.arrays
        [array([1., 1.]), array([0., 0.]), array([0, 1])]
        >>> batch.form.names, batch.y
        (['x_a', 'x_b', 'y'], array([0, 1]))
    """

    __slots__ = ("arrays", "form")

    def __init__(self, form, arrays):
        self.form, self.arrays = form, arrays

    @classmethod
    def of(cls, x, y=None, sample_weight=None):
        """The batch of these structures of arrays."""
        return cls(Form.of(x, y, sample_weight), arrays_of(x, y, sample_weight))

    def __len__(self):
        return len(self.arrays[0])

    @property
    def parts(self):
        """(x, y, sample_weight), None where there is none."""
        return self.form.parts(self.arrays)

    @property
    def y(self):
        """The targets, or None."""
        return self.parts[1]

    def packed(self, kind, values):
        """The data as a step of this kind ("train", "test", "predict") takes it, with these values for the arrays."""
        x, y, sample_weight = self.form.parts(values)
        return x if kind == "predict" else pack_x_y_sample_weight(x, y, sample_weight)


class Rows:
    """A Batch that is gathered when somebody asks for it: the rows of these numbers.

    Args:
        form: the Form of the batch.
        arrays: all data, in the order of the form.
        numbers: the numbers of the rows.
    """

    def __init__(self, form, arrays, numbers):
        self._form, self._arrays, self._numbers = form, arrays, numbers

    def gather(self):
        """The Batch."""
        return Batch(self._form, [array[self._numbers] for array in self._arrays])


class OneArray:
    """One array, whatever it is written as: a list of numbers, say."""

    def __init__(self, value):
        self.value = value


def arrays_of(*structures):
    """The arrays in structures, one after another, without None."""
    return [array for structure in structures for array in flatten(structure) if array is not None]


@lru_cache
def _plain_form(with_y, with_weight):
    """The Form of one array each."""
    return Form(True, True if with_y else None, True if with_weight else None)


def _name(path):
    """The name of the array at this path, as Python can write it."""
    part, *rest = path
    return re.sub(r"\W", "_", "_".join([_NAMES[part], *map(str, rest)]))


def pack_x_y_sample_weight(x, y=None, sample_weight=None):
    """The parts of a batch as Keras hands them to a step: x alone, (x, y) or (x, y, sample_weight).

    Example:
        >>> pack_x_y_sample_weight(1, 2)
        (1, 2)
    """
    if sample_weight is not None:
        return x, y, sample_weight
    if y is not None:
        return x, y
    return (x,) if isinstance(x, tuple | list) else x


def unpack_x_y_sample_weight(data):
    """(x, y, sample_weight) of a batch, None where there is none.

    Raises:
        ValueError: a tuple of more than three.

    Example:
        >>> unpack_x_y_sample_weight((1, 2))
        (1, 2, None)
    """
    parts = tuple(data) if isinstance(data, tuple | list) else (data,)
    if len(parts) > 3:
        raise ValueError(f"Expected x, (x,), (x, y) or (x, y, sample_weight); received {len(parts)} parts.")
    return (*parts, None, None)[:3]
