"""Keras's module tree and names, over this package: `from tinygrad_edu.keras.models import Sequential`."""

# Written by .ci/make_keras.py

from ..common.version import __version__
from ..engine.symbolic import Symbolic as KerasTensor
from ..engine.variable import Variable
from ..nn import Layer, Model, Sequential
from ..nn.initializers import Initializer
from ..nn.input_spec import InputSpec
from ..nn.layers import Input
from ..nn.losses import Loss
from ..nn.metrics import Metric
from ..nn.regularizers import Regularizer
from ..optim import Optimizer
from . import (
    activations, backend, callbacks, config, constraints, datasets, initializers, layers, left_out, losses, metrics,
    models, ops, optimizers, preprocessing, random, regularizers, saving, tree, utils, wrappers,
)

__all__ = [
    "Initializer", "Input", "InputSpec", "KerasTensor", "Layer", "Loss", "Metric", "Model", "Optimizer",
    "Regularizer", "Sequential", "Variable", "__version__", "activations", "backend", "callbacks", "config",
    "constraints", "datasets", "initializers", "layers", "losses", "metrics", "models", "ops", "optimizers",
    "preprocessing", "random", "regularizers", "saving", "tree", "utils", "wrappers",
]

left_out.absent.guard()
