"""The Python side of the page: it runs in the browser, in a worker, and the page calls its functions by name.

What goes to the page and comes from it is JSON. What is printed goes there as it is printed, under the topic "printed".
"""

import base64
import importlib
import inspect
import io
import json
import os
import sys
import traceback

from ..common.language import language as shown_in
from ..common.plain import plain
from .session import CodeError, begin, printing, run_code
from .texts import say

_NO_PLOTS = "This page was made without plots. Made with --plots, it draws them here."
_FIRST = "tinygrad_edu."  # only functions of this package are called


def start(language):
    """Make everything ready: the page's language, and the names that cells and scripts share.

    Args:
        language: "en" or "es".
    """
    shown_in(language)
    # As of a notebook that shows figures by itself: see `cell`.
    os.environ["MPLBACKEND"] = "module://matplotlib.backends.backend_agg"
    begin()


def post(topic, data):
    """Send something to the page, to those who listen to its topic.

    Args:
        topic: a text.
        data: what JSON can hold, and arrays.
    """
    from js import postFromPython

    postFromPython(json.dumps({"kind": "post", "topic": topic, "data": plain(data)}))


def _post_printed(text):
    post("printed", text)


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
    with printing(_post_printed) as printed:
        run_code(code)
    return printed.getvalue()


def cell(code):
    """Run a cell of a lesson, as a notebook does.

    Returns:
        {"ok": whether it ran to its end, "outputs": [{"kind", "data"}, …]}: what it printed, its figures, and the value
        of its last line; of kind "text", "html", "svg", "png" (in base64), "note" or "error".
    """
    outputs, ok = [], True
    with printing(_post_printed) as printed:
        try:
            value = run_code(code)
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
