"""Batches of a generator and the like, which wait for each other so that several are checked and run at once.

In a small network the arithmetic of a step costs less than the calls around it. A source that cannot see the model
(see `blind`) gives the same batches whether or not those before have run. So several are drawn, copied, and handed to
the program as one block; a source is asked for no batch more than it would be, and an error comes at its batch.
"""

from time import perf_counter

import numpy as np

from .batch import Batch
from .blind import is_blind

_LONGEST = 0.05  # seconds that a batch waits for others


class Waiting:
    """The batches of a pass: an iterator over those that are to run by themselves; `run` takes several at once.

    Args:
        programs: the Programs of the model.
        model: the model.
        kind: "train" or "test".
        given: the Given of the Feed.
        batches: an iterator of the Feed over an epoch.
    """

    def __init__(self, programs, model, kind, given, batches):
        self._programs, self._model, self._kind, self._given, self._batches = programs, model, kind, given, batches
        self._last, self._unlike, self._ended = None, None, False  # what came last; what waits to run by itself
        self._entry, self._blind, self._most, self._ran = None, None, None, None
        self._places, self._alike = (), ()  # for those that wait, and the shape and dtype of each of their arrays
        self._slow = 0  # how often one after the other it took too long to draw them

    def __iter__(self):
        return self

    def __next__(self):
        if self._unlike is not None:
            given, self._unlike = self._unlike, None
            self._last = self._given.check(given)
        else:
            self._last = self._draw()
        return self._last

    def _draw(self):
        if self._ended:
            raise StopIteration
        try:
            return next(self._batches)
        except StopIteration:
            self._ended = True
            raise

    def run(self):
        """Draw batches and run them at once: the Entry that ran, or None where the next is to run by itself."""
        if self._last is None or self._unlike is not None or self._ended or self._most == 0:
            return None
        with self._programs.alone():
            entry = self._programs.waiting_for(self._model, self._kind, self._last)
        if entry is None or entry.most_batches == 1:
            return None
        if self._blind is None:
            self._blind = is_blind(self._given.source, entry.program.generators)
        if not self._blind:
            self._most = 0
            return None
        if entry is not self._entry:
            self._entry, self._most, self._places = entry, entry.most_batches, ()
        return self._run(entry, min(entry.most_batches, self._most))

    def _run(self, entry, most):
        waiting, until, self._given.later = 0, perf_counter() + _LONGEST, True
        try:
            while waiting < most:
                given = self._draw()
                if not self._has_place(given):
                    self._unlike = given
                    break
                for place, array in zip(self._places, given):
                    place[waiting] = array
                waiting += 1
                if perf_counter() > until:
                    break
        except StopIteration:
            pass
        finally:  # whatever the source says, those that it gave have their steps
            self._given.later = False
            if waiting:
                in_time = waiting > most // 2 or self._ended or self._unlike is not None
                self._slow = 0 if in_time else self._slow + 1
                with self._programs.alone():
                    self._launch(entry, waiting)
        return self._ran if waiting else None

    def _has_place(self, given):
        """True if what a source gave is like what ran last but for its values; the first makes room for the others."""
        if type(given) not in (tuple, list):
            return False
        if not all([type(part) is np.ndarray and part.flags.c_contiguous for part in given]):
            return False
        alike = [(part.shape, part.dtype) for part in given]
        if not self._places and [part.shape for part in given] == [array.shape for array in self._last.arrays]:
            self._alike = alike
            self._places = [np.empty((self._most, *part.shape), part.dtype) for part in given]
        return bool(self._places) and alike == self._alike

    def _launch(self, entry, count):
        """Run those that wait: one by one where they are too few, or the source is too slow for more to wait."""
        block, size = None, len(self._last)
        if self._slow > 1:
            self._most = count // 2 if count // 2 >= entry.fewest_batches else 0
        if not self._slow and count >= entry.fewest_batches:
            block = self._checked([place[:count].reshape(-1, *place.shape[2:]) for place in self._places])
        if block is not None:
            entry.program.pull_changes()
            entry.launch_several(block.arrays, np.arange(count * size).reshape(count, size))
            self._note(entry, Batch(block.form, [np.array(array[-size:]) for array in block.arrays]))
            return
        for n in range(count):
            batch = self._given.check(tuple([np.array(place[n]) for place in self._places]))
            self._note(self._programs.step_alone(self._model, self._kind, batch), batch)

    def _checked(self, parts):
        """The rows of all that wait as one Batch; None where one after the other has to say what is wrong with it."""
        try:
            block = self._given.check(tuple(parts))
        except Exception:
            return None
        alike = [array.dtype for array in block.arrays] == [array.dtype for array in self._last.arrays]
        return block if alike and block.form is self._last.form else None

    def _note(self, entry, batch):
        self._ran, self._programs.batches[self._kind] = entry, batch
