"""Settings of the whole process, as a Keras script reads and sets them: seeds, names of layers, small constants."""

import random as of_python
from typing import Annotated, Literal

import numpy as np

from ..common import random
from ..common.arguments import Whole, checked
from ..common.naming import forget_names
from .losses import EPSILON

_data_format = "channels_last"
_switches = {"traceback filtering": True, "interactive logging": True}


@checked
def set_random_seed(seed: Annotated[int, Whole(least=0, most=2**32 - 1)]) -> None:
    """Start all random numbers at this seed, as Keras does: those of this package, of NumPy and of Python.

    Raises:
        ValueError: not a whole number.

    Example:
        >>> set_random_seed(0); first = np.random.rand(), tg.random.generator().random()
        >>> set_random_seed(0); first == (np.random.rand(), tg.random.generator().random())
        True
    """
    of_python.seed(seed)
    np.random.seed(seed)
    random.seed(seed)


@checked
def clear_session(free_memory: bool = True) -> None:
    """Number the unnamed layers, metrics and models from the beginning again.

    Args:
        free_memory: whether to collect what Python has forgotten.

    Example:
        >>> clear_session(); tg.nn.Dense(1).name
        'dense'
    """
    forget_names()
    if free_memory:
        import gc

        gc.collect()


def backend() -> str:
    """The name of what computes: "numpy"."""
    return "numpy"


def epsilon() -> float:
    """The small number that keeps logarithms and quotients finite.

    Example:
        >>> epsilon()
        1e-07
    """
    return EPSILON


def image_data_format() -> str:
    """The order of the axes of images where a layer does not say: "channels_last", unless set otherwise.

    Example:
        >>> image_data_format()
        'channels_last'
    """
    return _data_format


@checked
def set_image_data_format(data_format: Literal["channels_last", "channels_first"]) -> None:
    """Let layers that do not say otherwise take images as (height, width, channels), or with the channels first.

    Args:
        data_format: "channels_last" or "channels_first".

    Raises:
        ValueError: another order.
    """
    global _data_format
    _data_format = data_format


def enable_traceback_filtering() -> None:
    """Accepted for Keras's sake: tracebacks are short by themselves."""
    _switches["traceback filtering"] = True


def disable_traceback_filtering() -> None:
    """Accepted for Keras's sake: tracebacks are whole by themselves."""
    _switches["traceback filtering"] = False


def is_traceback_filtering_enabled() -> bool:
    """Which of `enable_traceback_filtering` and its opposite was called last; True at first."""
    return _switches["traceback filtering"]


def enable_interactive_logging() -> None:
    """Accepted for Keras's sake: `fit` prints its progress with `print`."""
    _switches["interactive logging"] = True


def disable_interactive_logging() -> None:
    """Accepted for Keras's sake; `fit(verbose=0)` prints nothing."""
    _switches["interactive logging"] = False


def is_interactive_logging_enabled() -> bool:
    """Which of `enable_interactive_logging` and its opposite was called last; True at first.

    Example:
        >>> is_interactive_logging_enabled()
        True
    """
    return _switches["interactive logging"]
