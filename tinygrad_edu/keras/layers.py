"""Layers, by Keras's names."""

from ..nn import Activation, Dense, Dropout, Flatten, Input, InputLayer, Layer, Normalization

__all__ = ["Activation", "Dense", "Dropout", "Flatten", "Input", "InputLayer", "Layer", "Normalization"]
