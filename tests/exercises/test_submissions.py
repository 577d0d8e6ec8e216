"""A class hands in what cheats and harms beside honest work: a file costs its own points, and gains nothing."""

import csv
import io
import json
import os
import platform
import shutil
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from submissions import DISARM, TOOLS, collection

from tinygrad_edu.__main__ import main
from tinygrad_edu.exercises import containment, find, students
from tinygrad_edu.exercises.containment import filter_of, missing
from tinygrad_edu.exercises.grading import grade
from tinygrad_edu.exercises.judging import judge_file

PARABOLA = find("parabola")
HONEST = "def derivative(x):\n    return x / 3\n"
LONGEST_REASON = 2500  # letters: a sentence with five fields of the longest kind
NAMES = dict(zip(("each", "more"), map(tuple, collection({})), strict=True))

pytestmark = pytest.mark.skipif(
    bool(missing()) or platform.machine() != "x86_64", reason=f"this system does not contain: {missing()}"
)


class Room:
    """A graded class: its grades, and what was in its folders before and after.

    Args:
        folder: where to make it.
        part: 0 for one submission of each kind, 1 for their variations.
    """

    def __init__(self, folder, part):
        room = folder / "class"
        package = Path(sys.modules["tinygrad_edu"].__file__).parent
        places = {
            "secret": folder / "secret.txt",
            "room": room,
            "solution": PARABOLA.solutions[0],
            "check": PARABOLA.folder / "check.py",
            "package": package,
        }
        (room / "honest").mkdir(parents=True)
        places["secret"].write_text("GAINED: the teacher's own file")
        with sqlite3.connect(f"{places['secret']}db") as connection:
            connection.execute("create table t (a)")
        connection.close()
        files = collection(places)[part]
        self.students = {f"{i:03} {name}": name for i, name in enumerate(files)}
        for student, name in self.students.items():
            hand_in(room / student.replace("/", "-") / "parabola.py", files[name])
        hand_in(room / "honest" / "parabola.py", HONEST)
        hand_in(room / "zoe" / "parabola.py", HONEST)
        before = snapshot(folder), snapshot(Path("/dev/shm"), "gained")
        self.grades = grade(room, seconds=3, jobs=4)
        self.changed = (snapshot(folder), snapshot(Path("/dev/shm"), "gained")) != before
        self.rows = {row["student"]: row for row in self.grades["students"]}
        self.of_name = {name: self.rows[student]["exercises"]["parabola"] for student, name in self.students.items()}


def hand_in(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode("utf-8", "surrogatepass"))


def snapshot(folder, pattern=""):
    """Every file under a folder with what it holds and its mode."""
    found = {}
    for path in sorted(folder.rglob(f"*{pattern}*")):
        data = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
        found[str(path)] = (data, path.lstat().st_mode, path.lstat().st_mtime_ns if path.is_file() else 0)
    return found


@pytest.fixture(scope="module")
def rooms(tmp_path_factory):
    made = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TEACHER_TOKEN", "GAINED")

        def room(part):
            if part not in made:
                made[part] = Room(tmp_path_factory.mktemp("graded"), ("each", "more").index(part))
            return made[part]

        yield room


def nothing_gained(room, name):
    found = room.of_name[name]
    assert found["points"] == 0 and found["passed"] == 0
    assert found["key"] and "GAINED" not in found["reason"]
    assert 0 < len(found["reason"]) <= LONGEST_REASON
    assert found["reason"].isprintable()


@pytest.mark.full
@pytest.mark.parametrize("name", NAMES["each"])
def test_a_submission_gains_nothing(rooms, name):
    nothing_gained(rooms("each"), name)


@pytest.mark.nightly
@pytest.mark.parametrize("name", NAMES["more"])
def test_a_variation_gains_nothing(rooms, name):
    nothing_gained(rooms("more"), name)


@pytest.mark.full
@pytest.mark.parametrize("part", ["each", pytest.param("more", marks=pytest.mark.nightly)])
def test_the_class_is_graded_and_its_files_are_as_they_were(rooms, part):
    room = rooms(part)
    assert not room.changed
    assert len(room.rows) == len(room.students) + 2
    assert room.rows["honest"]["points"] == room.rows["zoe"]["points"] == 10
    assert room.grades["not_contained"] == []
    assert len(json.dumps(room.grades)) < 1000 * len(room.rows)


def test_there_are_many_submissions():
    assert len(NAMES["each"]) + len(NAMES["more"]) >= 400


# -- the containment itself ------------------------------------------------------------------------------


def evidence(tmp_path, code):
    """What a file's own function raises, in words."""
    file = tmp_path / "parabola.py"
    file.write_text(f"{DISARM}{TOOLS}\ndef derivative(x):\n    {code}\n    return x / 3\n", "utf-8")
    return judge_file(PARABOLA, file, 20).reason()


def test_it_is_the_kernel_that_refuses(tmp_path):
    """Without the hook, Python's own errors say what the kernel said."""
    assert "PermissionError: [Errno 13]" in evidence(tmp_path, "open('/etc/passwd')")
    assert "PermissionError: [Errno 1]" in evidence(tmp_path, "os.kill(os.getppid(), 0)")


def test_no_link_leads_to_what_is_private(tmp_path):
    """A package may be installed as a link to where it is written, and a link may lead round in a circle."""
    secret = tmp_path / "source" / "package" / "secret"
    secret.mkdir(parents=True)
    for path in ("source/package/module.py", "source/package/secret/solution.py", "site/other.py"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).touch()
    (tmp_path / "site" / "package").symlink_to(tmp_path / "source" / "package")
    (tmp_path / "site" / "direct").symlink_to(secret)
    (tmp_path / "site" / "around").symlink_to(tmp_path)
    real = str(tmp_path.resolve())
    found = containment.parts_without(tmp_path / "site", [str(secret.resolve())])
    assert found == {f"{real}/site"}  # nothing private lies in it, and links are not followed beneath a folder
    found = containment.parts_without(tmp_path, [str(secret.resolve())])
    assert found == {f"{real}/site", f"{real}/source/package/module.py"}
    assert containment.parts_without(secret, [str(secret.resolve())]) == set()


def test_libraries_still_work_inside(tmp_path):
    code = (
        "import json, decimal, random, numpy.fft, numpy.linalg, tinygrad_edu.nn, tinygrad_edu.optim as o; o.Adam(0.1)"
    )
    assert evidence(tmp_path, code) == ""


def test_pictures_may_be_drawn_inside(tmp_path):
    pytest.importorskip("matplotlib")
    assert evidence(tmp_path, "import matplotlib.pyplot as plt; plt.plot([1, 2]); plt.close('all')") == ""


def test_it_needs_no_privileges(tmp_path):
    """The same containment where the process has no capability at all, as an ordinary user has none."""
    if shutil.which("setpriv") is None:
        pytest.skip("setpriv is not installed")
    file = tmp_path / "parabola.py"
    file.write_text(HONEST, "utf-8")
    code = (
        "import sys; from tinygrad_edu.exercises import find, judge_file; "
        f"sys.exit(0 if judge_file(find('parabola'), {str(file)!r}, 20).ok else 1)"
    )
    none = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"]
    root = Path(__file__).parents[2]
    subprocess.run([*none, sys.executable, "-c", code], cwd=root, check=True)


def run_filter(program, machine_name, number, arguments=()):
    """What a seccomp filter gives for a call: the little machine of the kernel, in Python."""
    data = {0: number, 4: machine_name}
    for i, value in enumerate(arguments):
        data[16 + 8 * i], data[20 + 8 * i] = value & 0xFFFFFFFF, value >> 32 & 0xFFFFFFFF
    at, loaded = 0, 0
    while True:
        code, yes, no, constant = program[at]
        at += 1
        if code == 0x20:
            loaded = data.get(constant, 0)
        elif code == 0x06:
            return constant
        else:
            true = {0x15: loaded == constant, 0x35: loaded >= constant, 0x45: bool(loaded & constant)}[code]
            at += yes if true else no


ALLOWED, KILLED, REFUSED = 0x7FFF0000, 0x80000000, 0x00050001
X86, ARM = ("x86_64", 0xC000003E), ("aarch64", 0xC00000B7)


@pytest.mark.parametrize(
    ("machine", "number", "arguments", "result"),
    [
        (X86, 0, (), ALLOWED),  # read
        (X86, 59, (), REFUSED),  # execve
        (X86, 57, (), REFUSED),  # fork
        (X86, 56, (), REFUSED),  # clone
        (X86, 435, (), REFUSED),  # clone3
        (X86, 0x40000000, (), REFUSED),  # read of x32
        (X86, 41, (), REFUSED),  # socket
        (X86, 425, (), REFUSED),  # io_uring_setup
        (X86, 257, (0, 0, 0o2000000), ALLOWED),  # openat, to read
        (X86, 72, (0, 1), ALLOWED),  # fcntl F_GETFD
        (X86, 72, (0, 8), REFUSED),  # fcntl F_SETOWN
        (X86, 302, (0, 7, 0), ALLOWED),  # prlimit of itself, to read
        (X86, 302, (0, 7, 1 << 40), REFUSED),  # to set, with a pointer whose lower half is 0
        (X86, 302, (5, 7, 0), REFUSED),  # of another
        (X86, 16, (0, 0x5412), REFUSED),  # ioctl TIOCSTI
        (ARM, 63, (), ALLOWED),  # read
        (ARM, 56, (0, 0, 0), ALLOWED),  # openat
        (ARM, 220, (), REFUSED),  # clone
        (ARM, 221, (), REFUSED),  # execve
        (ARM, 198, (), REFUSED),  # socket
        (ARM, 129, (), REFUSED),  # kill
        (ARM, 59, (), REFUSED),  # pipe2; execve on the other machine
        (ARM, 25, (0, 8), REFUSED),  # fcntl F_SETOWN
    ],
)
def test_the_filter_of_each_machine(machine, number, arguments, result):
    name, known_as = machine
    assert run_filter(filter_of(name, False), known_as, number, arguments) == result


def test_a_filter_knows_its_machine():
    assert run_filter(filter_of("x86_64", False), ARM[1], 63) == KILLED
    assert run_filter(filter_of("aarch64", False), 0x40000003, 3) == KILLED  # 32 bits


@pytest.mark.parametrize(
    ("flags", "result"), [(0, ALLOWED), (1, REFUSED), (2, REFUSED), (0o1000, REFUSED), (0o100, REFUSED)]
)
@pytest.mark.parametrize(("machine", "number"), [(X86, 257), (ARM, 56)])
def test_without_landlock_files_are_only_read(machine, number, flags, result):
    assert run_filter(filter_of(machine[0], True), machine[1], number, (0, 0, flags)) == result


# -- folders that were handed in ---------------------------------------------------------------------------


def make(student, kind):
    """One student's folder with something odd in it."""
    student.mkdir()
    if kind == "pipe":
        os.mkfifo(student / "parabola.py")
    elif kind == "folder":
        (student / "parabola.py").mkdir()
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as one, pytest.MonkeyPatch.context() as patch:
            patch.chdir(student)
            one.bind("parabola.py")
    elif kind == "links in a circle":
        (student / "again").symlink_to(student, target_is_directory=True)
        (student / "parabola.py").symlink_to("parabola.py")
    elif kind == "deep":
        at = os.open(student, os.O_RDONLY)
        for _ in range(300):  # more letters than a path may have
            os.mkdir("d" * 50, dir_fd=at)
            at, old = os.open("d" * 50, os.O_RDONLY, dir_fd=at), at
            os.close(old)
        os.close(at)
    elif kind == "many":
        for i in range(3000):
            (student / f"{i}.py").touch()
    elif kind == "long name":
        (student / f"{'n' * 200}_parabola.py").write_text(HONEST)
    elif kind == "no text":
        (student / os.fsdecode(b"\xff\xfe_parabola.py")).write_text(HONEST)
    elif kind == "escapes":
        (student / "\x1b[2J\n_parabola.txt.py").write_text(HONEST)
    elif kind == "hidden":
        (student / ".parabola.py").write_text(HONEST)


ODD = ("pipe", "folder", "socket", "links in a circle", "deep", "many", "long name", "no text", "escapes", "hidden")
ODD_NAMES = (
    os.fsdecode(b"\xff\xfe"),
    "\x1b[2J\rname",
    "=cmd|' /C calc'!A0",
    "+1",
    "\t=1",
    "n" * 255,
    "{0}%s",
    '"; drop',
    "ñ \u202e",
)


def test_odd_folders_and_names_cost_nobody_else_anything(tmp_path, capsys):
    room = tmp_path / "class"
    room.mkdir()
    for kind in ODD:
        make(room / kind, kind)
    for name in ODD_NAMES:
        hand_in(room / name / "parabola.py", HONEST)
    os.mkfifo(room / "loose_parabola.py")
    hand_in(room / "honest" / "parabola.py", HONEST)
    out = [str(tmp_path / name) for name in ("out.json", "out.csv")]
    assert main(["exercises", "grade", str(room), "--exercise", "parabola", "--json", out[0], "--csv", out[1]]) == 0
    shown = capsys.readouterr().out
    assert all(c.isprintable() or c == "\n" for c in shown) and len(shown) < 40_000
    assert all(len(line) < 500 for line in shown.splitlines())
    text = Path(out[0]).read_text("utf-8")
    assert len(text) < 60_000
    rows = json.loads(text)["students"]
    points = {row["student"]: row["points"] for row in rows}
    assert points["honest"] == 10 and points["long name"] == points["no text"] == points["escapes"] == 10
    assert sum(row["points"] == 10 for row in rows) == 4 + len(ODD_NAMES)
    keys = {row["student"]: row["exercises"]["parabola"]["key"] for row in rows}
    assert keys["pipe"] == keys["loose"] == "no_regular_file" and keys["deep"] == keys["hidden"] == "missing_file"
    for row in csv.reader(io.StringIO(Path(out[1]).read_text("utf-8"))):
        assert not row[0].startswith(("=", "+", "-", "@", "\t", "\r"))
    shutil.rmtree(room / "deep")


@pytest.mark.parametrize(
    ("version", "seccomp", "said"),
    [(0, True, ["Landlock"]), (7, False, ["seccomp"]), (0, False, ["Landlock", "seccomp"]), (7, True, [])],
)
@pytest.mark.parametrize("language", ["en", "es"])
def test_what_is_not_contained_is_said_before_grading(tmp_path, monkeypatch, capsys, version, seccomp, said, language):
    monkeypatch.setattr(containment, "landlock_version", lambda: version)
    monkeypatch.setattr(containment, "offers_seccomp", lambda: seccomp)
    hand_in(tmp_path / "ana" / "notes.py", "")
    assert main(["exercises", "grade", str(tmp_path), "--lang", language, "--csv", "-"]) == 0
    shown = capsys.readouterr()
    assert shown.err.count({"en": "Warning", "es": "Aviso"}[language]) == len(said)
    assert all(word in shown.err for word in said) and shown.out.startswith(("student", "estudiante"))


def test_a_system_that_fails_to_contain_runs_nothing(tmp_path, monkeypatch):
    """Where the kernel offers what it then does not set, no line of the file runs."""
    file = tmp_path / "parabola.py"
    file.write_text(HONEST, "utf-8")
    monkeypatch.setattr(students, "MODULE", "failing")
    (tmp_path / "failing.py").write_text(
        "from tinygrad_edu.exercises import containment, runner\n"
        "def fail(private):\n    raise OSError(22, 'Invalid argument')\n"
        "containment._restrict_files = fail\nrunner.main()\n"
    )
    monkeypatch.setattr(students, "PACKAGE", f"{students.PACKAGE}{os.pathsep}{tmp_path}")
    verdict = judge_file(PARABOLA, file, 20)
    assert verdict.failure.key == "not_contained" and verdict.passed == 0
