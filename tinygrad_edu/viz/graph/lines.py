"""The line of code that made a Tensor: taken down while `source_lines` is on, and at no cost while it is not.

It listens where `replay` listens: every op tells the Recorder of its result.
"""

from __future__ import annotations

import linecache
import os
import sys
import weakref
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING

import numpy as np

from ...engine.recorder import ON, Recorder, recording, recording_by

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...engine.tensor import Tensor

_PACKAGE = Path(__file__).parents[2]
_ENGINE = tuple(str(_PACKAGE / name) for name in ("engine", "ops", "viz"))
_ENGINE += (np.__path__[0], "<frozen")
_AROUND = 3  # lines shown above and below

_places = {}  # id of a Tensor -> (weak reference to it, its places)


@contextmanager
def source_lines() -> Iterator[None]:
    """Take down, for every Tensor made inside the `with` block, the line of code that made it.

    `explore` shows these lines. What a trace of `replay` notes inside the block has none.

    Example:
        >>> with source_lines():
        ...     y = Tensor(2.0, requires_grad=True) * 3
        >>> len(places(y)) > 0
        True
    """
    before = recording.get()
    with recording_by(_LinesRecorder() if before is ON else before):
        yield


class Place:
    """A line of code.

    Attributes:
        file: the path of the file, from the working folder where it lies inside of it.
        line: its number.
        code: the lines around it, as (number, text), without the indentation that all of them have.
        inside: whether it belongs to tinygrad_edu.
    """

    def __init__(self, file, line):
        self.line = line
        self.inside = file.startswith(str(_PACKAGE) + os.sep)
        self.file = _short_path(file, self.inside)
        lines = linecache.getlines(file)
        first = max(1, line - _AROUND)
        around = "".join(lines[first - 1 : line + _AROUND])
        self.code = [(first + i, text.rstrip()) for i, text in enumerate(dedent(around).splitlines())]


def places(tensor: Tensor) -> list[Place]:
    """The lines that made a Tensor: where the op stands, and the user's line that led there; none if not noted."""
    reference, found = _places.get(id(tensor), (None, ()))
    if reference is None or reference() is not tensor:
        return []
    return [Place(*place) for place in found]


def _short_path(file, inside):
    path = Path(file)
    if inside:
        return str(path.relative_to(_PACKAGE.parent))
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return path.name


class _LinesRecorder(Recorder):
    """Takes down the lines; none where no graph is built, and so none on the way back."""

    def ran(self, op, args, result):
        _remember(result)

    def same(self, tensor, other):
        _remember(tensor)


def _remember(tensor):
    key = id(tensor)
    _places[key] = weakref.ref(tensor, lambda _: _places.pop(key, None)), _running()


def _running():
    """The innermost line outside the engine, and the innermost one outside this package, where there are any."""
    frame, found = sys._getframe(2), []
    while frame is not None:
        file = frame.f_code.co_filename
        if not file.startswith(_ENGINE):
            inside = file.startswith(str(_PACKAGE) + os.sep)
            if not found or not inside:
                found.append((file, frame.f_lineno))
            if not inside:
                break
        frame = frame.f_back
    return tuple(found)
