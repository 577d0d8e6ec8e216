"""Utilities, by Keras's names."""

from ..data.encoding import normalize, to_categorical
from ..random import seed as set_random_seed

__all__ = ["normalize", "set_random_seed", "to_categorical"]
