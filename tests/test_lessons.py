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
@pytest.mark.matrix(one_in=10)
def test_a_notebook_runs_from_top_to_bottom(source, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    notebook = nbformat.read(LESSONS / "en" / f"{source.stem}.ipynb", as_version=4)
    assert not any(cell.get("outputs") for cell in notebook.cells)
    nbclient.NotebookClient(notebook, timeout=120, resources={"metadata": {"path": tmp_path}}).execute()
    warned = [out for cell in notebook.cells for out in cell.get("outputs", []) if out.get("name") == "stderr"]
    assert not warned


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
@pytest.mark.matrix(one_in=10)
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


# The words of the courses: English, Spanish, and the lesson that says what they mean.
WORDS = {
    "machine learning": ("aprendizaje automático", "01"),
    "feature": ("característica", "01"),
    "loss function": ("función de pérdida", "01"),
    "cost function": ("función de coste", "01"),
    "gradient descent": ("descenso de gradiente", "01"),
    "learning rate": ("tasa de aprendizaje", "01"),
    "hyperparameters": ("hiperparámetros", "01"),
    "neural network": ("red neuronal", "01"),
    "epoch": ("época", "02"),
    "momentum": ("momentum", "03"),
    "learning-rate schedule": ("programación de la tasa de aprendizaje", "04"),
    "activation function": ("función de activación", "05"),
    "overfitting": ("sobreajuste", "08"),
}


def prose(maker, source, language):
    """The texts of a lesson without its headings, in one line."""
    cells = maker.in_language(maker.cells_of(source.read_text("utf-8")), language)
    text = "\n".join(text for kind, text in cells if kind == "markdown")
    return " ".join(re.sub(r"^#.*", "", text, flags=re.MULTILINE).split())


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_words_of_the_courses_are_defined_where_they_first_appear(maker, language):
    lessons = {source.name[:2]: prose(maker, source, language) for source in SOURCES}
    for english, (spanish, lesson) in WORDS.items():
        word = english if language == "en" else spanish
        first = next((number for number, text in lessons.items() if word in text.lower()), None)
        assert first == lesson, (word, first)
        before = lessons[first][: lessons[first].lower().index(word)]
        assert before.endswith("*"), f"{word!r} of lesson {first} is not set off as a new word: …{before[-40:]}{word}"


def test_spanish_has_one_word_for_one_thing(maker):
    text = " ".join(prose(maker, source, "es") for source in SOURCES).lower()
    others = ("atributo", "momento ", "trueque", "una y otra vez", "hace la media", "vuelta a los datos")
    known = text.replace("también se dice *momento* o *impulso*", "")
    assert [other for other in others if other in known] == []
