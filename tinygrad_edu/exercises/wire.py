"""Messages between a check and a student's process: plain values and arrays as JSON, and nothing that can run.

What comes from a student may be anything: `decode` takes what it knows and no more than a budget of it.
"""

import base64
import re

import numpy as np

from ..engine.tensor import Tensor

LONGEST = 2**20  # bytes of one message
MOST_ITEMS = 10_000  # of a list or an iterator, and letters of a text
MOST_KEYS = 1000  # of a dict
DEEPEST = 30  # lists in lists
LARGEST = 2**63  # of a whole number
LONGEST_NAME = 80  # letters of the name of a type
_KINDS = "biuf"
_DTYPE = re.compile(r"[<|](b1|[iu][1248]|f[248])")


class Other:
    """Stands for a value that does not travel; only the name of its type does."""

    def __init__(self, kind):
        self.kind = kind


def encode(value, function=None, depth=0):
    """A value as what JSON can hold; `function` gives the number under which a function is known, where it may go.

    Arrays, Tensors, numbers, texts, lists, tuples, dicts and iterators travel, anything else as an `Other`.

    Raises:
        RecursionError: lists are nested deeper than anything an exercise asks for.

    Example:
        >>> decode(encode((1.5, [np.array([1.0, 2.0])])))
        (1.5, [array([1., 2.])])
        >>> decode(encode({1, 2})).kind
        'set'
    """
    if value is None or type(value) in (bool, float):
        return value
    if isinstance(value, str | list | tuple | dict) and len(value) > _most(value):
        return {"other": f"{type(value).__name__} ({len(value)})"}
    if type(value) is str:
        return value
    if type(value) is int:
        return value if abs(value) < LARGEST else {"other": "int"}
    if isinstance(value, Tensor):
        value = value.numpy()
    if isinstance(value, np.ndarray | np.generic):
        return _encode_array(np.asarray(value))
    if depth == DEEPEST:
        raise RecursionError("a value nested too deep")
    if isinstance(value, tuple):
        return {"tuple": [encode(item, function, depth + 1) for item in value]}
    if isinstance(value, list):
        return [encode(item, function, depth + 1) for item in value]
    if isinstance(value, dict):
        return {"dict": [[encode(k, function, depth + 1), encode(v, function, depth + 1)] for k, v in value.items()]}
    if hasattr(value, "__next__") or isinstance(value, range):
        return [encode(item, function, depth + 1) for _, item in zip(range(MOST_ITEMS), value)]
    if function is not None and callable(value):
        return {"function": function(value)}
    return {"other": type(value).__name__[:LONGEST_NAME]}


def _most(value):
    return MOST_KEYS if isinstance(value, dict) else MOST_ITEMS


def _encode_array(array):
    if array.dtype.kind not in _KINDS or array.nbytes > LONGEST // 2:
        return {"other": f"array of {array.dtype.name}"}
    wide = array.dtype.itemsize > 8  # a long double is as long as the machine has it
    array = array.astype(float if wide else array.dtype.newbyteorder("<"), copy=False)
    data = base64.b64encode(np.ascontiguousarray(array).tobytes()).decode("ascii")
    return {"array": [array.dtype.newbyteorder("<").str, list(array.shape), data]}


def decode(message, function=None, depth=0):
    """The value of a message; `function` gives what stands for the function of a number.

    Raises:
        ValueError, TypeError: no value is written so, or it is more than what may travel.
    """
    if isinstance(message, int) and abs(message) >= LARGEST or isinstance(message, str) and len(message) > MOST_ITEMS:
        raise ValueError("Expected a number or a text that may travel.")
    if message is None or isinstance(message, bool | int | float | str):
        return message
    if depth > DEEPEST + 1:
        raise ValueError("Expected a value that is nested less deep.")
    if isinstance(message, list):
        return [decode(item, function, depth + 1) for item in _few(message)]
    if not isinstance(message, dict) or len(message) != 1:
        raise ValueError("Expected a value, or a dict with one key.")
    ((kind, content),) = message.items()
    if kind == "tuple" and isinstance(content, list):
        return tuple(decode(item, function, depth + 1) for item in _few(content))
    if kind == "dict" and isinstance(content, list):
        pairs = _few(content, MOST_KEYS)
        return {decode(key, function, depth + 1): decode(value, function, depth + 1) for key, value in pairs}
    if kind == "array" and isinstance(content, list):
        return _decode_array(*content)
    if kind == "function" and function is not None:
        return function(content)
    if kind == "other" and isinstance(content, str):
        return Other(content[:LONGEST_NAME])
    raise ValueError("There is no value of this kind.")


def _few(items, most=MOST_ITEMS):
    if len(items) > most:
        raise ValueError(f"Expected at most {most} items.")
    return items


def _decode_array(dtype, shape, data):
    if not isinstance(dtype, str) or not _DTYPE.fullmatch(dtype):
        raise ValueError("Arrays of this type do not travel.")
    if not isinstance(shape, list) or not all(isinstance(n, int) and 0 <= n <= LONGEST for n in shape):
        raise ValueError("Expected a shape of whole numbers.")
    dtype = np.dtype(dtype)
    array = np.frombuffer(base64.b64decode(data), dtype)
    return array.reshape(shape).astype(dtype.newbyteorder("="))[()]
