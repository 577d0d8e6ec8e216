"""The command line of the exercises: as a student types it, and as a teacher does."""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tinygrad_edu.__main__ import main
from tinygrad_edu.exercises import exercises, find
from tinygrad_edu.exercises.progress import FILE, FOLDER

RIGHT = "def derivative(x):\n    return x / 3\n"
HALF = "def derivative(x):\n    return x / 6\n"
ROOT = Path(__file__).parents[2]


@pytest.fixture
def student(tmp_path, monkeypatch, capsys):
    """Types a command in an empty folder; gives the status and what was printed."""
    monkeypatch.chdir(tmp_path)
    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    monkeypatch.setenv("COLUMNS", "80")

    def types(*words):
        try:
            status = main(["exercises", *words])
        except SystemExit as stop:
            status = stop.code
        shown = capsys.readouterr()
        return status, shown.out + shown.err

    return types


def folder_of(*names):
    return Path(FOLDER).joinpath(*names)


def test_list_shows_every_exercise(student):
    status, shown = student("list")
    assert status == 0
    assert f"0 of {len(exercises())}" in shown
    for exercise in exercises():
        assert exercise.name in shown
    assert "tinygrad-edu exercises start parabola" in shown
    assert not folder_of().exists()


def test_start_check_hint_solution(student):
    status, shown = student("start", "parabola")
    assert status == 0 and "x²/6" in shown and str(folder_of("01_parabola.py")) in shown
    started = folder_of("01_parabola.py").read_text("utf-8")
    assert started.startswith('"""The derivative of a parabola') and "def derivative(x):" in started
    status, shown = student("check", "parabola")
    assert status == 1 and "not written yet" in shown and "hint parabola" in shown
    folder_of("01_parabola.py").write_text(HALF, "utf-8")
    status, shown = student("check")
    assert status == 1 and "half of what is right" in shown and "✗" in shown
    assert "(1/4)" in student("list")[1]
    assert "Hint 1 of 3" in student("hint", "parabola")[1]
    assert "Hint 2 of 3" in student("hint", "parabola")[1]
    assert "Hint 3 of 3" in student("hint", "parabola")[1]
    assert "solution parabola" in student("hint", "parabola")[1]
    assert student("solution", "parabola") == (0, RIGHT)
    folder_of("01_parabola.py").write_text(RIGHT, "utf-8")
    status, shown = student("check", "1")
    assert status == 0 and "4 of 4" in shown and "start numeric_derivative" in shown
    assert "✓ 01" in student("list")[1]


def test_start_never_overwrites(student):
    student("start", "parabola")
    folder_of("01_parabola.py").write_text(RIGHT, "utf-8")
    status, shown = student("start", "parabola")
    assert status == 0 and "stays as it is" in shown
    assert folder_of("01_parabola.py").read_text("utf-8") == RIGHT


def test_another_folder(student):
    status, shown = student("start", "parabola", "--to", "my work")
    assert "--folder 'my work'" in shown and Path("my work/01_parabola.py").is_file()
    assert student("check", "parabola", "--folder", "my work")[0] == 1
    os.chdir("my work")
    assert student("check")[0] == 1


def test_a_file_anywhere(student, tmp_path):
    Path("elsewhere").mkdir()
    file = Path("elsewhere/parabola.py")
    file.write_text(RIGHT, "utf-8")
    assert student("check", str(file))[0] == 0
    assert os.listdir("elsewhere") == ["parabola.py"] and not folder_of().exists()


def test_spanish_is_remembered(student):
    assert "La derivada de una parábola" in student("start", "parabola", "--lang", "es")[1]
    assert "aún no está escrita" in student("check")[1]
    assert "Pista 1 de 3" in student("hint", "1")[1]
    assert "not written yet" in student("check", "--lang", "en")[1]


def test_the_language_of_the_locale_is_remembered_by_start(student, monkeypatch):
    monkeypatch.setenv("LANG", "es_ES.UTF-8")
    student("start", "parabola")
    monkeypatch.setenv("LANG", "C")
    assert "aún no está escrita" in student("check")[1]
    assert "parábola" in student("start", "parabola")[1]
    assert "parabola" in student("start", "parabola", "--lang", "en")[1]
    assert "not written yet" in student("check")[1]


def test_spanish_by_locale(student, monkeypatch):
    monkeypatch.setenv("LANG", "es_MX.UTF-8")
    assert "Ejercicios hechos" in student("list")[1]
    assert "todos los ejercicios" in student("--help")[1]
    assert "No hay un ejercicio nada" in student("start", "nada")[1]


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["start", "--help"], "uso: tinygrad-edu exercises start [-h]"),
        (["start", "--help"], "argumentos: nombre"),
        (["grade", "--help"], "opciones: -h, --help muestra esta ayuda"),
        (["start"], "faltan: nombre"),
        (["check", "--seconds", "dos"], "argumento --seconds: valor no válido: 'dos'"),
        (["check", "--seconds"], "debe seguirle un valor"),
        (["list", "--lang", "fr"], "opción no válida: 'fr'. Elige entre 'en', 'es'"),
        (["grade", ".", "--exerc", "1"], "--exerc podría ser --exercises, --exercise"),
    ],
)
def test_the_words_of_argparse_are_spanish_too(student, monkeypatch, words, text):
    monkeypatch.setenv("LANG", "es_ES.UTF-8")
    shown = " ".join(student(*words)[1].split())
    assert text in shown
    assert not {"usage:", "options:", "positional", "argument", "required", "invalid", "expected"} & set(shown.split())


def test_json_for_a_machine(student):
    student("start", "parabola")
    folder_of("01_parabola.py").write_text(HALF, "utf-8")
    status, shown = student("check", "--json")
    (found,) = json.loads(shown)
    assert status == 1 and found["key"] == "not_halved" and found["passed"] == 1 and found["points"] == 2.5


def test_a_picture(student):
    pytest.importorskip("matplotlib")
    student("start", "parabola")
    assert "when all checks pass" in student("check", "--picture")[1]
    folder_of("01_parabola.py").write_text(RIGHT, "utf-8")
    assert "check parabola --picture" in student("check")[1]
    status, shown = student("check", "--picture")
    assert status == 0 and "Drew" in shown, shown
    assert folder_of("01_parabola.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["start", "dance"], "no exercise dance"),
        (["check", "parabola"], "start parabola"),
        (["check"], "No exercise is started"),
        (["check", "dance.py"], "no exercise dance.py"),
        (["check", "--seconds", "0"], "--seconds"),
        (["list", "--exercises", "nowhere"], "no exercises in nowhere"),
        (["grade", "nowhere"], "no folder nowhere"),
        (["grade", "."], "no submissions"),
        (["check", "dance.ipynb"], "no exercise dance"),
        (["dance"], "invalid choice"),
    ],
)
def test_a_wrong_command_is_explained(student, words, text):
    status, shown = student(*words)
    assert status == 2 and text in " ".join(shown.split())


def test_a_folder_that_cannot_be_written(student):
    Path("file").write_text("")
    status, shown = student("start", "parabola", "--to", "file")
    assert status == 2 and "Cannot write" in shown


@pytest.mark.parametrize("content", ["", "[]", "{", '{"made_by": "tinygrad-edu", "exercises": 3}'])
def test_a_damaged_progress_file_costs_only_the_progress(student, content):
    student("start", "parabola")
    folder_of(FILE).write_text(content, "utf-8")
    assert student("list")[0] == 0
    assert student("check")[0] == 1
    assert json.loads(folder_of(FILE).read_text("utf-8"))["exercises"]["parabola"]["of"] == 4


@pytest.mark.parametrize("columns", ["30", "60", "200"])
def test_lines_fit_the_terminal(student, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", columns)
    student("start", "parabola")
    for words in (["list"], ["check"], ["hint", "1"]):
        for line in student(*words)[1].splitlines():
            assert len(line) <= min(int(columns), 88) or line.startswith("    tinygrad-edu")


def test_as_a_command(tmp_path):
    run = subprocess.run(
        [sys.executable, "-m", "tinygrad_edu", "exercises", "start", "2", "--lang", "es"],
        **{"cwd": tmp_path, "capture_output": True, "encoding": "utf-8", "check": True},
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
    )
    assert "diferencia central" in run.stdout and (tmp_path / FOLDER / "02_numeric_derivative.py").is_file()


# -- grading ---------------------------------------------------------------------------------------------


def hand_in(path, source):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source, "utf-8")


@pytest.mark.full
def test_grade_a_class(student, tmp_path):
    room = tmp_path / "class"
    hand_in(room / "ana" / "01_parabola.py", RIGHT)
    hand_in(room / "ana" / "deep" / "batches.py", find("batches").solutions[1].read_text("utf-8"))
    hand_in(room / "=bert" / "parabola.py", HALF)
    hand_in(room / "carla_01_parabola.py", "import os\nos._exit(0)\n")
    hand_in(room / "dan_parabola.py", "def derivative(x):\n    while True:\n        pass\n")
    hand_in(room / "eva.py", RIGHT)
    hand_in(room / "notes.txt", "no submission")
    (room / "empty").mkdir()
    before = {path: path.read_bytes() for path in room.rglob("*") if path.is_file()}
    status, shown = student("grade", "class", "--json", "out.json", "--csv", "out.csv", "--seconds", "2")
    assert status == 0 and "half of what is right" in shown
    assert {path: path.read_bytes() for path in room.rglob("*") if path.is_file()} == before
    grades = json.loads(Path("out.json").read_text("utf-8"))
    assert grades["exercises"] == ["parabola", "batches"]
    points = {row["student"]: row["points"] for row in grades["students"]}
    assert points == {"ana": 20, "=bert": 2.5, "carla": 0, "dan": 0, "eva": 0, "empty": 0}
    keys = {row["student"]: row["exercises"]["parabola"]["key"] for row in grades["students"]}
    assert keys == {
        "ana": "",
        "=bert": "not_halved",
        "carla": "ended",
        "dan": "too_slow",
        "eva": "missing_file",
        "empty": "missing_file",
    }
    assert "eva.py" in next(row for row in grades["students"] if row["student"] == "eva")["problems"][0]
    table = list(csv.reader(io.StringIO(Path("out.csv").read_text("utf-8"))))
    assert table[0] == ["student", "parabola", "batches", "total"]
    assert ["'=bert", "2.5", "0", "2.5"] in table and ["ana", "10.0", "10.0", "20.0"] in table


def test_grade_one_exercise(student, tmp_path):
    hand_in(tmp_path / "class" / "ana.py", RIGHT)
    hand_in(tmp_path / "class" / "bert.py", HALF)
    status, shown = student("grade", "class", "--exercise", "parabola", "--points", "4", "--csv", "-")
    assert status == 0 and shown == "student,parabola,total\nana,4.0,4.0\nbert,1.0,1.0\n"


def test_files_that_were_not_checked_are_named(student, tmp_path):
    room = tmp_path / "class"
    hand_in(room / "ana" / "01_parabola.py", RIGHT)
    hand_in(room / "ana" / "deep" / "parabola.py", HALF)
    hand_in(room / "ana" / "__MACOSX" / "._parabola.py", "")
    hand_in(room / "ana" / "parabola.png", "")
    hand_in(room / "ana_parabola.py", HALF)
    hand_in(room / "bert" / "parabola.docx", "")
    hand_in(room / "bert" / "progress.txt", "")
    hand_in(room / "bert" / FILE, "")
    hand_in(room / "carla" / "homework.py", RIGHT)
    hand_in(room / "carla" / "parabla.py", RIGHT)
    hand_in(room / "carla" / "Parábola (1).py", RIGHT)
    status, _ = student("grade", "class", "--exercise", "parabola", "--json", "out.json")
    rows = {row["student"]: row for row in json.loads(Path("out.json").read_text("utf-8"))["students"]}
    assert {name: row["points"] for name, row in rows.items()} == {"ana": 10, "bert": 0, "carla": 0}
    told = [problem.partition(": ") for row in rows.values() for problem in row["problems"]]
    assert [(str(Path(file).as_posix()), text.split()[0:4]) for file, _, text in told] == [
        ("ana/deep/parabola.py", ["a", "second", "file", "for"]),
        ("ana_parabola.py", ["a", "second", "file", "for"]),
        ("bert/parabola.docx", ["this", "is", "no", ".py"]),
        ("bert/progress.txt", ["no", "exercise", "has", "the"]),
        ("carla/Parábola (1).py", ["no", "exercise", "has", "the"]),
        ("carla/homework.py", ["no", "exercise", "has", "the"]),
        ("carla/parabla.py", ["no", "exercise", "has", "the"]),
    ]
    assert [text.endswith("Is it parabola?") for file, _, text in told[4:]] == [True, False, True]
    assert status == 0


def notebook(*cells):
    """The text of a notebook with these code cells, and words between them."""
    words = {"cell_type": "markdown", "metadata": {}, "source": ["def derivative(x):\n", "    return 7"]}
    made = [{"cell_type": "code", "source": cell.splitlines(keepends=True), "outputs": []} for cell in cells]
    return json.dumps({"cells": [cell for one in made for cell in (words, one)], "nbformat": 4, "metadata": {}})


def test_the_code_cells_of_a_notebook_are_graded(student, tmp_path):
    room = tmp_path / "class"
    used = ["!pip install tinygrad-edu\n%matplotlib inline\nimport numpy as np", RIGHT, "derivative?\nderivative(3)"]
    hand_in(room / "ana" / "01_parabola.ipynb", notebook(*used))
    hand_in(room / "bert" / "parabola.ipynb", notebook("from google.colab import files", HALF, "%%bash\nls"))
    hand_in(room / "carla_parabola.ipynb", notebook("x = 1\n", "y = 1\n1 / 0\ndef derivative(x):\n    return x / 3"))
    hand_in(room / "dan" / "parabola.ipynb", "{}")
    hand_in(room / "eva" / "parabola.ipynb", notebook("a = 1\nb = 2", "def derivative(x):\n    return undefined"))
    hand_in(room / "fay" / "parabola.ipynb", notebook("import sys\nsys.exit()", RIGHT))
    student("grade", "class", "--json", "out.json")
    rows = {row["student"]: row for row in json.loads(Path("out.json").read_text("utf-8"))["students"]}
    found = {name: row["exercises"]["parabola"] for name, row in rows.items()}
    assert {name: one["points"] for name, one in found.items()} == {
        **{"ana": 10, "bert": 2.5, "carla": 0, "dan": 0, "eva": 0, "fay": 0},
    }
    assert found["bert"]["key"] == "not_halved" and found["dan"]["key"] == "no_notebook"
    assert found["carla"]["reason"] == "Line 3 stopped with ZeroDivisionError: division by zero. `1 / 0`"
    assert found["eva"]["reason"].startswith("Line 4 stopped with NameError") and found["fay"]["key"] == "exits"
    assert not any(row["problems"] for row in rows.values())
    assert student("check", "class/ana/01_parabola.ipynb")[0] == 0


def test_other_exercises_are_no_problem_of_the_chosen_one(student, tmp_path):
    hand_in(tmp_path / "class" / "ana" / "parabola.py", RIGHT)
    hand_in(tmp_path / "class" / "ana" / "05_batches.py", "")
    student("grade", "class", "--exercise", "parabola", "--json", "out.json")
    assert json.loads(Path("out.json").read_text("utf-8"))["students"][0]["problems"] == []


def test_links_are_not_followed(student, tmp_path):
    hand_in(tmp_path / "class" / "ana" / "parabola.py", RIGHT)
    (tmp_path / "class" / "bert").mkdir()
    try:
        (tmp_path / "class" / "bert" / "parabola.py").symlink_to(tmp_path / "class" / "ana" / "parabola.py")
    except OSError:
        pytest.skip("no links on this system")
    student("grade", "class", "--json", "out.json")
    bert = json.loads(Path("out.json").read_text("utf-8"))["students"][1]
    assert bert["exercises"]["parabola"]["key"] == "missing_file" and "link" in bert["problems"][0]
