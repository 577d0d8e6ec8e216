"""Optimizers: how parameters follow the gradient of a loss downhill."""

from ..common.naming import list_public
from . import schedules
from .adam import *
from .adaptive import *
from .ftrl import *
from .lion import *
from .minimize import Path, minimize
from .names import by_name, deserialize, get, serialize
from .optimizer import Optimizer
from .sgd import *

list_public(globals(), schedules, "by_name")
