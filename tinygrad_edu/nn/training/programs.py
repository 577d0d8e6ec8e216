"""Steps as programs: a model's training, test and prediction steps, each traced once for every shape of batch.

The first batch of a shape runs op by op while the tape listens, and gives the program; it then runs by the program
from the same state, and so does the second. Only when both ways agree both times is the program trusted, and the
state goes on from what it gave: the same arithmetic from the first batch on. A step that cannot be traced, or that
disagrees, runs op by op from then on, with a warning that says why: a wrong number is never the price of speed.
"""

import random as of_python
import warnings
import weakref
from collections import Counter
from contextlib import contextmanager, nullcontext
from contextvars import copy_context
from threading import RLock
from time import perf_counter

import numpy as np

from ... import replay
from ...common import random
from ...engine.recorder import record
from ...engine.tensor import Tensor
from ...replay.numpy.memory import Store
from ..metrics import figures_of
from .feeding import pack_x_y_sample_weight, unpack_x_y_sample_weight
from .fingerprint import Fingerprint
from .state import Snapshot, close, only_rounding
from .threads import LARGE, Threads

_LARGEST = 64  # programs kept at once: a model that sees more shapes than this forgets the oldest
_WASTED = 5  # programs thrown away young, one after the other, until the model gives up
_IDLE = 3  # changes of something that changed no program, until it is no longer looked at
_DRAWS = "it draws random numbers by itself: let a tg.keras.random.SeedGenerator of the layer, or tg.random, draw them"
_SHARE = 100  # a step of the user's code is listened to again after so many times the time that it takes


class Programs:
    """The programs of a model, by kind of step and shapes of the batch."""

    def __init__(self):
        self.entries, self.eager, self.latest, self.batches, self.threads = {}, {}, {}, {}, Threads()
        self.store, self.fingerprint = Store(), None
        self.thoroughly = False  # whether large arrays are compared wholly at the next step, as when a fit begins
        self._lock = RLock()  # held while one step runs
        self._passes = 0  # how often steps began to run, one after another
        self._wasted, self._former, self._changed = 0, {}, {}  # the last two by key and by kind of step
        self._idle, self._ignored = Counter(), frozenset()  # how often a change changed no program, by (kind, path)
        self._trained, self._listen_at = 0.0, 0.0  # seconds

    def __reduce__(self):
        return Programs, ()

    # -- what has changed since a step was traced --------------------------------------------------------

    def look_for_changes(self, model):
        """Trace the steps anew when something that they may have read was changed."""
        before, thoroughly = self.fingerprint, self.thoroughly
        self.thoroughly = False
        if before is not None and before.holds(model, thoroughly):
            return
        found = Fingerprint(model, self._ignored)
        changed = found.difference(before) if before is not None else []
        if changed:
            self._trace_anew(changed)
            if before.late:
                _warn_of_late(changed[0])
        self.fingerprint = found

    def _trace_anew(self, changed):
        """Put the programs aside, but for those to which these paths make no difference."""
        kinds = {entry.kind for entry in self.entries.values()}
        self._changed = {kind: [path for path in changed if self._idle[kind, path] < _IDLE] for kind in kinds}
        aside = {key: entry for key, entry in self.entries.items() if self._changed[entry.kind]}
        if aside:
            young = max(entry.runs for entry in aside.values()) < 4
            self._wasted = self._wasted + 1 if young else 0
        self._former |= {key: entry for key, entry in aside.items() if entry.program is not None}
        self.entries = {key: entry for key, entry in self.entries.items() if key not in aside}

    def take_in_changes(self, model):
        """Take what there is now as what the steps read: the first path that has changed, or None."""
        if self.fingerprint.holds(model):
            return None
        before, self.fingerprint = self.fingerprint, Fingerprint(model, self._ignored)
        return next(iter(self.fingerprint.difference(before)), None)

    def take_former(self, key):
        """The program that was put aside for this key, or None."""
        entry = self._former.pop(key, None)
        return entry and entry.program

    def note_difference(self, kind, differs):
        """Learn whether the last changes make a difference to a step; where they never do, nobody looks any more."""
        paths = self._changed.pop(kind, ())
        if differs:
            self._idle -= Counter({(kind, path): _IDLE for path in paths})
            return
        self._wasted = 0
        self._idle.update((kind, path) for path in paths)
        kinds = {kind, *[entry.kind for entry in (*self.entries.values(), *self._former.values())]}
        idle = [path for path in paths if all(self._idle[other, path] >= _IDLE for other in kinds)]
        if idle:
            self._ignored, self.fingerprint = self._ignored.union(idle), None

    def wants_to_listen(self):
        """Whether it is time to listen to a step again, in case its code reads what nobody can look at: a file, say."""
        return self._trained >= self._listen_at and self.fingerprint is not None and self.fingerprint.has_users_code

    def note_listening(self, seconds):
        """A step was listened to, which took so long."""
        self._listen_at = self._trained + _SHARE * seconds

    # -- running ------------------------------------------------------------------------------------------

    @contextmanager
    def running(self, alone=False):
        """Steps run inside: a loss that overflows shows in the figures, and BLAS gets its threads back afterwards.

        Args:
            alone: whether no other thread may use the programs until all steps have run; else between them it may.
        """
        self._passes += 1
        start = perf_counter()
        try:
            with self._lock if alone else nullcontext(), np.errstate(over="ignore", invalid="ignore", divide="ignore"):
                yield
        finally:
            self._trained += perf_counter() - start
            if self._lock.acquire(blocking=False):  # else whoever has it gives the threads back
                self.threads.close()
                self._lock.release()

    def runner(self, model, kind, quick):
        """The function that runs a step of this kind on one batch after another, and gives what ran: it has `logs()`.

        It expects to run `alone`, or is made `polite`.

        Args:
            quick: whether nothing but the step changes the model meanwhile, and batches of one length are alike
                in all else: they then go to their program without a further question.
        """
        trusted, ran, passes = {}, None, None

        def run(batch):
            nonlocal ran, passes
            entry = trusted.get(len(batch[0]))
            if entry is None:
                ran = self._step(model, kind, batch)
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

    def polite(self, model, kind, run):
        """A function that `runner` gave, which leaves the programs to other threads between the steps."""

        def one_by_one(batch):
            with self._lock:
                return run(batch)

        return (lambda batch: self._predict(model, batch, run)) if kind == "predict" else one_by_one

    def step(self, model, kind, batch):
        """Run a step of this kind ("train", "test", "predict") on a batch: arrays, or None where there is none.

        Returns:
            What ran: its `logs()` are what the step returned.
        """
        if kind == "predict":
            return self._predict(model, batch, lambda batch: self._step(model, kind, batch))
        with self._lock:
            return self._step(model, kind, batch)

    def _predict(self, model, batch, run):
        """A prediction: by the program, unless another thread uses it, and then op by op."""
        if not self._lock.acquire(blocking=False):
            return Finished(_step(model, "predict", batch))
        try:
            return Finished(run(batch).logs())
        finally:
            self._lock.release()

    def _step(self, model, kind, batch):
        """Run a step, and give the Entry that ran."""
        batch = batch if kind == "predict" else unpack_x_y_sample_weight(batch)
        key = (kind, *[None if a is None else (a.shape, a.dtype.char) for a in batch])
        traced = not model.run_eagerly and kind not in self.eager
        if traced:
            self.look_for_changes(model)
            if self._wasted >= _WASTED:
                self.give_up(kind, "attributes of the model change at every step")
                traced = False
        entry = self.entries.get(key) if traced else None
        if entry is None:
            entry = Entry(self, kind, key)
            self._look_for_all(kind)
        entry.run(model, batch, traced)
        if traced and key not in self.entries:
            if len(self.entries) >= _LARGEST:
                del self.entries[next(iter(self.entries))]
            self.entries[key] = entry
        return entry

    def _look_for_all(self, kind):
        """To a new kind of step everything may make a difference."""
        if self._ignored and not any(known == kind for known, _ in self._idle):
            self._ignored = frozenset()

    def give_up(self, kind, why):
        """Run the steps of this kind op by op from now on, and say why."""
        self.eager[kind] = why
        warnings.warn(
            f"The {kind} step runs op by op, which is slower: {why.rstrip('.')}. "
            "run_eagerly=True in compile silences this.",
            stacklevel=2,
        )


class Finished:
    """A step that has run.

    Attributes:
        logs: gives what the step returned.
    """

    def __init__(self, returned):
        self.logs = lambda: returned


class Entry:
    """The program for one kind of step and one set of shapes, from its trace to its trust.

    Attributes:
        program: the Program; None until one agreed with the step op by op.
        trusted: whether it runs without being compared any more.
        runs: how many steps have run.
    """

    def __init__(self, programs, kind, key):
        self.programs, self.kind, self._key = weakref.proxy(programs), kind, key
        self.program = self._outline = self._formula = None
        self.runs, self.trusted, self._returned, self._wrote = 0, False, None, None

    def run(self, model, batch, traced):
        """Run the step on a batch: by the program if it is trusted."""
        self.runs += 1
        if traced and self.trusted and not self.programs.wants_to_listen():
            self.program.pull_changes()
            self.launch([a for a in batch if a is not None])
        else:  # a context of its own: whatever breaks off, nobody goes on listening
            self._model, self._metrics = weakref.ref(model), model.metrics
            self._returned = copy_context().run(self._learn if traced else _step, model, self.kind, batch)

    def launch(self, arrays):
        """Run the program; where its products are large, with the number of threads that is faster now."""
        self._returned = None
        if self.program.largest_product < LARGE:
            self.program.run(*arrays)
        else:
            self.programs.threads.measure(self.program.run, arrays)

    def logs(self):
        """What the last step returned, or would have returned."""
        if self._returned is not None:
            return dict(self._returned) if isinstance(self._returned, dict) else self._returned
        return self._results(self.program, self._formula)

    def _results(self, program, formula):
        """What the step would have returned where the program ran in its place."""
        outputs = [np.array(program.results[i])[()] for i in program.output_places]
        if self.kind == "predict":
            return outputs[0]
        model = self._model()
        same = model.metrics == self._metrics  # if not, the model was compiled anew after the step
        figures = model.get_metrics_result() if same else figures_of(self._metrics)
        return figures if formula is None else formula(figures, [x.item() for x in outputs])

    # -- the first runs -------------------------------------------------------------------------------------

    def _learn(self, model, kind, batch):
        """Run the step op by op and by its program, and go on from the program's state if they agree.

        Returns:
            What the step returned, where it ran op by op; None where the program's results count.
        """
        everything, tape, start = Snapshot(model), replay.Tape(strict=False), perf_counter()
        try:
            try:
                returned, impure = self._listen(model, batch, tape)
            except Exception as error:  # perhaps of the trace alone: without it the user sees the true one, or none
                _undo(everything, tape, kind)
                returned = _step(model, kind, batch)
                self.programs.give_up(kind, f"{type(error).__name__}: {error} ({replay.users_line(error)})")
                return returned
            return self._compare(model, batch, everything.of_changes(tape), tape, returned, impure)
        except BaseException:  # Ctrl-C, say: as if the step had not begun
            _undo(everything, tape, kind)
            self.program, self.trusted, self._outline = None, False, None
            raise
        finally:
            self.programs.note_listening(perf_counter() - start)

    def _listen(self, model, batch, tape):
        """Run the step op by op while the tape listens.

        Returns:
            What the step returned; and what it changed in Python, in words: None when nothing was changed, "" when
            another thread may have done it.
        """
        tape.metrics, changed = frozenset(model.metrics), []

        @contextmanager
        def calling():  # what is called after each run may change what it likes
            changed.append(self.programs.take_in_changes(model))
            yield
            self.programs.take_in_changes(model)

        tape.calling = calling
        arguments = [None if a is None else tape.input(a, n) for a, n in zip(batch, ("x", "y", "sample_weight"))]
        optimizer, others, own = model.optimizer, _random_states(), _own_states(model)
        package = random.generator().bit_generator
        before = package.state
        rate = optimizer and optimizer.rate_setting
        with replay.tracing(tape, on=self.kind != "predict"):
            returned = _call(model, self.kind, arguments)
        if optimizer and rate != optimizer.rate_setting:
            tape.problem = tape.problem or "it sets the learning rate"
        changed.append(self.programs.take_in_changes(model))
        path = next(filter(None, changed), None)
        if path is not None:
            return returned, f"it sets '{path.rpartition('.')[2]}' ({path})"
        undrawn = {variable: words for variable, words in own.items() if variable.bit_generator not in tape.generators}
        behind = not all(np.array_equal(variable.array, words) for variable, words in undrawn.items())
        moved = package not in tape.generators and not _same_state(package.state, before)
        if behind or moved or others != _random_states():
            return returned, _DRAWS if behind else ""
        return returned, None

    def _compare(self, model, batch, before, tape, returned, impure):
        """Compare the step that was listened to with its program, run from the same state."""
        outputs, formula = self._outputs(model, returned, tape)
        returned, outline, again = _plain(returned), tape.step.outline(), self._outline is not None
        traced, problem = _gradients_of(tape.step), tape.problem
        if problem is None and again:
            op = replay.first_difference(self._outline, outline)
            problem = impure or None if op is None else f"'{op}' is not the same computation at every step"
        program = self.program if again else None
        if problem is None and program is None:
            try:
                program = replay.Program(tape.step, outputs, f"{self.kind}_step", self.programs.store)
            except Exception as error:  # whatever it is, training goes on
                problem = f"it could not be written as a program: {error} ({replay.users_line(error)})"
        if problem is None:
            expected = before.now()
            problem = self._rehearse(model, batch, program, formula, (before, expected), tape, traced, returned)
            alike = all(_same_state(bits.state, state) for bits, state in expected.generators.items())
            if impure is None and not alike:
                impure = ""  # code that no trace hears of drew from these generators too
            if problem is not None or impure is not None:
                expected.restore()
        if problem is not None:
            self.program, self.trusted = None, False
            self.programs.give_up(self.kind, problem)
            return returned
        self._accept(program, formula, outline, again, impure)
        return None if impure is None else returned

    def _accept(self, program, formula, outline, again, impure):
        """Keep a program that agreed; it is trusted when it did so twice, or is what it was before."""
        former = self.program if self.trusted else self.programs.take_former(self._key)
        known = former is not None and impure is None and program.same_as(former)
        if former is not None:
            self.programs.note_difference(self.kind, not known)
        if self.trusted and not known:
            _warn_of_late(f"What the {self.kind} step computes")
        self._outline = None if again or known else outline  # the arrays of a trace are not kept longer
        self.program, self._formula, self.trusted = program, formula, again or known
        self.programs.latest[self.kind] = program

    def _rehearse(self, model, batch, program, formula, snapshots, tape, traced, returned):
        """Run the program from the state before the step; what is wrong with the state that it leaves, or None."""
        before, expected = snapshots
        before.restore()
        try:
            program.pull_changes()
            calls = program.rehearse(*[a for a in batch if a is not None])
            found = before.now()
            wrong = expected.difference(found)
            if wrong and only_rounding(model, program, tape.step, traced, (before, expected, found)):
                wrong = None
            wrong = wrong if _same_calls(tape.step.calls(), calls, expected.dtype) else wrong or "a metric"
            wrong = wrong if _agree(returned, self._results(program, formula)) else wrong or "what the step returns"
            return wrong and f"a flat program of it gives another result for {wrong}"
        except Exception as error:  # whatever it is, training goes on
            return f"a flat program of it fails: {type(error).__name__}: {error}"

    def _outputs(self, model, returned, tape):
        """The Nodes among what the step returned, and the formula of its logs; None where they are the figures."""
        if self.kind == "predict":
            if isinstance(returned, Tensor):
                return [tape.value(returned)], None
            tape.problem = tape.problem or f"predict_step gives a {type(returned).__name__} in place of a Tensor"
            return [], None
        if not isinstance(returned, dict):
            tape.problem = tape.problem or f"{self.kind}_step gives a {type(returned).__name__} in place of a dict"
            return [], None
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
        figures = {name: f"metrics[{name!r}]" for name in model.metrics_names}
        return nodes, None if texts == figures or tape.problem else replay.formula(texts)


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
    """What the step of a model gives for a batch."""
    step = getattr(model, f"{kind}_step")
    returned = step(batch[0] if kind == "predict" else pack_x_y_sample_weight(*batch))
    if returned is None:
        wanted = "the predictions" if kind == "predict" else "a dict, such as self.compute_metrics(...) gives"
        raise TypeError(f"{type(model).__name__}.{kind}_step should return {wanted}; it returned None.")
    return returned


def _step(model, kind, batch):
    """What the step of a model gives for a batch, op by op, as plain numbers."""
    with record(kind != "predict"):
        return _plain(_call(model, kind, batch))


def _gradients_of(step):
    """The gradients that the trace saw, by parameter, for each Update of a step."""
    return [{p: node.array for p, node in update.gradients.items()} for update in step.of(replay.Update)]


def _undo(everything, tape, kind):
    """Put back what a step has changed so far; one that trains may have done so behind the tape's back."""
    if kind == "train":
        everything.restore()
    everything.of_changes(tape).restore()


def _own_states(model):
    """The states of the generators of random numbers that belong to the model alone."""
    found = [v for v in model.variables if isinstance(v, random.GeneratorState) and v is not random.state()]
    return {variable: variable.array for variable in found}


def _same_state(mine, theirs):
    """True if two states of a generator are the same: dicts of numbers and arrays."""
    if isinstance(mine, dict):
        return mine.keys() == theirs.keys() and all(_same_state(mine[key], theirs[key]) for key in mine)
    return bool(np.array_equal(mine, theirs))


def _random_states():
    """The states of the random numbers of NumPy and of Python, which programs know nothing of."""
    _, words, place, *_ = np.random.get_state()
    return words.tobytes(), place, of_python.getstate()


def _warn_of_late(what):
    warnings.warn(
        f"{what} was changed at some time before this step, and only now it was noticed: steps since then may have run "
        "with the old values. It is traced anew.",
        stacklevel=2,
    )
