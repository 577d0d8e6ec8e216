"""Layers, by Keras's names: every layer of `nn.layers`, and the second names that Keras has for some."""

from ..nn import Layer, layers
from ..nn.saving import deserialize, serialize

globals().update({name: getattr(layers, name) for name in layers.__all__})

Convolution1D, Convolution2D = layers.Conv1D, layers.Conv2D
MaxPool1D, MaxPool2D = layers.MaxPooling1D, layers.MaxPooling2D
AvgPool1D, AvgPool2D = layers.AveragePooling1D, layers.AveragePooling2D
GlobalMaxPool1D, GlobalMaxPool2D = layers.GlobalMaxPooling1D, layers.GlobalMaxPooling2D
GlobalAvgPool1D, GlobalAvgPool2D = layers.GlobalAveragePooling1D, layers.GlobalAveragePooling2D

__all__ = [
    *layers.__all__,
    "AvgPool1D",
    "AvgPool2D",
    "Convolution1D",
    "Convolution2D",
    "GlobalAvgPool1D",
    "GlobalAvgPool2D",
    "GlobalMaxPool1D",
    "GlobalMaxPool2D",
    "Layer",
    "MaxPool1D",
    "MaxPool2D",
    "deserialize",
    "serialize",
]
