"""Whole epochs in one call, where XLA runs them: several, where nobody needs to know how each has ended.

The figures of each epoch are told one after the other as if each had just ended. Before the first call, what was
compiled for it is compared with the flat program on a batch of each length, and a few batches at once with the same
one by one.
"""

from time import perf_counter

import numpy as np

from ...common.warning import warn
from .batch import Form, Rows

_SECONDS = 0.2  # that a call may take, so that a line for each epoch is shown in time, and Ctrl-C is heard
_COMPARED = 4  # whole batches that are run at once and one by one


class Ahead:
    """Runs the epochs of a fit ahead, as far as it may.

    Args:
        model: the model.
        feed: the Feed of the training.
        several: whether nobody looks at the model between epochs, so that several may be one call.
    """

    def __init__(self, model, feed, several):
        self._model, self._feed, self._several, self._waiting, self._epochs = model, feed, several, [], None
        self._form = Form.of(*feed.rows)

    def next(self, left):
        """The figures of the next epoch, or None where it is to be run batch by batch.

        Args:
            left: how many epochs are left.
        """
        if not self._waiting:
            self._waiting = self._ran(left)
        if not self._waiting:
            return None
        for variable, value in self._waiting.pop(0).items():
            variable.replace(value)
        return self._model.get_metrics_result()

    def _ran(self, left):
        """Run as many epochs as are left, may be run at once, and take no long time: the figures of each."""
        (arrays, size), programs = self._feed.cut, self._model.programs
        with programs.running(alone=True):
            epochs = self._epochs if self._several else None
            epochs = epochs or programs.epochs(self._model, self._form, arrays, size, left)
            if epochs is None:
                return []
            self._model.reset_metrics()
            most = min(left, epochs.most, epochs.within(_SECONDS)) if self._several else 1
            orders = [self._feed.epoch().rest() for _ in range(most)]
            found = (epochs.run if epochs.trusted else epochs.audit)(self._model, arrays, orders)
            self._epochs = None if epochs.failed else epochs
        last = orders[-1][-(len(orders[-1]) % size or size) :]
        programs.batches["train"] = Rows(self._form, arrays, last)
        return found


class Epochs:
    """The epochs of an Entry for whole batches, and of that for the last, in one call.

    Args:
        main: the Entry of whole batches.
        rest: that of the shorter one at the end, or None.
        figures: the Variables of the metrics.
        rows, size: how many rows the data and a whole batch have.

    Attributes:
        trusted: whether it was compared with the flat programs.
        failed: whether it is not to be used.
        made_for: the arguments without the figures.
        most: how many epochs a call takes.
    """

    def __init__(self, main, rest, figures, rows, size):
        from ...replay.xla.epochs import XlaEpochs

        self._entries, self._figures, self.made_for = [main, *filter(None, [rest])], figures, (main, rest, rows, size)
        self._whole, self._size = rows // size, size
        self.trusted, self.failed, self._seconds = False, False, None
        self._epochs = XlaEpochs(main.compiled.xla, rest and rest.compiled.xla, figures, rows, size)
        self.most = self._epochs.most

    def within(self, seconds):
        """How many epochs take about so long, as far as that is known."""
        return 1 if self._seconds is None else max(1, int(seconds / self._seconds))

    def run(self, model, arrays, orders):
        """Run epochs with these orders of the rows: for each the values of the figures by Variable."""
        start = perf_counter()
        for entry in self._entries:
            entry.compiled.xla.pull_changes()
        found = self._epochs.run(arrays, orders)
        self._seconds = (perf_counter() - start) / len(orders)
        return found

    def audit(self, model, arrays, orders):
        """Compare batches and a short epoch with the flat programs, and run the epochs: by those where they differ."""
        order, size = orders[0], self._size
        batches = [order[i : i + size] for i in range(0, len(order), size)]
        before = self._entries[0].compiled.snapshot(model, self._entries[0].program)
        try:
            self.trusted = self._agrees(model, arrays, batches, before)
        finally:
            before.restore()
        self.failed = not self.trusted
        if self.trusted:
            return self.run(model, arrays, orders)
        return [self._by_flat_programs(arrays, batches)]

    def _agrees(self, model, arrays, batches, before):
        """True if a batch of each length is as by the flat program, and some batches at once as one by one."""
        for entry, rows in zip(self._entries, (batches[0], batches[-1])):

            def run(rows=rows):
                self._epochs.run(arrays, [rows])
                return []  # no functions are called after such steps

            agrees = entry.compiled.agrees(entry.program, model, arrays, rows[None], run)
            before.restore()
            if not agrees:
                return False
        few = [*batches[: self._whole][:_COMPARED], *batches[self._whole :]]
        for rows in few:
            self._epochs.run(arrays, [rows])
        one_by_one = before.now()
        before.restore()
        self._epochs.run(arrays, [np.concatenate(few)])
        problem = one_by_one.difference(before.now())
        if problem is not None:
            warn(f"XLA runs each epoch by itself, not several at once: it gives another result for {problem}.")
        return problem is None

    def _by_flat_programs(self, arrays, batches):
        """Run an epoch batch by batch: the values of the figures by Variable."""
        for rows in batches:
            program = self._entries[len(rows) < self._size].program
            program.pull_changes()
            program.run(*[array[rows] for array in arrays])
        return {variable: np.array(variable.array) for variable in self._figures}
