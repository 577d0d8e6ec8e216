"""Activations, by Keras's names: every function of `nn.activations`."""

from ..nn.activations import functions, get

globals().update(functions)

__all__ = ["get", *functions]
