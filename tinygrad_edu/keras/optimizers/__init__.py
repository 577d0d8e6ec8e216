"""Optimizers, by Keras's names."""

from ...optim import SGD, Adadelta, Adam, Adamax, AdamW, Ftrl, Lion, Nadam, Optimizer, deserialize, get, serialize
from ...optim import AdaGrad as Adagrad
from ...optim import RMSProp as RMSprop
from . import schedules

__all__ = [
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Ftrl",
    "Lion",
    "Nadam",
    "Optimizer",
    "RMSprop",
    "deserialize",
    "get",
    "schedules",
    "serialize",
]
