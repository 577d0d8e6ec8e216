"""Names for what the arguments of the public signatures may be, for editors, mypy and `arguments.checked`.

Data, and whatever else NumPy can read, is numpy's `ArrayLike`; a Tensor is one too.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from os import PathLike
from typing import Annotated, Any, Literal, Protocol

from numpy.typing import ArrayLike, DTypeLike

from .arguments import AnyDType, Choice, FloatType, Identified, LearningRate, Number, Values, Whole


class Batches(Protocol):
    """An object that gives each of its batches by number, such as a `PyDataset`."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int, /) -> Any: ...


NotNegative = Annotated[float, Number(low=0)]
Positive = Annotated[float, Number(above=0)]
NotPositive = Annotated[float, Number(high=0)]
AtLeastOne = Annotated[float, Number(low=1)]
Share = Annotated[float, Number(low=0, high=1)]
PositiveShare = Annotated[float, Number(above=0, high=1)]
Decay = Annotated[float, Number(low=0, below=1)]  # what is kept of a running mean, say: not all of it
Threshold = Annotated[float, Number(finite=False)]  # a number to compare with, which may be infinite
Count = Annotated[int, Whole(least=1)]
CountOrNone = Annotated[int, Whole(least=0)]  # how many, and there may be none
Index = CountOrNone  # the number of something, from 0
Pair = Annotated[int, Whole(least=2)]  # how many, at least two
Inside = Annotated[float, Number(above=0, below=1)]
DataFormat = Annotated[str, Choice("channels_last", "channels_first")]
Padding = Annotated[str, Choice("valid", "same")]
Counts = Count | Sequence[Count]  # a positive whole number, or one for each axis
Seed = Annotated[int, Whole(least=0)]
Verbose = Literal["auto", 0, 1, 2, True, False]
Numbers = Annotated[ArrayLike, Values()]
RealNumbers = Annotated[ArrayLike, Values(any_real=True)]
Variances = Annotated[ArrayLike, Values(low=0)]
Weights = Annotated[ArrayLike, Values(low=0)]
DType = Annotated[DTypeLike, AnyDType()]
DTypeOfFloats = Annotated[DTypeLike, FloatType()]
FilePath = str | PathLike[str]

Shape = Sequence[int | None]  # the length of each axis; None where it may vary
Lengths = int | Sequence[int]  # a whole number, or one for each axis
Data = ArrayLike | Iterable[Any] | Batches  # samples, or whatever gives batches of them
Rate = Annotated[
    float | Callable[..., float], LearningRate()
]  # a learning rate: a number, a schedule, or another function
# An activation, initializer, regularizer or constraint: a name, an object, a class, a function or a configuration.
Identifier = Annotated[str | Callable[..., Any] | Mapping[str, Any], Identified()]
