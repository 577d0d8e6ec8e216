"""Activation functions by name: every op of `ops/activations.py`, tanh, and what Keras makes of them."""

import numpy as np

from ..common.naming import look_up
from ..ops import activations
from ..ops.elementwise import tanh


def relu(x, negative_slope=0.0, max_value=None, threshold=0.0):
    """The rectifier max(x, 0), or with settings: a slope below, an end above, a threshold where it begins.

    x from the threshold up to max_value, negative_slope · (x − threshold) below the threshold.

    Example:
        >>> relu(np.array([-2.0, 3.0, 8.0]), negative_slope=0.5, max_value=6.0)
        array([-1.,  3.,  6.])
    """
    if not negative_slope and max_value is None and not threshold:
        return activations.relu(x)
    out = np.where(x > threshold, x, 0.0) if threshold else activations.relu(x)
    out = out if max_value is None else np.clip(out, 0.0, max_value)
    return out - negative_slope * activations.relu(threshold - x) if negative_slope else out


def celu(x, alpha=1.0):
    """x where x > 0, else α (e^(x/α) − 1). Source: Barron (2017).

    Example:
        >>> celu(np.array([-1.0, 2.0]))
        array([-0.63212056,  2.        ])
    """
    return np.maximum(x, 0.0) + alpha * np.expm1(np.minimum(x, 0.0) / alpha)


def hard_tanh(x):
    """x between −1 and 1, cut off beyond.

    Example:
        >>> hard_tanh(np.array([-3.0, 0.5]))
        array([-1. ,  0.5])
    """
    return np.clip(x, -1.0, 1.0)


def hard_shrink(x, threshold=0.5):
    """x where |x| > threshold, else 0.

    Example:
        >>> hard_shrink(np.array([-0.3, 2.0]))
        array([-0.,  2.])
    """
    return x * (np.absolute(x) > threshold)


def soft_shrink(x, threshold=0.5):
    """x drawn towards 0 by the threshold: sign(x) · max(|x| − threshold, 0).

    Example:
        >>> soft_shrink(np.array([-0.3, 2.0]))
        array([0. , 1.5])
    """
    return activations.relu(x - threshold) - activations.relu(-threshold - x)


def tanh_shrink(x):
    """x − tanh(x).

    Example:
        >>> tanh_shrink(np.array([0.0, 100.0]))
        array([ 0., 99.])
    """
    return x - np.tanh(x)


def squareplus(x, b=4):
    """(x + √(x² + b)) ÷ 2: a smooth rectifier without exponentials. Source: Barron (2021).

    Example:
        >>> squareplus(np.array([0.0, -100.0])).round(3)
        array([1.  , 0.01])
    """
    return (x + np.sqrt(np.square(x) + b)) / 2


def sparse_plus(x):
    """0 up to −1, (x + 1)² ÷ 4 between −1 and 1, then x.

    Example:
        >>> sparse_plus(np.array([-2.0, 0.0, 3.0]))
        array([0.  , 0.25, 3.  ])
    """
    return np.where(x < 1, np.square(np.clip(x, -1.0, 1.0) + 1) / 4, x)


def sparse_sigmoid(x):
    """0 up to −1, (x + 1) ÷ 2 between −1 and 1, then 1.

    Example:
        >>> sparse_sigmoid(np.array([-2.0, 0.0, 3.0]))
        array([0. , 0.5, 1. ])
    """
    return (np.clip(x, -1.0, 1.0) + 1) / 2


def exponential(x):
    """eˣ.

    Example:
        >>> exponential(np.array([0.0, 1.0])).round(3)
        array([1.   , 2.718])
    """
    return np.exp(x)


def glu(x, axis=-1):
    """The first half of the values along an axis, each let through by a gate, the sigmoid of its mate in the second.

    It halves the axis. Source: Dauphin, Fan, Auli and Grangier, "Gated Convolutional Networks" (2017).

    Raises:
        ValueError: the axis is of odd length.

    Example:
        >>> glu(np.array([3.0, 4.0, 0.0, 100.0]))
        array([1.5, 4. ])
    """
    if x.shape[axis] % 2:
        raise ValueError(f"glu halves an axis, which has to be of even length; axis {axis} has {x.shape[axis]}.")
    values, gates = np.split(x, 2, axis=axis)
    return values * activations.sigmoid(gates)


def threshold(x, threshold, default_value):
    """x where x > threshold, else the default value.

    Example:
        >>> threshold(np.array([-1.0, 2.0]), 1.0, 0.5)
        array([0.5, 2. ])
    """
    return np.where(x > threshold, x, default_value)


functions = {
    name: function
    for name, function in vars(activations).items()
    if hasattr(function, "op") and function.__module__ == activations.__name__
} | {"tanh": tanh, "swish": activations.silu, "hard_swish": activations.hard_silu}
functions |= {
    function.__name__: function
    for function in (
        *(relu, celu, hard_tanh, hard_shrink, soft_shrink),
        *(tanh_shrink, squareplus, sparse_plus, sparse_sigmoid, exponential, glu),
    )
}


def get(identifier):
    """The activation for a string name or a function; `None` is the linear one.

    Raises:
        ValueError: an unknown name, with the nearest known one.
        TypeError: neither a name nor a function.

    Example:
        >>> get("relu")(np.array([-1.0, 2.0]))
        array([0., 2.])
    """
    if identifier is None:
        return functions["linear"]
    if isinstance(identifier, str):
        return look_up("activation", identifier, functions)
    if callable(identifier):
        return identifier
    raise TypeError(f"Expected the name of an activation or a function; received {identifier!r}.")
