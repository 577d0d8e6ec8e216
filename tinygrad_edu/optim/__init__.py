"""Optimizers: how parameters follow the gradient of a loss downhill."""

from . import schedules
from .adaptive import AdaGrad, Adam, RMSProp
from .minimize import Path, minimize
from .names import by_name, get
from .optimizer import Optimizer
from .sgd import SGD, Momentum, Nesterov

__all__ = [
    "SGD",
    "AdaGrad",
    "Adam",
    "Momentum",
    "Nesterov",
    "Optimizer",
    "Path",
    "RMSProp",
    "by_name",
    "get",
    "minimize",
    "schedules",
]
