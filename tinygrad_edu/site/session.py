"""Code of the page's user, run as a notebook runs its cells: they share their names, and the last value is kept.

It stands by itself: `browser` connects it with the page.
"""

import ast
import importlib.abc
import io
import linecache
import sys
import time
import traceback
import types
from contextlib import contextmanager

from .texts import say

_PAUSE = 0.1  # seconds between two looks at what is printed
_MOST = 200_000  # characters that a cell may print
_module = types.ModuleType("__main__")  # whose names all cells share
_count = 0


def begin():
    """Give cells the names of a new `__main__`, in which classes that they define are found."""
    sys.modules["__main__"] = _module


class CodeError(Exception):
    """Code of the page's user stopped; its text is the traceback as far as it is the user's.

    Attributes:
        missing: the name of the package that was not there, where that is why.
    """

    missing = None


@contextmanager
def printing(send):
    """A context in which what is printed is kept, in the file of text that it gives, and sent on.

    Args:
        send: called with new text, a few times a second and at the end.
    """
    output, before = _Output(send), (sys.stdout, sys.stderr)
    sys.stdout = sys.stderr = output
    try:
        yield output
    finally:
        sys.stdout, sys.stderr = before
        output.pass_on()


class _Output(io.StringIO):
    """Keeps what is printed, up to a length, and passes it on."""

    def __init__(self, send):
        super().__init__()
        self._send, self._sent, self._when = send, 0, time.monotonic()

    def write(self, text):
        kept = text[: max(_MOST - self.tell(), 0)]
        if kept != text and self.tell() <= _MOST:  # once
            kept += f"\n… {say('What is printed from here on is left out.')}\n"
        super().write(kept)
        if time.monotonic() - self._when > _PAUSE:
            self.pass_on()
        return len(text)

    def pass_on(self):
        """Send what was not sent yet."""
        if self.tell() > self._sent:
            self._send(self.getvalue()[self._sent :])
        self._sent, self._when = self.tell(), time.monotonic()


class _Cell(importlib.abc.InspectLoader):
    """Runs code in a module, as an import does; the value of a last line that is an expression becomes `_`."""

    def __init__(self, code, name):
        self.code, self.name = code, name

    def get_source(self, fullname):
        """The text."""
        return self.code

    def get_code(self, fullname):
        """The text compiled."""
        tree = ast.parse(self.code, self.name)
        if tree.body and isinstance(tree.body[-1], ast.Expr):
            last = tree.body[-1]
            tree.body[-1] = ast.copy_location(ast.Assign([ast.Name("_", ast.Store())], last.value), last)
        return self.source_to_code(ast.fix_missing_locations(tree), self.name)


def run_code(code):
    """Run code in the names that all cells share; the value of a last line that is an expression is given.

    Raises:
        CodeError: it stopped.
    """
    global _count
    _count += 1
    name = f"<cell {_count}>"
    linecache.cache[name] = (len(code), None, code.splitlines(keepends=True), name)  # for tracebacks
    vars(_module)["_"] = None
    try:
        _Cell(code, name).exec_module(_module)
    except BaseException as error:
        stopped = CodeError(_traceback(error))
        stopped.missing = _missing(error)
        raise stopped from None
    return _module._


def _missing(error):
    """The package whose absence an error tells of, through errors that say it in other words."""
    while error is not None:
        if isinstance(error, ModuleNotFoundError):
            return error.name.partition(".")[0]
        error = error.__cause__ or error.__context__
    return None


def _traceback(error):
    """The traceback of an error from the user's own first line on."""
    step = error.__traceback__
    while step is not None and not step.tb_frame.f_code.co_filename.startswith("<cell "):
        step = step.tb_next
    return "".join(traceback.format_exception(type(error), error, step)).rstrip()
