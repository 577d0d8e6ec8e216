"""Callbacks: what a training calls between its batches and epochs."""

from .base import Callback, CallbackList, History, LambdaCallback
from .files import BackupAndRestore, CSVLogger, ModelCheckpoint
from .recording import GradientRecorder, WeightRecorder
from .tensorboard import TensorBoard
from .watching import EarlyStopping, LearningRateScheduler, Monitor, ReduceLROnPlateau, TerminateOnNaN

__all__ = [
    "BackupAndRestore",
    "CSVLogger",
    "Callback",
    "CallbackList",
    "EarlyStopping",
    "GradientRecorder",
    "History",
    "LambdaCallback",
    "LearningRateScheduler",
    "ModelCheckpoint",
    "Monitor",
    "ReduceLROnPlateau",
    "TensorBoard",
    "TerminateOnNaN",
    "WeightRecorder",
]
