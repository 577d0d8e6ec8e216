"""Training: fit, evaluate, predict, for every model. What is done with each batch stands in `steps`."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import nullcontext
from contextvars import ContextVar, copy_context
from itertools import count
from typing import Annotated, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...common.arguments import CHECKED_INSIDE, checked
from ...common.arrays import as_array, check_lengths
from ...common.batching import gives_blocks, is_stream
from ...common.floats import floatx
from ...common.notes import Noted
from ...common.old import arguments_of_today
from ...common.structure import flatten, flatten_with_path, is_nested, map_structure, rebuild
from ...common.types import Count, CountOrNone, Data, Decay, NotNegative, Verbose
from ...common.warning import warn
from ...engine.recorder import record
from .. import losses
from ..callbacks import Callback, CallbackList, History
from ..layer import is_several
from ..shapes import each_shape, shapes_of
from ..texts import metric_name, say
from .ahead import Ahead
from .batch import Batch, OneArray
from .feeding import from_arrays, from_blocks, from_stream, split_last, with_class_weights
from .likeness import Likeness
from .outputs import only
from .programs import Runner
from .progress import Progress, metrics_text
from .remarks import floor_of_loss, warn_of_loss, warn_of_outputs
from .steps import Steps
from .waiting import Waiting

# A function that is told of each `fit` before it begins: the model, x, y and the other arguments, as a dict.
told_of_fits: ContextVar[Any] = ContextVar("told of fits", default=None)
_OF_FIT = ("batch_size", "epochs", "callbacks", "validation_split", "validation_data", "shuffle", "class_weight")
_OF_FIT += ("sample_weight", "initial_epoch", "steps_per_epoch", "validation_steps", "validation_batch_size")


class Trainer(Steps):
    """The part of a model that trains it; `Model` inherits it."""

    name: str
    stop_training, stop_evaluating, stop_predicting = Noted(False), Noted(False), Noted(False)
    history, _initial_epoch = Noted(), Noted(None)

    # -- fit, evaluate, predict -----------------------------------------------------------------------

    @checked
    def fit(
        self,
        x: Data | None = None,
        y: ArrayLike | None = None,
        batch_size: Count | None = None,
        epochs: Count | None = 1,
        verbose: Verbose = "auto",
        callbacks: Annotated[Callback | Sequence[Callback] | None, CHECKED_INSIDE] = None,
        validation_split: Decay = 0.0,
        validation_data: Any = None,
        shuffle: bool = True,
        class_weight: Mapping[Any, NotNegative | Mapping[Any, NotNegative]] | None = None,
        sample_weight: ArrayLike | None = None,
        initial_epoch: CountOrNone = 0,
        steps_per_epoch: Count | None = None,
        validation_steps: Count | None = None,
        validation_batch_size: Count | None = None,
        validation_freq: Count | Collection[int] | None = 1,
        **old: Any,
    ) -> History:
        """Train on (x, y) for some epochs.

        Args:
            x: samples, shape (samples, …): arrays, lists, Tensors, pandas tables. Or whatever gives batches (x, y)
                or (x, y, sample_weight): a generator, an iterable, an object with __len__ and __getitem__.
            y: targets, shape (samples,) or (samples, outputs); None where x gives batches, or where a `train_step`
                of the user's own needs none.
            batch_size: samples a step: 1 is stochastic descent, len(x) batch descent. By default 32, or what makes
                `steps_per_epoch` steps of the samples.
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
            old: arguments by their names in Keras 1 and 2.

        Returns:
            A History: `history.history` maps each metric to its values, one an epoch. The metrics of the
            training data are means over the epoch, while the weights change; `evaluate` uses the last weights.

        Raises:
            RuntimeError: the model is not compiled.
            ValueError, TypeError: data that does not fit, before anything is trained. NaN and infinity are among
                that, unless a TerminateOnNaN is among the callbacks.
            KeyboardInterrupt: broken off; it says what is kept, and how to go on.
        """
        if old:
            return self.fit(**arguments_of_today(Trainer.fit, locals()))
        if told_of_fits.get() is not None:
            given = locals()
            told_of_fits.get()(self, x, y, {name: given[name] for name in _OF_FIT})
        self._require_compiled("fit")
        epochs = 1 if epochs is None else epochs
        if validation_split or validation_data is not None:
            self._require_compiled("evaluate", "test")
        callbacks = [callbacks] if isinstance(callbacks, Callback) else callbacks or []
        allow_nan = any([getattr(callback, "takes_nan", False) for callback in callbacks])
        cut = (batch_size, steps_per_epoch), (validation_batch_size, validation_steps)
        feed, validation = self._fit_feeds(
            (x, y, sample_weight), cut, shuffle, class_weight, validation_split, validation_data, allow_nan
        )
        validated = _validated_epochs(validation_freq)
        line = {"verbose": 1 if verbose == "auto" else verbose, "batches": not self.jit_compile}
        shown = [Progress(**line)] if verbose else []
        with self._sharing.training(self.name):
            self.history = History()
            watchers = CallbackList(
                [*callbacks, *shown, self.history],
                self,
                {"verbose": verbose, "epochs": epochs, "steps": steps_per_epoch or feed.length},
            )
            warn_of_outputs(self)
            self._say_least_loss(feed, verbose)
            steps = steps_per_epoch, validation_steps
            try:
                with shown[0].beside() if shown else nullcontext():
                    self._repeat(feed, validation, watchers, (initial_epoch, epochs), steps, validated)
            except KeyboardInterrupt:
                raise KeyboardInterrupt(self._say_what_is_kept(initial_epoch, epochs)) from None
            finally:
                self.programs.forget_data()
            return self.history

    def _repeat(self, feed, validation, watchers, epochs, steps, validated):
        """Train for some epochs, from the first number up to the second; `steps` to train and to validate."""
        # Without callbacks that might, nothing changes the model between epochs, and there is nothing to ask again.
        quick = feed.uniform and not any([callback.changes_model for callback in watchers.callbacks])
        run = Runner(self.programs, self, "train", quick=True) if quick else None
        self.stop_training, self._initial_epoch, self.programs.thoroughly = False, None, True
        several = quick and validation is None and watchers.look_at_figures_alone
        whole = feed.uniform and feed.cut and feed.rows and steps[0] is None and self.programs.under_xla
        ahead = Ahead(self, feed, several) if whole and not watchers.look_at_batches else None
        self.programs.awaits_epochs = ahead is not None
        logs, lost = {}, False
        self.programs.forget_data()  # the arrays of a fit before may have other values now
        watchers.call("set_data", feed.rows, validation and validation.rows)
        watchers.call("on_train_begin", {})
        for epoch in range(self._initial_epoch or epochs[0], epochs[1]):
            watchers.call("on_epoch_begin", epoch, {})
            with self._sharing.figures:
                found = ahead and ahead.next(epochs[1] - epoch)
                if not found:
                    self.reset_metrics()
                    step = self._run("train", feed, steps[0], watchers, run=run)
                    if step is None:
                        self._say_that_data_ended(epoch)
                        break
                    found = step.logs()
                logs = dict(found)
            feed.end_epoch()
            lost = lost or self.stop_training or warn_of_loss(logs.get("loss"), epoch)
            if validation is not None and validated(epoch + 1):
                measured = self._evaluate(validation, watchers, steps[1])
                logs |= {f"val_{name}": value for name, value in measured.items()}
            watchers.call("on_epoch_end", epoch, dict(logs))
            if not quick:  # a callback may have written into the arrays
                self.programs.forget_data()
            if self.stop_training:
                break
        self.optimizer.finalize_variable_values(self.trainable_weights)
        watchers.call("on_train_end", dict(logs))

    def _say_least_loss(self, feed, verbose):
        """Print the least that the loss can be, where labels between the classes keep it above 0."""
        least = floor_of_loss(self.loss, feed.rows[1]) if verbose and feed.rows and len(feed.rows) > 1 else None
        if least is not None:
            least, name = f"{least:.3g}", metric_name(self.loss.name)
            print(say("With these labels {name} cannot go below {least}.", name=name, least=least))

    def _say_what_is_kept(self, initial_epoch, epochs):
        """The sentence that a training leaves that was broken off."""
        done = self.history.epoch[-1] + 1 if self.history.epoch else initial_epoch
        return say(
            "Training was broken off in epoch {epoch} of {epochs}: the weights keep what they learnt, model.history "
            "has the whole epochs, and fit(..., epochs={epochs}, initial_epoch={done}) goes on.",
            epoch=done + 1,
            epochs=epochs,
            done=done,
        )

    def _fit_feeds(self, data, cut, shuffle, class_weight, share, validation_data, allow_nan):
        """The Feeds to train and to validate on; the second may be None. `cut`: batch size and steps of each."""
        (batch_size, steps), (validation_size, validation_steps) = cut
        validation = None
        if is_stream(data[0]):
            if share:
                raise ValueError("validation_split needs arrays; x gives batches. Pass validation_data.")
            feed = self._stream(data, batch_size, shuffle, class_weight, allow_nan=allow_nan)
        else:
            data = self.prepare(*data, allow_nan=allow_nan, on_disk=True)
            if share and validation_data is None:
                data, validation = split_last(data, share)
            weighted = data if class_weight is None else with_class_weights(data, class_weight, self.outputs_of())
            feed = from_arrays(weighted, batch_size, steps, shuffle)
        size = batch_size if validation_size is None else validation_size
        if validation is not None:
            validation = from_arrays(validation, size, validation_steps)
        elif validation_data is not None and is_stream(validation_data):
            validation = self._stream((validation_data, None, None), None, False, None, "validation ", allow_nan)
        elif validation_data is not None:
            if not isinstance(validation_data, (tuple, list)) or len(validation_data) not in (2, 3):
                raise ValueError(
                    "validation_data expects (x, y) or (x, y, sample_weight); "
                    f"received {type(validation_data).__name__}."
                )
            checked = self.prepare(*validation_data, prefix="validation ", allow_nan=allow_nan, on_disk=True)
            validation = from_arrays(checked, size, validation_steps)
        return feed, validation

    def _stream(self, data, batch_size, shuffle, class_weight=None, prefix="", allow_nan=False):
        """The Feed of something that gives batches, each checked when its turn comes."""
        source, y, sample_weight = data
        like = Likeness(self, allow_nan)
        if y is not None or sample_weight is not None or batch_size is not None:
            raise ValueError(
                f"x is a {type(source).__name__} that gives batches: leave y, sample_weight and batch_size out. Each "
                "batch is (x, y) or (x, y, sample_weight)."
            )

        def check(batch):
            parts = batch if isinstance(batch, (tuple, list)) else (batch,)
            if len(parts) not in ((2, 3) if self.loss is not None else (1, 2, 3)):
                raise ValueError(
                    f"{prefix}batches should be (x, y) or (x, y, sample_weight); received a {type(batch).__name__}."
                )
            batch = like.batch_of(parts)
            if batch is None:
                data = self.prepare(*parts, prefix=prefix, allow_nan=allow_nan)
                like.learn(parts, data)
                batch = Batch.of(*data)
            if class_weight is None:
                return batch
            return Batch.of(*with_class_weights(batch.parts, class_weight, self.outputs_of()))

        if gives_blocks(source):
            check(source.sample(allow_nan))  # what is wrong with the columns is said before anything is trained
            return from_blocks(source, shuffle, check, allow_nan)
        return from_stream(source, shuffle, check, again=bool(prefix))

    def _say_that_data_ended(self, epoch):
        warn(
            f"There was no batch for epoch {epoch + 1}: a generator passes once. Give steps_per_epoch and a generator "
            "that goes on, or an iterable that can begin again."
        )

    def _run(self, kind, feed, steps, watchers, take=None, run=None):
        """Run a step ("train", "test" or "predict") on each batch, with the callbacks around it; the last step."""
        before, after = watchers.overriding(f"on_{kind}_batch_begin"), watchers.overriding(f"on_{kind}_batch_end")
        changing = before or after or not feed.uniform  # others run between the steps, and may compile the model anew
        programs, step, stopping = self.programs, None, _STOPPING[kind]
        made = kind == "predict" or self._made_metrics is not None
        run, alone = run or Runner(programs, self, kind, not changing), not (changing or kind == "predict")
        several = run.several if alone and feed.cut else None
        run = run if alone else programs.polite(self, kind, run)
        batches, numbers, rows, waiting = iter(feed.epoch(steps)), count(), (), None
        if feed.given is not None and not (before or after or take):
            batches = waiting = Waiting(programs, self, kind, feed.given, batches)
        with programs.running(alone):
            while True:
                if several and len(taken := several(feed, batches)):
                    step, rows = run.ran, taken
                elif waiting and (ran := waiting.run()) is not None:
                    step = ran
                elif (batch := next(batches, None)) is None:
                    break
                else:
                    i, rows = next(numbers), ()
                    for hook in before:
                        hook(i, {})
                    if changing and self.programs is not programs:
                        programs, made = self.programs, kind == "predict"
                        run = programs.polite(self, kind, Runner(programs, self, kind, False))
                    if not made:
                        self._choose_metrics(batch.y)
                        made = True
                    programs.batches[kind] = batch
                    step = run(batch)
                    if take is not None:
                        take(step.logs())
                    for hook in after:
                        hook(i, {"outputs": step.logs()} if take else step.logs())
                if getattr(self, stopping):
                    break
            if len(rows):
                programs.batches[kind] = feed.batch(rows[-1])
        return step

    @checked
    def evaluate(
        self,
        x: Data | None = None,
        y: ArrayLike | None = None,
        batch_size: Count | None = None,
        verbose: Verbose = "auto",
        sample_weight: ArrayLike | None = None,
        steps: Count | None = None,
        callbacks: Annotated[Callback | Sequence[Callback] | None, CHECKED_INSIDE] = None,
        return_dict: bool = False,
        **old: Any,
    ) -> Any:
        """The loss and the metrics on (x, y), with the weights as they are.

        Args:
            x, y, batch_size, sample_weight: as for `fit`.
            verbose: 0 silent, else a line with the metrics.
            steps: how many batches; by default all.
            callbacks: a list of Callbacks.
            return_dict: give a dict.
            old: arguments by their names in Keras 1 and 2.

        Returns:
            [loss, *metrics] in the order of `metrics_names`, the loss alone without metrics, or a dict.

        Raises:
            RuntimeError: the model is not compiled.
            ValueError, TypeError: data that does not fit.
        """
        if old:
            return self.evaluate(**arguments_of_today(Trainer.evaluate, locals()))
        self._require_compiled("evaluate", "test")
        if is_stream(x):
            feed = self._stream((x, y, sample_weight), batch_size, False)
        else:
            feed = from_arrays(self.prepare(x, y, sample_weight, on_disk=True), batch_size, steps)
        callbacks = [callbacks] if isinstance(callbacks, Callback) else callbacks or []
        watchers = CallbackList(callbacks, self, {"verbose": verbose, "steps": steps or feed.length})
        self.programs.forget_data()
        logs = self._evaluate(feed, watchers, steps)
        self.programs.forget_data()
        if verbose:
            print(metrics_text(logs)[3:])
        return self._metrics_of(logs, return_dict)

    def _evaluate(self, feed, watchers, steps=None):
        with self._sharing.figures:
            self.reset_metrics()
            watchers.call("on_test_begin", {})
            feed.restart()
            self.stop_evaluating = False
            step = self._run("test", feed, steps, watchers)
            if step is None:
                raise ValueError(
                    "There was no batch to evaluate: the data is empty, or a generator was used up before."
                )
            logs = dict(step.logs())
        feed.end_epoch()
        watchers.call("on_test_end", logs)
        return logs

    @checked
    def predict(
        self,
        x: Data,
        batch_size: Count | None = None,
        verbose: Verbose = "auto",
        steps: Count | None = None,
        callbacks: Annotated[Callback | Sequence[Callback] | None, CHECKED_INSIDE] = None,
        **old: Any,
    ) -> NDArray[Any]:
        """The predictions for x as one array, shape (samples, outputs).

        Args:
            x: samples, or batches of them, as for `fit`; of (x, y) the targets are left out.
            batch_size: samples a step; by default 32, or what makes so many steps.
            verbose: accepted for Keras's sake: predicting is silent.
            steps: how many batches; by default all.
            callbacks: a list of Callbacks.
            old: arguments by their names in Keras 1 and 2.

        Raises:
            ValueError, TypeError: data that does not fit.
        """
        if old:
            return self.predict(**arguments_of_today(Trainer.predict, locals()))
        parts = []
        if is_stream(x):

            def check(batch):
                return Batch.of(self._input(batch))

            feed = from_blocks(x, False, check, True) if gives_blocks(x) else from_stream(x, False, check)
        else:
            feed = from_arrays((self._input((x,), on_disk=True),), batch_size, steps)
        callbacks = [callbacks] if isinstance(callbacks, Callback) else callbacks or []
        watchers = CallbackList(callbacks, self, {"verbose": verbose, "steps": steps or feed.length})
        self.stop_predicting = False
        watchers.call("on_predict_begin", {})
        self._run("predict", feed, steps, watchers, take=parts.append)
        feed.end_epoch()
        watchers.call("on_predict_end", {})
        if not parts:
            raise ValueError("There was no batch to predict: the data is empty, or a generator was used up before.")
        return map_structure(lambda *arrays: np.concatenate(arrays), *parts)

    def _input(self, batch, on_disk=False):
        """The samples of a batch, which may come with targets."""
        x = self._inputs(batch[0] if isinstance(batch, tuple) else batch, "x", True, on_disk)
        self.check_values(x)
        return x

    def _inputs(self, x, name, allow_nan=False, on_disk=False):
        """x as arrays, in the structure that the model takes."""
        return self.aligned(_arrays(self.arranged(x, name), name, floatx(), allow_nan, on_disk))

    def arranged(self, x, name="x"):
        """Data as the structure of inputs that the model takes; what is no structure of arrays is one input."""
        return x if is_several(x) else OneArray(x)

    @checked
    def train_on_batch(
        self,
        x: ArrayLike,
        y: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
        class_weight: Mapping[Any, NotNegative | Mapping[Any, NotNegative]] | None = None,
        return_dict: bool = False,
    ) -> Any:
        """One step on one batch; the metrics of the batch, as `evaluate` gives them."""
        self._require_compiled("train_on_batch")
        data = self.prepare(x, y, sample_weight)
        if class_weight is not None:
            data = with_class_weights(data, class_weight, self.outputs_of())
        with self._sharing.training(self.name):
            return self._metrics_on("train", data, return_dict)

    @checked
    def test_on_batch(
        self,
        x: ArrayLike,
        y: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
        return_dict: bool = False,
    ) -> Any:
        """The metrics of one batch, without learning from it."""
        self._require_compiled("test_on_batch", "test")
        return self._metrics_on("test", self.prepare(x, y, sample_weight), return_dict)

    def predict_on_batch(self, x: ArrayLike) -> NDArray[Any]:
        """The predictions for one batch, as an array."""
        return self._step_on("predict", Batch.of(self._input((x,))))

    def _metrics_on(self, kind, data, return_dict):
        with self._sharing.figures:
            self.reset_metrics()
            return self._metrics_of(self._step_on(kind, Batch.of(*data)), return_dict)

    def _step_on(self, kind, batch):
        programs = self.programs
        with programs.running():
            return programs.step(self, kind, batch).logs()

    def _metrics_of(self, logs, return_dict):
        if return_dict:
            return dict(logs)
        names = [name for name in self.metrics_names if name in logs]
        found = [logs[name] for name in (*names, *sorted(logs.keys() - names))]
        return found if len(found) > 1 else found[0]

    # -- checks, before anything changes ----------------------------------------------------------------

    def prepare(self, x, y=None, sample_weight=None, prefix="", allow_nan=False, on_disk=False):
        """A data set as a step takes it: arrays, checked against each other, the model and the loss.

        The model is built if it was not, and its metrics are made.

        Args:
            x, y, sample_weight: as for `fit`.
            prefix: what errors say before «x» and «y», such as "validation ".
            allow_nan: whether NaN and infinity in x and y are let through.
            on_disk: whether a `np.memmap` stays as it is, for a feed that converts its rows batch by batch.

        Returns:
            (x, y, sample_weight) as arrays, None where there is none.

        Raises:
            ValueError, TypeError: data that does not fit; the message says what was expected and received.
        """
        given, x = x, self._inputs(x, f"{prefix}x", allow_nan, on_disk)
        if y is None and self.loss is None and sample_weight is None:  # a step of the user's own, which needs none
            self._fit_to(x)
            return x, None, None
        if y is None:
            raise ValueError(f"Expected {prefix}targets y beside x; received none.")
        count = len(flatten(x)[0])
        y = _arrays(self._for_outputs(y, count), f"{prefix}y", None, allow_nan, on_disk)
        if sample_weight is not None:
            sample_weight = _arrays(self._for_outputs(sample_weight, count), f"{prefix}sample_weight", floatx())
        parts = (f"{prefix}x", x), (f"{prefix}y", y), (f"{prefix}sample_weight", sample_weight)
        check_lengths(**{name: array for whole, part in parts for name, array in _leaves(part, whole)})
        self._refuse_one_column(x, given)
        self._fit_to(x)
        if self._other_samples(x):
            with record(False):  # other samples than those it was built for: let the layers say
                self(map_structure(lambda a: a[:1], x))
        if self.loss is not None:
            y, sample_weight = self._checked_targets(y, sample_weight, prefix)
        self._choose_metrics(y)
        return x, map_structure(lambda a: _in_floatx(a, on_disk), y), sample_weight

    def _other_samples(self, x):
        """True if the samples have other shapes than those that the model was built for."""
        if not is_nested(x):
            return x.shape[1:] != tuple(self.input_shape[1:])
        return [a.shape[1:] for a in flatten(x)] != [shape[1:] for shape in each_shape(self.input_shape)]

    def _for_outputs(self, data, count):
        """Targets or weights of so many samples: a structure of arrays, or one array where there is one output."""
        if self.built and self.output_shape is not None and not (outputs := self.outputs_of()).several:
            if isinstance(data, dict):
                names = self.output_names and outputs.of_each(data, "y", missing=False)
                return OneArray(names[0] if names else only(data))
            alone = data[0] if isinstance(data, list | tuple) and len(data) == 1 else None
            of_all = hasattr(alone, "shape") and np.ndim(alone) > 0 and len(alone) == count
            return OneArray(alone if of_all and (count > 1 or np.ndim(alone) == len(outputs.shapes[0])) else data)
        return data if is_several(data) else OneArray(data)

    def _checked_targets(self, y, sample_weight, prefix):
        """The targets and the weights of samples for the outputs that have a loss, in the form of the outputs."""
        outputs = self.outputs_of()
        goals = self._goals(outputs)
        if outputs.several:
            if isinstance(y, list | tuple) and len(y) == len(goals) < len(outputs.names):  # only what is trained for
                y = {outputs.names[number]: part for (number, _, _), part in zip(goals, y)}
            y = outputs.arranged(y, f"{prefix}y", missing=True)
            if sample_weight is not None:
                every = sample_weight if is_several(sample_weight) else [sample_weight] * len(outputs.names)
                sample_weight = outputs.arranged(every, f"{prefix}sample_weight", missing=True)
        targets = flatten(y)
        weights = [None] * len(targets) if sample_weight is None else flatten(sample_weight)
        for number, loss, _ in goals:
            if targets[number] is None:
                raise ValueError(f"Expected {prefix}targets for the output {outputs.names[number]!r}; received none.")
            loss.check_targets(targets[number], outputs.shapes[number])
            if weights[number] is not None:
                values = np.zeros((1, *outputs.shapes[number][1:-1]))
                losses.weights_for(values, weights[number][:1], loss.name)
        return y, sample_weight

    def _refuse_one_column(self, x, given):
        """Say so where a column of a table was given to a model of several features."""
        if hasattr(given, "to_frame") and x.ndim == 1 and len(self.input_shape or (None,)) > 1:
            column = repr("column" if given.name is None else given.name)
            raise ValueError(
                f"x is one column, {given.name!r}, and the model expects samples of shape {self.input_shape[1:]}: pass "
                f"a table of all its columns, such as x = df[[{column}, …]]; df[[{column}]] is a table of this one."
            )

    def _fit_to(self, x):
        """Build the model for such data if it was not, and let it check them."""
        if not self.built or self.output_shape is None:
            copy_context().run(self.build_for, shapes_of(x))  # broken off, nothing is left of what ran
        self.check_input(map_structure(lambda a: a.shape, x))
        self.check_values(x)


def _arrays(data, name, *how):
    """The arrays of a structure, checked one by one; `how` is what `as_array` is told."""
    if not is_nested(data):
        return as_array(_value(data), name, *how)
    found = [None if x is None else as_array(_value(x), part, *how) for part, x in _leaves(data, name)]
    return rebuild(data, found)


def _leaves(data, name):
    """(name, leaf) of a structure: x, or x['left'], x[0]."""
    if not is_nested(data):
        return [(name, data)]
    return [(name + "".join(f"[{key!r}]" for key in path), leaf) for path, leaf in flatten_with_path(data)]


def _value(leaf):
    return leaf.value if isinstance(leaf, OneArray) else leaf


def _in_floatx(y, on_disk):
    """Targets as a step takes them; those in a file stay there."""
    as_they_are = y is None or y.dtype.kind != "f" or (on_disk and isinstance(y, np.memmap))
    return y if as_they_are else y.astype(floatx(), copy=False)


_STOPPING = {"train": "stop_training", "test": "stop_evaluating", "predict": "stop_predicting"}


def _validated_epochs(frequency):
    """True if a validation follows the epoch of this number, from 1, as a function."""
    if isinstance(frequency, (list, tuple, set, range)):
        return set(frequency).__contains__
    every = frequency or 1
    return lambda epoch: epoch % every == 0
