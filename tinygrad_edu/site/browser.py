"""The Python side of the page: it runs in the browser, in a worker, and the page calls its functions by name.

What goes to the page and comes from it is JSON. What is printed goes there as it is printed, under the topic "printed".
"""

import ast
import base64
import importlib
import importlib.abc
import inspect
import io
import json
import linecache
import os
import sys
import time
import traceback
import types
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from ..common.language import language as shown_in
from ..common.plain import plain
from ..exercises.language import say as words
from .contents import OWN
from .texts import say

_NO_PLOTS = "This page was made without plots. Made with --plots, it draws them here."
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
    os.environ["MPLBACKEND"] = "agg"  # figures go to the page as pictures
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


def cell(code):
    """Run a cell of a lesson, as a notebook does.

    Returns:
        {"ok": whether it ran to its end, "outputs": [{"kind", "data"}, …]}: what it printed, its figures, and the value
        of its last line; of kind "text", "html", "svg", "png" (in base64), "note" or "error".
    """
    outputs, ok = [], True
    with _printing() as printed:
        try:
            value = _run(code)
        except CodeError as error:
            value, ok = None, error.missing == "matplotlib"
            kind, text = ("note", say(_NO_PLOTS)) if ok else ("error", str(error))
            outputs.append({"kind": kind, "data": text})
    if text := printed.getvalue():
        outputs.insert(0, {"kind": "text", "data": text})
    return {"ok": ok, "outputs": outputs + _figures(value) + _shown(value)}


def _figures(value):
    """The open figures of pyplot, where there is one, and a figure that is the value of a cell."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is None:
        return []
    figures = [pyplot.figure(number) for number in pyplot.get_fignums()]
    if hasattr(value, "savefig") and hasattr(value, "canvas") and value not in figures:
        figures.append(value)
    pyplot.close("all")
    return [{"kind": "png", "data": picture_of(figure)} for figure in figures]


def picture_of(figure):
    """A figure of matplotlib as PNG in base64."""
    memory = io.BytesIO()
    figure.savefig(memory, format="png", dpi=110)
    return base64.b64encode(memory.getvalue()).decode("ascii")


def _shown(value):
    """A value as a notebook shows it, in a list; of a figure, which is shown already, and of None nothing."""
    if value is None or hasattr(value, "savefig") and hasattr(value, "canvas"):
        return []
    if hasattr(value, "_repr_mimebundle_"):
        bundle = value._repr_mimebundle_()
        found = [
            ("svg", bundle.get("image/svg+xml")),
            ("html", bundle.get("text/html")),
            ("text", bundle["text/plain"]),
        ]
    else:
        found = [("html", value._repr_html_()) if hasattr(value, "_repr_html_") else ("text", repr(value))]
    return [{"kind": kind, "data": data} for kind, data in found if data][:1]


def check(asked):
    """Run the checks of an exercise on a student's code.

    Args:
        asked: {"name": of the exercise, "own": whether it is one of a teacher's own, "code": the text}.

    Returns:
        {"ok", "passed", "of", "summary": a sentence, "results": [{"title", "passed", "why"}, …], "printed", "picture":
        in base64 where the exercise draws one and can}.
    """
    from ..exercises import find, judge_file

    exercise = find(asked["name"], Path(__file__).parents[2] / OWN if asked["own"] else None)
    language, text = shown_in(), exercise.text(shown_in())
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"{exercise.name}.py"
        path.write_text(asked["code"], "utf-8")
        exercise.module  # noqa: B018 read now, so that the student's seconds are the student's
        post("checking", exercise.name)
        verdict = judge_file(exercise, path)
    key = "all_passed" if verdict.ok else "some_passed"
    title = f"{exercise.number} {text.title}"
    summary = words(key, language, title=title, passed=verdict.passed, of=len(verdict.results))
    said, results = set(), []
    for result in verdict.results:
        why = verdict.why(result, language) if result.passed is False else ""
        results.append(
            {"title": verdict.title(result, language), "passed": result.passed, "why": "" if why in said else why}
        )
        said.add(why)
    return {
        **{"ok": verdict.ok, "passed": verdict.passed, "of": len(results), "summary": summary},
        **{"results": results, "printed": verdict.printed},
    }


class CodeError(Exception):
    """Code of the page's user stopped; its text is the traceback as far as it is the user's.

    Attributes:
        missing: the name of the package that was not there, where that is why.
    """

    missing = None


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
        stopped = CodeError(_traceback(error))
        stopped.missing = _missing(error)
        raise stopped from None
    return _session._


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
