"""Layers, by Keras's names."""

# Written by .ci/make_keras.py

from ..nn import Layer
from ..nn.input_spec import InputSpec
from ..nn.layers import (
    Activation, ActivityRegularization, Add, AlphaDropout, Average, AveragePooling1D, AveragePooling1D as AvgPool1D,
    AveragePooling2D, AveragePooling2D as AvgPool2D, BatchNormalization, CategoryEncoding, Concatenate, Conv1D,
    Conv1D as Convolution1D, Conv1DTranspose, Conv1DTranspose as Convolution1DTranspose, Conv2D,
    Conv2D as Convolution2D, Conv2DTranspose, Conv2DTranspose as Convolution2DTranspose, Cropping1D, Cropping2D,
    Dense, DepthwiseConv1D, DepthwiseConv2D, Discretization, Dot, Dropout, ELU, Embedding, Flatten, GaussianDropout,
    GaussianNoise, GlobalAveragePooling1D, GlobalAveragePooling1D as GlobalAvgPool1D, GlobalAveragePooling2D,
    GlobalAveragePooling2D as GlobalAvgPool2D, GlobalMaxPooling1D, GlobalMaxPooling1D as GlobalMaxPool1D,
    GlobalMaxPooling2D, GlobalMaxPooling2D as GlobalMaxPool2D, GroupNormalization, Identity, Input, InputLayer,
    IntegerLookup, Lambda, LayerNormalization, LeakyReLU, Masking, MaxPooling1D, MaxPooling1D as MaxPool1D,
    MaxPooling2D, MaxPooling2D as MaxPool2D, Maximum, Minimum, Multiply, Normalization, PReLU, Permute, ReLU,
    RepeatVector, Rescaling, Reshape, Resizing, SeparableConv1D, SeparableConv1D as SeparableConvolution1D,
    SeparableConv2D, SeparableConv2D as SeparableConvolution2D, Softmax, SpatialDropout1D, SpatialDropout2D,
    StringLookup, Subtract, TextVectorization, UnitNormalization, UpSampling1D, UpSampling2D, ZeroPadding1D,
    ZeroPadding2D,
)
from ..nn.layers.merging import add, average, concatenate, dot, maximum, minimum, multiply, subtract
from ..nn.saving import deserialize, serialize

__all__ = [
    "Activation", "ActivityRegularization", "Add", "AlphaDropout", "Average", "AveragePooling1D", "AveragePooling2D",
    "AvgPool1D", "AvgPool2D", "BatchNormalization", "CategoryEncoding", "Concatenate", "Conv1D", "Conv1DTranspose",
    "Conv2D", "Conv2DTranspose", "Convolution1D", "Convolution1DTranspose", "Convolution2D", "Convolution2DTranspose",
    "Cropping1D", "Cropping2D", "Dense", "DepthwiseConv1D", "DepthwiseConv2D", "Discretization", "Dot", "Dropout",
    "ELU", "Embedding", "Flatten", "GaussianDropout", "GaussianNoise", "GlobalAveragePooling1D",
    "GlobalAveragePooling2D", "GlobalAvgPool1D", "GlobalAvgPool2D", "GlobalMaxPool1D", "GlobalMaxPool2D",
    "GlobalMaxPooling1D", "GlobalMaxPooling2D", "GroupNormalization", "Identity", "Input", "InputLayer", "InputSpec",
    "IntegerLookup", "Lambda", "Layer", "LayerNormalization", "LeakyReLU", "Masking", "MaxPool1D", "MaxPool2D",
    "MaxPooling1D", "MaxPooling2D", "Maximum", "Minimum", "Multiply", "Normalization", "PReLU", "Permute", "ReLU",
    "RepeatVector", "Rescaling", "Reshape", "Resizing", "SeparableConv1D", "SeparableConv2D",
    "SeparableConvolution1D", "SeparableConvolution2D", "Softmax", "SpatialDropout1D", "SpatialDropout2D",
    "StringLookup", "Subtract", "TextVectorization", "UnitNormalization", "UpSampling1D", "UpSampling2D",
    "ZeroPadding1D", "ZeroPadding2D", "add", "average", "concatenate", "deserialize", "dot", "maximum", "minimum",
    "multiply", "serialize", "subtract",
]
