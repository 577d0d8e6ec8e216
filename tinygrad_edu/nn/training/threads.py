"""How many threads the matrix products and the long updates of a training get: all, or one, whichever is faster now.

NumPy's BLAS divides a large product among all cores, and its threads wait for each other actively. On an idle
machine that is up to twice as fast as one thread; with another program busy on a core they wait for the one that
does not get its turn, and a step takes many times as long. Nobody can know beforehand which it will be, so both
are tried: a training measures its own steps, stays with the faster, and looks at the other again from time to time.

The first step after a change is none to judge by: threads that slept wake up, which takes as long as ten steps.
"""

from time import perf_counter

LARGE = 1 << 20  # multiplications: smaller products stay on one thread anyway
_WINDOW = 0.05  # seconds of steps to judge by
_TRIED = 3  # steps of a trial that are judged, by the fastest of them
_LOOK_AGAIN = 0.5, 4.0  # seconds of training until the other number of threads is tried: at first, at most
_AT_ONCE = 4  # batches that run together while a trial is on
_CHANGED = 1.3  # steps that take so many times as long as before tell that the machine has changed


class Threads:
    """Chooses the threads of NumPy's BLAS by the time that steps take.

    Run every step by `measure`, and call `close` when the training pauses: BLAS then has the threads that it had.
    """

    def __init__(self):
        self._blas = self._limit = None  # the library, and what holds it at one thread
        self._single = self._trying = self._measuring = False
        self._several = None  # how many threads all are
        self._costs = {}  # seconds a step: with one thread (True), with all (False)
        self._measured, self._fresh = [], False  # (seconds, steps); whether the next is the first after a change
        self._back = False  # whether what is tried is what ran before it got slow
        self._wait = self._until_look = _LOOK_AGAIN[0]

    def count(self):
        """How many threads there are to be now, of a step that is being measured; of others one."""
        if self._single or not self._measuring:
            return 1
        if self._several is None:
            self._several = max([blas["num_threads"] for blas in self._library().info()], default=1)
        return self._several

    def in_parts(self, rows):
        """The rows of several batches, those together that are to be measured together: few while a trial is on."""
        while len(rows):
            count = _AT_ONCE if self._trying and len(rows) > _AT_ONCE else len(rows)
            yield rows[:count]
            rows = rows[count:]

    def measure(self, run, arguments, steps=1):
        """Run a step, or some, with the number of threads that is faster now."""
        self._measuring = True
        if self._single and self._limit is None:
            self._limit = self._library().limit(limits=1)
        start = perf_counter()
        run(*arguments)
        spent = perf_counter() - start
        self._until_look -= spent
        if self._fresh:
            self._fresh = False
            return
        self._measured.append((spent, steps))
        enough = len(self._measured) >= _TRIED if self._trying else sum([s for s, _ in self._measured]) >= _WINDOW
        if enough:
            self._judge()

    def close(self):
        """Give BLAS its threads back."""
        self._give_back()
        self._measuring, self._several = False, None

    def _give_back(self):
        if self._limit is not None:
            self._limit.restore_original_limits()
            self._limit = None

    def _library(self):
        if self._blas is None:
            try:
                from threadpoolctl import ThreadpoolController
            except ModuleNotFoundError:  # in a browser, whose BLAS has one thread
                self._blas = _OneThread()
            else:
                self._blas = ThreadpoolController().select(user_api="blas")
        return self._blas

    def _judge(self):
        """Note what the steps cost, and choose how the next ones run."""
        before, other, measured = self._costs.get(self._single), self._costs.get(not self._single), self._measured
        mean = sum([spent for spent, _ in measured]) / sum([steps for _, steps in measured])
        mine = min([spent / steps for spent, steps in measured]) if self._trying else mean
        self._costs[self._single], self._measured = mine, []
        slower = before is not None and mine > _CHANGED * before
        if self._trying:
            self._trying = False
            again = mine > other or self._back  # nothing was won by the change: the next one can wait
            self._wait = min(2 * self._wait, _LOOK_AGAIN[1]) if again else _LOOK_AGAIN[0]
            self._until_look = self._wait
            if mine > other:
                self._switch()
        elif self._until_look <= 0 or (slower and other is not None):
            self._trying, self._back = True, self._until_look > 0
            self._switch()

    def _switch(self):
        self._give_back()
        self._single, self._fresh = not self._single, True


class _OneThread:
    """A library without threads: limiting them changes nothing."""

    def limit(self, limits):
        return self

    def info(self):
        return []

    def restore_original_limits(self):
        pass
