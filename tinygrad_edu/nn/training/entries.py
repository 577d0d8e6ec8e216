"""One step as a program: traced, compared with the step op by op, and trusted when both agreed twice."""

import random as of_python
import weakref
from contextlib import contextmanager
from contextvars import copy_context
from time import perf_counter

import numpy as np

from ... import replay
from ...common import random
from ...common.structure import flatten, map_structure, rebuild, same_form
from ...common.warning import warn
from ...engine.recorder import record
from ...engine.tensor import Tensor
from ..metrics import figures_of
from .ahead import Epochs
from .compiled import Compiled
from .state import Snapshot, close, only_rounding, same_calls
from .threads import LARGE

_FIRST = 64  # batches that run by themselves, before several at once are tried: that has a cost of its own
_WAITING = 256  # batches that the flat program runs while XLA could run whole epochs soon, to compile only these
_DRAWS = "it draws random numbers by itself: let a tg.keras.random.SeedGenerator of the layer, or tg.random, draw them"


class Entry:
    """The program for one kind of step and one set of shapes, from its trace to its trust.

    Attributes:
        program: the Program; None until one agreed with the step op by op.
        trusted: whether it runs without being compared any more.
        compiled: the same under XLA, a `Compiled`; None where nobody asked for it, or it is not made yet.
        epochs: whole epochs of such batches under XLA, `Epochs`; None where there are none, or not yet.
        runs: how many steps have run.
        several: whether several batches at once gave what one after the other did; None as long as nobody tried.
    """

    def __init__(self, programs, kind, key):
        self.programs, self.kind, self._key = weakref.proxy(programs), kind, key
        self.program = self._outline = self._formula = self._form = None
        self.runs, self.trusted, self.several, self._returned = 0, False, None, None
        self.compiled = self.epochs = self._ran = None

    @property
    def plain(self):
        """True if its step returns the figures of the metrics and nothing else."""
        return self._formula is None

    def may_run_epochs(self, arrays):
        """True if XLA can run whole epochs of this step on such data in one call: Python has no part in it."""
        xla = self.compiled and self.compiled.xla
        return bool(xla and self.plain and xla.alone and xla.memory.has_room(arrays))

    def epochs_with(self, rest, figures, rows, size):
        """The `Epochs` of this step for whole batches and another for the last, or None; None if they have failed."""
        if self.epochs is None or self.epochs.made_for != (self, rest, rows, size):
            self.epochs = Epochs(self, rest, figures, rows, size)
        return None if self.epochs.failed else self.epochs

    @property
    def most_batches(self):
        """How many batches it takes at once: see `StepProgram`; the first ones are run by themselves."""
        if self.compiled is not None and self.compiled.xla is not None:
            return self.compiled.xla.most_batches
        return self.program.most_batches if self.runs >= _FIRST and self.several is not False else 1

    @property
    def fewest_batches(self):
        """How many batches it takes so at least."""
        return self.program.fewest_batches if self._compiled is None else 1

    @property
    def runs_compiled(self):
        """True if it runs several batches under XLA."""
        return self._compiled is not None and self.compiled.trusted

    @property
    def _compiled(self):
        """The program under XLA, trusted or about to be; None where there is none, or whole epochs are soon to come."""
        compiled = self.compiled
        if compiled is None or not compiled.trusted and self.programs.awaits_epochs and self._may_wait(compiled.xla):
            return None
        return compiled.xla

    def _may_wait(self, xla):
        short = xla and self.kind == "train" and self.runs < _WAITING and not xla.takes_single_batches
        return short and self.plain and xla.alone

    def run(self, model, batch, traced):
        """Run the step on a batch: by the program if it is trusted."""
        self.runs += 1
        if traced and self.trusted and not self.programs.wants_to_listen():
            self.program.pull_changes()
            self.launch(batch.arrays)
        else:  # a context of its own: whatever breaks off, nobody goes on listening
            self._model, self._metrics = weakref.ref(model), model.metrics
            self._returned = copy_context().run(self._learn if traced else run_op_by_op, model, self.kind, batch)

    def launch(self, arrays):
        """Run the program; where its products are large, with the number of threads that is faster now."""
        if self._compiled is not None and self._compiled.takes_single_batches:
            self._launch_compiled(arrays, np.arange(len(arrays[0]))[None])
            return
        if self._ran is not self.program:
            self.program.pull_changes()
        self._returned, self._ran = None, self.program
        if self.program.largest_product < LARGE:
            self.program.run(*arrays)
        else:
            self.programs.threads.measure(self.program.run, arrays)

    def launch_several(self, arrays, rows):
        """Run the program on several batches: see `StepProgram.run_batches`. The first time, compare the two ways."""
        self.runs += len(rows)
        if self._compiled is not None:
            self._launch_compiled(arrays, rows)
            return
        self._returned, self._ran = None, self.program
        if self.several is None:
            self._audit_several(arrays, rows)
        elif self.program.largest_product < LARGE:
            self.program.run_batches(arrays, rows)
        else:
            threads = self.programs.threads
            for part in threads.in_parts(rows):
                threads.measure(self.program.run_batches, (arrays, part), len(part))

    def _launch_compiled(self, arrays, rows):
        """Run on batches under XLA: the first of all also by the flat program, which goes on where they disagree."""
        self._returned, self._ran = None, self._compiled
        if not self.compiled.trusted:
            self.compiled.audit(self.program, self._model(), arrays, rows[:1])
            rows = rows[1:]
        self._ran = self._compiled or self.program
        self._ran.pull_changes()
        if len(rows):
            self._ran.run_batches(arrays, rows)

    def logs(self):
        """The logs of the last step: those that it returned, or would have returned."""
        if self._returned is not None:
            return dict(self._returned) if isinstance(self._returned, dict) else self._returned
        return self._results(self._ran, self._formula)

    def _results(self, program, formula):
        """The value that the step would have returned where the program ran in its place."""
        outputs = [np.array(program.results[i])[()] for i in program.output_places]
        if self.kind == "predict":
            return rebuild(self._form, outputs)
        model = self._model()
        same = model.metrics == self._metrics  # if not, the model was compiled anew after the step
        figures = model.get_metrics_result() if same else figures_of(self._metrics)
        return figures if formula is None else formula(figures, [x.item() for x in outputs])

    # -- the first runs -------------------------------------------------------------------------------------

    def _audit_several(self, arrays, rows):
        """Run several batches at once, and again one after the other from the same state, which goes on from there."""
        before, wrong = Snapshot(self._model()), None
        of_optimizers = [variable for update in self.program.optimizer_steps for variable in update.variables()]
        before.add([*self.program.updates, *of_optimizers], self.program.generators)
        try:
            try:
                self.program.run_batches(arrays, rows)
            except Exception as error:  # whatever it is, training goes on
                wrong = f"{type(error).__name__}: {error}"
            at_once = before.now()
            before.restore()
            self.program.pull_changes()
            for of_batch in rows:
                self.program.run(*[array.take(of_batch, axis=0) for array in arrays])
        except BaseException:  # Ctrl-C, say: as if none of them had run
            before.restore()
            raise
        wrong = wrong or at_once.difference(before.now())
        self.several = wrong is None
        if wrong:
            warn(
                f"Several batches at once give another result for {wrong} than one after the other: the "
                f"{self.kind} step runs on each by itself, which is slower."
            )

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
                why = f"{type(error).__name__}: {error} ({replay.users_line(error)})"
            else:
                return self._compare(model, batch, everything.of_changes(tape), tape, returned, impure)
            returned = run_op_by_op(model, kind, batch)
            self.programs.give_up(kind, why)
            return returned
        except BaseException:  # Ctrl-C, say: as if the step had not begun
            _undo(everything, tape, kind)
            self.program, self.trusted, self._outline, self.compiled = None, False, None, None
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
        arguments = [tape.input(array, name) for array, name in zip(batch.arrays, batch.form.names)]
        optimizer, others, own = model.optimizer, _random_states(), _own_states(model)
        package = random.generator().bit_generator
        before = package.state
        rate = optimizer and optimizer.rate_setting
        with replay.tracing(tape, on=self.kind != "predict"):
            returned = _call(model, self.kind, batch, arguments)
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
        returned, outline, again = _plain(returned, self.kind), tape.step.outline(), self._outline is not None
        traced, problem = _gradients_of(tape.step), tape.problem
        if problem is None and again:
            op = replay.first_difference(self._outline, outline)
            problem = impure or None if op is None else f"'{op}' is not the same computation at every step"
        program = self.program if again else None
        if problem is None and program is None:
            try:
                program = self._program_of(tape.step, outputs)
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
        if self.trusted and self.compiled is None and self.programs.compiles(self.kind):
            self.compiled = Compiled(self.kind, tape.step, outputs, self.programs)
        tape.step.forget_examples()
        return None if impure is None else returned

    def _program_of(self, step, outputs):
        return replay.Program(step, outputs, f"{self.kind}_step", self.programs.store, batches=self.kind != "predict")

    def _accept(self, program, formula, outline, again, impure):
        """Keep a program that agreed; it is trusted when it did so twice, or is what it was before."""
        former = self.program if self.trusted else self.programs.take_former(self._key)
        known = former is not None and impure is None and program.same_as(former)
        if former is not None:
            self.programs.note_difference(self.kind, not known)
        if self.trusted and not known:
            warn_of_late(f"What the {self.kind} step computes")
        if not known:
            self.compiled = self.epochs = None
        self._outline = None if again or known else outline  # the arrays of a trace are not kept longer
        self.program, self._formula, self.trusted = program, formula, again or known
        self._ran = program
        self.programs.latest[self.kind] = program

    def _rehearse(self, model, batch, program, formula, snapshots, tape, traced, returned):
        """Run the program from the state before the step; what is wrong with the state that it leaves, or None."""
        before, expected = snapshots
        before.restore()
        try:
            program.pull_changes()
            calls = program.rehearse(*batch.arrays)
            found = before.now()
            wrong = expected.difference(found)
            if wrong and only_rounding(model, program, tape.step.of(replay.Update), traced, (before, expected, found)):
                wrong = None
            wrong = wrong if same_calls(tape.step.calls(), calls, expected.dtype) else wrong or "a metric"
            dtype = None if self.kind == "predict" else np.float32
            alike = _agree(returned, self._results(program, formula), dtype)
            wrong = wrong if alike else wrong or "what the step returns"
            return wrong and f"a flat program of it gives another result for {wrong}"
        except Exception as error:  # whatever it is, training goes on
            return f"a flat program of it fails: {type(error).__name__}: {error}"

    def _outputs(self, model, returned, tape):
        """The Nodes among what the step returned, and the formula of its logs; None where they are the figures."""
        if self.kind == "predict":
            tensors, self._form = flatten(returned), map_structure(lambda _: None, returned)
            strange = [type(x).__name__ for x in tensors if not isinstance(x, Tensor)]
            if not strange:
                return [tape.value(tensor) for tensor in tensors], None
            tape.problem = tape.problem or f"predict_step gives a {strange[0]} in place of a Tensor"
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


def _agree(a, b, dtype=None):
    """True if figures by name, or predictions in a structure, are the same but for the rounding of this dtype."""
    return same_form(a, b) and all(close(x, y, dtype) for x, y in zip(flatten(a), flatten(b)))


def _plain(returned, kind):
    """Figures as Python floats and arrays, predictions as arrays."""
    if kind != "predict":
        return {k: _number(v) for k, v in returned.items()} if isinstance(returned, dict) else returned
    return map_structure(lambda x: x.numpy() if isinstance(x, Tensor) else x, returned)


def _number(v):
    if isinstance(v, (Tensor, np.ndarray, np.generic)) and v.size == 1:
        return v.item()
    if isinstance(v, np.ndarray):
        return np.array(v)
    return float(v) if isinstance(v, replay.Scalar) else v


def _call(model, kind, batch, values):
    """The value that the step of a model returns for a batch, with these values in place of its arrays."""
    returned = getattr(model, f"{kind}_step")(batch.packed(kind, values))
    if returned is None:
        wanted = "the predictions" if kind == "predict" else "a dict, such as self.compute_metrics(...) gives"
        raise TypeError(f"{type(model).__name__}.{kind}_step should return {wanted}; it returned None.")
    return returned


def run_op_by_op(model, kind, batch):
    """The value that the step of a model returns for a batch, run op by op, as plain numbers."""
    with record(kind != "predict"):
        return _plain(_call(model, kind, batch, batch.arrays), kind)


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


def warn_of_late(what):
    """Warn that something was changed without being noticed at once."""
    warn(
        f"{what} was changed at some time before this step, and only now it was noticed: steps since then may have run "
        "with the old values. It is traced anew."
    )
