"""Callbacks: what a training calls between its batches and epochs."""

from .base import Callback, CallbackList, History, LambdaCallback
from .files import BackupAndRestore, CSVLogger, ModelCheckpoint
from .watching import EarlyStopping, LearningRateScheduler, Monitor, ReduceLROnPlateau, TerminateOnNaN

__all__ = [
    "BackupAndRestore",
    "CSVLogger",
    "Callback",
    "CallbackList",
    "EarlyStopping",
    "History",
    "LambdaCallback",
    "LearningRateScheduler",
    "ModelCheckpoint",
    "Monitor",
    "ReduceLROnPlateau",
    "TerminateOnNaN",
]
