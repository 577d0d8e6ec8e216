"""Several epochs in one call, where XLA runs them and nobody needs to know how each has ended before the next begins.

The figures of each epoch are told one after the other as if each had just ended. The first such call is compared
with the same epoch run batch by batch.
"""

from time import perf_counter

import numpy as np

from ...common.warning import warn
from .batch import Form, Rows

_SECONDS = 0.2  # that a call may take, so that a line for each epoch is shown in time, and Ctrl-C is heard


class Ahead:
    """Runs the epochs of a fit ahead, as far as it may.

    Args:
        model: the model.
        feed: the Feed of the training.
    """

    def __init__(self, model, feed):
        self._model, self._feed, self._waiting, self._epochs = model, feed, [], None
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
            epochs = self._epochs = self._epochs or programs.epochs(self._model, self._form, arrays, size, left)
            if epochs is None:
                return []
            self._model.reset_metrics()
            most = min(left, epochs.most(len(arrays[0])), epochs.within(_SECONDS))
            orders = [self._feed.epoch().rest() for _ in range(most)]
            found = (epochs.run if epochs.trusted else epochs.audit)(self._model, arrays, orders, size)
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

    Attributes:
        trusted: whether a call was compared with the same epoch, batch by batch.
        failed: whether it is not to be used.
    """

    def __init__(self, main, rest, figures):
        from ...replay.xla.epochs import XlaEpochs

        self._main, self._rest, self.trusted, self.failed = main, rest, False, False
        last = None if rest is None else rest.compiled.xla
        self._epochs = XlaEpochs(main.compiled.xla, last, figures)
        self.most, self._seconds = self._epochs.most, None

    def within(self, seconds):
        """How many epochs take about so long, as far as that is known."""
        return 1 if self._seconds is None else max(1, int(seconds / self._seconds))

    def run(self, model, arrays, orders, size):
        """Run epochs with these orders of the rows: for each the values of the figures by Variable."""
        start = perf_counter()
        found = self._epochs.run(arrays, orders, size)
        self._seconds = (perf_counter() - start) / len(orders)
        return found

    def audit(self, model, arrays, orders, size):
        """Run an epoch batch by batch and in one call, and go on from what the call left if both agree."""
        main, rest, order = self._main.compiled, self._rest, orders[0]
        whole = len(order) // size * size
        before = main.snapshot(model, self._main.program)
        main.xla.pull_changes()
        main.xla.run_batches(arrays, order[:whole].reshape(-1, size))
        if rest is not None:
            rest.program.pull_changes()
            rest.program.run(*[array[order[whole:]] for array in arrays])
        expected, figures = before.now(), {v: v.array for metric in model.metrics for v in metric.variables}
        before.restore()
        try:
            found = self._epochs.run(arrays, orders, size)
            problem = expected.difference(before.now())
            problem = problem and f"it gives another result for {problem}"
        except Exception as error:  # whatever it is, training goes on
            problem = f"{type(error).__name__}: {str(error).splitlines()[0]}"
        except BaseException:  # Ctrl-C, say
            before.restore()
            raise
        self.trusted, self.failed = problem is None, problem is not None
        if problem is None:
            return found
        expected.restore()
        warn(f"XLA runs each epoch by itself, not several at once: {problem}.")
        return [{variable: np.array(value) for variable, value in figures.items()}]
