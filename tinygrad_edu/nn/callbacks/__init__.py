"""Callbacks: what a training calls between its batches and epochs.

They watch and stop (`watching`), write files (`files`, `tensorboard`), keep what they saw (`recording`), and show
averages of the weights (`averages`).
"""

from ...common.naming import list_public
from .averages import *
from .base import *
from .files import *
from .recording import *
from .tensorboard import *
from .watching import *

list_public(globals())
