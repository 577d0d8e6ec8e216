"""The lessons run whole, in the form in which they are given to students, and both languages say the same."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import nbclient
import nbformat
import pytest

from tinygrad_edu.exercises import exercises

ROOT = Path(__file__).parent.parent
LESSONS = ROOT / "examples" / "lessons"
SOURCES = sorted(LESSONS.glob("[0-9][0-9]_*.py"))


@pytest.fixture(scope="module")
def maker():
    spec = importlib.util.spec_from_file_location("make_lessons", ROOT / ".ci" / "make_lessons.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
@pytest.mark.matrix(one_in=20, full_in=3)
def test_a_notebook_runs_from_top_to_bottom(source, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    notebook = nbformat.read(LESSONS / "en" / f"{source.stem}.ipynb", as_version=4)
    assert not any(cell.get("outputs") for cell in notebook.cells)
    nbclient.NotebookClient(notebook, timeout=120, resources={"metadata": {"path": tmp_path}}).execute()
    warned = [out for cell in notebook.cells for out in cell.get("outputs", []) if out.get("name") == "stderr"]
    assert not warned


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
@pytest.mark.matrix(one_in=20)
def test_a_script_runs_on_a_console_without_a_display_or_a_locale(source, tmp_path):
    command = [sys.executable, "-W", "error", LESSONS / "es" / source.name]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "MPLBACKEND": "Agg", "LC_ALL": "C"}
    run = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, encoding="utf-8", timeout=120)
    assert run.returncode == 0, run.stderr
    pictures = list(tmp_path.glob("lesson_*"))
    assert pictures
    assert all(path.stat().st_size > 2000 for path in pictures)


def test_what_is_given_out_follows_from_the_sources(maker):
    wanted = maker.lessons()
    assert len(wanted) == 4 * len(SOURCES)
    assert [path.name for path, text in wanted.items() if path.read_text("utf-8") != text] == []


def test_a_missing_translation_is_noticed(maker):
    text = SOURCES[0].read_text("utf-8")
    assert maker.cells_of(text)
    broken = text.replace('lang="es"', 'lang="en"', 1)
    with pytest.raises(ValueError, match="translation"):
        maker.cells_of(broken)


def test_both_languages_have_the_same_formulas_and_code(maker):
    for source in SOURCES:
        texts = [text for kind, _, text in maker.cells_of(source.read_text("utf-8")) if kind == "markdown"]
        for english, spanish in zip(texts[::2], texts[1::2]):
            assert english.count("$") == spanish.count("$"), english
            assert english.count("\n## ") == spanish.count("\n## "), english
            assert english != spanish


def test_every_lesson_names_exercises_that_are_there(maker):
    there = {exercise.name for exercise in exercises()}
    for source in SOURCES:
        texts = [text for kind, _, text in maker.cells_of(source.read_text("utf-8")) if kind == "markdown"]
        pattern = r"`tinygrad-edu exercises start (?:NAME|NOMBRE --lang es)`: ([^.]*)\."
        listed = [re.findall(pattern, text.replace("\n", " ")) for text in texts[-2:]]
        english, spanish = (re.findall(r"`(\w+)`", " ".join(names)) for names in listed)
        assert english, source.name
        assert english == spanish, source.name
        assert set(english) <= there, source.name


# The words of the courses, which every course examines.
WORDS = (
    "machine learning",
    "feature",
    "loss function",
    "cost function",
    "gradient descent",
    "learning rate",
    "hyperparameters",
    "neural network",
    "epoch",
    "momentum",
    "learning-rate schedule",
    "activation function",
    "overfitting",
)
GLOSSARIES = {"en": ROOT / "docs" / "glossary.md", "es": ROOT / "docs" / "glossary.es.md"}


def glossary(language):
    """The rows of a glossary: from a word to the word in the other language, and the lesson that the row links to."""
    row = r"^\| \*\*(.+?)\*\* \| (.+?) \| .+ \| \[(\d+)\]\(\.\./(.+?)\) \|$"
    found = re.findall(row, GLOSSARIES[language].read_text("utf-8"), re.MULTILINE)
    for word, _, number, link in found:
        path = ROOT / link
        assert path.exists() and path.parent.name == language and int(path.name[:2]) == int(number), word
    return {word: (other, f"{int(number):02}") for word, other, number, _ in found}


def prose(maker, source, language, headings=False):
    """The texts of a lesson in small letters and one line."""
    cells = maker.in_language(maker.cells_of(source.read_text("utf-8")), language)
    text = "\n".join(text for kind, text in cells if kind == "markdown")
    return " ".join((text if headings else re.sub(r"^#.*", "", text, flags=re.MULTILINE)).lower().split())


def test_both_glossaries_have_the_same_words():
    english, spanish = glossary("en"), glossary("es")
    rows = [line for line in GLOSSARIES["en"].read_text("utf-8").splitlines() if line.startswith("| **")]
    assert len(english) == len(rows) >= len(WORDS)
    assert {(en, es, lesson) for en, (es, lesson) in english.items()} == {
        (en, es, lesson) for es, (en, lesson) in spanish.items()
    }
    assert set(WORDS) <= english.keys()


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_word_of_the_glossary_first_appears_in_its_lesson(maker, language):
    lessons = {}
    for source in SOURCES:
        cells = maker.in_language(maker.cells_of(source.read_text("utf-8")), language)
        lessons[source.name[:2]] = " ".join(
            " ".join(text for kind, text in cells if kind == "markdown").split()
        ).lower()
    for word, (_, lesson) in glossary(language).items():
        found = [number for number, text in lessons.items() if re.search(rf"\b{word.lower()}\b", text)]
        assert found[:1] == [lesson], word


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_words_of_the_courses_are_set_off_where_they_first_appear(maker, language):
    lessons = [prose(maker, source, language) for source in SOURCES]
    for english in WORDS:
        word = english if language == "en" else glossary("en")[english][0]
        first = next(text for text in lessons if word in text)
        assert first[: first.index(word)].endswith("*"), word


def test_spanish_has_one_word_for_one_thing(maker):
    text = " ".join(prose(maker, source, "es") for source in SOURCES)
    others = ("atributo", "momento ", "trueque", "una y otra vez", "hace la media", "vuelta a los datos")
    known = text.replace("también se dice *momento* o *impulso*", "")
    assert [other for other in others if other in known] == []
