"""Training: compile, fit, evaluate, predict, for every model.

`train_step` is the whole of gradient descent in eight lines: read it first.
"""

import warnings

import numpy as np

from .. import optim, random, replay
from ..arrays import as_array, check_lengths
from ..autodiff import propagate
from ..batching import batches
from ..floats import floatx
from ..tensor import record
from . import losses
from . import metrics as metric_classes
from .callbacks import Callback, CallbackList, History
from .programs import Programs
from .progress import Progress, figures


class Trainer:
    """What a model needs to be trained; `Model` inherits it."""

    compiled = run_eagerly = False
    optimizer = loss = None
    stop_training = False
    _state = frozenset({"built", "input_shape", "output_shape", "history", "stop_training", "_programs"})

    # -- one step -----------------------------------------------------------------------------------

    def train_step(self, data):
        """One step of gradient descent on one batch: override it to train differently.

        Args:
            data: (x, y, sample_weight) of the batch; the last may be None.

        Returns:
            The figures so far, by name.
        """
        x, y, sample_weight = data
        y_pred = self(x, training=True)
        loss = self.compute_loss(x, y, y_pred, sample_weight)
        weights = self.trainable_weights
        gradients = propagate([loss])
        self.optimizer.apply([gradients.get(w) for w in weights], weights, weight=len(y))
        return self.compute_metrics(y, y_pred, sample_weight, loss)

    def test_step(self, data):
        """The loss and the metrics of one batch, without learning from it."""
        x, y, sample_weight = data
        y_pred = self(x, training=False)
        return self.compute_metrics(y, y_pred, sample_weight, self.compute_loss(x, y, y_pred, sample_weight))

    def predict_step(self, x):
        """The predictions for one batch."""
        return self(x, training=False)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None):
        """The loss of a batch and the penalties of the layers, as a Tensor with one value."""
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

    def compile(self, optimizer="rmsprop", loss=None, metrics=None, weighted_metrics=None, run_eagerly=False):
        """Choose how the model is trained.

        Args:
            optimizer: a name, such as "adam", or an optimizer.
            loss: a name, such as "mse", a Loss, or a function of (y_true, y_pred).
            metrics: a list of names, such as ["accuracy"], Metrics or functions; sample weights do not count.
            weighted_metrics: the same, with sample weights.
            run_eagerly: run every step op by op, to look into it with a debugger. Otherwise each kind of step
                becomes a flat NumPy program, with the same numbers: print(model.training_program).

        Raises:
            ValueError: an unknown name; the message suggests the nearest one.
        """
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
        """The figures so far, by name in alphabetical order."""
        found = {metric.name: float(metric.result()) for metric in sorted(self.metrics, key=lambda m: m.name)}
        if replay.active():
            return {name: replay.Scalar(value, f"figures[{name!r}]") for name, value in found.items()}
        return found

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
        validation_batch_size=None,
        validation_freq=1,
    ):
        """Train on (x, y) for some epochs.

        Args:
            x: samples, shape (samples, …): arrays, lists, Tensors, pandas tables.
            y: targets, shape (samples,) or (samples, outputs).
            batch_size: samples a step: 1 is stochastic descent, len(x) batch descent; None is 32.
            epochs: the number of the last epoch, counted from `initial_epoch`.
            verbose: 0 silent, 1 a progress line, 2 a line an epoch; "auto" is 1.
            callbacks: a list of Callbacks.
            validation_split: the share of the samples, the last ones, kept for validation.
            validation_data: (x, y) or (x, y, sample_weight) to validate on after each epoch.
            shuffle: whether each epoch takes the samples in a new order.
            class_weight: a dict from class number to the weight of its samples.
            sample_weight: the weight of each sample in the loss, shape (samples,).
            initial_epoch: the number of the first epoch, to go on with a training.
            validation_batch_size: samples a step of validation; `batch_size` by default.
            validation_freq: validate each so many epochs.

        Returns:
            A History: `history.history` maps each figure to its values, one an epoch. The figures of the
            training data are means over the epoch, while the weights change; `evaluate` uses the last weights.

        Raises:
            RuntimeError: the model is not compiled.
            ValueError, TypeError: data that does not fit, before anything is trained.
        """
        self._require_compiled("fit")
        batch_size = _whole(batch_size, "batch_size", 32)
        validation_batch_size = _whole(validation_batch_size, "validation_batch_size", batch_size)
        validation_freq = _whole(validation_freq, "validation_freq", 1)
        epochs = _whole(epochs, "epochs", 1)
        initial_epoch = _whole(initial_epoch, "initial_epoch", least=0)
        if verbose not in (0, 1, 2, "auto"):
            raise ValueError(f'verbose expects 0, 1, 2 or "auto"; received {verbose!r}.')
        callbacks = [callbacks] if isinstance(callbacks, Callback) else callbacks or []
        data, validation = self._check_data(x, y, sample_weight), None
        if validation_data is not None:
            if not isinstance(validation_data, (tuple, list)) or len(validation_data) not in (2, 3):
                raise ValueError(
                    "validation_data expects (x, y) or (x, y, sample_weight); "
                    f"received {type(validation_data).__name__}."
                )
            validation = self._check_data(*validation_data, prefix="validation ")
        elif validation_split:
            data, validation = split_last(data, validation_split)
        if class_weight is not None:
            data = with_class_weights(data, class_weight)
        steps = -(-len(data[0]) // batch_size)
        self.history = History()
        shown = [Progress(verbose=1 if verbose == "auto" else verbose)] if verbose else []
        watchers = CallbackList(
            [self.history, *callbacks, *shown], self, {"verbose": verbose, "epochs": epochs, "steps": steps}
        )
        self.stop_training = False
        watchers.call("on_train_begin")
        for epoch in range(initial_epoch, epochs):
            watchers.call("on_epoch_begin", epoch)
            logs = self._train_epoch(data, batch_size, shuffle, watchers)
            if validation is not None and (epoch + 1) % validation_freq == 0:
                figures_now = self._evaluate(validation, validation_batch_size)
                logs |= {f"val_{name}": value for name, value in figures_now.items()}
            watchers.call("on_epoch_end", epoch, logs)
            if self.stop_training:
                break
        watchers.call("on_train_end")
        return self.history

    def _train_epoch(self, data, batch_size, shuffle, watchers):
        """Train on every sample once; the figures of the epoch."""
        self.reset_metrics()
        before, after = watchers.overriding("on_train_batch_begin"), watchers.overriding("on_train_batch_end")
        programs = self._made_programs()
        step, run = None, programs.runner(self, "train", watched=bool(before or after))
        with programs.running():
            for i, batch in enumerate(_batches(data, batch_size, shuffle, random.generator())):
                for hook in before:
                    hook(i, step.logs() if step else {})
                step = run(batch)
                for hook in after:
                    hook(i, step.logs())
                if self.stop_training:
                    break
        return dict(step.logs())

    def evaluate(self, x=None, y=None, batch_size=None, verbose="auto", sample_weight=None, return_dict=False):
        """The loss and the metrics on (x, y), with the weights as they are.

        Returns:
            [loss, *metrics] in the order of `metrics_names`, the loss alone without metrics, or a dict.

        Raises:
            RuntimeError: the model is not compiled.
            ValueError, TypeError: data that does not fit.
        """
        self._require_compiled("evaluate")
        data = self._check_data(x, y, sample_weight)
        logs = self._evaluate(data, _whole(batch_size, "batch_size", 32))
        if verbose:
            print(figures(logs)[3:])
        if return_dict:
            return logs
        found = [logs[name] for name in self.metrics_names]
        return found if len(found) > 1 else found[0]

    def _evaluate(self, data, batch_size):
        self.reset_metrics()
        programs = self._made_programs()
        run = programs.runner(self, "test")
        with programs.running():
            for batch in _batches(data, batch_size, False, None):
                step = run(batch)
        return dict(step.logs())

    def predict(self, x, batch_size=None, verbose="auto"):
        """The predictions for x as one array, shape (samples, outputs).

        Raises:
            ValueError, TypeError: data that does not fit.
        """
        x = as_array(x, "x", dtype=floatx())
        batch_size = _whole(batch_size, "batch_size", 32)
        programs = self._made_programs()
        run = programs.runner(self, "predict")
        with programs.running():
            parts = [run(batch).logs() for batch in batches((x,), batch_size, shuffle=False)]
        return np.concatenate(parts)

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
        return self._step_on("predict", (as_array(x, "x", dtype=floatx()),))

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


def _batches(data, batch_size, shuffle, generator):
    """Batches of (x, y) or (x, y, sample_weight)."""
    return batches([array for array in data if array is not None], batch_size, shuffle, generator)


def split_last(data, share):
    """The data without its last rows, and those rows: Keras's rule for `validation_split`.

    Raises:
        ValueError: the share is not in (0, 1), or leaves one part empty.
    """
    if isinstance(share, bool) or not isinstance(share, (int, float, np.number)):
        raise TypeError(f"validation_split expects a share of the samples, such as 0.2; received {share!r}.")
    if not 0 < share < 1:
        raise ValueError(f"validation_split expects a share of the samples in [0, 1); received {share!r}.")
    x, y, _ = data
    cut = int(len(x) * (1 - share))
    if cut in (0, len(x)):
        raise ValueError(f"validation_split={share} of {len(x)} samples leaves nothing to train or to validate on.")
    if is_sorted(y):
        warnings.warn(
            "validation_split takes the last samples, and y is sorted: they are not like those trained on. "
            "Shuffle x and y together first.",
            stacklevel=3,
        )
    return (
        tuple(None if a is None else a[:cut] for a in data),
        tuple(None if a is None else a[cut:] for a in data),
    )


def is_sorted(y):
    """Whether the labels (numbers or one-hot rows) rise or fall from row to row, and are not all the same."""
    labels = _labels(y)
    return labels[0] != labels[-1] and ((labels[1:] >= labels[:-1]).all() or (labels[1:] <= labels[:-1]).all())


def _labels(y):
    """One number a sample: its class, of one-hot rows too."""
    return y.argmax(axis=-1) if y.ndim == 2 and y.shape[1] > 1 else y.reshape(len(y), -1)[:, 0]


def with_class_weights(data, class_weight):
    """The data with each sample's weight multiplied by that of its class."""
    x, y, sample_weight = data
    weights = weights_of_classes(y, class_weight)
    return x, y, weights if sample_weight is None else sample_weight * weights


def weights_of_classes(y, class_weight):
    """The weight of each sample by its class; classes that are not named weigh 1.

    Raises:
        TypeError: not a dict.
        ValueError: y is neither class numbers nor one-hot rows.
    """
    if not isinstance(class_weight, dict):
        raise TypeError(f"class_weight expects a dict, such as {{0: 1.0, 1: 5.0}}; received {class_weight!r}.")
    classes = _labels(y)
    if (classes != np.round(classes)).any():
        raise ValueError("class_weight needs class numbers or one-hot rows in y; received fractions.")
    weights = np.ones(len(y), dtype=floatx())
    for number, weight in class_weight.items():
        weights[classes == number] = weight
    return weights


def _whole(value, name, default=None, least=1):
    """A whole number of at least `least`; the default for None, where there is one."""
    if value is None and default is not None:
        return default
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        raise ValueError(f"{name} expects a whole number of at least {least}; received {value!r}.")
    return int(value)


def _checked_metrics(choices, name):
    """The metrics a user chose; unknown names are refused now, "accuracy" is resolved when shapes are known."""
    if choices is None:
        return []
    if not isinstance(choices, (list, tuple)):
        raise TypeError(f'{name} expects a list, such as ["accuracy"]; received {choices!r}.')
    return [choice if choice in ("accuracy", "acc") else metric_classes.get(choice) for choice in choices]
