"""Keras's module tree and names, over this package: `from tinygrad_edu.keras.models import Sequential`.

Only names live here; what they stand for is in `nn`, `optim` and `data`.
"""

from .. import __version__
from ..engine.variable import Variable
from ..nn import Input, Layer, Loss, Metric, Model, Sequential
from ..nn.initializers import Initializer
from ..nn.regularizers import Regularizer
from ..optim import Optimizer
from . import (
    activations,
    backend,
    callbacks,
    config,
    constraints,
    datasets,
    initializers,
    layers,
    losses,
    metrics,
    missing,
    models,
    optimizers,
    regularizers,
    saving,
    utils,
)

__all__ = [
    "__version__",
    "Initializer",
    "Input",
    "Layer",
    "Loss",
    "Metric",
    "Model",
    "Optimizer",
    "Regularizer",
    "Sequential",
    "Variable",
    "activations",
    "backend",
    "callbacks",
    "config",
    "constraints",
    "datasets",
    "initializers",
    "layers",
    "losses",
    "metrics",
    "models",
    "optimizers",
    "regularizers",
    "saving",
    "utils",
]

missing.guard()
