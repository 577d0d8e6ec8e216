"""The arguments of the functions of `keras.ops`: Tensors, symbolic values, arrays, lists and numbers.

Tensors and symbolic values go through as they are, so that gradients flow and graphs are noted.
"""

import numpy as np

from ...common.floats import floatx
from ...engine.tensor import Tensor


def is_value(x):
    """True for a Tensor, and whatever else answers NumPy's functions itself; False for plain arrays, lists, numbers."""
    return hasattr(x, "__array_function__") and not isinstance(x, np.ndarray)


def given(x, dtype=None):
    """The argument as a Tensor, or the value that it is. Floats of Python get Keras's float type.

    Example:
        >>> given([1.0, 2.0])
        Tensor([1., 2.], dtype=float32)
    """
    if is_value(x):
        return x if dtype is None or x.dtype == dtype else x.astype(dtype)
    if isinstance(x, (list, tuple)) and any([is_value(part) for part in x]):
        return np.stack([given(part, dtype) for part in x])
    array = np.asarray(x, dtype)
    if dtype is None and array.dtype.kind == "f" and not isinstance(x, (np.ndarray, np.generic)):
        array = array.astype(floatx())
    return Tensor(array)


def both(x1, x2):
    """Two arguments that meet: a number beside a value stays one, and takes its type."""
    if _is_number(x1) and _is_number(x2):
        return given(x1), given(x2)
    return tuple([x if _is_number(x) else given(x) for x in (x1, x2)])


def _is_number(x):
    return isinstance(x, (bool, int, float))


def plain(x):
    """The values as an array, where no gradient flows."""
    return x.numpy() if isinstance(x, Tensor) else np.asarray(x)


def name_of_dtype(dtype, default=None):
    """A dtype by Keras's names, such as "float32" or "int"; of None the default, or the float type of the process."""
    if dtype is None:
        return default or floatx()
    return {"int": "int32", "float": floatx()}.get(dtype, dtype) if isinstance(dtype, str) else np.dtype(dtype).name


def table(names, sources, *makers):
    """Functions by name, each made by the maker of its line.

    Args:
        names: the namespace that gets them.
        sources: the functions that compute, by name.
        makers: pairs (maker, names in one text): `maker(f)` gives the function with Keras's arguments for the function
            f. A name "abs=absolute" is Keras's and that among the sources.
    """
    for maker, line in makers:
        for pair in line.split():
            name, _, theirs = pair.partition("=")
            function = maker(sources[theirs or name])
            function.__name__ = function.__qualname__ = name
            function.__module__ = names["__name__"]
            function.__doc__ = f"`{theirs or name}` of what it is made from, with the arguments of Keras."
            names[name] = function
