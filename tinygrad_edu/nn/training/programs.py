"""Steps as programs: a model's training, test and prediction steps, each traced once for every shape of batch.

The first batch of a shape runs op by op while the tape listens, and gives the program. The second runs both
ways from the same state; only when they agree is the program trusted. A step that cannot be traced, or that
disagrees, runs op by op from then on, with a warning that says why: a wrong number is never the price of speed.
"""

import warnings
import weakref
from contextlib import contextmanager

import numpy as np

from ... import replay
from ...common.settings import Settings
from ...engine.recorder import record
from ...engine.tensor import Tensor
from ...replay.numpy.memory import Store
from .feeding import pack_x_y_sample_weight, unpack_x_y_sample_weight
from .state import Snapshot, close, only_rounding
from .threads import LARGE, Threads

_LARGEST = 64  # programs kept at once: a model that sees more shapes than this forgets the oldest
_WASTED = 5  # programs thrown away young, one after the other, until the model gives up


class Programs:
    """The programs of a model, by kind of step and shapes of the batch."""

    def __init__(self):
        self.entries, self.eager, self.latest, self.batches, self.threads = {}, {}, {}, {}, Threads()
        self.store, self._settings, self._wasted = Store(), None, 0
        self._passes = 0  # how often steps began to run, one after another

    def __reduce__(self):
        return Programs, ()

    def check_settings(self, model):
        """Forget the programs when a setting of the model was changed: what was traced no longer holds."""
        if self._settings is not None and self._settings.hold(model):
            return
        settings = Settings(model)
        if settings != self._settings:
            young = max((entry.runs for entry in self.entries.values()), default=9) < 4
            self._wasted = self._wasted + 1 if young else 0
            self.entries.clear()
        self._settings = settings

    @contextmanager
    def running(self):
        """Steps run inside: a loss that overflows shows in the figures, and BLAS gets its threads back afterwards."""
        self._passes += 1
        try:
            with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
                yield
        finally:
            self.threads.close()

    def runner(self, model, kind, quick):
        """The function that runs a step of this kind on one batch after another, and gives the Entry that ran.

        Args:
            quick: whether nothing but the step changes the model meanwhile, and batches of one length are alike
                in all else: they then go to their program without a further question.
        """
        trusted, ran, passes = {}, None, None

        def run(batch):
            nonlocal ran, passes
            entry = trusted.get(len(batch[0]))
            if entry is None:
                ran = self.step(model, kind, batch)
                if quick and ran.trusted and not model.run_eagerly:
                    trusted[len(batch[0])] = ran
                return ran
            if entry is not ran or passes != self._passes:  # metrics begin anew with each pass
                entry.program.pull_changes()
                ran, passes = entry, self._passes
            entry.launch(batch)
            entry.runs += 1
            return entry

        return run

    def step(self, model, kind, batch):
        """Run a step of this kind ("train", "test", "predict") on a batch: arrays, or None where there is none.

        Returns:
            The Entry that ran: its `logs()` are what the step returned.
        """
        batch = batch if kind == "predict" else unpack_x_y_sample_weight(batch)
        key = (kind, *[None if a is None else (a.shape, a.dtype.char) for a in batch])
        traced = not model.run_eagerly and kind not in self.eager
        if traced:
            self.check_settings(model)
            if self._wasted >= _WASTED:
                self.give_up(kind, "attributes of the model change at every step")
                traced = False
        entry = self.entries.get(key) if traced else None
        if entry is None:
            entry = Entry(self, kind)
        if traced:
            if len(self.entries) >= _LARGEST:
                del self.entries[next(iter(self.entries))]
            self.entries[key] = entry
        entry.run(model, batch, traced)
        return entry

    def give_up(self, kind, why):
        """Run the steps of this kind op by op from now on, and say why."""
        self.eager[kind] = why
        warnings.warn(
            f"The {kind} step runs op by op, which is slower: {why.rstrip('.')}. "
            "run_eagerly=True in compile silences this.",
            stacklevel=2,
        )


class Entry:
    """The program for one kind of step and one set of shapes, from its trace to its trust."""

    def __init__(self, programs, kind):
        self.programs, self.kind = weakref.proxy(programs), kind
        self.program = self.outline = self.formula = None
        self.runs, self.trusted, self.returned = 0, False, None

    def run(self, model, batch, traced):
        """Run the step on a batch: by the program if it is trusted."""
        self.runs += 1
        returned = None
        if not traced:
            returned = _plain(_step(model, self.kind, batch))
        elif self.trusted:
            self.program.pull_changes()
            self.launch([a for a in batch if a is not None])
        elif self.program is None:
            returned = self._trace(model, batch)
        else:
            returned = self._audit(model, batch)
        self._model, self.returned = weakref.ref(model), returned

    def launch(self, arrays):
        """Run the program; where its products are large, with the number of threads that is faster now."""
        self.returned = None
        if self.program.largest_product < LARGE:
            self.program.run(*arrays)
        else:
            self.programs.threads.measure(self.program.run, arrays)

    def logs(self):
        """What the last step returned, or would have returned."""
        if self.returned is not None:
            return dict(self.returned) if isinstance(self.returned, dict) else self.returned
        model, program = self._model(), self.program
        outputs = [np.array(program.results[i])[()] for i in program.output_places]
        if self.kind == "predict":
            return outputs[0]
        figures = model.get_metrics_result()
        return figures if self.formula is None else self.formula(figures, [x.item() for x in outputs])

    # -- the first run ------------------------------------------------------------------------------------

    def _listen(self, model, batch):
        """Run the step op by op while a tape listens: what it returned, and the tape."""
        tape = replay.Tape(strict=False)
        tape.metrics = frozenset(model.metrics)
        arguments = [None if a is None else tape.input(a, n) for a, n in zip(batch, ("x", "y", "sample_weight"))]
        optimizer = model.optimizer
        rate = optimizer and optimizer.rate_setting
        with replay.tracing(tape, on=self.kind != "predict"):
            returned = _call(model, self.kind, arguments)
        settings = Settings(model)
        if settings != self.programs._settings:
            path = next((name for name in settings if settings[name] != self.programs._settings.get(name)), "")
            tape.problem = tape.problem or f"it sets '{path.rpartition('.')[2]}' (model{path})"
            self.programs._settings = settings
        if optimizer and rate != optimizer.rate_setting:
            tape.problem = tape.problem or "it sets the learning rate"
        return returned, tape

    def _trace(self, model, batch):
        before = Snapshot(model)
        try:
            returned, tape = self._listen(model, batch)
        except Exception as error:  # perhaps of the trace alone: without it the user sees the true one, or none
            before.restore()
            returned = _plain(_step(model, self.kind, batch))
            self.programs.give_up(self.kind, f"{type(error).__name__}: {error} ({replay.users_line(error)})")
            return returned
        outputs = self._outputs(model, returned, tape)
        if tape.problem is None:
            try:
                self.program = replay.Program(tape.step, outputs, f"{self.kind}_step", self.programs.store)
                self.programs.latest[self.kind] = self.program
            except Exception as error:  # whatever it is, training goes on
                tape.problem = f"it could not be written as a program: {error} ({replay.users_line(error)})"
        self.outline = tape.step.outline()  # not the tape itself, which holds every array of the step
        if tape.problem is not None:
            self.programs.give_up(self.kind, tape.problem)
        return _plain(returned)

    def _outputs(self, model, returned, tape):
        """The Nodes among what the step returned. `formula` makes the logs; None where they are the figures."""
        self.formula = None
        if self.kind == "predict":
            if isinstance(returned, Tensor):
                return [tape.value(returned)]
            tape.problem = tape.problem or f"predict_step gives a {type(returned).__name__} in place of a Tensor"
            return []
        if not isinstance(returned, dict):
            tape.problem = tape.problem or f"{self.kind}_step gives a {type(returned).__name__} in place of a dict"
            return []
        nodes, texts = [], {}
        for name, value in returned.items():
            if isinstance(value, Tensor) and value.size == 1:
                texts[name] = f"outputs[{len(nodes)}]"
                nodes.append(tape.value(value))
            elif getattr(value, "text", None) is not None:  # a figure of a metric, or a formula of such
                texts[name] = value.text
            else:
                code = getattr(type(model), f"{self.kind}_step").__code__
                problem = (
                    f"{self.kind}_step gives {name!r}, which is neither a metric's result nor a Tensor "
                    f"({code.co_filename}, line {code.co_firstlineno})"
                )
                tape.problem = tape.problem or problem
        if texts != {name: f"metrics[{name!r}]" for name in model.metrics_names}:
            self.formula = replay.formula(texts)
        return nodes

    # -- the second run ----------------------------------------------------------------------------------------

    def _audit(self, model, batch):
        """Run both ways from the same state, and keep the program if they agree."""
        self.program.pull_changes()
        before = Snapshot(model, self.program)
        returned, tape = self._listen(model, batch)
        returned, expected = _plain(returned), Snapshot(model, self.program)
        problem, op = tape.problem, replay.first_difference(self.outline, tape.step.outline())
        if problem is None and op is not None:
            problem = f"'{op}' is not the same computation at every step"
        if problem is None:
            before.restore()
            self.program.pull_changes()
            try:
                calls = self.program.rehearse(*[a for a in batch if a is not None])
                self._model, self.returned = weakref.ref(model), None
                found = Snapshot(model, self.program)
                wrong = expected.difference(found)
                if wrong and only_rounding(model, self.program, tape.step, (before, expected, found)):
                    wrong = None
                wrong = wrong if _same_calls(tape.step.calls(), calls, expected.dtype) else wrong or "a metric"
                wrong = wrong if _agree(returned, self.logs()) else wrong or "what the step returns"
                problem = wrong and f"a flat program of it gives another result for {wrong}"
            except Exception as error:  # whatever it is, training goes on
                problem = f"a flat program of it fails: {type(error).__name__}: {error}"
        self.trusted, self.outline = problem is None, None
        if problem is not None:
            expected.restore()
            self.programs.give_up(self.kind, problem)
        return returned


def _same_calls(values, others, dtype):
    """Whether the functions of metrics would be called with the same values."""
    return len(values) == len(others) and all(
        close(a, b, dtype if np.asarray(b).dtype.kind == "f" else None)
        for mine, theirs in zip(values, others)
        for a, b in zip(mine, theirs)
        if b is not None
    )


def _agree(a, b):
    """Whether two dicts of figures, or two arrays of predictions, are the same but for rounding."""
    if isinstance(a, dict):
        return isinstance(b, dict) and a.keys() == b.keys() and all(close(a[k], b[k], np.float32) for k in a)
    return close(a, b)


def _plain(returned):
    """Figures as Python floats and arrays, predictions as an array."""
    if isinstance(returned, dict):
        return {k: _number(v) for k, v in returned.items()}
    return returned.numpy() if isinstance(returned, Tensor) else returned


def _number(v):
    if isinstance(v, (Tensor, np.ndarray, np.generic)) and v.size == 1:
        return v.item()
    if isinstance(v, np.ndarray):
        return np.array(v)
    return float(v) if isinstance(v, replay.Scalar) else v


def _call(model, kind, batch):
    if kind == "predict":
        return model.predict_step(batch[0])
    return getattr(model, f"{kind}_step")(pack_x_y_sample_weight(*batch))


def _step(model, kind, batch):
    with record(kind != "predict"):
        return _call(model, kind, batch)
