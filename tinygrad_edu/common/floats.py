"""The float type of layers, and of the data that `fit` hands them: float32 unless set otherwise."""

from typing import Literal

import numpy as np

from .arguments import checked

_floatx = "float32"


def floatx() -> str:
    """The name of the float type that new layers use.

    Example:
        >>> floatx()
        'float32'
    """
    return _floatx


@checked
def set_floatx(value: Literal["float16", "float32", "float64"]) -> None:
    """Make new layers use "float16", "float32" or "float64".

    Raises:
        ValueError: another name.
    """
    global _floatx
    _floatx = np.dtype(value).name


def tolerance(dtype):
    """How far two right ways of computing may lie apart: relative, for values of this dtype.

    Example:
        >>> tolerance(np.float64) < 1e-8 < tolerance(np.float32) < 1e-3
        True
    """
    kind = np.dtype(dtype)
    return float(np.sqrt(np.finfo(kind).eps)) / 4 if kind.kind == "f" else 0.0
