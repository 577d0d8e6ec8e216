"""The errors of ops: of inputs that NumPy refuses, of inputs that were written, of what cannot be declared as an op."""

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


def code_of(function):
    """The code of a function that is declared as an op; an error where it has none, as NumPy's functions."""
    if not hasattr(function, "__code__"):
        raise TypeError(
            f"primitive decorates a Python function, whose parameters have names; received {function!r}. "
            "Write one around it: def my_tanh(a): return np.tanh(a)."
        )
    return function.__code__


_WHOLE = 1 << 20  # bytes


def fingerprint(x, array):
    """A mark by which an array that was written in place is known: its bytes, as many as there are.

    Of data outside the graph that is larger than a megabyte it is a sample, so that no step copies its batch.
    """
    sampled = array.nbytes > _WHOLE and not isinstance(x, Tensor)
    return array.flat[:: array.nbytes // _WHOLE * 8 + 1].tobytes() if sampled else array.tobytes()


def check_unwritten(node, guards):
    """Refuse to differentiate with values that were overwritten since the forward pass."""
    for x, array, before in guards:
        if fingerprint(x, array) != before:
            what = f"The data of {x.label()}" if isinstance(x, Tensor) else f"An array of shape {array.shape}"
            raise RuntimeError(
                f"{what} was written in place after '{node.op.name}' used it, so the "
                "gradient would be wrong. Call backward() before the update, or compute the loss again."
            )
