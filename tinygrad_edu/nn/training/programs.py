"""Steps as programs: a model's training, test and prediction steps, each traced once for every shape of batch.

The first batch of a shape runs op by op while the tape listens, and gives the program; it then runs by the program
from the same state, and so does the second. Only when both ways agree both times is the program trusted, and the
state goes on from what it gave: the same arithmetic from the first batch on. A step that cannot be traced, or that
disagrees, runs op by op from then on, with a warning that says why: a wrong number is never the price of speed.
"""

from collections import Counter
from contextlib import contextmanager, nullcontext
from threading import RLock
from time import perf_counter

import numpy as np

from ...common.warning import warn
from ...replay.numpy.memory import Store
from .batch import Rows
from .entries import Entry, run_op_by_op, warn_of_late
from .fingerprint import Fingerprint
from .threads import Threads

_LARGEST = 64  # programs kept at once: a model that sees more shapes than this forgets the oldest
_WASTED = 5  # programs thrown away young, one after the other, until the model gives up
_IDLE = 3  # changes of something that changed no program, until it is no longer looked at
_EPOCHS = 3  # those that have run and those that are left, for which whole epochs are compiled
_SHARE = 100  # a step of the user's code is listened to again after so many times the time that it takes


class Programs:
    """The programs of a model, by kind of step and shapes of the batch."""

    def __init__(self, under_xla=False):
        self.entries, self.eager, self.latest, self.threads = {}, {}, {}, Threads()
        self.batches = {}  # by kind of step the batch that ran last, a Batch or Rows
        self.store, self.fingerprint = Store(), None
        self.store.halves.threads = self.threads.count
        self.thoroughly = False  # whether large arrays are compared wholly at the next step, as when a fit begins
        self._lock = RLock()  # held while one step runs
        self.passes = 0  # how often steps began to run, one after another
        self._wasted, self._former, self._changed = 0, {}, {}  # the last two by key and by kind of step
        self._idle, self._ignored = Counter(), frozenset()  # how often a change changed no program, by (kind, path)
        self._trained, self._listen_at = 0.0, 0.0  # seconds
        self.under_xla, self.device, self.not_compiled = under_xla, None, {}  # the last by kind of step: why
        self.awaits_epochs = False  # whether whole epochs are to run in one call as soon as their steps are trusted

    def __reduce__(self):
        return Programs, (self.under_xla,)

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
                warn_of_late(changed[0])
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
        """True if it is time to listen to a step again, in case its code reads what nobody can look at: a file, say."""
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
        self.passes += 1
        start = perf_counter()
        try:
            with self._lock if alone else nullcontext(), np.errstate(over="ignore", invalid="ignore", divide="ignore"):
                yield
        finally:
            self._trained += perf_counter() - start
            if self._lock.acquire(blocking=False):  # else whoever has it gives the threads back
                self.threads.close()
                self._lock.release()

    def known(self, model, kind, form, arrays, size):
        """The Entry for so many rows of these arrays that is trusted; or None. Changes were looked for."""
        if model.run_eagerly or kind in self.eager or self._wasted >= _WASTED:
            return None
        entry = self.entries.get(_key(kind, form, [((size, *a.shape[1:]), a.dtype) for a in arrays]))
        return entry if entry is not None and entry.trusted and not self.wants_to_listen() else None

    def waiting_for(self, model, kind, batch):
        """The Entry for batches like this that may wait for each other and run at once; or None.

        There is none where code of the user's runs in a step: it may read what the source of the batches changes.
        """
        if model.run_eagerly or kind in self.eager or self._wasted >= _WASTED:
            return None
        self.look_for_changes(model)
        entry = None if self.fingerprint.has_users_code else self.entries.get(_key_of(kind, batch))
        return entry if entry is not None and entry.trusted and entry.compiled is None else None

    def alone(self):
        """A context in which no other thread uses the programs."""
        return self._lock

    def polite(self, model, kind, run):
        """A Runner as a function that leaves the programs to other threads between the steps."""

        def one_by_one(batch):
            with self._lock:
                return run(batch)

        return (lambda batch: self._predict(model, batch, run)) if kind == "predict" else one_by_one

    def step(self, model, kind, batch):
        """Run a step of this kind ("train", "test", "predict") on a Batch.

        Returns:
            What ran: its `logs()` are what the step returned.
        """
        if kind == "predict":
            return self._predict(model, batch, lambda batch: self.step_alone(model, kind, batch))
        with self._lock:
            return self.step_alone(model, kind, batch)

    def _predict(self, model, batch, run):
        """A prediction: by the program, unless another thread uses it, and then op by op."""
        if not self._lock.acquire(blocking=False):
            return Finished(run_op_by_op(model, "predict", batch))
        try:
            return Finished(run(batch).logs())
        finally:
            self._lock.release()

    def step_alone(self, model, kind, batch):
        """Run a step while no other thread may use the programs, and give the Entry that ran."""
        key = _key_of(kind, batch)
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

    def epochs(self, model, form, arrays, size, left):
        """The `Epochs` of a training in batches of this size, or None where each batch is run by itself.

        Args:
            form: the Form of the batches.
            arrays: all data.
            left: how many epochs are left.
        """
        if model.run_eagerly or "train" in self.eager or self.wants_to_listen():
            return None
        self.look_for_changes(model)
        lengths = [length for length in (size, len(arrays[0]) % size) if length]
        keys = [_key("train", form, [((n, *a.shape[1:]), a.dtype) for a in arrays]) for n in lengths]
        entries, whole = [self.entries.get(key) for key in keys], len(arrays[0]) // size
        if not whole or not all(entry and entry.trusted and entry.may_run_epochs(arrays) for entry in entries):
            return None
        main, rest = entries[0], entries[1] if len(entries) > 1 else None
        if main.epochs is None and left + main.runs // whole < _EPOCHS:
            return None
        figures = [variable for metric in model.metrics for variable in metric.variables]
        return main.epochs_with(rest, figures, len(arrays[0]), size)

    def compiles(self, kind):
        """True if steps of this kind are to run under XLA: those that fit and evaluate repeat."""
        return self.under_xla and kind != "predict" and kind not in self.not_compiled

    def forget_data(self):
        """Let go of the data of a fit or an evaluation, but for the last batch."""
        for kind in self.batches:
            self.last_batch(kind)
        if self.device is not None:
            self.device.forget_data()

    def last_batch(self, kind):
        """The Batch on which a step of this kind ran last, or None."""
        batch = self.batches.get(kind)
        if isinstance(batch, Rows):
            batch = self.batches[kind] = batch.gather()
        return batch

    def give_up(self, kind, why):
        """Run the steps of this kind op by op from now on, and say why."""
        self.eager[kind] = why
        warn(
            f"The {kind} step runs op by op, which is slower: {why.rstrip('.')}. "
            "run_eagerly=True in compile silences this."
        )


class Runner:
    """Runs a step of one kind on one batch after another, and gives what ran: it has `logs()`.

    It expects to run `alone`, or is made `polite`.

    Args:
        programs: the Programs of the model.
        model: the model.
        kind: "train", "test" or "predict".
        quick: whether nothing but the step changes the model meanwhile, and batches of one length are alike
            in all else: they then go to their program without a further question.

    Attributes:
        ran: the Entry that ran last.
    """

    def __init__(self, programs, model, kind, quick):
        self._programs, self._model, self._kind, self._quick = programs, model, kind, quick
        self._trusted, self.ran, self._pass = {}, None, None  # by length of the batch
        self._looked, self._asked = False, set()  # if changes were looked for; the lengths that were looked up since

    def __call__(self, batch):
        size = len(batch.arrays[0])
        entry = self._trusted.get(size) or self._known(batch.form, batch.arrays, size)
        if entry is None:
            self.ran = entry = self._programs.step_alone(self._model, self._kind, batch)
            if self._quick and entry.trusted and not self._model.run_eagerly:
                self._trusted[size] = entry
            return entry
        self._begin(entry)
        entry.launch(batch.arrays)
        entry.runs += 1
        return entry

    def several(self, feed, batches):
        """Run on the next whole batches, as many as the program takes at once: the numbers of their rows.

        There are none where the program takes one batch at a time, or no whole one is left.

        Args:
            feed: a Feed with a `cut`.
            batches: an iterator over its batches, with `take`.
        """
        (arrays, size), entry = feed.cut, self._trusted.get(feed.cut[1])
        if batches.left < size:
            return ()
        if entry is None and self._quick and not self._looked and feed.form is not None:
            if not self._model.run_eagerly:
                self._looked = True
                self._programs.look_for_changes(self._model)
            entry = self._known(feed.form, arrays, size)
        most = 1 if entry is None else entry.most_batches
        rows = () if most == 1 else batches.take(most, entry.fewest_batches)
        if len(rows):
            self._begin(entry, several=True)
            entry.launch_several(arrays, rows)
        return rows

    def _known(self, form, arrays, size):
        """The Entry for such batches that is trusted; asked for once, after changes were looked for."""
        if not self._looked or size in self._asked:
            return None
        self._asked.add(size)
        entry = self._programs.known(self._model, self._kind, form, arrays, size)
        if entry is not None:
            self._trusted[size] = entry
        return entry

    def _begin(self, entry, several=False):
        """Take in what another program, or the beginning of a pass, has changed: metrics begin anew with each."""
        if entry is not self.ran or self._pass != self._programs.passes:
            if not (several and entry.runs_compiled):  # which looks for itself
                entry.program.pull_changes()
            self.ran, self._pass = entry, self._programs.passes


class Finished:
    """A step that has run.

    Attributes:
        logs: gives what the step returned.
    """

    def __init__(self, returned):
        self.logs = lambda: returned


def _key(kind, form, arrays):
    """The key under which a program is kept: the kind of step, and the form, shapes and dtypes of its batch."""
    return (kind, form.key, *[(shape, dtype.char) for shape, dtype in arrays])


def _key_of(kind, batch):
    return _key(kind, batch.form, [(array.shape, array.dtype) for array in batch.arrays])
