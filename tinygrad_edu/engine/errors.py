"""The errors of ops: of inputs that NumPy refuses, of inputs that were written, of what cannot be declared as an op."""

import numpy as np

from .tensor import Tensor

REFUSED = ValueError, TypeError, IndexError, AttributeError  # how NumPy refuses inputs

_REAL = frozenset("fiub")  # NumPy's letters for the kinds of dtypes


def explain(op, args, error):
    """An error of the same kind that names the op and the shapes it received, or the input that is no number."""
    wrong = not_numbers(op, args)
    if wrong:
        return TypeError(wrong)
    if isinstance(error, AttributeError):
        lists = [x for x in args if isinstance(x, list | tuple | int | float)]
        return TypeError(f"{op.name} takes Tensors and arrays; received {lists[0]!r}.") if lists else error
    shapes = ", ".join(f"{name}: {describe(x)}" for name, x in zip(op.parameters, args))
    kind = TypeError if isinstance(error, TypeError) else type(error)  # NumPy's own kinds want more arguments
    hint = "Axes are matched from the last one: reshape or transpose." if "broadcast" in str(error) else ""
    return kind(f"{op.name}({shapes}): {error} {hint}".rstrip())


def check_real(op, args, out):
    """Refuse a result that is not of real numbers, such as that of a Tensor times 1j: it has no gradient here."""
    kind = out.dtype.kind if isinstance(out, (np.ndarray, np.generic)) else _kind(out)
    if kind not in _REAL:
        given = f"{op.name} should give real numbers; received dtype {np.asarray(out).dtype}."
        raise TypeError(not_numbers(op, args) or given)


def not_numbers(op, args):
    """The sentence about the first operand that is not made of real numbers; None where all are."""
    count = len(op.parameters)
    names = [*op.parameters, *[f"input {i}" for i in range(1, len(args) - count + 1)]]
    inputs = zip(names, args, op.rules_for(len(args)) if op.differentiable else [True] * (count - len(op.defaults)))
    for name, x, rule in inputs:
        optional = name in op.defaults and x is op.defaults[name]
        if rule is not None and not optional and not isinstance(x, Tensor) and _kind(x) not in _REAL:
            shown = f"dtype {x.dtype}" if isinstance(x, np.ndarray) else describe(x)
            return f"{op.name}: {name} should be real numbers, as a Tensor, an array or a number; received {shown}."
    return None


def _kind(x):
    """The letter of NumPy's kind of dtype that an operand has."""
    try:
        return np.asarray(x).dtype.kind
    except ValueError:  # rows of different lengths
        return "O"


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
