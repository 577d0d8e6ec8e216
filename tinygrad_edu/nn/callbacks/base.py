"""The callback: what happens between the batches and epochs of a training, and the record that `fit` returns."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ...common import old
from ...common.arguments import Checked
from ...common.naming import Named


class Callback(Checked, Named):
    """Base of the callbacks: override the hooks that are needed.

    `self.model` is the model in training, `self.params` has its "epochs", "steps" and "verbose". `epoch` and
    `batch` count from 0; `logs` holds the metrics so far.

    Example:
        >>> class Stop(Callback):
        ...     def on_epoch_end(self, epoch, logs=None):
        ...         self.model.stop_training = logs["loss"] < 0.1
    """

    home = "keras.callbacks"
    model: Any = None
    params: Any = None
    takes_nan = False  # whether `fit` lets data with NaN through when it is among the callbacks
    changes_model = True  # False promises that it only looks, so that `fit` need not look for changes after it
    looks_at_figures_alone = False  # True promises that it looks at nothing but `logs`: epochs may run ahead of it

    def __init_subclass__(cls, **options):
        super().__init_subclass__(**options)
        old.reading(cls)

    def set_model(self, model: Any) -> None:
        self.model = model

    def set_params(self, params: dict[str, Any]) -> None:
        self.params = params

    def set_data(self, rows, validation):
        """Called by `fit` before the training, with the arrays (x, y, …) of both, None where there are no arrays."""

    def on_train_begin(self, logs: Any = None) -> None:
        """Called once, before the first epoch."""

    def on_train_end(self, logs: Any = None) -> None:
        """Called once, after the last epoch."""

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Called before each epoch."""

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Called after each epoch, with the metrics of training and validation."""

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Called before each batch."""
        self.on_batch_begin(batch, logs)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Called after each batch, with the metrics of the epoch so far."""
        self.on_batch_end(batch, logs)

    def on_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Keras's older name for `on_train_batch_begin`."""

    def on_batch_end(self, batch: int, logs: Any = None) -> None:
        """Keras's older name for `on_train_batch_end`."""

    def on_test_begin(self, logs: Any = None) -> None:
        """Called before `evaluate`, and before each validation in `fit`."""

    def on_test_end(self, logs: Any = None) -> None:
        """Called after `evaluate` or a validation, with its metrics."""

    def on_test_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Called before each batch of `evaluate` or a validation."""

    def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
        """Called after each batch of `evaluate` or a validation, with the metrics so far."""

    def on_predict_begin(self, logs: Any = None) -> None:
        """Called before `predict`."""

    def on_predict_end(self, logs: Any = None) -> None:
        """Called after `predict`."""

    def on_predict_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Called before each batch of `predict`."""

    def on_predict_batch_end(self, batch: int, logs: Any = None) -> None:
        """Called after each batch of `predict`, with the predictions in logs["outputs"]."""


class CallbackList:
    """Calls each hook of several callbacks, skipping those that do not override it."""

    home = "keras.callbacks"

    def __init__(self, callbacks, model, params):
        for callback in callbacks:
            if not isinstance(callback, Callback):
                raise TypeError(f"callbacks expects Callback objects, such as EarlyStopping(); received {callback!r}.")
            callback.set_model(model)
            callback.set_params(params)
        self.callbacks = callbacks

    @property
    def look_at_figures_alone(self):
        """True if none of them looks at anything but the figures of an epoch."""
        return all([callback.looks_at_figures_alone for callback in self.callbacks])

    @property
    def look_at_batches(self):
        """True if one of them is called before or after the batches of a training."""
        return any([self.overriding(f"on_train_batch_{when}") for when in ("begin", "end")])

    def overriding(self, hook):
        """The bound methods of this hook, of the callbacks that override it, or the older name that it calls."""
        older, found = _OLDER.get(hook), []
        for callback in self.callbacks:
            if _overrides(callback, hook) or (older and _overrides(callback, older)):
                found.append(getattr(callback, hook))
        return found

    def call(self, hook, *args):
        for callback in self.callbacks:
            if _overrides(callback, hook):
                getattr(callback, hook)(*args)


_OLDER = {f"on_train_batch_{when}": f"on_batch_{when}" for when in ("begin", "end")}


def _overrides(callback, hook):
    return getattr(type(callback), hook) is not getattr(Callback, hook) or hook in vars(callback)


class History(Callback):
    """The record of a training, which `fit` returns: `history.history["loss"]` has one value an epoch."""

    changes_model, looks_at_figures_alone = False, True

    def __init__(self):
        self.history, self.epoch = old.Figures(), []

    def on_epoch_end(self, epoch, logs=None):
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)

    def __repr__(self):
        last = ", ".join(f"{name}: {np.mean(values[-1]):.4g}" for name, values in self.history.items())
        return f"<History of {len(self.epoch)} epochs{'; last ' + last if last else ''}>"

    def _repr_html_(self):
        from ...common.display import history_html
        from ..texts import metric_name

        return history_html(self, metric_name)


class LambdaCallback(Callback):
    """A callback from functions, each given as the hook's name: LambdaCallback(on_epoch_end=…).

    What is given by any other name is an attribute.
    """

    def __init__(
        self,
        on_epoch_begin: Callable[..., Any] | None = None,
        on_epoch_end: Callable[..., Any] | None = None,
        on_train_begin: Callable[..., Any] | None = None,
        on_train_end: Callable[..., Any] | None = None,
        on_train_batch_begin: Callable[..., Any] | None = None,
        on_train_batch_end: Callable[..., Any] | None = None,
        **others: Any,
    ):
        wrong = [name for name in others if name.startswith("on_") and not hasattr(Callback, name)]
        if wrong:
            raise TypeError(f"LambdaCallback expects names of hooks, such as on_epoch_end; received {wrong[0]!r}.")
        hooks = {
            "on_epoch_begin": on_epoch_begin,
            "on_epoch_end": on_epoch_end,
            "on_train_begin": on_train_begin,
            "on_train_end": on_train_end,
            "on_train_batch_begin": on_train_batch_begin,
            "on_train_batch_end": on_train_batch_end,
        }
        given = {name: function for name, function in (hooks | others).items() if function is not None}
        vars(self).update(given)
