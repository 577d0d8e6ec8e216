"""The one source of random numbers: initial weights, shuffling, dropout. `tg.random.seed(n)` repeats a run.

The state of a generator is a Variable, like all else that changes from step to step: copied and assigned, it lets
the same numbers be drawn once more.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np

from ..engine.variable import Variable
from .arguments import Whole, checked
from .objects import Configured

if TYPE_CHECKING:
    from numpy.typing import NDArray

_generator: Any = None
_state: Any = None


@checked
def seed(n: Annotated[int, Whole(least=0)] | None) -> None:
    """Start the random numbers of everything in the package at `n`.

    Example:
        >>> seed(0); first = generator().random()
        >>> seed(0); first == generator().random()
        True
    """
    global _generator
    _generator = np.random.default_rng(n)


def generator() -> "np.random.Generator":
    """The NumPy generator that the package draws from; seeded from the system when `seed` was not called."""
    if _generator is None:
        seed(None)
    return _generator


def state() -> Variable:
    """The state of that generator, a Variable.

    Example:
        >>> before = state().numpy(); first = generator().random()
        >>> after = state().assign(before); first == generator().random()
        True
    """
    global _state
    if _state is None:
        _state = GeneratorState(generator)
    return _state


class GeneratorState(Variable):
    """The state of a NumPy generator as a Variable of whole numbers: reading asks the generator, assigning sets it.

    Args:
        generator: the generator, or a function without arguments that gives it.
        name: its name.
        path: the name with that of its owner.

    Example:
        >>> g = np.random.default_rng(0)
        >>> state = GeneratorState(g)
        >>> copy = state.numpy(); first = g.random(3)
        >>> state.assign(copy).shape, bool((first == g.random(3)).all())
        ((8,), True)
    """

    __slots__ = ("_generator",)

    def __init__(
        self,
        generator: "np.random.Generator | Callable[[], np.random.Generator]",
        name: str = "seed_generator_state",
        path: str | None = None,
    ):
        self._generator = generator
        super().__init__(self.array, trainable=False, name=name, path=path)

    @property
    def bit_generator(self):
        """The NumPy bit generator that has the state."""
        return (self._generator() if callable(self._generator) else self._generator).bit_generator

    @property
    def array(self):
        return np.array(list(_words(self.bit_generator.state)), dtype=np.uint64)

    @array.setter
    def array(self, array):
        bits = self.bit_generator
        bits.state = _with_words(bits.state, iter(array.tolist()))

    def __reduce__(self):
        return GeneratorState, (self._generator, self.name, self.path)


def _words(value):
    """The numbers in a state of NumPy, nested dicts, as whole numbers below 2⁶⁴."""
    if isinstance(value, dict):
        for part in value.values():
            yield from _words(part)
    elif isinstance(value, np.ndarray):
        yield from value.tolist()
    elif isinstance(value, int):
        yield from divmod(value, 1 << 64)


def _with_words(value, words):
    """A state like this one, with these numbers in it."""
    if isinstance(value, dict):
        return {key: _with_words(part, words) for key, part in value.items()}
    if isinstance(value, np.ndarray):
        return np.array([next(words) for _ in value], dtype=value.dtype)
    return (next(words) << 64) + next(words) if isinstance(value, int) else value


class SeedGenerator(Configured):
    """A source of random numbers with a state of its own, for a layer that draws some.

    Args:
        seed: a whole number, which repeats the same numbers in every run; None for those of `tg.random.seed`.
        name: how it is called.

    Attributes:
        own: the NumPy generator of its own; None without a seed.
        generator: the NumPy generator to draw from, that or the package's.
        state: its state, a Variable, which a layer that has the SeedGenerator as an attribute counts among its own.

    Raises:
        ValueError: the seed is not a whole number.

    Example:
        >>> first, second = SeedGenerator(1), SeedGenerator(1)
        >>> bool((first.next() == second.next()).all()), bool((first.next() == first.next()).all())
        (True, False)
    """

    home = "keras.random"

    def __init__(self, seed: Annotated[int, Whole(least=0)] | None = None, name: str | None = None):
        self.seed = seed
        self.name = name or "seed_generator"
        self.own = None if seed is None else np.random.default_rng(self.seed)
        path = f"{self.name}/seed_generator_state"
        self.state = state() if self.own is None else GeneratorState(self.own, path=path)

    @property
    def generator(self) -> "np.random.Generator":
        """The NumPy generator to draw from."""
        return generator() if self.own is None else self.own

    def next(self, ordered: bool = True) -> "NDArray[Any]":
        """A seed for another generator: two whole numbers below 2³², others at each call.

        Args:
            ordered: accepted for Keras's sake.
        """
        return self.generator.integers(1 << 32, size=2, dtype=np.uint32)
