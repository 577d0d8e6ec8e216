"""The optimizers by name, as `compile(optimizer="adam")` and `minimize(f, x0, "adam")` ask for them."""

from ..common import serialization
from ..common.naming import look_up, subclasses
from . import adam, adaptive, ftrl, lion, sgd  # noqa: F401  their classes are the ones listed
from .optimizer import Optimizer

by_name = {optimizer.__name__.lower(): optimizer for optimizer in subclasses(Optimizer)}


def get(identifier):
    """The optimizer that is meant.

    Args:
        identifier: an optimizer, which is given back; a name such as "adam", in capitals or not; or a
            configuration {class_name, config}.

    Raises:
        TypeError: it is none of these.
        ValueError: there is no optimizer of that name; the message suggests the nearest one.

    Example:
        >>> get("sgd")
        SGD(learning_rate=0.01, momentum=0.0, nesterov=False)
        >>> get("RMSprop").rho
        0.9
    """
    if isinstance(identifier, Optimizer):
        return identifier
    if isinstance(identifier, str):
        return look_up("optimizer", identifier.lower(), by_name)()
    if isinstance(identifier, dict) and {"class_name", "config"} <= identifier.keys():
        return look_up("optimizer", identifier["class_name"].lower(), by_name).from_config(identifier["config"])
    if isinstance(identifier, type) and issubclass(identifier, Optimizer):
        raise TypeError(f"Expected an optimizer, received its class: write {identifier.__name__}().")
    raise TypeError(f"Expected an optimizer or its name, such as 'adam'; received {identifier!r}.")


def serialize(optimizer):
    """The optimizer as a dict in Keras's form: its class, by Keras's name, and its configuration."""
    return serialization.serialize(optimizer)


def deserialize(config):
    """The optimizer that `serialize`, here or in Keras, wrote as a dict.

    Example:
        >>> written = tg.optim.serialize(tg.optim.RMSProp(0.5))
        >>> written["module"], written["class_name"], written["config"]["rho"]
        ('keras.optimizers', 'RMSprop', 0.9)
        >>> deserialize(written)
        RMSProp(learning_rate=0.5, rho=0.9, momentum=0.0, epsilon=1e-07, centered=False)
    """
    return get(config)
