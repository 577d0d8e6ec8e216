"""The float type of layers, by Keras's names."""

from ..floats import floatx, set_floatx

__all__ = ["floatx", "set_floatx"]
