"""Shapes of several inputs or outputs: a list or a dict of them, in which a shape, such as (None, 10), is a leaf."""

from math import prod

import numpy as np

from ..common.budget import spend
from ..common.structure import flatten, map_structure

_TRIAL = 64  # bytes that a layer may need for each value of its input


def is_shape(value):
    """True for (None, 10) and [None, 10], False for a list or dict of shapes.

    Example:
        >>> is_shape((None, 10)), is_shape([(None, 10), (None, 3)]), is_shape({"a": (None, 10)})
        (True, False, False)
    """
    return isinstance(value, list | tuple) and all([n is None or hasattr(n, "__index__") for n in value])


def map_shapes(function, shapes):
    """A structure of what a function gives for each shape; None stays None.

    Example:
        >>> map_shapes(len, {"a": (None, 10), "b": (None, 3, 3)})
        {'a': 2, 'b': 3}
    """
    if shapes is None or is_shape(shapes):
        return None if shapes is None else function(shapes)
    if isinstance(shapes, dict):
        return {key: map_shapes(function, shape) for key, shape in shapes.items()}
    mapped = [map_shapes(function, shape) for shape in shapes]
    return tuple(mapped) if isinstance(shapes, tuple) else mapped


def as_shapes(given):
    """A shape as a tuple; of a list or dict of shapes each.

    Example:
        >>> as_shapes([[None, 10], [None, 3]])
        [(None, 10), (None, 3)]
    """
    return map_shapes(tuple, given)


def each_shape(shapes):
    """The shapes of a structure in Keras's order, as a list.

    Example:
        >>> each_shape({"b": (None, 1), "a": [(None, 2), (None, 3)]})
        [(None, 2), (None, 3), (None, 1)]
    """
    return [] if shapes is None else [ask() for ask in flatten(map_shapes(lambda shape: lambda: tuple(shape), shapes))]


def shapes_of(values, batch=None):
    """The shape of an array or a Tensor, or of each in a structure, with this length of the batch.

    Example:
        >>> import numpy as np
        >>> shapes_of([np.zeros((5, 2)), np.zeros((5, 3))])
        [(None, 2), (None, 3)]
    """
    return map_structure(lambda x: None if x is None else (batch, *x.shape[1:]), values)


def zeros_of(shapes, length, dtype):
    """One sample of zeros of each shape, to try what a layer makes of it; on the budget where they were read.

    Args:
        shapes: a shape, or a structure of them.
        length: what stands for a length that is not known.
        dtype: of the zeros.

    Example:
        >>> zeros_of((None, None, 3), 2, "float32").shape
        (1, 2, 3)
    """

    def zeros(shape):
        lengths = (1, *(n or length for n in shape[1:]))
        spend(meanwhile=_TRIAL * prod(lengths))
        return np.zeros(lengths, dtype)

    return map_shapes(zeros, shapes)
