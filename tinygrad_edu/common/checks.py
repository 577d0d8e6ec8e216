"""Checks of numbers that users pass: finite ones in a range, whole ones, and two that agree but for rounding."""

from math import inf

import numpy as np


def number(name, value, low=-inf, high=inf, below=inf, above=-inf):
    """The value as a Python float, checked: low ≤ value ≤ high, above < value < below.

    A Python float, because it leaves float32 arrays float32 where a NumPy float64 would not.

    Raises:
        TypeError: the value is not a number.
        ValueError: it is NaN, infinite or outside the range.

    Example:
        >>> number("momentum", 1.5, low=0, high=1)
        Traceback (most recent call last):
        ...
        ValueError: momentum should be a finite number ≥ 0 and ≤ 1; received 1.5.
    """
    found = plain_number(value)
    is_number = isinstance(found, (int, float, np.integer, np.floating)) and not isinstance(found, (bool, np.bool))
    if is_number and low <= found <= high and above < found < below:
        return float(found)
    bounds = [("≥", low), ("≤", high), ("<", below), (">", above)]
    wanted = " and ".join(f"{sign} {bound}" for sign, bound in bounds if bound not in (inf, -inf))
    message = f"{name} should be a finite number{wanted and ' ' + wanted}; received {value!r}."
    raise (ValueError if is_number else TypeError)(message)


def plain_number(value):
    """The number in a Tensor that wants no gradient, such as `optimizer.iterations`; anything else as it is."""
    plain = getattr(value, "requires_grad", True) is False and value.size == 1
    plain = plain or (type(value) is np.ndarray and value.ndim == 0)
    return value.item() if plain else value


def is_whole(value, least=1):
    """True for a whole number that is not below `least`."""
    value = plain_number(value)
    return isinstance(value, int | np.integer) and not isinstance(value, bool) and value >= least


def whole(name, value, least=1, owner=None, other=()):
    """The value as a Python int, checked.

    Args:
        name: the argument, for the message.
        value: what the user passed.
        least: the smallest number that is allowed.
        owner: the class or function that takes the argument, for the message.
        other: further values that are allowed, texts or None, which are given back as they are.

    Raises:
        ValueError: it is not a whole number ≥ least, nor one of the other values.

    Example:
        >>> whole("update_freq", "batches", owner="TensorBoard", other=("epoch",))
        Traceback (most recent call last):
        ...
        ValueError: TensorBoard: update_freq should be a whole number ≥ 1 or 'epoch'; received 'batches'.
    """
    if (value is None or isinstance(value, str)) and value in other:
        return value
    if not is_whole(value, least):
        wanted = " or ".join([f"a whole number ≥ {least}", *map(repr, other)])
        raise ValueError(f"{owner + ': ' if owner else ''}{name} should be {wanted}; received {value!r}.")
    return int(value)


def truth(name, value):
    """The value as True or False, checked.

    Raises:
        TypeError: it is neither, nor 1 or 0.
    """
    if value not in (True, False):
        raise TypeError(f"{name} should be True or False; received {value!r}.")
    return bool(value)


def agree(a, b, relative, absolute=0.0):
    """True if two arrays of one shape agree but for rounding: |a − b| ≤ relative · largest |b| + absolute.

    NaN agrees with NaN, infinity with the same infinity; what is not floats has to be equal.

    Example:
        >>> agree([1.0, 1e-9], [1.0, 0.0], 1e-6), agree([1.0], [1.1], 1e-6), agree([1.0], 1.0, 1e-6)
        (True, False, False)
    """
    a, b = np.asarray(a), np.asarray(b)
    if a.shape != b.shape or "f" not in (a.dtype.kind, b.dtype.kind):
        return bool(np.array_equal(a, b))
    largest = float(np.max(np.abs(b), initial=0.0, where=np.isfinite(b)))
    return bool(np.allclose(a, b, rtol=0, atol=relative * largest + absolute, equal_nan=True))
