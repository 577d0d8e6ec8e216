"""The tools of checks: `compare` for values, `gradient` for gradients, `Wrong` for the rest.

Any formula that gives the same numbers passes. A wrong number is named where it is one that a known mistake gives.
"""

from fractions import Fraction

import numpy as np

from ..common.checks import agree
from ..gradcheck import gradcheck
from .failures import Wrong
from .wire import Other

RTOL = 1e-7
ATOL = 1e-9
DIGITS, MOST_DIGITS = 6, 17  # of a number: usually, and where fewer do not tell two apart
FEW = 6  # entries of an array that are shown
LONGEST_CALL = 72  # characters
LARGEST_FACTOR = 12  # of those that a wrong answer is said to be off by


def show(value, digits=DIGITS):
    """A value in few characters, the same in every language.

    Example:
        >>> show((2.0, np.ones(3), np.ones((20, 3))))
        '2, [1, 1, 1], array (20, 3)'
    """
    return ", ".join(_show(one, digits) for one in value) if isinstance(value, tuple) else _show(value, digits)


def show_apart(received, expected):
    """Two values in as few digits as tell them apart.

    Example:
        >>> show_apart(1.394844, 1.3948442)
        ('1.394844', '1.3948442')
        >>> show_apart(np.zeros(9), np.eye(9)[4])
        ('array (9,) with 0 at [4]', 'array (9,) with 1 at [4]')
    """
    for digits in range(DIGITS, MOST_DIGITS + 1):
        one, other = show(received, digits), show(expected, digits)
        if one != other:
            return one, other
    if _have_one_shape(received, expected):
        difference = np.abs(np.asarray(received, dtype=float) - np.asarray(expected, dtype=float))
        if np.any(difference > 0):
            index = np.unravel_index(np.nanargmax(difference), difference.shape)
            parts = show_apart(np.asarray(received)[index], np.asarray(expected)[index])
            one, other = (f"{one} with {part} at {[int(i) for i in index]}" for part in parts)
    return one, other


def _have_one_shape(received, expected):
    arrays = isinstance(received, np.ndarray) and isinstance(expected, np.ndarray)
    return arrays and received.shape == expected.shape and received.dtype.kind in "biuf"


def _show(value, digits=DIGITS):
    if isinstance(value, Other):
        return value.kind
    if isinstance(value, tuple):
        return f"({_show(value[0], digits)},)" if len(value) == 1 else f"({show(value, digits)})"
    if isinstance(value, bool | str) or value is None:
        return repr(value)[:60]
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_show(k)}: {_show(v, digits)}" for k, v in list(value.items())[:FEW]) + "}"
    if isinstance(value, list) and not _is_flat(value):
        parts = ", ".join(_show(one, digits) for one in value[:FEW])
        return f"[{parts}{', …' if len(value) > FEW else ''}]"
    if callable(value):
        return getattr(value, "__name__", "f").strip("<>").replace("lambda", "f")
    array = np.asarray(value)
    if array.size > FEW:
        return f"array {array.shape}"
    if array.ndim == 0:
        return _number(array, digits)
    words = {"all": lambda x: _number(x, digits)}
    return np.array2string(array, separator=", ", formatter=words, max_line_width=1000).replace("\n", "")


def _is_flat(items):
    return all(isinstance(item, int | float | np.number) for item in items)


def _number(x, digits):
    return f"{float(x):.{digits}g}" if np.asarray(x).dtype.kind == "f" else str(x)


def called(function, arguments):
    """The text of a call, such as "derivative([1, 2])", with the shapes of arrays where their numbers take too much."""
    if text := getattr(function, "shown", ""):
        return text
    text = f"{function.__name__}({', '.join(map(_show, arguments))})"
    if len(text) > LONGEST_CALL:
        arguments = [f"array {a.shape}" if isinstance(a, np.ndarray) and a.ndim else _show(a) for a in arguments]
        text = f"{function.__name__}({', '.join(arguments)})"
    return text


def compare(function, arguments, expected, *, rtol=RTOL, atol=ATOL, **mistakes):
    """Call a student's function, and require what it gives to be what is expected.

    Args:
        function: `student.name`.
        arguments: a tuple.
        expected: a number, an array, a truth value, a text, None, or a tuple, list or dict of those.
        rtol: the relative error allowed, to the largest entry of an array.
        atol: the absolute error allowed.
        **mistakes: by message key, what a known mistake would give.

    Returns:
        What it gives, in the types of `expected`.

    Raises:
        Wrong: the key of the mistake, or "different", "wrong_shape", "wrong_type", "wrong_count", "not_finite".
    """
    call = called(function, arguments)
    raw = function(*arguments)
    received = _taken(call, raw, expected, mistakes)
    if same(received, expected, rtol, atol):
        return received
    _refuse_mistakes(call, received, expected, mistakes)
    _refuse_not_finite(call, received, expected)
    part, received, expected = _wrong_part(received, expected)
    raise _difference(call + part, received, expected)


def _taken(call, raw, expected, mistakes):
    """A student's value in the types of what is expected; a known mistake says more than a wrong type."""
    try:
        return alike(call, raw, expected)
    except Wrong:
        _refuse_mistakes(call, raw, expected, mistakes)
        raise


def _refuse_mistakes(call, received, expected, mistakes):
    for key, value in mistakes.items():
        if same(received, value):
            raise _apart(key, call, received, expected)


def _apart(key, call, received, expected, **fields):
    received, expected = show_apart(received, expected)
    return Wrong(key, call=call, received=received, expected=expected, **fields)


def alike(call, received, expected):
    """A student's value in the types and shapes of what is expected.

    Raises:
        Wrong: it has others.
    """
    if expected is None:
        if received is not None:
            raise Wrong("wrong_type", call=call, received=_kind(received), expected="None")
        return None
    if received is None:
        raise Wrong("none", call=call)
    if isinstance(expected, dict):
        return _alike_dict(call, received, expected)
    if isinstance(expected, tuple | list):
        return _alike_items(call, received, expected)
    if isinstance(expected, str | bool | np.bool_):
        wanted = str if isinstance(expected, str) else bool | np.bool_
        if not isinstance(received, wanted):
            raise Wrong("wrong_type", call=call, received=_kind(received), expected=_kind(expected))
        return type(expected)(received)
    return _alike_array(call, received, expected)


def _alike_dict(call, received, expected):
    if not isinstance(received, dict):
        raise Wrong("wrong_type", call=call, received=_kind(received), expected="dict")
    missing = [key for key in expected if key not in received]
    extra = [key for key in received if key not in expected]
    if missing or extra:
        raise Wrong("wrong_keys", call=call, received=show(list(received)), expected=show(list(expected)))
    return {key: alike(f"{call}[{key!r}]", received[key], value) for key, value in expected.items()}


def _alike_items(call, received, expected):
    if isinstance(received, np.ndarray) and received.ndim:
        received = list(received)
    if not isinstance(received, tuple | list):
        raise Wrong("wrong_type", call=call, received=_kind(received), expected=_kind(expected))
    if len(received) != len(expected):
        raise Wrong("wrong_count", call=call, received=len(received), expected=len(expected))
    items = [alike(f"{call}[{i}]", a, b) for i, (a, b) in enumerate(zip(received, expected, strict=True))]
    return type(expected)(items)


def _alike_array(call, received, expected):
    expected = np.asarray(expected)
    array = received
    if isinstance(received, list | tuple):
        try:
            array = np.asarray(received)
        except ValueError:
            array = None
    if isinstance(array, bool) or not isinstance(array, int | float | np.ndarray | np.generic):
        raise Wrong("wrong_type", call=call, received=_kind(received), expected=_kind(expected[()]))
    array = np.asarray(array)
    if array.dtype.kind not in ("iuf" if expected.dtype.kind != "b" else "b"):
        kind = _kind(received) if array.dtype.kind == "O" else f"array ({array.dtype})"
        raise Wrong("wrong_type", call=call, received=kind, expected=f"array ({expected.dtype})")
    if array.shape != expected.shape:
        raise Wrong("wrong_shape", call=call, received=str(array.shape), expected=str(expected.shape))
    return array[()]


def _kind(value):
    if isinstance(value, Other):
        return value.kind
    if isinstance(value, np.ndarray):
        return "array"
    return type(value).__name__.replace("float64", "float").replace("int64", "int")


def same(received, expected, rtol=RTOL, atol=ATOL):
    """True for two values of the same structure that are equal but for rounding."""
    if isinstance(expected, dict):
        return (
            isinstance(received, dict)
            and received.keys() == expected.keys()
            and all(same(received[key], expected[key], rtol, atol) for key in expected)
        )
    if isinstance(expected, tuple | list):
        pairs = isinstance(received, tuple | list) and len(received) == len(expected)
        return pairs and all(same(a, b, rtol, atol) for a, b in zip(received, expected, strict=True))
    if isinstance(expected, str | bool | np.bool_) or not isinstance(received, int | float | np.ndarray | np.generic):
        return type(received) is type(expected) and bool(received == expected)
    one, other = np.asarray(received, dtype=float), np.asarray(expected, dtype=float)
    return agree(one, other, rtol, atol)


def _refuse_not_finite(call, received, expected):
    if isinstance(expected, tuple | list):
        for a, b in zip(received, expected, strict=True):
            _refuse_not_finite(call, a, b)
    elif not isinstance(expected, str | bool | dict | None) and np.all(np.isfinite(expected)):
        bad = np.asarray(received)[~np.isfinite(received)]
        if bad.size:
            raise Wrong("not_finite", call=call, received=show(bad[0]))


def _wrong_part(received, expected):
    """The first part of a tuple or list that differs, as ("[1]", what it is, what it should be)."""
    if not isinstance(expected, tuple | list) or isinstance(expected, list) and _is_flat(expected):
        return "", received, expected
    pairs = list(zip(received, expected, strict=True))
    i = next(i for i, (a, b) in enumerate(pairs) if not same(a, b))
    part, one, other = _wrong_part(*pairs[i])
    return f"[{i}]{part}", one, other


def _difference(call, received, expected):
    """The refusal of a value that is no known mistake."""
    if isinstance(expected, str | bool | np.bool_ | dict):
        return _apart("different", call, received, expected)
    one, other = np.asarray(received, dtype=float), np.asarray(expected, dtype=float)
    if factor := _factor(one, other):
        return Wrong("different_factor", call=call, factor=factor)
    if other.size <= FEW:
        return _apart("different", call, received, expected)
    index = np.unravel_index(np.argmax(np.abs(one - other)), other.shape)
    where = str([int(i) for i in index])
    return _apart("different_at", call, one[index], other[index], where=where)


def _factor(received, expected):
    """The number that an array is of what is expected, as text: "-1", "2", "1/3"; None where there is none."""
    if np.count_nonzero(expected) < 2:
        return None
    ratio = float(np.sum(received * expected) / np.sum(expected**2))
    simple = Fraction(ratio).limit_denominator(LARGEST_FACTOR) if np.isfinite(ratio) else 0
    found = simple and abs(simple) <= LARGEST_FACTOR and same(received, float(simple) * expected)
    return str(simple).replace("-", "−") if found else None


def gradient(function, f, *inputs, names=None, arguments=(), after=(), **mistakes):
    """Require a student's gradient to be that of f at these inputs.

    Args:
        function: `student.name`; it is called with the inputs and gives a gradient for each, of its shape.
        f: a function of arrays with one value: the forward pass, written here.
        *inputs: floating-point numbers or arrays.
        names: of the inputs; by default those in the signature of f.
        arguments: more that the student's function is called with, before the inputs.
        after: the same, after the inputs.
        **mistakes: by message key, what a known mistake would give.

    Raises:
        Wrong: the key of the mistake, or "gradient" with what `gradcheck` says about it, or what `compare` raises
            for types and shapes.
    """
    arguments = (*arguments, *inputs, *after)
    call = called(function, arguments)
    expected = tuple(np.asarray(x, dtype=float)[()] for x in inputs)
    expected = expected[0] if len(expected) == 1 else expected
    raw = function(*arguments)
    received = _taken(call, raw, expected, mistakes)
    report = gradcheck(f, *inputs, gradient=lambda *_: received, names=names)
    if not report:
        _refuse_mistakes(call, received, expected, mistakes)
        _refuse_not_finite(call, received, expected)
        row = next(row for row in report if not row.ok)
        if row.diagnosis is None or row.diagnosis.kind in _UNSURE:
            _refuse_part(call, received, report, mistakes)
        numbers = dict(zip(("analytic", "numeric"), show_apart(row.analytic, row.numeric), strict=True))
        raise Wrong("gradient", call=call, entry=row.entry, **numbers, diagnosis=row.diagnosis or "")


_UNSURE = ("unknown", "chain", "part", "overwritten")  # a mistake that the check foresees says more


def _refuse_part(call, received, report, mistakes):
    """Refuse a mistake that was made in some of the gradients only, the others being right."""
    if not isinstance(received, tuple):
        return
    for key, value in mistakes.items():
        if isinstance(value, tuple) and len(value) == len(received):
            pairs = zip(report, received, value, strict=True)
            if all(row.ok or same(given, mistake) for row, given, mistake in pairs):
                raise Wrong(key, call=call, received=show(received), expected="")
