"""Callbacks: what happens between the batches and epochs of a training."""

import warnings

import numpy as np


class Callback:
    """Base of the callbacks: override the hooks that are needed.

    `self.model` is the model in training. `epoch` and `batch` count from 0; `logs` holds the figures so far.
    """

    model = None
    params = None

    def set_model(self, model):
        self.model = model

    def set_params(self, params):
        self.params = params

    def on_train_begin(self, logs=None):
        """Called once, before the first epoch."""

    def on_train_end(self, logs=None):
        """Called once, after the last epoch."""

    def on_epoch_begin(self, epoch, logs=None):
        """Called before each epoch."""

    def on_epoch_end(self, epoch, logs=None):
        """Called after each epoch, with the figures of training and validation."""

    def on_train_batch_begin(self, batch, logs=None):
        """Called before each batch."""

    def on_train_batch_end(self, batch, logs=None):
        """Called after each batch, with the figures of the epoch so far."""


class CallbackList:
    """Calls each hook of several callbacks, skipping those that do not override it."""

    def __init__(self, callbacks, model, params):
        for callback in callbacks:
            if not isinstance(callback, Callback):
                raise TypeError(f"callbacks expects Callback objects, such as EarlyStopping(); received {callback!r}.")
            callback.set_model(model)
            callback.set_params(params)
        self.callbacks = callbacks

    def overriding(self, hook):
        """The bound methods of this hook, of the callbacks that override it."""
        base, methods = getattr(Callback, hook), [getattr(callback, hook) for callback in self.callbacks]
        return [method for method in methods if getattr(method, "__func__", None) is not base]

    def call(self, hook, *args):
        for method in self.overriding(hook):
            method(*args)


class History(Callback):
    """The record of a training, which `fit` returns: `history.history["loss"]` has one figure an epoch."""

    def __init__(self):
        self.history, self.epoch = {}, []

    def on_epoch_end(self, epoch, logs=None):
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)

    def __repr__(self):
        last = ", ".join(f"{name}: {values[-1]:.4g}" for name, values in self.history.items())
        return f"<History of {len(self.epoch)} epochs{'; last ' + last if last else ''}>"


class EarlyStopping(Callback):
    """Stops when a figure no longer gets better: the course's «until the loss stops changing».

    Args:
        monitor: the figure: "val_loss", "loss", "accuracy", …
        min_delta: a smaller change does not count as better.
        patience: how many epochs without getting better are waited for.
        verbose: 1 says when it stops.
        mode: "min", "max", or "auto" by the name of the figure.
        baseline: a value that must be beaten.
        restore_best_weights: go back to the weights of the best epoch at the end.
        start_from_epoch: the epochs before this one are not looked at.

    Raises:
        ValueError: an unknown mode, or a negative patience.

    Example:
        >>> EarlyStopping(monitor="loss", min_delta=1e-4, patience=3).better(1.0, 1.1)
        True
    """

    def __init__(
        self,
        monitor="val_loss",
        min_delta=0,
        patience=0,
        verbose=0,
        mode="auto",
        baseline=None,
        restore_best_weights=False,
        start_from_epoch=0,
    ):
        if mode not in ("auto", "min", "max"):
            raise ValueError(f"EarlyStopping expects mode 'auto', 'min' or 'max'; received {mode!r}.")
        if patience < 0:
            raise ValueError(f"EarlyStopping expects patience ≥ 0; received {patience}.")
        self.monitor, self.min_delta, self.patience, self.verbose = monitor, abs(min_delta), patience, verbose
        self.mode, self.baseline, self.start_from_epoch = mode, baseline, start_from_epoch
        self.restore_best_weights = restore_best_weights
        self.on_train_begin()

    def on_train_begin(self, logs=None):
        self.wait = self.stopped_epoch = self.best_epoch = 0
        self.best = self.best_weights = None

    def better(self, value, than):
        """Whether a figure is an improvement by more than `min_delta`."""
        if than is None:
            return True
        rises = self.mode == "max" or (self.mode == "auto" and _wants_more(self.monitor))
        return value - self.min_delta > than if rises else value + self.min_delta < than

    def on_epoch_end(self, epoch, logs=None):
        value = monitored(self, logs)
        if value is None or epoch < self.start_from_epoch:
            return
        if self.restore_best_weights and self.best_weights is None:
            self.best_weights, self.best_epoch = self.model.get_weights(), epoch
        self.wait += 1
        if self.better(value, self.best):
            self.best, self.best_epoch = value, epoch
            if self.restore_best_weights:
                self.best_weights = self.model.get_weights()
            if self.baseline is None or self.better(value, self.baseline):
                self.wait = 0
        elif self.wait >= self.patience and epoch > 0:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def on_train_end(self, logs=None):
        if self.verbose and self.stopped_epoch:
            print(f"Epoch {self.stopped_epoch + 1}: early stopping")
        if self.best_weights is not None:
            if self.verbose:
                print(f"Restoring model weights from the end of the best epoch: {self.best_epoch + 1}.")
            self.model.set_weights(self.best_weights)


def monitored(callback, logs):
    """The figure that a callback watches, or None with a warning that lists the figures there are."""
    if callback.monitor not in (logs or {}):
        warnings.warn(
            f"{type(callback).__name__} watches {callback.monitor!r}, which this training does not have. "
            f"There are: {', '.join(logs or {})}. For val_… pass validation_data or validation_split to fit.",
            stacklevel=2,
        )
        return None
    return logs[callback.monitor]


def _wants_more(name):
    return any(word in name for word in ("acc", "auc", "precision", "recall", "f1", "r2", "f_beta", "cosine"))


class TerminateOnNaN(Callback):
    """Stops the training at the first batch whose loss is NaN or infinite, and says which."""

    def on_train_batch_end(self, batch, logs=None):
        loss = (logs or {}).get("loss")
        if loss is not None and not np.isfinite(loss):
            print(f"Batch {batch}: the loss is {loss}. Training stops; a smaller learning rate often helps.")
            self.model.stop_training = True


class LambdaCallback(Callback):
    """A callback from functions, each given as the hook's name: LambdaCallback(on_epoch_end=…)."""

    def __init__(self, **hooks):
        for name, function in hooks.items():
            if not name.startswith("on_") or not hasattr(Callback, name):
                raise TypeError(f"LambdaCallback expects names of hooks, such as on_epoch_end; received {name!r}.")
            if function is not None:
                setattr(self, name, function)
