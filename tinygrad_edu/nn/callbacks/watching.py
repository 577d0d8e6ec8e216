"""Callbacks that watch the metrics of a training and stop it, or change its learning rate."""

from collections.abc import Callable
from typing import Literal

import numpy as np

from ...common.naming import snake_case
from ...common.old import Figures
from ...common.types import CountOrNone, Decay, NotNegative, Threshold, Verbose
from ...common.warning import warn
from ...optim import schedules
from ..texts import say
from .base import Callback

# What occurs in the names of metrics that should be large; of all others, less is better.
_LARGER_IS_BETTER = (
    *("acc", "auc", "precision", "recall", "sensitivity", "specificity", "true_"),
    *("f1", "fbeta", "f_beta", "iou", "io_u", "r2", "cosine"),
)


class Monitor(Callback):
    """Base of the callbacks that watch a metric for getting better.

    Args:
        monitor: the metric: "val_loss", "loss", "accuracy", …
        mode: "min", "max", or "auto": what is better is known of each metric of this package.
        min_delta: a smaller change does not count as better.
    """

    def __init__(self, monitor: str = "val_loss", mode: Literal["auto", "min", "max"] = "auto", min_delta: float = 0):
        self.monitor, self.mode, self.min_delta = monitor, mode, abs(min_delta)

    def better(self, value, than):
        """True if a value of the metric is an improvement by more than `min_delta`."""
        if than is None:
            return True
        rises = self.monitor_op is np.greater
        return value - self.min_delta > than if rises else value + self.min_delta < than

    @property
    def monitor_op(self) -> np.ufunc:
        """`np.greater` or `np.less`, as larger or smaller values of the metric are better."""
        return np.greater if self.mode == "max" or (self.mode == "auto" and self._wants_more()) else np.less

    def _wants_more(self):
        """True if larger is better: by the class of the metric, whatever it is called, or by the name alone."""
        name = self.monitor.removeprefix("val_")
        metrics = getattr(self.model, "metrics", [])
        kinds = [snake_case(type(metric).__name__) for metric in metrics if metric.name == name]
        return any(word in text for text in (name, *kinds) for word in _LARGER_IS_BETTER)

    def monitored(self, logs):
        """The metric that is watched, or None with a warning that lists the metrics there are."""
        name = self.monitor if self.monitor in (logs or {}) else Figures(logs or {}).today(self.monitor)
        if name is None:
            warn(
                f"{type(self).__name__} watches {self.monitor!r}, which this training does not have. "
                f"There are: {', '.join(logs or {})}. For val_… pass validation_data or validation_split to fit."
            )
            return None
        value = logs[name]
        if np.size(value) > 1:
            raise ValueError(
                f"{type(self).__name__} watches {self.monitor!r}: expected one number; it has {np.size(value)}. Let "
                "the metric take their mean, such as F1Score(average='macro')."
            )
        return value


class EarlyStopping(Monitor):
    """Stops when a metric no longer gets better: the course's «until the loss stops changing».

    Args:
        monitor: the metric: "val_loss", "loss", "accuracy", …
        min_delta: a smaller change does not count as better.
        patience: how many epochs without getting better are waited for.
        verbose: 1 says when it stops.
        mode: "min", "max", or "auto" by the name of the metric.
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
        monitor: str = "val_loss",
        min_delta: float = 0,
        patience: CountOrNone = 0,
        verbose: Verbose = 0,
        mode: Literal["auto", "min", "max"] = "auto",
        baseline: Threshold | None = None,
        restore_best_weights: bool = False,
        start_from_epoch: CountOrNone = 0,
    ):
        super().__init__(monitor, mode, min_delta)
        self.patience, self.verbose = patience, verbose
        self.baseline, self.start_from_epoch = baseline, start_from_epoch
        self.restore_best_weights = restore_best_weights
        self.on_train_begin()

    def on_train_begin(self, logs=None):
        self.wait = self.stopped_epoch = self.best_epoch = 0
        self.best = self.best_weights = None

    def on_epoch_end(self, epoch, logs=None):
        value = self.monitored(logs)
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
            print(say("Epoch {epoch}: early stopping", epoch=self.stopped_epoch + 1))
        if self.best_weights is not None:
            if self.verbose:
                print(
                    say("Restoring model weights from the end of the best epoch: {epoch}.", epoch=self.best_epoch + 1)
                )
            self.model.set_weights(self.best_weights)


class TerminateOnNaN(Callback):
    """Stops the training at the first batch whose loss is NaN or infinite, and says which.

    With it `fit` takes data with NaN or infinity too, which it refuses otherwise.

    Args:
        raise_error: raise a RuntimeError, in place of a line of print.
    """

    takes_nan = True

    def __init__(self, raise_error: bool = False):
        self.raise_error = raise_error

    def on_train_batch_end(self, batch, logs=None):
        loss = (logs or {}).get("loss")
        if loss is not None and not np.isfinite(loss):
            self.model.stop_training = True
            told = {"batch": batch, "loss": loss}
            message = "Batch {batch}: the loss is {loss}. Training stops; a smaller learning rate often helps."
            if self.raise_error:
                raise RuntimeError(message.format(**told))
            print(say(message, **told))


class LearningRateScheduler(Callback):
    """Sets the learning rate at the beginning of each epoch.

    Args:
        schedule: a function of (epoch, current rate), or of the epoch alone, that gives the new rate.
        verbose: 1 tells each rate.

    Raises:
        TypeError: the schedule does not give a float, or the optimizer has a schedule of its own.

    Example:
        >>> halving = LearningRateScheduler(lambda epoch, rate: rate * 0.5 if epoch else rate)
    """

    def __init__(self, schedule: Callable[..., float], verbose: Verbose = 0):
        self.schedule, self.verbose = schedule, verbose
        code = getattr(schedule, "__code__", None) or getattr(type(schedule).__call__, "__code__", None)
        self._takes_rate = code is None or code.co_argcount - (code.co_varnames[:1] == ("self",)) != 1

    def on_epoch_begin(self, epoch, logs=None):
        optimizer = self.model.optimizer
        rate = self.schedule(epoch, float(optimizer.learning_rate)) if self._takes_rate else self.schedule(epoch)
        if not isinstance(rate, float | np.floating):
            raise TypeError(f"The schedule of LearningRateScheduler should give a float; received {rate!r}.")
        _set_rate(self, float(rate))
        if self.verbose:
            print(say("Epoch {epoch}: the learning rate is {rate}", epoch=epoch + 1, rate=f"{rate:g}"))

    def on_epoch_end(self, epoch, logs=None):
        logs["learning_rate"] = float(self.model.optimizer.learning_rate)


class ReduceLROnPlateau(Monitor):
    """Multiplies the learning rate by `factor` when a metric no longer gets better.

    Args:
        monitor: the metric: "val_loss", "loss", "accuracy", …
        factor: what the rate is multiplied by, from 0 to below 1.
        patience: how many epochs without getting better are waited for.
        verbose: 1 tells each reduction.
        mode: "min", "max", or "auto" by the name of the metric.
        min_delta: a smaller change does not count as better.
        cooldown: how many epochs after a reduction are not counted.
        min_lr: the rate does not go below this.

    Raises:
        TypeError, ValueError: an argument is outside its range, or the optimizer has a schedule.

    Example:
        >>> ReduceLROnPlateau(monitor="loss", factor=0.2, patience=5).factor
        0.2
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        factor: Decay = 0.1,
        patience: CountOrNone = 10,
        verbose: Verbose = 0,
        mode: Literal["auto", "min", "max"] = "auto",
        min_delta: float = 1e-4,
        cooldown: CountOrNone = 0,
        min_lr: NotNegative = 0.0,
    ):
        super().__init__(monitor, mode, min_delta)
        self.factor = factor
        self.patience, self.verbose, self.cooldown = patience, verbose, cooldown
        self.min_lr = min_lr
        self.on_train_begin()

    def on_train_begin(self, logs=None):
        self.best, self.wait, self.cooldown_counter = None, 0, 0

    def on_epoch_end(self, epoch, logs=None):
        logs["learning_rate"] = float(self.model.optimizer.learning_rate)
        value = self.monitored(logs)
        if value is None:
            return
        if self.cooldown_counter:
            self.cooldown_counter -= 1
            self.wait = 0
        if self.better(value, self.best):
            self.best, self.wait = value, 0
        elif not self.cooldown_counter:
            self.wait += 1
            if self.wait >= self.patience:
                self._reduce(epoch)

    def _reduce(self, epoch):
        optimizer = self.model.optimizer
        rate = float(optimizer.learning_rate)
        if rate > np.float32(self.min_lr):
            _set_rate(self, max(rate * self.factor, self.min_lr))
            self.cooldown_counter, self.wait = self.cooldown, 0
            if self.verbose:
                rate = f"{float(optimizer.learning_rate):g}"
                print(say("Epoch {epoch}: the learning rate is reduced to {rate}", epoch=epoch + 1, rate=rate))


def _set_rate(callback, rate):
    """Give the optimizer of the model in training another learning rate, unless a schedule has the say."""
    optimizer = callback.model.optimizer
    if isinstance(optimizer.rate_setting, schedules.Schedule):
        raise TypeError(
            f"{type(callback).__name__} sets the learning rate, and this optimizer takes it from a schedule, "
            f"{type(optimizer.rate_setting).__name__}. Give the optimizer a number, or leave the callback out."
        )
    optimizer.learning_rate = rate
