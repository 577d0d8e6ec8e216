"""Callbacks: what a training calls between its batches and epochs.

They watch and stop (`watching`), write files (`files`, `tensorboard`), and keep what they saw (`recording`).
"""

from ...common.naming import list_public
from .base import *
from .files import *
from .recording import *
from .tensorboard import *
from .watching import *

list_public(globals())
