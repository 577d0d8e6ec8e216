"""Activation functions by name: every op of `ops/activations.py`, and tanh."""

from ..naming import look_up
from ..ops import activations
from ..ops.elementwise import tanh

functions = {
    name: function
    for name, function in vars(activations).items()
    if hasattr(function, "op") and function.__module__ == activations.__name__
} | {"tanh": tanh, "swish": activations.silu, "hard_swish": activations.hard_silu}


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
