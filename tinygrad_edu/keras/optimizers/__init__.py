"""Optimizers, by Keras's names."""

from ...optim import SGD, Adam, Optimizer, get
from ...optim import AdaGrad as Adagrad
from ...optim import RMSProp as RMSprop
from . import schedules

__all__ = ["SGD", "Adagrad", "Adam", "Optimizer", "RMSprop", "get", "schedules"]
