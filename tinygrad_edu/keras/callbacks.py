"""Callbacks, by Keras's names."""

from ..nn.callbacks import Callback, CallbackList, EarlyStopping, History, LambdaCallback, TerminateOnNaN

__all__ = ["Callback", "CallbackList", "EarlyStopping", "History", "LambdaCallback", "TerminateOnNaN"]
