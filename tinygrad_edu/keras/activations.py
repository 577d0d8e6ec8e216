"""Activations, by Keras's names: every function of `nn.activations`."""

from ..nn.activations import functions, get, threshold
from ..nn.saving import serialize
from ..nn.saving.kinds import deserializer

deserialize = deserializer(get)

globals().update(functions)

__all__ = ["deserialize", "get", "serialize", "threshold", *functions]
