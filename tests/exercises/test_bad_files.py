"""Whatever a student's file does: one clear line for its exercise, and nothing of the student's is lost or changed."""

import json
import sys

import pytest

from tinygrad_edu.common.language import LANGUAGES
from tinygrad_edu.exercises import find, judge_file
from tinygrad_edu.exercises.language import table

RIGHT = "def derivative(x):\n    return x / 3\n"


def inside(body):
    return "def derivative(x):\n" + "".join(f"    {line}\n" for line in body.splitlines()) + "    return x / 3\n"


PARABOLA = find("parabola")

# What a file does, and the key of the line that it gets.
CASES = {
    "nothing": ("", "missing_function"),
    "another name": ("def slope(x):\n    return x / 3\n", "missing_function"),
    "no function": ("derivative = 3\n", "not_a_function"),
    "syntax": ("def derivative(x)\n    return x / 3\n", "syntax"),
    "null byte": ("def derivative(x):\n    return x / 3\n\0", "syntax"),
    "import": ("import no_such_library\n" + RIGHT, "raised"),
    "raises at import": ("print(undefined)\n" + RIGHT, "raised"),
    "raises": (inside("[][1]"), "raised"),
    "wrong arguments": ("def derivative(self, x):\n    return x / 3\n", "wrong_arguments"),
    "recursion": (inside("return derivative(x)"), "recursion"),
    "sys.exit": (inside("import sys\nsys.exit(0)"), "exits"),
    "quit at import": ("raise SystemExit\n" + RIGHT, "exits"),
    "input": (inside("input('x? ')"), "asks"),
    "os._exit": (inside("import os\nos._exit(0)"), "ended"),
    "closes everything": (inside("import os\nos.closerange(0, 100)"), "ended"),
    "prints a flood": (inside("while True:\n    print('x' * 1000)"), "output"),
    "catches everything": (
        inside("while True:\n    try:\n        print('x' * 10**6)\n    except Exception:\n        pass"),
        "output",
    ),
    "reads a file": (inside("open('/etc/hostname')"), "opens_files"),
    "reads its own answer": (inside(f"open({str(PARABOLA.solutions[0])!r})"), "opens_files"),
    "writes a file": (inside("open('mine.txt', 'w')"), "opens_files"),
    "lists a folder": (inside("import os\nos.listdir('/')"), "opens_files"),
    "removes a file": (inside("import os\nos.remove('/tmp/x')"), "opens_files"),
    "makes a folder": (inside("import os\nos.mkdir('/tmp/never')"), "opens_files"),
    "network": (inside("import socket\nsocket.create_connection(('127.0.0.1', 9))"), "network"),
    "a page": (inside("import urllib.request\nurllib.request.urlopen('http://localhost:9')"), "network"),
    "a program": (inside("import subprocess\nsubprocess.run(['true'])"), "programs"),
    "a shell": (inside("import os\nos.system('true')"), "programs"),
    "a fork": (inside("import os\nos.fork()"), "programs"),
    "kills": (inside("import os\nos.kill(os.getppid(), 0)"), "programs"),
    "C": (inside("import ctypes\nctypes.CDLL(None)"), "programs"),
    "text": ("def derivative(x):\n    return 'x/3'\n", "wrong_type"),
    "a set": ("def derivative(x):\n    return {x / 3}\n", "wrong_type"),
    "a class": ("def derivative(x):\n    return object\n", "wrong_type"),
    "complex": ("def derivative(x):\n    return x / 3 + 0j\n", "wrong_type"),
    "true": ("def derivative(x):\n    return True\n", "wrong_type"),
    "nothing back": ("def derivative(x):\n    x / 3\n", "none"),
    "another shape": ("def derivative(x):\n    return [x / 3]\n", "wrong_shape"),
    "a deep list": (
        "def derivative(x):\n    out = x / 3\n    for _ in range(5000):\n        out = [out]\n    return out\n",
        "nested",
    ),
    "an answer in itself": ("d = {}\nd['d'] = d\ndef derivative(x):\n    return d\n", "nested"),
    "a long text": ("def derivative(x):\n    return 'x' * 10**8\n", "wrong_type"),
    "a long list": ("def derivative(x):\n    return [x] * 10**6\n", "wrong_type"),
    "an exception that exits": (
        inside("class E(Exception):\n    def __str__(self):\n        raise SystemExit\nraise E"),
        "raised",
    ),
    "^ for **": ("def derivative(x):\n    return x^2 / 6\n", "caret"),
    "^ of arrays": ("import numpy as np\ndef derivative(x):\n    return np.ones(2)^2\n", "caret"),
    "if an array": (inside("import numpy as np\nif np.ones(3) > 0:\n    pass"), "array_truth"),
    "math of an array": (inside("import math\nimport numpy as np\nmath.exp(np.ones(3))"), "one_number"),
    "shapes that do not fit": (inside("import numpy as np\nnp.ones(3) + np.ones(4)"), "shapes"),
    "np.dot that does not fit": (inside("import numpy as np\nnp.dot(np.ones((2, 3)), np.ones((4, 2)))"), "shapes"),
    "@ that does not fit": (inside("import numpy as np\nnp.ones((2, 3)) @ np.ones((4, 2))"), "inner_sizes"),
    "an endless answer": ("import itertools\ndef derivative(x):\n    return itertools.count()\n", "wrong_shape"),
    "nan": ("import numpy as np\ndef derivative(x):\n    return np.nan * x\n", "not_finite"),
    "a long answer": ("import numpy as np\ndef derivative(x):\n    return np.zeros(10**7)\n", "wrong_type"),
}
if sys.platform == "linux":
    CASES["memory"] = (inside("big = bytearray(10**11)"), "memory")
    CASES["segmentation"] = (
        inside("import numpy as np\nnp.lib.stride_tricks.as_strided(np.zeros(1), (10**12,), (8,)).sum()"),
        "ended",
    )


def check(tmp_path, source, seconds=20, **_):
    file = tmp_path / "01_parabola.py"
    file.write_bytes(source if isinstance(source, bytes) else source.encode("utf-8"))
    before = file.read_bytes(), sorted(tmp_path.iterdir())
    verdict = judge_file(PARABOLA, file, seconds)
    assert (file.read_bytes(), sorted(tmp_path.iterdir())) == before
    return verdict


@pytest.mark.parametrize(("source", "key"), CASES.values(), ids=CASES)
@pytest.mark.matrix(one_in=6)
def test_a_bad_file_gets_its_line(tmp_path, source, key):
    verdict = check(tmp_path, source)
    assert verdict.failure and verdict.failure.key == key, verdict.reason()
    assert key in table() and not verdict.ok
    for language in LANGUAGES:
        reason = verdict.reason(language)
        assert "``" not in reason and " 0 " not in reason
        assert "\n" not in reason and "?" not in reason.replace("is a `return` missing?", "").replace(
            "¿falta un `return`?", ""
        ).replace("x? ", "")


def test_an_endless_loop_is_stopped(tmp_path):
    verdict = check(tmp_path, inside("while True:\n    pass"), seconds=1)
    assert verdict.failure.key == "too_slow"
    assert [result.passed for result in verdict.results] == [False, None, None, None]


@pytest.mark.full
def test_an_endless_loop_that_catches_all_is_stopped(tmp_path):
    source = inside(
        "while True:\n    try:\n        while True:\n            pass\n    except BaseException:\n        pass"
    )
    assert check(tmp_path, source, seconds=1).failure.key == "too_slow"


def test_one_bad_function_costs_only_its_own_checks(tmp_path):
    file = tmp_path / "descent_step.py"
    file.write_text("def step(w, gradient, learning_rate):\n    return w - learning_rate * gradient\n", "utf-8")
    verdict = judge_file(find("descent_step"), file, 20)
    assert [result.passed for result in verdict.results] == [True, True, False, False]
    assert verdict.failure.key == "missing_function"


@pytest.mark.parametrize(
    ("content", "key"), [(None, "cannot_read"), (b"x = '\xff'\n", "not_utf8"), (b"#" * 2**21, "file_too_long")]
)
def test_what_is_no_python_text(tmp_path, content, key):
    file = tmp_path / "parabola.py"
    if content is not None:
        file.write_bytes(content)
    assert judge_file(PARABOLA, file).failure.key == key


def test_a_byte_order_mark_is_no_mistake(tmp_path):
    assert check(tmp_path, b"\xef\xbb\xbf" + RIGHT.encode()).ok


# -- nothing makes a wrong answer right ------------------------------------------------------------------

WRONG = "def derivative(x):\n    return x / 6\n"
FORGED = json.dumps({"value": 1.0, "printed": "", "passed": 4, "of": 4, "ok": True})
CHEATS = {
    "prints a verdict": f"print({FORGED!r})\n{WRONG}",
    "writes to every descriptor": (
        f"import os\nfor i in range(3, 20):\n    try:\n        os.write(i, {FORGED!r}.encode() + b'\\n')\n"
        f"    except OSError:\n        pass\n{WRONG}"
    ),
    "patches gradcheck": f"import tinygrad_edu as tg\ntg.gradcheck = lambda *a, **k: True\n{WRONG}",
    "patches the checks": (
        "import tinygrad_edu.exercises as e\nimport sys\nfor m in list(sys.modules.values()):\n"
        "    for name in ('compare', 'judge', 'same', 'gradient'):\n"
        f"        if hasattr(m, name):\n            setattr(m, name, lambda *a, **k: True)\n{WRONG}"
    ),
    "patches numpy": f"import numpy as np\nnp.allclose = np.isclose = lambda *a, **k: True\n{WRONG}",
    "equal to everything": (
        "class Right(float):\n    def __eq__(self, other):\n        return True\n"
        "    def __sub__(self, other):\n        return 0.0\n    __rsub__ = __sub__\n"
        "def derivative(x):\n    return Right(7)\n"
    ),
    "defines the checks": f"def check_number(student):\n    pass\ncheck_gradient = check_number\n{WRONG}",
    "overwrites names": f"np = tg = student = compare = exercise = None\n__name__ = '__main__'\n{WRONG}",
    "ends well": f"import atexit, os\natexit.register(lambda: os._exit(0))\n{WRONG}",
    "asks the check": "import sys\ndef derivative(x):\n    return sys._getframe(2).f_locals.get('expected', 0.0)\n",
}


@pytest.mark.parametrize("source", CHEATS.values(), ids=CHEATS)
@pytest.mark.matrix(one_in=3)
def test_a_cheat_does_not_score(tmp_path, source):
    verdict = check(tmp_path, source)
    assert not verdict.ok
    assert verdict.results[0].passed is False


def test_escape_codes_do_not_reach_the_terminal(tmp_path):
    verdict = check(tmp_path, inside("raise ValueError('\\x1b[2J\\x07gone')"))
    assert "\x1b" not in verdict.reason() and "gone" in verdict.reason()


def test_what_is_printed_is_shown(tmp_path):
    verdict = check(tmp_path, inside("print('x is', x)"))
    assert verdict.ok and verdict.printed.startswith("x is 1.5\n")


def test_libraries_may_be_imported(tmp_path):
    pytest.importorskip("matplotlib")
    assert check(tmp_path, "import random, json, statistics\nimport numpy.linalg\nimport tinygrad_edu.nn\n" + RIGHT).ok
