"""Optimizers: how parameters follow the gradient of a loss downhill.

Each is a small class that states its formula in `update`; `optimizer` has all else that a step needs, `memory` what is
kept for each parameter, `stepping` one update over the flat vector of all. `schedules` change the rate from step to
step, and `minimize` walks down a function and gives the whole path. Nothing here knows of networks.
"""

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
