"""The code of a notebook: its cells, as Python can run them outside a notebook."""

import json
import re

SUFFIX = ".ipynb"
_IPYTHON = re.compile(r"^\s*[%!?]|^\s*[\w.]+\?{1,2}\s*$")  # %magic, !command, ?name and name?


class NoNotebook(ValueError):  # noqa: N818
    """A file that is named as a notebook and is none."""


def cells_of(source):
    """The code cells of a notebook, each as a list of lines; what only IPython understands is left blank.

    Args:
        source: the text of the file, JSON.

    Raises:
        NoNotebook: it is none.

    Example:
        >>> cells_of('{"cells": [{"cell_type": "code", "source": ["!pip list\\\\n", "x = 1"]}]}')
        [['', 'x = 1']]
    """
    try:
        cells = json.loads(source)["cells"]
        texts = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise NoNotebook from None
    return [[] if text.lstrip().startswith("%%") else _python(text.splitlines()) for text in texts]


def _python(lines):
    return ["" if _IPYTHON.search(line) else line for line in lines]


def parts_of(path, source):
    """The Python texts that a file consists of: itself, or the cells of a notebook with their lines numbered on."""
    if not path.lower().endswith(SUFFIX):
        return [source]
    parts, before = [], 0
    for lines in cells_of(source):
        parts.append("\n" * before + "\n".join(lines) + "\n")
        before += len(lines)
    return parts


def text_of(path, source):
    """The Python text of a file or a notebook, whose lines messages number."""
    if not path.lower().endswith(SUFFIX):
        return source
    try:
        return "\n".join(line for lines in cells_of(source) for line in lines)
    except NoNotebook:
        return ""
