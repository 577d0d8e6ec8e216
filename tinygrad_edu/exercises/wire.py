"""What travels between a check and a student's process: plain values and arrays as JSON, and nothing that can run."""

import base64

import numpy as np

from ..engine.tensor import Tensor

LONGEST = 64 * 2**20  # bytes of one message
MOST_ITEMS = 100_000  # of a list, a text or an iterator
_KINDS = "biuf"


class Other:
    """Stands for a value that does not travel; only the name of its type does."""

    def __init__(self, kind):
        self.kind = kind


def encode(value, function=None):
    """A value as what JSON can hold; `function` gives the number under which a function is known, where it may go.

    Arrays, Tensors, numbers, texts, lists, tuples, dicts and iterators travel, anything else as an `Other`.

    Example:
        >>> decode(encode((1.5, [np.array([1.0, 2.0])])))
        (1.5, [array([1., 2.])])
        >>> decode(encode({1, 2})).kind
        'set'
    """
    if value is None or type(value) in (bool, float):
        return value
    if isinstance(value, str | list | tuple | dict) and len(value) > MOST_ITEMS:
        return {"other": f"{type(value).__name__} ({len(value)})"}
    if type(value) is str:
        return value
    if type(value) is int:
        return value if abs(value) < 2**63 else {"other": "int"}
    if isinstance(value, Tensor):
        value = value.numpy()
    if isinstance(value, np.ndarray | np.generic):
        return _encode_array(np.asarray(value))
    if isinstance(value, tuple):
        return {"tuple": [encode(item, function) for item in value]}
    if isinstance(value, list):
        return [encode(item, function) for item in value]
    if isinstance(value, dict):
        return {"dict": [[encode(k, function), encode(v, function)] for k, v in value.items()]}
    if hasattr(value, "__next__") or isinstance(value, range):
        return [encode(item, function) for _, item in zip(range(MOST_ITEMS), value)]
    if function is not None and callable(value):
        return {"function": function(value)}
    return {"other": type(value).__name__}


def _encode_array(array):
    if array.dtype.kind not in _KINDS or array.nbytes > LONGEST // 2:
        return {"other": f"array of {array.dtype.name}"}
    array = array.astype(array.dtype.newbyteorder("<"), copy=False)
    data = base64.b64encode(np.ascontiguousarray(array).tobytes()).decode("ascii")
    return {"array": [array.dtype.str, list(array.shape), data]}


def decode(message, function=None):
    """The value of a message; `function` gives what stands for the function of a number.

    Raises:
        ValueError: no value is written so.
    """
    if message is None or isinstance(message, bool | int | float | str):
        return message
    if isinstance(message, list):
        return [decode(item, function) for item in message]
    if not isinstance(message, dict) or len(message) != 1:
        raise ValueError("Expected a value, or a dict with one key.")
    ((kind, content),) = message.items()
    if kind == "tuple" and isinstance(content, list):
        return tuple(decode(item, function) for item in content)
    if kind == "dict" and isinstance(content, list):
        return {decode(key, function): decode(value, function) for key, value in content}
    if kind == "array" and isinstance(content, list):
        return _decode_array(*content)
    if kind == "function" and function is not None:
        return function(content)
    if kind == "other" and isinstance(content, str):
        return Other(content[:80])
    raise ValueError(f"There is no value of kind {kind!r}.")


def _decode_array(dtype, shape, data):
    dtype = np.dtype(dtype)
    if dtype.kind not in _KINDS:
        raise ValueError(f"Arrays of {dtype} do not travel.")
    array = np.frombuffer(base64.b64decode(data), dtype)
    return array.reshape([int(n) for n in shape]).astype(dtype.newbyteorder("="))[()]
