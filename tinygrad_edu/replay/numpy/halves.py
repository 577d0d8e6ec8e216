"""The second half of a long loop in a second thread, while the first half runs here.

NumPy's functions let go of Python's lock while they compute, so the update of some million weights takes about half the
time on two cores, if the second one is free: that is measured elsewhere (`nn/training/threads.py`).
"""

import os
from concurrent.futures import ThreadPoolExecutor, wait
from contextvars import copy_context


class Halves:
    """Calls a function with both halves of its work.

    Attributes:
        threads: a function that says how many threads there are to be now; with one, the halves run one by one.

    Example:
        >>> seen = []
        >>> Halves()(seen.extend, [1, 2], [3, 4])
        >>> seen
        [1, 2, 3, 4]
    """

    def __init__(self):
        self.threads = lambda: 1

    def __call__(self, function, first, second):
        """Call the function with each half; the order does not matter to it."""
        other = None if self.threads() == 1 else _begin(function, second)
        try:
            function(first)
        finally:  # whatever breaks off, nobody goes on writing
            begun = other is not None and not other.cancel()
            if begun:
                wait([other])
        if begun:
            other.result()
        else:
            function(second)


_helpers = {}  # by process, as a fork has no threads: what helps all programs in turns, None where nothing can


def _begin(function, work):
    """A Future of this call in the thread that helps; None where there can be no second thread, as in a browser."""
    process = os.getpid()
    if process not in _helpers:
        _helpers.clear()
        _helpers[process] = ThreadPoolExecutor(1, "half of an update")
    try:
        return _helpers[process] and _helpers[process].submit(copy_context().run, function, work)
    except RuntimeError:  # no thread can be started: what waits for one is never begun
        _helpers[process] = None
        return None
