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
