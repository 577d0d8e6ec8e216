"""Networks: layers, losses, metrics, and the Keras-style model that trains them."""

from . import activations, callbacks, initializers, losses, metrics, regularizers
from .callbacks import Callback, EarlyStopping, History, LambdaCallback, TerminateOnNaN
from .layer import Layer
from .layers import Activation, Dense, Dropout, Flatten, Input, InputLayer, Normalization
from .losses import Loss
from .metrics import Metric
from .model import Model, Sequential

__all__ = [
    "Activation",
    "Callback",
    "Dense",
    "Dropout",
    "EarlyStopping",
    "Flatten",
    "History",
    "Input",
    "InputLayer",
    "LambdaCallback",
    "Layer",
    "Loss",
    "Metric",
    "Model",
    "Normalization",
    "Sequential",
    "TerminateOnNaN",
    "activations",
    "callbacks",
    "initializers",
    "losses",
    "metrics",
    "regularizers",
]
