"""What a Keras script asks or sets for the whole process: seeds, names of layers, small constants."""

import operator
import random as of_python

import numpy as np

from .. import random
from .layer import _counts
from .losses import EPSILON


def set_random_seed(seed):
    """Start all random numbers at this seed, as Keras does: those of this package, of NumPy and of Python.

    Raises:
        ValueError: not a whole number.

    Example:
        >>> set_random_seed(0); first = np.random.rand(), tg.random.generator().random()
        >>> set_random_seed(0); first == (np.random.rand(), tg.random.generator().random())
        True
    """
    try:
        seed = operator.index(seed)
    except TypeError:
        raise ValueError(f"set_random_seed expects a whole number, such as 42; received {seed!r}.") from None
    of_python.seed(seed)
    np.random.seed(seed)
    random.seed(seed)


def clear_session(free_memory=True):
    """Number the unnamed layers, metrics and models from the beginning again.

    Args:
        free_memory: whether to collect what Python has forgotten.

    Example:
        >>> clear_session(); tg.nn.Dense(1).name
        'dense'
    """
    _counts.clear()
    if free_memory:
        import gc

        gc.collect()


def backend():
    """The name of what computes: "numpy"."""
    return "numpy"


def epsilon():
    """The small number that keeps logarithms and quotients finite.

    Example:
        >>> epsilon()
        1e-07
    """
    return EPSILON


def image_data_format():
    """The order of the axes of images, which cannot be changed: "channels_last"."""
    return "channels_last"


def set_image_data_format(data_format):
    """Accept "channels_last".

    Raises:
        ValueError: another order.
    """
    if data_format != "channels_last":
        raise ValueError(f"Images have the shape (height, width, channels): 'channels_last'; received {data_format!r}.")
