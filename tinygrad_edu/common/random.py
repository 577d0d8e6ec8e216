"""The one source of random numbers: initial weights, shuffling, dropout. `tg.random.seed(n)` repeats a run."""

import numpy as np

_generator = None


def seed(n):
    """Start the random numbers of everything in the package at `n`.

    Example:
        >>> seed(0); first = generator().random()
        >>> seed(0); first == generator().random()
        True
    """
    global _generator
    _generator = np.random.default_rng(n)


def generator():
    """The NumPy generator that the package draws from; seeded from the system when `seed` was not called."""
    if _generator is None:
        seed(None)
    return _generator
