"""Writes the lessons: from one bilingual source each, a notebook and a plain script in English and in Spanish.

A source, examples/lessons/NN_name.py, is a script in cells ("percent format", read by jupytext). Code is shared; a text
cell says its language: `# %% [markdown] lang="en"` and, next to it, `# %% [markdown] lang="es"`. The words in the code
(what it prints, names of axes and curves, comments) have their Spanish in examples/lessons/es.json; the names of the
library, which stay as they are, are listed there too. What is written has no outputs, and opens in Colab from a badge.

    python .ci/make_lessons.py            write examples/lessons/en and examples/lessons/es
    python .ci/make_lessons.py --check    exit with 1 when one of them is stale, or a text lacks its translation
"""

import json
import sys
import tomllib
from pathlib import Path

import jupytext
import nbformat

from tinygrad_edu.site.translating import translated_code

ROOT = Path(__file__).resolve().parents[1]
LESSONS = ROOT / "examples" / "lessons"
LANGUAGES = ("en", "es")
KERNEL = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
BADGE = "[![Colab](https://colab.research.google.com/assets/colab-badge.svg)]({})"
CELL = {"markdown": nbformat.v4.new_markdown_cell, "code": nbformat.v4.new_code_cell}
INSTALLS = {
    "en": "In Colab: installs the package. Elsewhere it is there already.",
    "es": "En Colab instala el paquete. En otros sitios ya está.",
}
INSTALL = """\
# {}
import importlib.util

if importlib.util.find_spec("tinygrad_edu") is None:
    %pip install -q "tinygrad-edu[viz] @ git+{}"
"""
SPANISH = """\
import tinygrad_edu

tinygrad_edu.language("es")"""
WORDS = json.loads((LESSONS / "es.json").read_text("utf-8"))


def sources():
    """The bilingual sources, in the order of the course."""
    return sorted(LESSONS.glob("[0-9][0-9]_*.py"))


def cells_of(source):
    """The cells of a source: (kind, language or None, text).

    Raises:
        ValueError: a text is not followed by its translation.
    """
    cells = [(c.cell_type, c.metadata.get("lang"), c.source) for c in jupytext.reads(source, fmt="py:percent").cells]
    languages = [language for kind, language, _ in cells if kind == "markdown"]
    if languages != list(LANGUAGES) * (len(languages) // 2):
        raise ValueError(f"each text needs its translation next to it, {' then '.join(LANGUAGES)}: {languages}")
    return cells


def in_language(cells, language):
    """The cells that a reader of this language gets: (kind, text). The first code of a Spanish lesson says so."""
    own = [(kind, text) for kind, spoken, text in cells if spoken in (None, language)]
    if language == "en":
        return own
    first = [kind for kind, _ in own].index("code")
    own = [(kind, translated_code(text, WORDS) if kind == "code" else text) for kind, text in own]
    return [*own[:first], ("code", SPANISH), *own[first:]]


def notebook(cells, address, install):
    """The text of a notebook that begins with the badge and the cell that installs."""
    cells = [("markdown", BADGE.format(address)), ("code", install), *cells]
    made = [CELL[kind](text, id=f"cell-{i}") for i, (kind, text) in enumerate(cells)]
    return nbformat.writes(nbformat.v4.new_notebook(cells=made, metadata=KERNEL), indent=1) + "\n"


def script(cells):
    """The text of a plain script: what is said stands as comments."""
    plain = {"jupytext": {"notebook_metadata_filter": "-all"}}
    made = nbformat.v4.new_notebook(cells=[CELL[kind](text) for kind, text in cells], metadata=plain)
    return jupytext.writes(made, fmt="py:nomarker")


def lessons():
    """The files that belong into the two folders: a dict from path to text."""
    repository = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["urls"]["Repository"]
    colab = repository.replace("https://github.com", "https://colab.research.google.com/github")
    found = {}
    for source in sources():
        try:
            cells = cells_of(source.read_text("utf-8"))
            by_language = {language: in_language(cells, language) for language in LANGUAGES}
        except ValueError as error:
            raise SystemExit(f"{source.name}: {error}") from None
        for language, own in by_language.items():
            path = LESSONS / language / f"{source.stem}.ipynb"
            address = f"{colab}/blob/main/{path.relative_to(ROOT).as_posix()}"
            found[path] = notebook(own, address, INSTALL.format(INSTALLS[language], repository).strip())
            found[path.with_suffix(".py")] = script(own)
    return found


def main():
    """Write the files, or compare them."""
    wanted = lessons()
    there = {path for language in LANGUAGES for path in (LESSONS / language).glob("*") if path.is_file()}
    stale = [p for p, text in wanted.items() if p not in there or p.read_text("utf-8") != text]
    stale += sorted(there - wanted.keys())
    if "--check" in sys.argv:
        if stale:
            raise SystemExit(f"Stale: {', '.join(p.name for p in stale)}. Run: python .ci/make_lessons.py")
        return
    for path in there - wanted.keys():
        path.unlink()
    for path, text in wanted.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
