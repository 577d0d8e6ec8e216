"""Checks where there are no processes, as in a browser: the student's file runs in this one, with the same verdicts."""

import sys

import pytest
from test_folders import MUTANTS, SOLUTIONS, expected_key, names

from tinygrad_edu.exercises import find, judge_file


@pytest.fixture(autouse=True)
def no_processes(monkeypatch):
    monkeypatch.setattr(sys, "platform", "emscripten")
    monkeypatch.setattr("subprocess.Popen", None)


@pytest.mark.parametrize(("exercise", "path"), SOLUTIONS, ids=names(SOLUTIONS))
@pytest.mark.full
def test_a_right_answer_passes(exercise, path):
    assert judge_file(exercise, path).reason() == ""


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("exercise", "path"), MUTANTS, ids=names(MUTANTS))
@pytest.mark.full
def test_a_wrong_answer_is_refused_for_the_right_reason(exercise, path):
    assert judge_file(exercise, path).failure.key == expected_key(path)


@pytest.mark.parametrize(
    ("code", "key"),
    [
        ("def derivative(x:", "syntax"),
        ("1 / 0", "raised"),
        ("raise SystemExit", "exits"),
        ("def other(x): return x", "missing_function"),
        ("def derivative(x):\n    while True:\n        print('flood' * 1000)", "output"),
        ("def derivative(x):\n    raise KeyboardInterrupt", "exits"),
        ("def derivative(x):\n    return derivative(x)", "recursion"),
    ],
)
def test_a_file_that_stops_is_refused(code, key, tmp_path):
    path = tmp_path / "parabola.py"
    path.write_text(code)
    verdict = judge_file(find("parabola"), path)
    assert verdict.failure.key == key
    assert len(verdict.results) == len(find("parabola").checks)


def test_what_the_file_prints_is_kept_and_shown_nowhere_else(tmp_path, capsys):
    path = tmp_path / "parabola.py"
    path.write_text("print('once')\n\ndef derivative(x):\n    print('called')\n    return x / 3\n")
    verdict = judge_file(find("parabola"), path)
    assert verdict.ok and verdict.printed.startswith("once\ncalled\n")
    assert capsys.readouterr().out == ""


def test_a_missing_file_costs_its_own_points(tmp_path):
    assert judge_file(find("parabola"), tmp_path / "none.py").failure.key == "cannot_read"
