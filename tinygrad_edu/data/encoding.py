"""Labels and features in the form that a loss or a layer wants."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..common.arguments import Number, checked
from ..common.old import reads_old
from ..common.types import Count, CountOrNone, DType, RealNumbers


@reads_old
@checked
def to_categorical(x: RealNumbers, num_classes: Count | None = None) -> NDArray[Any]:
    """Class numbers as one-hot rows: class k becomes a 1 at position k.

    Args:
        x: whole class numbers from 0, of any shape.
        num_classes: the length of a row; the largest number + 1 by default.

    Returns:
        A float64 array of shape x.shape + (num_classes,); a last axis of length 1 is dropped first.

    Raises:
        ValueError: a number is negative, fractional, or not below num_classes.

    Example:
        >>> to_categorical([0, 2])
        array([[1., 0., 0.],
               [0., 0., 1.]])
    """
    x = np.asarray(x)
    if x.ndim > 1 and x.shape[-1] == 1:
        x = x[..., 0]
    numbers = x.astype(np.int64)
    count = int(numbers.max(initial=-1)) + 1 if num_classes is None else num_classes
    if (numbers != x).any() or (numbers < 0).any() or (numbers >= count).any():
        remedy = " Number the classes from 0: y - 1." if (numbers == x).all() and numbers.min() == 1 else ""
        received = f"received {np.unique(x)[:10]}.{remedy}"
        raise ValueError(f"to_categorical expects whole numbers from 0 to {count - 1}; {received}")
    return np.eye(count)[numbers]


@checked
def normalize(
    x: RealNumbers, axis: int = -1, order: Annotated[float, Number(above=0, finite=False)] = 2
) -> NDArray[Any]:
    """Each vector along an axis divided by its norm, x / ‖x‖; zero vectors stay zero.

    Args:
        x: an array.
        axis: the axis of the vectors.
        order: of the norm: 1, 2, np.inf, …

    Returns:
        An array of the shape of x; float32 stays float32, whole numbers become float64.

    Example:
        >>> normalize(np.array([[3.0, 4.0]]))
        array([[0.6, 0.8]])
    """
    x = np.atleast_1d(np.asarray(x))
    norm = np.linalg.norm(x, order, axis, keepdims=True)
    return x / np.where(norm == 0, 1, norm)


@checked
def pad_sequences(
    sequences: Sequence[Any],
    maxlen: CountOrNone | None = None,
    dtype: DType = "int32",
    padding: Literal["pre", "post"] = "pre",
    truncating: Literal["pre", "post"] = "pre",
    value: float = 0.0,
) -> NDArray[Any]:
    """Sequences of different lengths as the rows of one array: filled up to one length, or cut off.

    Args:
        sequences: a list of sequences: of numbers, or of samples of one shape.
        maxlen: the length of all; that of the longest by default.
        dtype: of the array.
        padding: "pre" fills up before a sequence, "post" after it.
        truncating: "pre" cuts off the beginning of what is too long, "post" the end.
        value: what fills up.

    Returns:
        An array of shape (number of sequences, maxlen, …shape of one sample).

    Raises:
        ValueError: not a list of sequences, samples of different shapes, or another word.

    Example:
        >>> pad_sequences([[1], [2, 3], [4, 5, 6]], maxlen=2)
        array([[0, 1],
               [2, 3],
               [5, 6]], dtype=int32)
    """
    try:
        lengths = [len(sequence) for sequence in sequences]
    except TypeError:
        raise ValueError(f"pad_sequences expects a list of sequences; received {sequences!r}.") from None
    maxlen = max(lengths, default=0) if maxlen is None else maxlen
    parts = [np.asarray(s[-maxlen:] if truncating == "pre" else s[:maxlen], dtype) if maxlen else [] for s in sequences]
    shapes = {part.shape[1:] for part in parts if len(part)} or {()}
    if len(shapes) > 1:
        raise ValueError(f"pad_sequences expects samples of one shape; received the shapes {sorted(shapes)}.")
    padded = np.full((len(parts), maxlen, *shapes.pop()), value, dtype)
    for row, part in zip(padded, parts):
        if len(part):
            row[slice(-len(part), None) if padding == "pre" else slice(len(part))] = part
    return padded
