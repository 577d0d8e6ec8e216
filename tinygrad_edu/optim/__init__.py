"""Optimizers: how parameters follow the gradient of a loss downhill."""

from . import schedules
from .adam import Adam, Adamax, AdamW, Nadam
from .adaptive import Adadelta, AdaGrad, RMSProp
from .ftrl import Ftrl
from .lion import Lion
from .minimize import Path, minimize
from .names import by_name, deserialize, get, serialize
from .optimizer import Optimizer
from .sgd import SGD, Momentum, Nesterov

__all__ = [
    "AdaGrad",
    "Adadelta",
    "Adam",
    "AdamW",
    "Adamax",
    "Ftrl",
    "Lion",
    "Momentum",
    "Nadam",
    "Nesterov",
    "Optimizer",
    "Path",
    "RMSProp",
    "SGD",
    "by_name",
    "deserialize",
    "get",
    "minimize",
    "schedules",
    "serialize",
]
