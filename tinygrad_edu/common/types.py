"""Names for what the arguments of the public signatures may be, for editors and mypy.

Data, and whatever else NumPy can read, is numpy's `ArrayLike`; a Tensor is one too.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

Shape = Sequence[int | None]  # the length of each axis; None where it may vary
Lengths = int | Sequence[int]  # a whole number, or one for each axis
Rate = float | Callable[..., float]  # a learning rate: a number, a schedule, or another function
# An activation, initializer, regularizer or constraint: a name, an object, a class, a function or a configuration.
Identifier = str | Callable[..., Any] | Mapping[str, Any]
