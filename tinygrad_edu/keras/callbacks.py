"""Callbacks, by Keras's names."""

# Written by .ci/make_keras.py

from ..nn.callbacks import (
    BackupAndRestore, CSVLogger, Callback, CallbackList, EarlyStopping, GradientRecorder, History, LambdaCallback,
    LearningRateScheduler, ModelCheckpoint, Monitor, ReduceLROnPlateau, SwapEMAWeights, TensorBoard, TerminateOnNaN,
    WeightRecorder,
)
from ..nn.training.progress import Progress as ProgbarLogger

__all__ = [
    "BackupAndRestore", "CSVLogger", "Callback", "CallbackList", "EarlyStopping", "GradientRecorder", "History",
    "LambdaCallback", "LearningRateScheduler", "ModelCheckpoint", "Monitor", "ProgbarLogger", "ReduceLROnPlateau",
    "SwapEMAWeights", "TensorBoard", "TerminateOnNaN", "WeightRecorder",
]
