"""The Python side of the page: it runs in the browser, in a worker, and the page calls its functions by name.

What goes to the page and comes from it is JSON. What is printed goes there as it is printed, under the topic "printed".
"""

import ast
import importlib
import importlib.abc
import inspect
import io
import json
import linecache
import sys
import time
import traceback
import types
from contextlib import contextmanager

from ..common.language import language as shown_in
from ..common.plain import plain

_FIRST = "tinygrad_edu."  # only functions of this package are called
_PAUSE = 0.1  # seconds between two looks of the page at what is printed
_MOST = 200_000  # characters that a cell may print
_session = types.ModuleType("__main__")  # whose names all cells share
_count = 0


def start(language):
    """Make everything ready: the page's language, and the names that cells and scripts share.

    Args:
        language: "en" or "es".
    """
    shown_in(language)
    sys.modules["__main__"] = _session


def post(topic, data):
    """Send something to the page, to those who listen to its topic.

    Args:
        topic: a text.
        data: what JSON can hold, and arrays.
    """
    from js import postFromPython

    postFromPython(json.dumps({"kind": "post", "topic": topic, "data": plain(data)}))


async def call(name, argument):
    """Call a function of this package for the page.

    Args:
        name: of a function here, or a dotted one such as "tinygrad_edu.site.playground.start".
        argument: its one argument, as JSON.

    Returns:
        JSON: {"value": what it gave}, or {"error": the text of the traceback}.
    """
    try:
        value = _function(name)(json.loads(argument))
        if inspect.isawaitable(value):
            value = await value
        return json.dumps({"value": plain(value)})
    except CodeError as error:
        return json.dumps({"error": str(error)})
    except Exception:
        return json.dumps({"error": traceback.format_exc().rstrip()})


def _function(name):
    """The function of this package that a dotted name means."""
    module, _, function = (name if "." in name else f"{__name__}.{name}").rpartition(".")
    if not module.startswith(_FIRST):
        raise ValueError(f"Expected a function of tinygrad_edu; received {name!r}.")
    return getattr(importlib.import_module(module), function)


def run(code):
    """Run code, and give what it printed.

    Raises:
        CodeError: it stopped; the text is the traceback.
    """
    with _printing() as printed:
        _run(code)
    return printed.getvalue()


class CodeError(Exception):
    """Code of the page's user stopped; its text is the traceback as far as it is the user's."""


@contextmanager
def _printing():
    """What is printed in the meantime, which the page sees as it comes."""
    output, before = _Output(), (sys.stdout, sys.stderr)
    sys.stdout = sys.stderr = output
    try:
        yield output
    finally:
        sys.stdout, sys.stderr = before
        output.send()


class _Output(io.StringIO):
    """Keeps what is printed, and posts it a few times a second."""

    def __init__(self):
        super().__init__()
        self._sent, self._when = 0, time.monotonic()

    def write(self, text):
        if self.tell() + len(text) > _MOST:
            text = ""
        written = super().write(text)
        if time.monotonic() - self._when > _PAUSE:
            self.send()
        return written

    def send(self):
        text = self.getvalue()
        if len(text) > self._sent:
            post("printed", text[self._sent :])
        self._sent, self._when = len(text), time.monotonic()


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


def _run(code):
    """Run code in the names that all cells share; the value of a last line that is an expression is given.

    Raises:
        CodeError: it stopped.
    """
    global _count
    _count += 1
    name = f"<cell {_count}>"
    linecache.cache[name] = (len(code), None, code.splitlines(keepends=True), name)  # for tracebacks
    vars(_session)["_"] = None
    try:
        _Cell(code, name).exec_module(_session)
    except BaseException as error:
        raise CodeError(_traceback(error)) from None
    return _session._


def _traceback(error):
    """The traceback of an error from the user's own first line on."""
    step = error.__traceback__
    while step is not None and not step.tb_frame.f_code.co_filename.startswith("<cell "):
        step = step.tb_next
    return "".join(traceback.format_exception(type(error), error, step)).rstrip()
