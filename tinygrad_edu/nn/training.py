"""Training: compile, fit, evaluate, predict, for every model.

`train_step` is the whole of gradient descent in eight lines: read it first.
"""

import warnings

import numpy as np

from .. import optim, replay
from ..arrays import as_array, check_lengths
from ..autodiff import propagate
from ..floats import floatx
from ..tensor import record
from . import losses
from . import metrics as metric_classes
from .callbacks import Callback, CallbackList, History
from .feeding import (
    from_arrays,
    from_stream,
    is_stream,
    split_last,
    unpack_x_y_sample_weight,
    whole,
    with_class_weights,
)
from .programs import Programs
from .progress import Progress, figures


class Trainer:
    """What a model needs to be trained; `Model` inherits it."""

    compiled = run_eagerly = False
    optimizer = loss = None
    stop_training = False
    _state = frozenset(
        {
            "built",
            "input_shape",
            "output_shape",
            "_losses",
            "history",
            "run_eagerly",
            "stop_training",
            "_initial_epoch",
            "_programs",
            "_metrics",
            "_weighted_metrics",
            "_metric_choices",
            "_loss_mean",
        }
    )

    # -- one step -----------------------------------------------------------------------------------

    def train_step(self, data):
        """One step of gradient descent on one batch: override it to train differently.

        Args:
            data: (x, y) of the batch, or (x, y, sample_weight) where samples have weights.

        Returns:
            The figures so far, by name.
        """
        x, y, sample_weight = unpack_x_y_sample_weight(data)
        y_pred = self(x, training=True)
        loss = self.compute_loss(x, y, y_pred, sample_weight)
        weights = self.trainable_weights
        gradients = propagate([loss])
        self.optimizer.apply([gradients.get(w) for w in weights], weights, weight=len(y))
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
        loss = self.loss(y, y_pred, sample_weight)
        for penalty in self.losses:
            loss = loss + penalty
        return loss

    def compute_metrics(self, y, y_pred, sample_weight, loss):
        """Take the batch into the figures of the epoch, and give the figures."""
        metric_classes.update(self._loss_mean, loss, len(y_pred))
        for metric in self._metrics:
            metric_classes.update(metric, y, y_pred)
        for metric in self._weighted_metrics:
            metric_classes.update(metric, y, y_pred, sample_weight)
        return self.get_metrics_result()

    # -- compile ------------------------------------------------------------------------------------

    def compile(
        self,
        optimizer="rmsprop",
        loss=None,
        loss_weights=None,
        metrics=None,
        weighted_metrics=None,
        run_eagerly=False,
        steps_per_execution=1,
        jit_compile="auto",
        auto_scale_loss=True,
    ):
        """Choose how the model is trained.

        Args:
            optimizer: a name, such as "adam", or an optimizer.
            loss: a name, such as "mse", a Loss, or a function of (y_true, y_pred).
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
        self._metrics = self._weighted_metrics = None
        self._loss_mean = metric_classes.Mean("loss")
        self._programs = Programs()
        self.compiled = True

    @property
    def training_program(self):
        """The training step as a flat NumPy program, of the batch shape that was traced last: print it.

        Raises:
            RuntimeError: no step has been traced yet.
        """
        found = self._made_programs().latest.get("train")
        if found is None:
            why = self._made_programs().eager.get("train", "it is traced at the first batch: call model.fit(...)")
            raise RuntimeError(f"{self.name} has no training program: {why}.")
        return found

    def _made_programs(self):
        """The programs; a model that predicts needs no compile."""
        if "_programs" not in vars(self):
            self._programs = Programs()
        return self._programs

    @property
    def metrics(self):
        """The metrics of the compiled model, the mean loss first."""
        return [self._loss_mean, *(self._metrics or []), *(self._weighted_metrics or [])] if self.compiled else []

    @property
    def metrics_names(self):
        """The names under which `evaluate` gives its figures."""
        return [metric.name for metric in self.metrics]

    def get_metrics_result(self):
        """The figures so far, by name in alphabetical order: floats, or arrays of metrics with several values."""
        figure = metric_classes.told if replay.active() else metric_classes.figure
        return {metric.name: figure(metric) for metric in sorted(self.metrics, key=lambda m: m.name)}

    def reset_metrics(self):
        """Start the figures anew."""
        for metric in self.metrics:
            metric.reset_state()

    # -- fit, evaluate, predict -----------------------------------------------------------------------

    def fit(
        self,
        x=None,
        y=None,
        batch_size=None,
        epochs=1,
        verbose="auto",
        callbacks=None,
        validation_split=0.0,
        validation_data=None,
        shuffle=True,
        class_weight=None,
        sample_weight=None,
        initial_epoch=0,
        steps_per_epoch=None,
        validation_steps=None,
        validation_batch_size=None,
        validation_freq=1,
    ):
        """Train on (x, y) for some epochs.

        Args:
            x: samples, shape (samples, …): arrays, lists, Tensors, pandas tables. Or whatever gives batches (x, y)
                or (x, y, sample_weight): a generator, an iterable, an object with __len__ and __getitem__.
            y: targets, shape (samples,) or (samples, outputs); None where x gives batches.
            batch_size: samples a step: 1 is stochastic descent, len(x) batch descent; None is 32.
            epochs: the number of the last epoch, counted from `initial_epoch`.
            verbose: 0 silent, 1 a progress line, 2 a line an epoch; "auto" is 1.
            callbacks: a list of Callbacks.
            validation_split: the share of the samples, the last ones, kept for validation.
            validation_data: (x, y) or (x, y, sample_weight) to validate on after each epoch; or batches, as x.
            shuffle: whether each epoch takes the samples in a new order.
            class_weight: a dict from class number to the weight of its samples.
            sample_weight: the weight of each sample in the loss, shape (samples,).
            initial_epoch: the number of the first epoch, to go on with a training.
            steps_per_epoch: batches an epoch; by default all that x gives. A generator that never ends needs it.
            validation_steps: batches a validation; by default all.
            validation_batch_size: samples a step of validation; `batch_size` by default.
            validation_freq: validate each so many epochs, or a list of the epochs to validate after, from 1.

        Returns:
            A History: `history.history` maps each figure to its values, one an epoch. The figures of the
            training data are means over the epoch, while the weights change; `evaluate` uses the last weights.

        Raises:
            RuntimeError: the model is not compiled.
            ValueError, TypeError: data that does not fit, before anything is trained.
        """
        self._require_compiled("fit")
        epochs, initial_epoch = whole(epochs, "epochs", 1), whole(initial_epoch, "initial_epoch", least=0)
        steps_per_epoch, validation_steps = _steps(steps_per_epoch), _steps(validation_steps, "validation_steps")
        if verbose not in (0, 1, 2, "auto"):
            raise ValueError(f'verbose expects 0, 1, 2 or "auto"; received {verbose!r}.')
        feed, validation = self._fit_feeds(
            (x, y, sample_weight), batch_size, shuffle, class_weight, validation_split, validation_data,
            validation_batch_size,
        )  # fmt: skip
        validated = _validated_epochs(validation_freq)
        self.history = History()
        shown = [Progress(verbose=1 if verbose == "auto" else verbose)] if verbose else []
        callbacks = [callbacks] if isinstance(callbacks, Callback) else callbacks or []
        watchers = CallbackList(
            [*callbacks, *shown, self.history],
            self,
            {"verbose": verbose, "epochs": epochs, "steps": steps_per_epoch or feed.length},
        )
        # Without callbacks nothing changes the model between epochs, and there is nothing to ask again.
        run = self._made_programs().runner(self, "train", quick=True) if feed.uniform and not callbacks else None
        self.stop_training, self._initial_epoch = False, None
        logs = {}
        watchers.call("on_train_begin", {})
        for epoch in range(self._initial_epoch or initial_epoch, epochs):
            watchers.call("on_epoch_begin", epoch, {})
            self.reset_metrics()
            step = self._run("train", feed, steps_per_epoch, watchers, run=run)
            if step is None:
                self._say_that_data_ended(epoch)
                break
            logs = dict(step.logs())
            if validation is not None and validated(epoch + 1):
                figures_now = self._evaluate(validation, watchers, validation_steps)
                logs |= {f"val_{name}": value for name, value in figures_now.items()}
            watchers.call("on_epoch_end", epoch, logs)
            if self.stop_training:
                break
        self.optimizer.finalize_variable_values(self.trainable_weights)
        watchers.call("on_train_end", dict(logs))
        return self.history

    def _fit_feeds(self, data, batch_size, shuffle, class_weight, share, validation_data, validation_batch_size):
        """The Feeds to train and to validate on; the second may be None."""
        validation = None
        if is_stream(data[0]):
            if share:
                raise ValueError("validation_split needs arrays; x gives batches. Pass validation_data.")
            feed = self._stream(data, batch_size, shuffle, class_weight)
            batch_size = 32
        else:
            batch_size = whole(batch_size, "batch_size", 32)
            data = self._check_data(*data)
            if share and validation_data is None:
                data, validation = split_last(data, share)
            feed = from_arrays(
                data if class_weight is None else with_class_weights(data, class_weight), batch_size, shuffle
            )
        size = whole(validation_batch_size, "validation_batch_size", batch_size)
        if validation is not None:
            validation = from_arrays(validation, size, False)
        elif validation_data is not None and is_stream(validation_data):
            validation = self._stream((validation_data, None, None), None, False, prefix="validation ")
        elif validation_data is not None:
            if not isinstance(validation_data, (tuple, list)) or len(validation_data) not in (2, 3):
                raise ValueError(
                    "validation_data expects (x, y) or (x, y, sample_weight); "
                    f"received {type(validation_data).__name__}."
                )
            validation = from_arrays(self._check_data(*validation_data, prefix="validation "), size, False)
        return feed, validation

    def _stream(self, data, batch_size, shuffle, class_weight=None, prefix=""):
        """The Feed of something that gives batches, each checked when its turn comes."""
        source, y, sample_weight = data
        if y is not None or sample_weight is not None or batch_size is not None:
            raise ValueError(
                f"x is a {type(source).__name__} that gives batches: leave y, sample_weight and batch_size out. Each "
                "batch is (x, y) or (x, y, sample_weight)."
            )

        def check(batch):
            if not isinstance(batch, (tuple, list)) or len(batch) not in (2, 3):
                raise ValueError(
                    f"{prefix}batches should be (x, y) or (x, y, sample_weight); received a {type(batch).__name__}."
                )
            data = self._check_data(*batch, prefix=prefix)
            data = data if class_weight is None else with_class_weights(data, class_weight)
            return data if data[2] is not None else data[:2]

        return from_stream(source, shuffle, check)

    def _say_that_data_ended(self, epoch):
        warnings.warn(
            f"There was no batch for epoch {epoch + 1}: a generator passes once. Give steps_per_epoch and a generator "
            "that goes on, or an iterable that can begin again.",
            stacklevel=3,
        )

    def _run(self, kind, feed, steps, watchers, take=None, run=None):
        """Run a step ("train", "test" or "predict") on each batch, with the callbacks around it; the last step."""
        before, after = (watchers.overriding(f"on_{kind}_batch_{when}") for when in ("begin", "end"))
        programs = self._made_programs()
        step, run = None, run or programs.runner(self, kind, feed.uniform and not (before or after))
        with programs.running():
            for i, batch in enumerate(feed.epoch(steps)):
                for hook in before:
                    hook(i, {})
                programs.batches[kind] = batch
                step = run(batch)
                if take is not None:
                    take(step.logs())
                for hook in after:
                    hook(i, {"outputs": step.logs()} if take else step.logs())
                if self.stop_training and kind == "train":
                    break
        return step

    def evaluate(
        self,
        x=None,
        y=None,
        batch_size=None,
        verbose="auto",
        sample_weight=None,
        steps=None,
        callbacks=None,
        return_dict=False,
    ):
        """The loss and the metrics on (x, y), with the weights as they are.

        Args:
            x, y, batch_size, sample_weight: as for `fit`.
            verbose: 0 silent, else a line with the figures.
            steps: how many batches; by default all.
            callbacks: a list of Callbacks.
            return_dict: give a dict.

        Returns:
            [loss, *metrics] in the order of `metrics_names`, the loss alone without metrics, or a dict.

        Raises:
            RuntimeError: the model is not compiled.
            ValueError, TypeError: data that does not fit.
        """
        self._require_compiled("evaluate")
        if is_stream(x):
            feed = self._stream((x, y, sample_weight), batch_size, False)
        else:
            feed = from_arrays(self._check_data(x, y, sample_weight), whole(batch_size, "batch_size", 32), False)
        steps = _steps(steps, "steps")
        callbacks = [callbacks] if isinstance(callbacks, Callback) else callbacks or []
        watchers = CallbackList(callbacks, self, {"verbose": verbose, "steps": steps or feed.length})
        logs = self._evaluate(feed, watchers, steps)
        if verbose:
            print(figures(logs)[3:])
        return self._figures_of(logs, return_dict)

    def _evaluate(self, feed, watchers, steps=None):
        self.reset_metrics()
        watchers.call("on_test_begin", {})
        step = self._run("test", feed, steps, watchers)
        if step is None:
            raise ValueError("There was no batch to evaluate: the data is empty, or a generator was used up before.")
        logs = dict(step.logs())
        watchers.call("on_test_end", logs)
        return logs

    def predict(self, x, batch_size=None, verbose="auto", steps=None, callbacks=None):
        """The predictions for x as one array, shape (samples, outputs).

        Args:
            x: samples, or batches of them, as for `fit`; of (x, y) the targets are left out.
            batch_size: samples a step; None is 32.
            verbose: accepted for Keras's sake: predicting is silent.
            steps: how many batches; by default all.
            callbacks: a list of Callbacks.

        Raises:
            ValueError, TypeError: data that does not fit.
        """
        if is_stream(x):
            feed = from_stream(x, False, lambda batch: (self._input(batch),))
        else:
            feed = from_arrays((self._input((x,)),), whole(batch_size, "batch_size", 32), False)
        steps, parts = _steps(steps, "steps"), []
        callbacks = [callbacks] if isinstance(callbacks, Callback) else callbacks or []
        watchers = CallbackList(callbacks, self, {"verbose": verbose, "steps": steps or feed.length})
        watchers.call("on_predict_begin", {})
        self._run("predict", feed, steps, watchers, take=parts.append)
        watchers.call("on_predict_end", {})
        if not parts:
            raise ValueError("There was no batch to predict: the data is empty, or a generator was used up before.")
        return np.concatenate(parts)

    def _input(self, batch):
        """The samples of a batch, which may come with targets."""
        x = batch[0] if isinstance(batch, tuple) else batch
        return as_array(x, "x", dtype=floatx())

    def train_on_batch(self, x, y=None, sample_weight=None, class_weight=None, return_dict=False):
        """One step on one batch; the figures since the last `reset_metrics()`, as `evaluate` gives them."""
        self._require_compiled("train_on_batch")
        data = self._check_data(x, y, sample_weight)
        if class_weight is not None:
            data = with_class_weights(data, class_weight)
        return self._figures_of(self._step_on("train", data), return_dict)

    def test_on_batch(self, x, y=None, sample_weight=None, return_dict=False):
        """The figures of one batch, without learning from it."""
        self._require_compiled("test_on_batch")
        return self._figures_of(self._step_on("test", self._check_data(x, y, sample_weight)), return_dict)

    def predict_on_batch(self, x):
        """The predictions for one batch, as an array."""
        return self._step_on("predict", (self._input((x,)),))

    def _step_on(self, kind, batch):
        programs = self._made_programs()
        with programs.running():
            return programs.step(self, kind, batch).logs()

    def _figures_of(self, logs, return_dict):
        if return_dict:
            return dict(logs)
        found = [logs[name] for name in self.metrics_names]
        return found if len(found) > 1 else found[0]

    # -- checks, before anything changes ----------------------------------------------------------------

    def _require_compiled(self, method):
        if not self.compiled:
            raise RuntimeError(f'Call model.compile(optimizer="adam", loss="mse") before model.{method}(...).')
        if self.loss is None:
            raise ValueError(f"model.{method}(...) needs a loss: model.compile(loss=...).")

    def _check_data(self, x, y, sample_weight=None, prefix=""):
        """The arrays of a data set, checked against each other, the model and the loss."""
        x = as_array(x, f"{prefix}x", dtype=floatx())
        if y is None:
            raise ValueError(f"Expected {prefix}targets y beside x; received none.")
        y = as_array(y, f"{prefix}y")
        if sample_weight is not None:
            sample_weight = as_array(sample_weight, f"{prefix}sample_weight", dtype=floatx())
        check_lengths(**{f"{prefix}x": x, f"{prefix}y": y, f"{prefix}sample_weight": sample_weight})
        self.build_for((None, *x.shape[1:]))
        self.check_input(x.shape)
        if x.shape[1:] != self.input_shape[1:]:  # other samples than those it was built for: let the layers say
            with record(False):
                self(x[:1])
        self.loss.check_targets(y, self.output_shape)
        if sample_weight is not None:
            losses.weights_for(np.zeros((1, *self.output_shape[1:-1])), sample_weight[:1], self.loss.name)
        self._choose_metrics(y)
        if y.dtype.kind == "f":
            y = y.astype(floatx(), copy=False)
        return x, y, sample_weight

    def _choose_metrics(self, y):
        """Make the metrics, now that the shapes are known: "accuracy" depends on them."""
        if self._metrics is None:
            plain, weighted = self._metric_choices
            self._metrics = [metric_classes.get(choice, y.shape, self.output_shape) for choice in plain]
            self._weighted_metrics = [metric_classes.get(choice, y.shape, self.output_shape) for choice in weighted]
            taken = {metric.name for metric in self._metrics}
            for metric in self._weighted_metrics:
                metric.name = f"weighted_{metric.name}" if metric.name in taken else metric.name
            self._warn_of_accuracy(y)

    def _warn_of_accuracy(self, y):
        """Say so when a regression is measured by a share of right classes."""
        regression = isinstance(self.loss, (losses.MeanSquaredError, losses.MeanAbsoluteError, losses.Huber))
        for metric in self._metrics:
            if regression and isinstance(metric, metric_classes.ACCURACIES) and (y != np.round(y)).any():
                warnings.warn(
                    f"{metric.name!r} counts right classes, but y has fractions. For a regression use "
                    'metrics=["mae"] or ["mse"].',
                    stacklevel=5,
                )


def _checked_metrics(choices, name):
    """The metrics a user chose; unknown names are refused now, "accuracy" is resolved when shapes are known."""
    if choices is None:
        return []
    if not isinstance(choices, (list, tuple)):
        raise TypeError(f'{name} expects a list, such as ["accuracy"]; received {choices!r}.')
    return [choice if choice in ("accuracy", "acc") else metric_classes.get(choice) for choice in choices]


def _steps(value, name="steps_per_epoch"):
    """A number of batches, or None for all."""
    return None if value is None else whole(value, name)


def _validated_epochs(frequency):
    """Whether a validation follows the epoch of this number, from 1, as a function."""
    if isinstance(frequency, (list, tuple, set, range)):
        return set(frequency).__contains__
    every = whole(frequency, "validation_freq", 1)
    return lambda epoch: epoch % every == 0
