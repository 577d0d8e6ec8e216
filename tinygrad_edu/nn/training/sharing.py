"""One model, several threads: who trains it, and whose batches its metrics count.

A program in use belongs to one call: a prediction that finds it busy runs op by op, every other step waits. The
metrics belong to one training epoch or one evaluation from their reset until their values are read. Two trainings at
once would write the same weights: that is an error.
"""

import time
from contextlib import contextmanager
from threading import RLock, get_ident, local

_PAUSE = 0.0005  # seconds in which a thread that has waited gets its turn


class Turns:
    """A lock that its holder may take again, and that another thread gets which has waited for it."""

    def __init__(self):
        self._lock, self._waiting = RLock(), set()

    def __enter__(self):
        if not self._lock.acquire(blocking=False):
            self._waiting.add(get_ident())
            try:
                self._lock.acquire()
            finally:
                self._waiting.discard(get_ident())

    def __exit__(self, *error):
        self._lock.release()
        if self._waiting:
            time.sleep(_PAUSE)


class Sharing:
    """The locks that the threads which use one model hold in turns.

    Attributes:
        figures: the metrics, from their reset until their values are read.
        of_outputs: the losses of the outputs of the batch that runs, each thread's own.
    """

    def __init__(self):
        self.figures, self._trainings, self.of_outputs = Turns(), RLock(), _OfOutputs()

    def __reduce__(self):
        return Sharing, ()

    @contextmanager
    def training(self, name):
        """A training of the model runs inside.

        Raises:
            RuntimeError: another thread trains it.
        """
        if not self._trainings.acquire(blocking=False):
            raise RuntimeError(
                f"{name} is being trained in another thread: two trainings at once would write the same weights. Wait "
                "for the other one, or train a copy, made with clone_model and set_weights."
            )
        try:
            yield
        finally:
            self._trainings.release()


class _OfOutputs(local):
    """The loss of each output of the last batch, as `compute_loss` left them."""

    losses = ()
