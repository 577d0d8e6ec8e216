"""What several layers share: the shape that stays, whole numbers and tuples of them, the one order of axes."""

import numpy as np

from ..layer import Layer


class _SameShape(Layer):
    """A layer whose output has the shape of its input."""

    def compute_output_shape(self, input_shape):
        return tuple(input_shape)


def is_whole(value, least=1):
    """Whether the value is a whole number, and not below `least`."""
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool) and value >= least


def whole_number(owner, name, value):
    """The value as a positive int.

    Raises:
        ValueError: it is not a positive whole number.
    """
    if not is_whole(value):
        raise ValueError(f"{owner} expects a positive whole number of {name}; received {value!r}.")
    return int(value)


def whole_numbers(owner, name, value, count):
    """The value as a tuple of `count` positive ints: one number stands for all.

    Raises:
        ValueError: it is neither a positive whole number nor so many of them.
    """
    values = tuple(value) if isinstance(value, (tuple, list)) else (value,) * count
    if len(values) != count or not all(map(is_whole, values)):
        many = f"or {count} of them" if count > 1 else "alone"
        raise ValueError(f"{owner} expects {name} as a positive whole number, {many}; received {value!r}.")
    return tuple(map(int, values))


def channels_last(owner, data_format):
    """ "channels_last", the only order of axes that is offered, for None as well.

    Raises:
        ValueError: another order.
    """
    if data_format not in (None, "channels_last"):
        raise ValueError(
            f"{owner} offers data_format='channels_last', shape (batch, …positions, channels); received "
            f"{data_format!r}. For data with the channels first write np.moveaxis(x, 1, -1)."
        )
    return "channels_last"


def one_of(owner, name, value, choices):
    """The value in small letters.

    Raises:
        ValueError: it is not one of the choices.
    """
    found = value.lower() if isinstance(value, str) else value
    if found not in choices:
        raise ValueError(f"{owner} expects {name} to be {' or '.join(map(repr, choices))}; received {value!r}.")
    return found


def product(lengths):
    """The product of the lengths; None where one is unknown."""
    return None if None in lengths else int(np.prod(lengths))
