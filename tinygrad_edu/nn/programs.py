"""Steps as programs: a model's training, test and prediction steps, each traced once for every shape of batch.

The first batch of a shape runs op by op while the tape listens, and gives the program. The second runs both
ways from the same state; only when they agree is the program trusted. A step that cannot be traced, or that
disagrees, runs op by op from then on, with a warning that says why: a wrong number is never the price of speed.
"""

import copy
import warnings
import weakref
from contextlib import contextmanager

import numpy as np

from .. import random, replay
from ..floats import tolerance
from ..objects import watch
from ..replay.flat import Memory
from ..tensor import Tensor, record
from .threads import LARGE, Threads

_LARGEST = 64  # programs kept at once: a model that sees more shapes than this forgets the oldest
_WASTED = 5  # programs thrown away young, one after the other, until the model gives up


class Programs:
    """The programs of a model, by kind of step and shapes of the batch."""

    def __init__(self):
        self.entries, self.eager, self.latest, self.threads = {}, {}, {}, Threads()
        self._memories, self._watching, self._wasted, self._busy = {}, False, 0, False

    def __reduce__(self):
        return Programs, ()

    def changed(self):
        """A setting was changed: what was traced no longer holds."""
        if self._busy or not self.entries:
            return
        young = any(entry.runs < 10 for entry in self.entries.values())
        self._wasted = self._wasted + 1 if young else 0
        self.entries.clear()

    @contextmanager
    def running(self):
        """Steps run inside: a loss that overflows shows in the figures, and BLAS gets its threads back afterwards."""
        try:
            with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
                yield
        finally:
            self.threads.close()

    def runner(self, model, kind, watched=False):
        """The function that runs a step of this kind on one batch after another, and gives the Entry that ran.

        Args:
            watched: whether callbacks run between the batches. If not, nothing but the step changes the model,
                and batches of a length that was seen go to their program without a further question.
        """
        trusted, ran = {}, None

        def run(batch):
            nonlocal ran
            entry = trusted.get(len(batch[0]))
            if entry is not None:
                entry.launch(batch)
                ran = entry
                return entry
            ran = self.step(model, kind, batch, settle=watched or ran is None)
            if ran.trusted and not watched:
                trusted[len(batch[0])] = ran
            return ran

        return run

    def step(self, model, kind, batch, settle=True):
        """Run a step of this kind ("train", "test", "predict") on a batch: arrays, or None where there is none.

        Args:
            settle: whether something outside may have changed weights since the last step.

        Returns:
            The Entry that ran: its `logs()` are what the step returned.
        """
        batch = (*batch, None) if kind != "predict" and len(batch) == 2 else batch
        key = (kind, *[None if a is None else (a.shape, a.dtype.char) for a in batch])
        entry = self.entries.get(key)
        if entry is None:
            entry = Entry(self, kind)
            if not model.run_eagerly and kind not in self.eager:
                if self._wasted >= _WASTED:
                    self.give_up(kind, "attributes of the model change at every step")
                elif len(self.entries) >= _LARGEST:
                    del self.entries[next(iter(self.entries))]
                self.entries[key] = entry
        entry.run(model, batch, settle)
        return entry

    def give_up(self, kind, why):
        """Run the steps of this kind op by op from now on, and say why."""
        self.eager[kind] = why
        warnings.warn(
            f"The {kind} step runs op by op, which is slower: {why}. run_eagerly=True in compile silences this.",
            stacklevel=2,
        )

    def memory_for(self, optimizer, parameters):
        """The vectors that an optimizer and its parameters share in all programs."""
        key = (id(optimizer), tuple(optimizer.slots), *map(id, parameters))
        if key not in self._memories:
            self._memories[key] = Memory(optimizer, parameters)
        return self._memories[key]

    def watch(self, model):
        """Be told of new settings of the model, its layers, its loss and its optimizer."""
        if not self._watching:
            self._watching = True
            watch(model, weakref.ref(self))


class Entry:
    """The program for one kind of step and one set of shapes, from its trace to its trust."""

    def __init__(self, programs, kind):
        self.programs, self.kind = programs, kind
        self.program = self.tape = self.formula = None
        self.runs, self.trusted, self.returned = 0, False, None

    def run(self, model, batch, settle):
        """Run the step on a batch, by the program if it is trusted."""
        self.runs += 1
        if model.run_eagerly or self.kind in self.programs.eager:
            returned = _plain(_step_recorded(model, self.kind, batch))
        elif self.trusted:
            if settle:
                self.program.settle()
            self.launch([a for a in batch if a is not None])
            returned = None
        else:
            self.programs._busy = True
            try:
                returned = self._trace(model, batch) if self.program is None else self._audit(model, batch)
            finally:
                self.programs._busy = False
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
            return self.returned
        model, program = self._model(), self.program
        program.publish()
        outputs = [np.array(program.results[i])[()] for i in program.output_places]
        if self.kind == "predict":
            return outputs[0]
        figures = model.get_metrics_result()
        return figures if self.formula is None else self.formula(figures, [x.item() for x in outputs])

    # -- the first run ------------------------------------------------------------------------------------

    def _trace(self, model, batch):
        tape = replay.Tape(strict=False)
        arguments = [None if a is None else tape.input(a, n) for a, n in zip(batch, ("x", "y", "sample_weight"))]
        with replay.tracing(tape, on=self.kind != "predict"):
            returned = _step(model, self.kind, arguments)
        outputs = self._outputs(model, returned, tape)
        if tape.problem is None:
            try:
                self.program = replay.Program(tape, outputs, f"{self.kind}_step", self.programs.memory_for)
            except replay.TraceError as error:
                tape.problem = str(error)
        if tape.problem is not None:
            self.programs.give_up(self.kind, tape.problem)
        else:
            self.tape = tape
            self.programs.latest[self.kind] = self.program
            self.programs.watch(model)
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
        figures, nodes, texts = model.get_metrics_result(), [], {}
        for name, value in returned.items():
            if isinstance(value, Tensor) and value.size == 1:
                texts[name] = f"outputs[{len(nodes)}]"
                nodes.append(tape.value(value))
            elif isinstance(value, replay.Scalar):
                texts[name] = value.text
            elif name in figures and np.array_equal(value, figures[name], equal_nan=True):
                texts[name] = f"figures[{name!r}]"
            else:
                problem = f"{self.kind}_step gives {name!r}, which is neither a metric's result nor a Tensor"
                tape.problem = tape.problem or problem
        if texts != {name: f"figures[{name!r}]" for name in figures}:
            self.formula = replay.formula(texts)
        return nodes

    # -- the second run ----------------------------------------------------------------------------------------

    def _audit(self, model, batch):
        """Run both ways from the same state, and keep the program if they agree."""
        self.program.settle()
        before = _State(model, self.program)
        returned = _plain(_step_recorded(model, self.kind, batch))
        expected = _State(model, self.program)
        before.restore()
        self.program.run(*[a for a in batch if a is not None])
        self._model, self.returned = weakref.ref(model), None
        logs = self.logs()
        problem = expected.difference(_State(model, self.program))
        if problem is None and not _agree(returned, logs):
            problem = "what the step returns"
        if problem is None:
            self.trusted, self.tape = True, None
        else:
            before.restore()
            place = self._differing_op(model, batch)
            expected.restore()
            self.programs.give_up(self.kind, f"a flat program of it gives another result for {problem}{place}")
        return returned

    def _differing_op(self, model, batch):
        """Where a second trace differs from the first, in words."""
        tape = replay.Tape(strict=False)
        arguments = [None if a is None else tape.input(a, n) for a, n in zip(batch, ("x", "y", "sample_weight"))]
        with replay.tracing(tape, on=self.kind != "predict"):
            _step(model, self.kind, arguments)
        op = self.tape.first_difference(tape)
        return f"; '{op}' is not the same computation at every step" if op else ""


class _State:
    """Everything that a step may change: weights, the optimizer's state, the metrics, random generators."""

    def __init__(self, model, program):
        self.optimizers = [step.optimizer for step in program.steps]
        tensors = [*dict.fromkeys([*model.weights, *program.updates])]
        self.arrays = [(t, t._array, t._exposed) for t in tensors]
        self.copies = [np.array(array) for _, array, _ in self.arrays]
        self.counts = [(o, o.iterations, o._waiting) for o in self.optimizers]
        self.slots = [(held, dict(held)) for o in self.optimizers for held in o._memory.values()]
        self.slot_copies = [{name: np.array(a) for name, a in values.items()} for _, values in self.slots]
        self.dtype = min((t.dtype for t in tensors if t.dtype.kind == "f"), key=lambda d: d.itemsize, default=float)
        self.figures = [(metric, copy.deepcopy(vars(metric))) for metric in model.metrics]
        generators = [g or random.generator() for g in program.generators]
        self.generators = [(g, g.bit_generator.state) for g in generators]

    def restore(self):
        for (tensor, array, exposed), values in zip(self.arrays, self.copies):
            written = not np.array_equal(array, values, equal_nan=True)
            tensor._replace(values if written else array)
            tensor._exposed = False if written else exposed
        for optimizer, iterations, waiting in self.counts:
            optimizer.iterations, optimizer._waiting = iterations, waiting
        for (held, values), copies in zip(self.slots, self.slot_copies):
            held.update({name: a if np.array_equal(a, copies[name]) else copies[name] for name, a in values.items()})
        for metric, values in self.figures:
            vars(metric).update(copy.deepcopy(values))
        for generator, state in self.generators:
            generator.bit_generator.state = state

    def difference(self, other):
        """The first thing that differs by more than rounding, in words, or None."""
        for (tensor, *_), mine, theirs in zip(self.arrays, self.copies, other.copies):
            if not _close(mine, theirs):
                return tensor.name or "a weight"
        for mine, theirs in zip(self.slot_copies, other.slot_copies):
            for name in mine:
                if not _close(mine[name], theirs[name]):
                    return f"the optimizer's {name}"
        for (metric, mine), (_, theirs) in zip(self.figures, other.figures):
            for name, value in mine.items():
                if isinstance(value, (float, np.ndarray)) and not _close(value, theirs[name], self.dtype):
                    return f"the metric {metric.name!r}"
        return None


def _close(a, b, dtype=None):
    """Whether two ways of computing agree but for the rounding of this dtype, by default their own."""
    a, b = np.asarray(a), np.asarray(b)
    if a.shape != b.shape:
        return False
    relative = tolerance(dtype or a.dtype)
    scale = float(np.max(np.abs(a), initial=0.0, where=np.isfinite(a)))
    return bool(np.allclose(a, b, rtol=relative, atol=relative * (1e-3 + scale), equal_nan=True))


def _agree(a, b):
    """Whether two dicts of figures, or two arrays of predictions, are the same but for rounding."""
    if isinstance(a, dict):
        return isinstance(b, dict) and a.keys() == b.keys() and all(_close(a[k], b[k], np.float32) for k in a)
    return _close(a, b)


def _plain(returned):
    """Figures as Python floats, predictions as an array."""
    if isinstance(returned, dict):
        return {k: _number(v) for k, v in returned.items()}
    return returned.numpy() if isinstance(returned, Tensor) else returned


def _number(v):
    if isinstance(v, Tensor) and v.size == 1:
        return v.item()
    return float(v) if isinstance(v, replay.Scalar) else v


def _step(model, kind, batch):
    return model.predict_step(batch[0]) if kind == "predict" else getattr(model, f"{kind}_step")(tuple(batch))


def _step_recorded(model, kind, batch):
    with record(kind != "predict"):
        return _step(model, kind, batch)
