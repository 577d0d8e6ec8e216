"""The effects of a step: random numbers, new values for a Tensor, functions that are called after each run.

Each function does it at once, and while a trace is on also tells the tape, so that the program does it at every
run.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

import numpy as np

from ..common import random
from ..engine.recorder import recording
from ..engine.tensor import Tensor
from ..engine.variable import Variable
from .tape import active, untraced

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from numpy.typing import ArrayLike


def draw(method, *args, generator=None, name="random", **options):
    """Random numbers: what a method of a NumPy generator gives.

    Args:
        method: its name, such as "normal".
        args, options: its arguments.
        generator: a SeedGenerator or a NumPy generator; that of `tg.random.seed` when None.
        name: what a program calls the numbers.

    Returns:
        An array, or a Tensor while a trace is on.

    Example:
        >>> draw("random", (2, 3)).shape
        (2, 3)
    """

    own = generator.own if isinstance(generator, random.SeedGenerator) else generator

    def numbers():
        return getattr(random.generator() if own is None else own, method)(*args, **options)

    numbers.alike = method, args, options, own
    return recording.get().draws(numbers, own, name)


def assign(tensor: Any, value: ArrayLike) -> None:
    """Give a leaf Tensor new values, as a layer does with its running statistics.

    Example:
        >>> count = Tensor([0.0, 1.0])
        >>> assign(count, count + 1)
        >>> count.data
        array([1., 2.])
    """
    Variable.assign(tensor, value)


def after_run(function: Callable[..., Any], *values: Any) -> None:
    """Call a function with some values; a program calls it after every run.

    Example:
        >>> seen = []
        >>> after_run(seen.append, Tensor(2.0))
        >>> seen
        [np.float64(2.0)]
    """
    tape = active()
    if tape is not None:
        tape.after_run(function, values)
    with untraced(), tape.calling() if tape is not None else nullcontext():
        function(*[np.array(v.array)[()] if isinstance(v, Tensor) else v for v in values])
