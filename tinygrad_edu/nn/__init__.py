"""Networks: layers, losses, metrics, and the Keras-style model that trains them."""

from ..common.naming import list_public
from . import activations, callbacks, constraints, initializers, layers, losses, metrics, regularizers
from .callbacks import Callback, EarlyStopping, History, LambdaCallback, TerminateOnNaN
from .layer import Layer
from .layers import *
from .losses import Loss
from .metrics import Metric
from .model import Model, Sequential

list_public(globals(), activations, callbacks, constraints, initializers, layers, losses, metrics, regularizers)
