"""From what users pass as data to NumPy arrays that can be trained on.

Lists, arrays, Tensors and pandas tables become arrays of numbers here, and what cannot be trained on (text,
missing values, nothing at all, rows that do not match) is refused by name before training starts. Large arrays are
looked at in parts, so that a check takes no memory beside the data.
"""

from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from ..engine.tensor import Tensor

_SEVERAL = (
    "A list of arrays means several inputs, and a model here has one: join them, such as "
    "np.concatenate([a, b], axis=-1)."
)


_PART = 1 << 20  # bytes that are looked at together


def rows_of(data, numbers):
    """The rows of these numbers of an array, or of a pandas table, which stays one."""
    return data.iloc[numbers] if hasattr(data, "iloc") else data[numbers]


def parts_of(array):
    """(number of the first row, rows) of an array, cut into parts of about a megabyte.

    Example:
        >>> [(start, len(rows)) for start, rows in parts_of(np.zeros((5, 1 << 16)))]
        [(0, 2), (2, 2), (4, 1)]
    """
    rows = max(1, _PART * len(array) // max(array.nbytes, 1))
    return ((start, array[start : start + rows]) for start in range(0, len(array), rows))


def all_finite(array):
    """True if an array of floats has neither NaN nor infinity.

    Example:
        >>> all_finite(np.array([1.0, np.inf]))
        False
    """
    if array.nbytes <= _PART:
        return bool(np.isfinite(array).all())
    return all([_has_finite_squares(rows) or np.isfinite(rows).all() for _, rows in parts_of(array)])


def _has_finite_squares(array):
    """True if the sum of the squares is finite, which it is only where all are: soon found, but it may overflow."""
    flat = array.reshape(-1) if array.flags.c_contiguous and array.dtype in (np.float32, np.float64) else None
    return flat is not None and isfinite(flat.dot(flat))


def as_array(
    value: Any, name: str, dtype: DTypeLike | None = None, allow_nan: bool = False, on_disk: bool = False
) -> NDArray[Any]:
    """The array of what a user passed as data, checked: numbers, one row a sample, none of them missing.

    Args:
        value: a NumPy array, nested lists, a Tensor, a pandas DataFrame or Series, or anything that NumPy
            can turn into an array; its first axis counts the samples.
        name: what errors call it, such as "x"; the code that they suggest uses this name too.
        dtype: the floating-point dtype to convert to, such as that of the layers. Without it integers stay
            integers, floats keep their precision and booleans become float32.
        allow_nan: whether NaN and infinity are let through.
        on_disk: whether a `np.memmap` of numbers is given back as it is, checked and not converted, for one who
            converts its rows as they are used.

    Returns:
        An array of the same shape. It may share memory with `value`: do not write into it.

    Raises:
        TypeError: the value is a single number, not data at all, or holds text or other things that are not
            real numbers; the message names the column.
        ValueError: the value is empty, ragged, or has NaN or infinity; the message names the first place.

    Example:
        >>> as_array([[1, 2], [3, 4]], "x", dtype=np.float32)
        array([[1., 2.],
               [3., 4.]], dtype=float32)
        >>> as_array([1.0, np.nan, 3.0], "y")
        Traceback (most recent call last):
        ...
        ValueError: y has NaN at row 1 (1 in all). Remove or fill these rows; np.isfinite(y) finds them.
    """
    array = value if on_disk and isinstance(value, np.memmap) else _to_numpy(value, name)
    if array.ndim == 0:
        what = f"the single number {value}" if array.dtype.kind in "biuf" else f"a {type(value).__name__}"
        raise TypeError(
            f"{name} must be an array, a list, a Tensor, a DataFrame or a Series, with one row for each sample; "
            f"received {what}."
        )
    if array.size == 0:
        raise ValueError(f"{name} is empty: expected at least one sample and one feature; received {array.shape}.")
    if array.dtype.kind in "US":
        array = np.asarray(value, dtype=object)
    if array.dtype.kind == "O":
        array = _numbers(array, value, name)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{name} must hold real numbers; received dtype {array.dtype}. {_remedy(array, name)}")
    if dtype is None:
        dtype = np.float32 if array.dtype.kind == "b" else array.dtype
    with np.errstate(over="ignore"):
        if array is value and on_disk:
            if not allow_nan and not all([_finite_as(rows, dtype) for _, rows in parts_of(array)]):
                raise ValueError(_not_finite(array, dtype, value, name))
            return array
        converted = array.astype(dtype, copy=False)
        if not (allow_nan or _finite_as(converted, dtype)):
            raise ValueError(_not_finite(array, dtype, value, name))
    return converted


def check_lengths(**arrays: Any) -> int:
    """The number of samples that the given arrays share; those that are `None` do not count.

    Raises:
        ValueError: they differ; the message gives the shape of each.

    Example:
        >>> check_lengths(x=np.zeros((3, 2)), y=np.zeros(3), sample_weight=None)
        3
        >>> check_lengths(x=np.zeros((3, 2)), y=np.zeros(4))
        Traceback (most recent call last):
        ...
        ValueError: x and y must have as many samples: x has 3 (shape (3, 2)), y has 4 (shape (4,)).
    """
    arrays = {name: array for name, array in arrays.items() if array is not None}
    shapes = {name: tuple(a.shape) if hasattr(a, "shape") else np.shape(a) for name, a in arrays.items()}
    counts = {shape[0] if shape else 0 for shape in shapes.values()}
    if len(counts) > 1:
        found = ", ".join(f"{name} has {(*shape, 0)[0]} (shape {shape})" for name, shape in shapes.items())
        turned = [name for name, shape in shapes.items() if len(shape) == 2 and {shape[1]} == counts - {shape[0]}]
        hint = f" Did you mean {turned[0]}.T? Samples are rows here." if turned else ""
        if any(len(shape) > 2 and {shape[1]} == counts - {shape[0]} for shape in shapes.values()):
            hint = f" {_SEVERAL}"
        raise ValueError(f"{' and '.join(shapes)} must have as many samples: {found}.{hint}")
    return counts.pop() if counts else 0


def _to_numpy(value, name):
    """The value as a NumPy array of any dtype."""
    if isinstance(value, Tensor):
        return np.asarray(value.array)
    if hasattr(value, "to_numpy"):
        return np.asarray(value.to_numpy())
    if isinstance(value, np.ndarray) and hasattr(value, "filled"):  # a masked array: the masked values are missing
        return value.astype(float).filled(np.nan) if np.any(value.mask) else value.filled()
    try:
        return np.asarray(value)
    except ValueError as error:
        if "inhomogeneous" not in str(error):
            raise
        if _are_inputs(value):
            shapes = ", ".join(str(np.shape(part)) for part in value)
            raise ValueError(f"{name} is arrays of shapes {shapes}. {_SEVERAL}") from None
        raise ValueError(
            f"{name} is ragged: its rows have different lengths{_first_ragged(value)}. "
            "Every sample needs the same number of features."
        ) from None


def _are_inputs(parts):
    """True for a few arrays of as many rows, as Keras takes them for a model of several inputs."""
    arrays = isinstance(parts, list | tuple) and all(hasattr(part, "shape") and len(part.shape) > 1 for part in parts)
    return arrays and len(parts) <= len(parts[0]) and len({len(part) for part in parts}) == 1


def _first_ragged(rows):
    """« (row 0 has 2, row 3 has 1)», where the rows are sequences of numbers."""
    lengths = [len(row) if hasattr(row, "__len__") else 0 for row in rows]
    odd = next((i for i, length in enumerate(lengths) if length != lengths[0]), None)
    return "" if odd is None else f" (row 0 has {lengths[0]}, row {odd} has {lengths[odd]})"


def _numbers(array, value, name):
    """An array of Python objects, such as a table of mixed columns, as floats; missing entries are NaN."""
    numbers = np.empty(array.size)
    for i, entry in enumerate(array.flat):
        if entry is None or type(entry).__name__ == "NAType":
            numbers[i] = np.nan
        elif isinstance(entry, int | float | np.number | np.bool_) and not np.iscomplexobj(entry):
            numbers[i] = entry
        else:
            kind, place = type(entry).__name__, _place(np.unravel_index(i, array.shape), value)
            raise TypeError(
                f"{name} must hold real numbers; received {entry!r:.40} ({kind}) at {place}. {_remedy(array, name)}"
            )
    return numbers.reshape(array.shape)


def _finite_as(array, dtype):
    """True if all numbers are finite, as numbers of this dtype."""
    converted = array.astype(dtype, copy=False)
    return converted.dtype.kind != "f" or all_finite(converted)


def _not_finite(array, dtype, value, name):
    """The message for values that cannot be trained on: which, where first, how many."""
    first, count = None, 0
    for start, rows in parts_of(array):
        wrong = np.argwhere(~np.isfinite(rows.astype(dtype, copy=False)))
        count += len(wrong)
        if first is None and len(wrong):
            first = (start + int(wrong[0, 0]), *map(int, wrong[0, 1:]))
    if np.isfinite(array[first]):
        what, remedy = f"{array[first]:g}, too large for {np.dtype(dtype)},", "Scale this column, or use float64."
    else:
        what = "NaN" if np.isnan(array[first]) else "infinity"
        fillable = what == "NaN" and hasattr(value, "fillna")
        how = f", e.g. {name}.fillna({name}.mean())" if fillable else f"; np.isfinite({name}) finds them"
        remedy = f"Remove or fill these rows{how}."
    return f"{name} has {what} at {_place(first, value)} ({count} in all). {remedy}"


def _place(index, value):
    """Where in the user's data an entry stands: «row 3, column 'mean radius'»."""
    row, *rest = map(int, index)
    if not rest:
        return f"row {row}"
    if len(rest) > 1:
        return f"row {row}, position {tuple(rest)}"
    column = repr(value.columns[rest[0]]) if hasattr(value, "columns") else rest[0]
    return f"row {row}, column {column}"


def _remedy(array, name):
    """How to turn what is not a number into numbers."""
    classes = f"np.unique({name}, return_inverse=True)[1]" if array.ndim == 1 else f"pandas.get_dummies({name})"
    return f"Write {name}.astype(float) for numbers kept as text, {classes} for categories."
