"""Callbacks, by Keras's names."""

from ..nn.callbacks import *  # noqa: F403
from ..nn.callbacks import __all__ as _callbacks
from ..nn.training.progress import Progress as ProgbarLogger

__all__ = [*_callbacks, "ProgbarLogger"]
