"""Callbacks: what a training calls between its batches and epochs."""

from ...common.naming import public_names
from .base import *
from .files import *
from .recording import *
from .tensorboard import *
from .watching import *

__all__ = public_names(__name__, globals())
