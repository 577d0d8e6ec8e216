"""The budget of a file or a configuration from anywhere: bytes of arrays, objects, seconds, counted where they arise.

A line of JSON can ask for terabytes. While one is read, a `Count` is in force, and all code that makes something of a
size that was read says so first, by `spend`. What the user's own code makes is not counted.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from math import inf
from time import perf_counter
from typing import NamedTuple

from .checks import number

try:
    from time import thread_time
except ImportError:  # where a process has one thread, as in a browser
    from time import process_time as thread_time

_MEGABYTE = 1_000_000
_SPEED = 1e9  # operations of a processor in a second, for an estimate before they begin


class _Limits(NamedTuple):
    megabytes: float = 200
    objects: float = 10_000
    seconds: float = 2


class _Count:
    """The amounts taken so far, of the limits in force.

    Args:
        size: the bytes of the file that is read: its arrays may take four times as much beside, and time in proportion.
    """

    def __init__(self, size):
        limits = _limits.get()
        self.bytes, self.objects = 0, 0
        self.began, self._taken, self._looked = thread_time(), 0.0, perf_counter()
        self.most_bytes = limits.megabytes * _MEGABYTE + 4 * size
        self.most_objects, self.most_seconds = limits.objects, limits.seconds + size / (20 * _MEGABYTE)

    def seconds(self):
        """The time of the processor so far, which takes long to ask: not more often than each hundredth of a second."""
        if perf_counter() - self._looked > 0.01:
            self._taken, self._looked = thread_time() - self.began, perf_counter()
        return self._taken


_LIMITS = _Limits()
_limits: ContextVar[_Limits] = ContextVar("limits of what is read", default=_LIMITS)
_count: ContextVar[_Count | None] = ContextVar("count of what is read", default=None)


@contextmanager
def budget(
    megabytes: float | None = None, objects: float | None = None, seconds: float | None = None
) -> Iterator[None]:
    """A `with` block in which files and configurations may take more, or less: for a large model that you trust.

    Without it, what `load_model`, `load_weights`, `model_from_json`, `deserialize` or `from_config` reads may take 200
    megabytes of arrays beside four times the size of the file, 10 000 objects and 2 seconds of the processor.

    Args:
        megabytes: of all arrays together, those needed for a moment included.
        objects: layers, initializers, metrics and the like.
        seconds: of the processor, not of the clock.

    What is None stays as it is; `math.inf` is no limit.

    Raises:
        ValueError: a number below 0.

    Example:
        >>> text = tg.nn.Sequential([tg.nn.Input((100,)), tg.nn.Dense(1000)]).to_json()
        >>> with budget(megabytes=1):
        ...     model = tg.keras.models.model_from_json(text)
        Traceback (most recent call last):
        ...
        ValueError: It asks for arrays of 2.8 megabytes; a file or a configuration may take 1 megabytes. If you ...
    """
    given = {"megabytes": megabytes, "objects": objects, "seconds": seconds}
    checked = {name: inf if n == inf else number(name, n, low=0) for name, n in given.items() if n is not None}
    token = _limits.set(_limits.get()._replace(**checked))
    try:
        yield
    finally:
        _limits.reset(token)


@contextmanager
def counted(size=0):
    """A block, or a function, that reads what may come from anywhere; one inside another shares its count.

    Args:
        size: the bytes of the file that is read.
    """
    token = _count.set(_count.get() or _Count(size))
    try:
        yield
    finally:
        _count.reset(token)


@contextmanager
def uncounted():
    """A block, or a function, that makes again what the user's own code has made: nothing in it is counted."""
    with budget(inf, inf, inf):
        token = _count.set(_Count(0))
        try:
            yield
        finally:
            _count.reset(token)


def spend(nbytes=0, meanwhile=0, objects=0, operations=0):
    """Say what will be made, before it is: where something is read, it has to fit into the budget.

    Args:
        nbytes: the bytes of an array that stays.
        meanwhile: the bytes that are needed beside, until it is made.
        objects: how many objects.
        operations: of the processor, where they are many.

    Raises:
        ValueError: that is more than what is read may take.
    """
    count = _count.get()
    if count is None:
        return
    count.bytes += max(nbytes, 0)
    count.objects += objects
    asked = count.bytes + max(meanwhile, 0)
    if asked > count.most_bytes:
        raise _refusal(f"arrays of {_short(asked)} megabytes", count.most_bytes, "megabytes", _MEGABYTE)
    if count.objects > count.most_objects:
        raise _refusal(f"more than {count.most_objects:g} objects", count.most_objects, "objects")
    taken = count.seconds() + operations / _SPEED
    if taken > count.most_seconds:
        raise _refusal(f"{taken:.1f} seconds of the processor", count.most_seconds, "seconds")


def _short(nbytes):
    megabytes = nbytes / _MEGABYTE if nbytes < 1e300 else inf
    return f"{megabytes:.4g}"


def _refusal(asked, most, unit, size=1):
    return ValueError(
        f"It asks for {asked}; a file or a configuration may take {most / size:.4g} {unit}. If you trust it, read it "
        f"in a block: with tg.nn.saving.budget({unit}=…): …"
    )
