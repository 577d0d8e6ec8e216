"""Names for what the arguments of the public signatures may be, for editors and mypy.

Data, and whatever else NumPy can read, is numpy's `ArrayLike`; a Tensor is one too.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from numpy.typing import ArrayLike


class Batches(Protocol):
    """An object that gives each of its batches by number, such as a `PyDataset`."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int, /) -> Any: ...


Shape = Sequence[int | None]  # the length of each axis; None where it may vary
Lengths = int | Sequence[int]  # a whole number, or one for each axis
Data = ArrayLike | Iterable[Any] | Batches  # samples, or whatever gives batches of them
Rate = float | Callable[..., float]  # a learning rate: a number, a schedule, or another function
# An activation, initializer, regularizer or constraint: a name, an object, a class, a function or a configuration.
Identifier = str | Callable[..., Any] | Mapping[str, Any]
