"""Keras's module tree and names, over this package: `from tinygrad_edu.keras.models import Sequential`.

Only names live here; what they stand for is in `nn`, `optim` and `data`.
"""

from ..nn import Input, Layer, Loss, Metric, Model, Sequential
from ..optim import Optimizer
from . import (
    activations,
    backend,
    callbacks,
    constraints,
    datasets,
    initializers,
    layers,
    losses,
    metrics,
    models,
    optimizers,
    regularizers,
    utils,
)

__all__ = [
    "Input",
    "Layer",
    "Loss",
    "Metric",
    "Model",
    "Optimizer",
    "Sequential",
    "activations",
    "backend",
    "callbacks",
    "constraints",
    "datasets",
    "initializers",
    "layers",
    "losses",
    "metrics",
    "models",
    "optimizers",
    "regularizers",
    "utils",
]
