"""Optimizers, by Keras's names."""

# Written by .ci/make_keras.py

from ...optim import (
    AdaGrad as Adagrad, Adadelta, Adam, AdamW, Adamax, Ftrl, Lion, Nadam, Optimizer, RMSProp as RMSprop, SGD,
    deserialize, get, serialize,
)
from . import schedules

__all__ = [
    "Adadelta", "Adagrad", "Adam", "AdamW", "Adamax", "Ftrl", "Lion", "Nadam", "Optimizer", "RMSprop", "SGD",
    "deserialize", "get", "schedules", "serialize",
]
