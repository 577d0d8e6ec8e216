"""`trace`: a function of Tensors becomes a flat program, with its results in the form in which it returned them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..engine.tensor import Tensor
from .numpy.program import Program
from .tape import Tape, tracing

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from numpy.typing import ArrayLike


def trace(f: Callable[..., Any], *examples: ArrayLike) -> Program:
    """The flat NumPy program of a function of Tensors.

    The function runs once, on the examples; what it computes is noted op by op. The program computes the same
    for other values of the same shapes. Python itself is not noted: an `if`, a loop over rows, `print` happen
    once, while tracing.

    Args:
        f: a function of Tensors that gives a Tensor, or lists, tuples and dicts of Tensors.
        examples: for each argument an array of the shape and dtype to come.

    Returns:
        A Program.

    Raises:
        TypeError: f decides by values that differ from run to run: `if t > 0`, `float(t)`, `t.item()`.

    Example:
        >>> program = trace(lambda x: (x * x).sum(), np.array([1.0, 2.0]))
        >>> program(np.array([3.0, 4.0]))
        np.float64(25.0)
    """
    code = getattr(f, "__code__", None)
    names = code.co_varnames[hasattr(f, "__self__") : code.co_argcount] if code else ()
    names = [names[i] if i < len(names) else f"input_{i}" for i in range(len(examples))]
    tape = Tape()
    inputs = [tape.input(np.array(x.array if isinstance(x, Tensor) else x), n) for x, n in zip(examples, names)]
    with tracing(tape), np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        returned = f(*inputs)
    outputs, structure = _flattened(returned, tape)
    name = getattr(f, "__name__", "")
    program = Program(tape.step, outputs, name if name.isidentifier() else "program")
    program.structure = structure
    tape.step.forget_examples()
    return program


def _flattened(returned, tape):
    """The Nodes in what a function returned, and the function that puts values in their places."""
    nodes = []

    def take(x):
        if isinstance(x, dict):
            return {key: take(part) for key, part in x.items()}
        if isinstance(x, (tuple, list)):
            return _like(x, [take(part) for part in x])
        if not isinstance(x, Tensor):
            raise TypeError(f"A traced function gives Tensors; received {type(x).__name__}. Use ops all the way.")
        nodes.append(tape.value(x))
        return _Place(len(nodes) - 1)

    def put(x, values):
        if isinstance(x, dict):
            return {key: put(part, values) for key, part in x.items()}
        return values[x.index] if isinstance(x, _Place) else _like(x, [put(part, values) for part in x])

    form = take(returned)
    return nodes, lambda values: put(form, values)


def _like(x, parts):
    """A tuple, named tuple or list of the same type with other parts."""
    return type(x)(*parts) if hasattr(x, "_fields") else type(x)(parts)


class _Place:
    """Where an output belongs in what a function returned."""

    def __init__(self, index):
        self.index = index
