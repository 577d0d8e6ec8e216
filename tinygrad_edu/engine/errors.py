"""The error of an op whose inputs NumPy refuses: the op, the names and shapes it received, the remedy."""

import numpy as np

from .tensor import Tensor


def explain(op, args, error):
    """An error of the same kind that names the op and the shapes it received."""
    shapes = ", ".join(f"{name}: {describe(x)}" for name, x in zip(op.parameters, args))
    kind = TypeError if isinstance(error, TypeError) else type(error)  # NumPy's own kinds want more arguments
    hint = "Axes are matched from the last one: reshape or transpose." if "broadcast" in str(error) else ""
    return kind(f"{op.name}({shapes}): {error} {hint}".rstrip())


def describe(x):
    """An input in a few words: the name and shape of an array, other values as they are."""
    if isinstance(x, (Tensor, np.ndarray)):
        name = f"{x.path!r} " if isinstance(x, Tensor) and x.path else ""
        return f"{name}shape {x.shape}"
    return repr(x)
