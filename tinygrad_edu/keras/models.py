"""Models, by Keras's names."""

from ..nn import Model, Sequential

__all__ = ["Model", "Sequential"]
