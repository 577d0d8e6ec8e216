"""Layers, by Keras's names."""

# Written by .ci/make_keras.py

from ..nn import Layer
from ..nn.layers import (
    Activation, ActivityRegularization, AlphaDropout, AveragePooling1D, AveragePooling1D as AvgPool1D,
    AveragePooling2D, AveragePooling2D as AvgPool2D, BatchNormalization, Conv1D, Conv1D as Convolution1D, Conv2D,
    Conv2D as Convolution2D, Dense, Dropout, ELU, Embedding, Flatten, GaussianDropout, GaussianNoise,
    GlobalAveragePooling1D, GlobalAveragePooling1D as GlobalAvgPool1D, GlobalAveragePooling2D,
    GlobalAveragePooling2D as GlobalAvgPool2D, GlobalMaxPooling1D, GlobalMaxPooling1D as GlobalMaxPool1D,
    GlobalMaxPooling2D, GlobalMaxPooling2D as GlobalMaxPool2D, Identity, Input, InputLayer, Lambda,
    LayerNormalization, LeakyReLU, Masking, MaxPooling1D, MaxPooling1D as MaxPool1D, MaxPooling2D,
    MaxPooling2D as MaxPool2D, Normalization, PReLU, Permute, ReLU, RepeatVector, Rescaling, Reshape, Softmax,
    SpatialDropout1D, SpatialDropout2D, UnitNormalization,
)
from ..nn.saving import deserialize, serialize

__all__ = [
    "Activation", "ActivityRegularization", "AlphaDropout", "AveragePooling1D", "AveragePooling2D", "AvgPool1D",
    "AvgPool2D", "BatchNormalization", "Conv1D", "Conv2D", "Convolution1D", "Convolution2D", "Dense", "Dropout",
    "ELU", "Embedding", "Flatten", "GaussianDropout", "GaussianNoise", "GlobalAveragePooling1D",
    "GlobalAveragePooling2D", "GlobalAvgPool1D", "GlobalAvgPool2D", "GlobalMaxPool1D", "GlobalMaxPool2D",
    "GlobalMaxPooling1D", "GlobalMaxPooling2D", "Identity", "Input", "InputLayer", "Lambda", "Layer",
    "LayerNormalization", "LeakyReLU", "Masking", "MaxPool1D", "MaxPool2D", "MaxPooling1D", "MaxPooling2D",
    "Normalization", "PReLU", "Permute", "ReLU", "RepeatVector", "Rescaling", "Reshape", "Softmax",
    "SpatialDropout1D", "SpatialDropout2D", "UnitNormalization", "deserialize", "serialize",
]
