"""Optimizers: how parameters follow the gradient of a loss downhill."""

from ..common.naming import subclasses
from . import schedules
from .adam import *
from .adaptive import *
from .ftrl import *
from .lion import *
from .minimize import Path, minimize
from .names import by_name, deserialize, get, serialize
from .optimizer import Optimizer
from .sgd import *

__all__ = [
    *("Optimizer", "Path", "by_name", "deserialize", "get", "minimize", "schedules", "serialize"),
    *sorted(cls.__name__ for cls in subclasses(Optimizer)),
]
