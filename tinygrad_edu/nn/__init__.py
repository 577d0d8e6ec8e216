"""Networks: layers, losses, metrics, and the Keras-style model that trains them.

A layer is a function with weights (`layer`, `weights`), a model a layer that can be trained (`model`). `training` has
the loop of `fit` and the programs that it runs, `saving` the files. Activations, initializers, regularizers,
constraints, losses and metrics are found by their string names, as in Keras.
"""

from ..common.naming import list_public
from . import activations, callbacks, constraints, initializers, layers, losses, metrics, regularizers
from .callbacks import Callback, EarlyStopping, History, LambdaCallback, TerminateOnNaN
from .layer import Layer
from .layers import *
from .losses import Loss
from .metrics import Metric
from .model import Model, Sequential

list_public(globals(), activations, callbacks, constraints, initializers, layers, losses, metrics, regularizers)
