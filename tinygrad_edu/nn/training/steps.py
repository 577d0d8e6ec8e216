"""The steps of a model with one batch, in training, test and prediction, and what `compile` chooses for them.

`train_step` is the whole of gradient descent in eight lines: read it first.
"""

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ... import optim
from ...common.notes import Noted, notes_of
from ...common.types import Identifier
from ...engine.autodiff import propagate
from ...optim import Optimizer
from .. import losses
from .. import metrics as metric_classes
from .feeding import unpack_x_y_sample_weight
from .programs import Programs
from .sharing import Sharing


class Steps:
    """The steps of a model, its optimizer, loss and metrics; `Trainer` repeats them."""

    compiled = False
    optimizer: Any = None
    loss: Any = None
    run_eagerly, _programs = Noted(False), Noted(None)
    _loss_mean, _metric_choices, _made_metrics = Noted(), Noted(), Noted()

    @property
    def _sharing(self):
        notes = vars(notes_of(self))
        return notes["sharing"] if "sharing" in notes else notes.setdefault("sharing", Sharing())

    # -- one step -----------------------------------------------------------------------------------

    def train_step(self, data):
        """One step of gradient descent on one batch: override it to train differently.

        Args:
            data: (x, y) of the batch, (x, y, sample_weight) where samples have weights, x where there is no y.

        Returns:
            The figures so far, by name.
        """
        x, y, sample_weight = unpack_x_y_sample_weight(data)
        y_pred = self(x, training=True)
        loss = self.compute_loss(x, y, y_pred, sample_weight)
        weights = self.trainable_weights
        gradients = propagate([loss])
        self.optimizer.apply([gradients.get(w) for w in weights], weights, weight=len(x))
        self.constrain()
        return self.compute_metrics(y, y_pred, sample_weight, loss)

    def test_step(self, data):
        """The loss and the metrics of one batch, without learning from it."""
        x, y, sample_weight = unpack_x_y_sample_weight(data)
        y_pred = self(x, training=False)
        return self.compute_metrics(y, y_pred, sample_weight, self.compute_loss(x, y, y_pred, sample_weight))

    def predict_step(self, x):
        """The predictions for one batch."""
        return self(x, training=False)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """The loss of a batch and the penalties of the layers, as a Tensor with one value; override it for another."""
        terms = self.losses if self.loss is None else [self.loss(y, y_pred, sample_weight), *self.losses]
        if not terms:
            raise ValueError(_NO_LOSS.format("train_step"))
        loss = terms[0]
        for penalty in terms[1:]:
            loss = loss + penalty
        return loss

    def compute_metrics(self, y, y_pred, sample_weight, loss):
        """Take the batch into the figures of the epoch, and give the figures."""
        metric_classes.update(self._loss_mean, loss, len(y_pred))
        plain, weighted = self._made_metrics
        for metric in plain:
            metric_classes.update(metric, y, y_pred)
        for metric in weighted:
            metric_classes.update(metric, y, y_pred, sample_weight)
        return self.get_metrics_result()

    # -- what they need ------------------------------------------------------------------------------------

    def compile(
        self,
        optimizer: str | Mapping[str, Any] | Optimizer = "rmsprop",
        loss: Identifier | None = None,
        loss_weights: Any = None,
        metrics: Sequence[Any] | None = None,
        weighted_metrics: Sequence[Any] | None = None,
        run_eagerly: bool = False,
        steps_per_execution: int = 1,
        jit_compile: bool | str = "auto",
        auto_scale_loss: bool = True,
    ) -> None:
        """Choose how the model is trained.

        Args:
            optimizer: a name, such as "adam", or an optimizer.
            loss: a name, such as "mse", a Loss, or a function of (y_true, y_pred). None where a `train_step` of
                the user's own computes it.
            loss_weights: for models with several outputs, which are not offered: None.
            metrics: a list of names, such as ["accuracy"], Metrics or functions; sample weights do not count.
            weighted_metrics: the same, with sample weights.
            run_eagerly: run every step op by op, to look into it with a debugger. Otherwise each kind of step
                becomes a flat NumPy program, with the same numbers: print(model.training_program).
            steps_per_execution, jit_compile, auto_scale_loss: accepted at Keras's defaults.

        Raises:
            ValueError: an unknown name; the message suggests the nearest one. Or a choice that is not offered.
        """
        if isinstance(loss, dict | list | tuple):
            raise TypeError(
                f"Expected the name of a loss, a Loss or a function (models have one output); got {loss!r}."
            )
        if loss_weights is not None:
            raise ValueError(f"loss_weights expects None: models have one output; received {loss_weights!r}.")
        if jit_compile is True:
            raise ValueError("jit_compile=True is not offered: the default is a flat NumPy program. Leave it out.")
        optimizer, loss = optim.get(optimizer), losses.get(loss)
        chosen = [_checked_metrics(metrics, "metrics"), _checked_metrics(weighted_metrics, "weighted_metrics")]
        self.optimizer, self.loss, self.run_eagerly = optimizer, loss, run_eagerly
        self._metric_choices = chosen
        self._made_metrics = None  # the metrics and the weighted ones, when the shapes are known
        self._loss_mean = metric_classes.Mean("loss")
        self._programs = Programs()
        self.compiled = True

    @property
    def training_program(self):
        """The training step as a flat NumPy program, of the batch shape that was traced last: print it.

        Raises:
            RuntimeError: no step has been traced yet.
        """
        found = self.programs.latest.get("train")
        if found is None:
            why = self.programs.eager.get("train", "it is traced at the first batch: call model.fit(...)")
            raise RuntimeError(f"{self.name} has no training program: {why}.")
        return found

    @property
    def programs(self):
        """The steps of this model as programs, and the batch that ran last by kind of step."""
        if self._programs is None:
            self._programs = Programs()
        return self._programs

    @property
    def metrics(self):
        """The metrics of the compiled model, the mean loss first."""
        if not self.compiled:
            return []
        plain, weighted = self._made_metrics or ((), ())
        return [self._loss_mean, *plain, *weighted]

    @property
    def metrics_names(self):
        """The names under which `evaluate` gives its figures."""
        return [metric.name for metric in self.metrics]

    def get_metrics_result(self):
        """The metrics so far, by name in alphabetical order: floats, or arrays of metrics with several values.

        A metric whose result is a dict has a value for each of its keys.
        """
        return metric_classes.figures_of(self.metrics)

    def reset_metrics(self):
        """Start the figures anew."""
        for metric in self.metrics:
            metric.reset_state()

    def _require_compiled(self, method, kind="train"):
        if not self.compiled:
            raise RuntimeError(f'Call model.compile(optimizer="adam", loss="mse") before model.{method}(...).')
        steps = f"{kind}_step", "compute_loss"
        own = any(getattr(type(self), name) is not getattr(Steps, name) for name in steps)
        if self.loss is None and not own:
            raise ValueError(_NO_LOSS.format(method))

    def _choose_metrics(self, y):
        """Make the metrics, now that the shapes are known: "accuracy" depends on them."""
        if self._made_metrics is None:
            with self._sharing.figures:
                self._make_metrics(y)

    def _make_metrics(self, y):
        if self._made_metrics is None:  # still, now that no other thread is here
            plain, weighted = [
                [metric_classes.get(choice, y.shape, self.output_shape) for choice in choices]
                for choices in self._metric_choices
            ]
            taken = {metric.name for metric in plain}
            for metric in weighted:
                metric.name = f"weighted_{metric.name}" if metric.name in taken else metric.name
            self._made_metrics = plain, weighted
            self._warn_of_accuracy(y)

    def _warn_of_accuracy(self, y):
        """Say so when a regression is measured by a share of right classes."""
        regression = isinstance(self.loss, (losses.MeanSquaredError, losses.MeanAbsoluteError, losses.Huber))
        for metric in self._made_metrics[0]:
            if regression and isinstance(metric, metric_classes.ACCURACIES) and (y != np.round(y)).any():
                warnings.warn(
                    f"{metric.name!r} counts right classes, but y has fractions. For a regression use "
                    'metrics=["mae"] or ["mse"].',
                    stacklevel=6,
                )


_NO_LOSS = "model.{}(...) needs a loss: model.compile(loss=...)."


def _checked_metrics(choices, name):
    """The metrics a user chose; unknown names are refused now, "accuracy" is resolved when shapes are known."""
    if choices is None:
        return []
    if not isinstance(choices, (list, tuple)):
        raise TypeError(f'{name} expects a list, such as ["accuracy"]; received {choices!r}.')
    return [choice if choice in ("accuracy", "acc") else metric_classes.get(choice) for choice in choices]
