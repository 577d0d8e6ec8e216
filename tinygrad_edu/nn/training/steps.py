"""The steps of a model with one batch, in training, test and prediction, and what `compile` chooses for them.

`train_step` is the whole of gradient descent in eight lines: read it first.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import numpy as np

from ... import optim, replay
from ...common.arguments import CHECKED_INSIDE, checked
from ...common.notes import Noted, notes_of
from ...common.old import arguments_of_today
from ...common.structure import flatten, is_nested, map_structure
from ...common.types import Count, Identifier
from ...common.warning import warn
from ...engine.autodiff import propagate
from ...engine.tensor import Tensor
from ...optim import Optimizer
from .. import losses
from .. import metrics as metric_classes
from ..shapes import shapes_of
from .batch import unpack_x_y_sample_weight
from .outputs import Outputs, choices_of_metrics, only
from .programs import Programs
from .sharing import Sharing


class Steps:
    """The steps of a model, its optimizer, loss and metrics; `Trainer` repeats them."""

    compiled = False
    optimizer: Any = None
    loss: Any = None
    loss_weights: Any = None
    built: bool
    output_shape: Any
    run_eagerly, jit_compile, _programs = Noted(False), Noted(False), Noted(None)
    _loss_mean, _loss_means, _metric_choices, _made_metrics = Noted(), Noted(), Noted(), Noted()

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
        self.optimizer.apply([gradients.get(w) for w in weights], weights, weight=len(flatten(x)[0]))
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
        terms = self.losses if self.loss is None else [*self._losses_of_outputs(y, y_pred, sample_weight), *self.losses]
        if not terms:
            raise ValueError(_NO_LOSS.format("train_step"))
        loss = terms[0]
        for penalty in terms[1:]:
            loss = loss + penalty
        return loss

    def _losses_of_outputs(self, y, y_pred, sample_weight):
        """The loss of each output that has one, weighted."""
        if isinstance(y_pred, Tensor) and self.loss_weights is None and not is_nested(self.loss):
            return [self.loss(y, y_pred, sample_weight)]
        outputs = self.outputs_of(y_pred)
        predictions, targets, weights = self._by_output(outputs, y, y_pred, sample_weight)
        goals, terms = self._goals(outputs), []
        self._sharing.of_outputs.losses = parts = []
        for number, loss, weight in goals:
            parts.append(loss(targets[number], predictions[number], weights[number]))
            terms.append(parts[-1] if weight is None else parts[-1] * weight)
        return terms

    def _by_output(self, outputs, y, y_pred, sample_weight):
        """The predictions, targets and sample weights of each output, as three lists."""
        if not outputs.several:
            return flatten(y_pred), flatten(y), flatten(sample_weight)
        weights = sample_weight if is_nested(sample_weight) else map_structure(lambda _: sample_weight, outputs.form)
        arranged = [outputs.arranged(part, name, missing=True) for part, name in ((y, "y"), (weights, "sample_weight"))]
        return flatten(y_pred), *map(flatten, arranged)

    def compute_metrics(self, y, y_pred, sample_weight, loss):
        """Take the batch into the figures of the epoch, and give the figures."""
        count = len(flatten(y_pred)[0])
        metric_classes.update(self._loss_mean, loss, count)
        plain, weighted = self._made_metrics
        if is_nested(y_pred):
            self._update_by_output(y, y_pred, sample_weight, count)
            return self.get_metrics_result()
        for metric in plain:
            metric_classes.update(metric, y, y_pred)
        for metric in weighted:
            metric_classes.update(metric, y, y_pred, sample_weight)
        return self.get_metrics_result()

    def _update_by_output(self, y, y_pred, sample_weight, count):
        """Take a batch of several outputs into the mean losses and the metrics of each."""
        outputs, of_outputs = self.outputs_of(y_pred), self._sharing.of_outputs
        for mean, part in zip(self._loss_means, of_outputs.losses):
            metric_classes.update(mean, part, count)
        of_outputs.losses = []
        predictions, targets, weights = self._by_output(outputs, y, y_pred, sample_weight)
        for metrics, wanted in zip(self._made_metrics, (False, True)):
            for metric in metrics:
                n = metric.output
                weight = [weights[n]] if wanted else []
                metric_classes.update(metric, targets[n], predictions[n], *weight)

    # -- what they need ------------------------------------------------------------------------------------

    @checked
    def compile(
        self,
        optimizer: Annotated[str | Mapping[str, Any] | Optimizer, CHECKED_INSIDE] = "rmsprop",
        loss: Annotated[Identifier | None, CHECKED_INSIDE] = None,
        loss_weights: Any = None,
        metrics: Annotated[Sequence[Any] | None, CHECKED_INSIDE] = None,
        weighted_metrics: Annotated[Sequence[Any] | None, CHECKED_INSIDE] = None,
        run_eagerly: bool = False,
        steps_per_execution: Count | Literal["auto"] | None = 1,
        jit_compile: bool | Literal["auto"] | None = "auto",
        auto_scale_loss: bool = True,
        **old: Any,
    ) -> None:
        """Choose how the model is trained.

        Args:
            optimizer: a name, such as "adam", or an optimizer.
            loss: a name, such as "mse", a Loss, or a function of (y_true, y_pred). None where a `train_step` of
                the user's own computes it. Of several outputs: one for all, a list in their order, or a dict by name;
                an output with None is not trained for.
            loss_weights: what each loss is multiplied by in the sum: a number, a list or a dict.
            metrics: a list of names, such as ["accuracy"], Metrics or functions; sample weights do not count. Of
                several outputs a list or a dict of such lists.
            weighted_metrics: the same, with sample weights.
            run_eagerly: run every step op by op, to look into it with a debugger. Otherwise each kind of step
                becomes a flat NumPy program, with the same numbers: print(model.training_program).
            jit_compile: True runs the same steps under XLA, a whole epoch at a time, on a graphics card where JAX
                sees one; it needs the extra [jax]. "auto" and False are the flat NumPy program.
            steps_per_execution, auto_scale_loss: accepted at Keras's defaults.
            old: arguments by their names in Keras 1 and 2.

        Raises:
            ValueError: an unknown name; the message suggests the nearest one. Or a choice that is not offered.
            ImportError: jit_compile=True without JAX.
        """
        if old:
            self.compile(**arguments_of_today(Steps.compile, locals()))
            return
        if jit_compile is True:
            if run_eagerly:
                raise ValueError("jit_compile=True and run_eagerly=True exclude each other: leave one of them out.")
            replay.find_jax()
        optimizer, loss = optim.get(optimizer), _losses(loss)
        loss_weights = _checked_weights(loss_weights)
        chosen = [_checked_metrics(metrics, "metrics"), _checked_metrics(weighted_metrics, "weighted_metrics")]
        if self.built and self.output_shape is not None:  # names and numbers of outputs are refused now
            outputs = self.outputs_of()
            _checked_goals(outputs, loss, loss_weights)
            for choices, name in zip(chosen, ("metrics", "weighted_metrics")):
                choices_of_metrics(choices, outputs, name)
            loss = loss if outputs.several else only(loss)
        self.optimizer, self.loss, self.loss_weights, self.run_eagerly = optimizer, loss, loss_weights, run_eagerly
        self.jit_compile = jit_compile is True
        self._metric_choices = chosen
        self._made_metrics = None  # the metrics and the weighted ones, when the shapes are known
        self._loss_mean, self._loss_means = metric_classes.Mean("loss"), []
        self._programs = Programs(self.jit_compile)
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
            self._programs = Programs(self.jit_compile)
        return self._programs

    @property
    def metrics(self):
        """The metrics of the compiled model, the mean loss first, then those among its attributes and its layers'.

        Those of a model inside are its own.
        """
        compiled = []
        if self.compiled:
            plain, weighted = self._made_metrics or ((), ())
            compiled = [self._loss_mean, *self._loss_means, *plain, *weighted]
        held = [metric for layer, metric in self._walk().metrics if not isinstance(layer, Steps)]
        return list(dict.fromkeys([*compiled, *held]))

    @property
    def metrics_names(self):
        """The names under which `evaluate` gives its figures."""
        return list(dict.fromkeys(metric.figure for metric in self.metrics))

    def get_metrics_result(self):
        """The metrics so far, by name in alphabetical order: floats, or arrays of metrics with several values.

        A metric whose result is a dict has a value for each of its keys. Of several metrics with one name, such as the
        mean loss and a "loss" among the attributes, the last one that has seen a batch gives the value.
        """
        metrics = self.metrics
        if len({metric.figure for metric in metrics}) < len(metrics):
            metrics = sorted(metrics, key=_has_seen_a_batch)
        return metric_classes.figures_of(metrics)

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
            outputs = self.outputs_of()
            targets = flatten(y) if outputs.several else [only(y)]
            goals = self._goals(outputs) if outputs.several else ()
            if len(goals) > 1:
                self._loss_means = [metric_classes.Mean(outputs.figure(number, "loss")) for number, _, _ in goals]
            taken, made = {metric.figure for metric in self._loss_means}, []
            for choices, name in zip(self._metric_choices, ("metrics", "weighted_metrics")):
                chosen = choices_of_metrics(choices, outputs, name)
                made.append(_metrics_of(outputs, chosen, targets, taken, name == "weighted_metrics"))
            self._made_metrics = made
            self._warn_of_accuracy(y)

    # -- the outputs ---------------------------------------------------------------------------------------

    @property
    def output_names(self) -> list[str] | None:
        """The names of the layers that give the outputs, where a model knows them."""
        return None

    def outputs_of(self, y_pred=None):
        """The `Outputs` of the model: their names, shapes and structure; those of these predictions, where given."""
        shapes, names = self.shapes_of_outputs() if y_pred is None else shapes_of(y_pred), self.output_names
        known = vars(notes_of(self)).get("outputs")
        if known is None or (known.given, known.given_names) != (shapes, names):
            known = notes_of(self).outputs = Outputs(shapes, names)
        return known

    def shapes_of_outputs(self):
        """The shape of the output of the built model, or a list or dict of those of several."""
        return self.output_shape

    def _goals(self, outputs):
        """(number of the output, its loss, the weight of that or None) for each output that has a loss."""
        return _checked_goals(outputs, self.loss, self.loss_weights)

    def _warn_of_accuracy(self, y):
        """Say so when a regression is measured by a share of right classes."""
        regression = isinstance(self.loss, (losses.MeanSquaredError, losses.MeanAbsoluteError, losses.Huber))
        for metric in self._made_metrics[0]:
            accuracy = isinstance(metric, metric_classes.ACCURACIES) and not is_nested(y)
            if regression and accuracy and (y != np.round(y)).any():
                warn(
                    f"{metric.name!r} counts right classes, but y has fractions. For a regression use "
                    'metrics=["mae"] or ["mse"].'
                )


def _has_seen_a_batch(metric):
    return any([np.any(variable.array) for variable in metric.variables])


_NO_LOSS = "model.{}(...) needs a loss: model.compile(loss=...)."


def _losses(given):
    """The loss, or the losses in a list or a dict, for what a user chose."""
    if isinstance(given, dict) and {"class_name", "config"} <= given.keys():
        return losses.get(given)
    if isinstance(given, dict):
        return {name: _losses(loss) for name, loss in given.items()}
    if isinstance(given, list | tuple):
        found = [_losses(loss) for loss in given]
        return found[0] if len(found) == 1 else found
    return losses.get(given)


def _checked_weights(given):
    """The weights of the losses: a number, or a list or a dict of numbers."""
    for weight in flatten(given):
        if weight is not None and (isinstance(weight, bool) or not isinstance(weight, int | float | np.number)):
            raise TypeError(f"loss_weights expects a number, or a list or dict of them, as loss; received {given!r}.")
    return given


def _checked_goals(outputs, loss, loss_weights):
    """(number of the output, its loss, the weight of that or None) for each output that has a loss."""
    if loss is None:
        return []
    if loss_weights is None and not (outputs.several or is_nested(loss)):
        return [(0, loss, None)]
    weights = outputs.of_each(loss_weights, "loss_weights")
    chosen = enumerate(zip(outputs.of_each(loss, "loss"), weights))
    goals = [(number, found, weight) for number, (found, weight) in chosen if found is not None]
    if isinstance(loss, dict) and isinstance(outputs.form, dict):  # in the order of the losses, as in Keras
        goals.sort(key=lambda goal: list(loss).index(outputs.names[goal[0]]))
    return goals


def _checked_metrics(choices, name):
    """The metrics a user chose; unknown names are refused now, "accuracy" is resolved when shapes are known."""
    if choices is None:
        return []
    if not isinstance(choices, (list, tuple, dict)):
        raise TypeError(f'{name} expects a list, such as ["accuracy"], or a dict; received {choices!r}.')
    return _known_metrics(choices)


def _known_metrics(choices):
    if isinstance(choices, dict) and not {"class_name", "config"} <= choices.keys():
        return {name: _known_metrics(choice) for name, choice in choices.items()}
    if isinstance(choices, list | tuple):
        return [_known_metrics(choice) for choice in choices]
    return choices if choices in ("accuracy", "acc", None) else metric_classes.get(choices)


def _metrics_of(outputs, chosen, targets, taken, weighted):
    """The metrics chosen for each output, each with a name of its own among the figures.

    Args:
        chosen: a list of choices for each output.
        targets: the targets of each.
        taken: the names that are taken; it gets the new ones.
        weighted: whether sample weights count for them.
    """
    made = []
    for number, choices in enumerate(chosen):
        for choice in choices:
            shape = None if targets[number] is None else targets[number].shape
            metric = metric_classes.get(choice, shape, outputs.shapes[number])
            name = outputs.figure(number, metric.name)
            if weighted and name in taken:
                name = outputs.figure(number, f"weighted_{metric.name}")
            while outputs.several and name in taken:
                name = f"{name}_1"
            metric.figure, metric.output = name, number
            taken.add(name)
            made.append(metric)
    return made
