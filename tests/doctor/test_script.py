"""`tinygrad-edu doctor script.py`, and the section of a report."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import keras
from tinygrad_edu.__main__ import main
from tinygrad_edu.doctor import look
from tinygrad_edu.doctor.commands import run
from tinygrad_edu.keras.layers import Dense, Input

SCRIPT = """\
import sys
import numpy as np
import tinygrad_edu as tg
from tinygrad_edu import keras

tg.random.seed(0)
x = np.random.default_rng(0).normal(size=(200, 3))
y = (x[:, 0] > 0).astype(int)
for last in ("sigmoid", {last!r}):
    model = keras.Sequential([keras.layers.Dense(16, activation="relu"), keras.layers.Dense(1, activation=last)])
    model.compile(keras.optimizers.Adam(0.02), "binary_crossentropy")
    model.fit(x, y, epochs=20, verbose=0)
{end}
"""


def script(folder, last, end=""):
    path = folder / "training.py"
    path.write_text(SCRIPT.format(last=last, end=end), "utf-8")
    return path


@pytest.mark.filterwarnings("ignore:The last layer")
def test_the_last_fit_of_a_script_is_diagnosed(tmp_path, capsys):
    found = run(script(tmp_path, "softmax"))
    assert [(f.kind, f.place) for f in found] == [("output_activation", 1)]
    assert "Softmax over one unit" in capsys.readouterr().out


def test_a_script_that_is_well_ends_with_0(tmp_path, capsys):
    assert main(["doctor", str(script(tmp_path, "sigmoid", "print(sys.argv[1:]); sys.exit(7)")), "a", "b"]) == 0
    text = capsys.readouterr().out
    assert "['a', 'b']" in text
    assert "nothing to complain of" in text


@pytest.mark.filterwarnings("ignore:The last layer")
def test_the_command_speaks_spanish_and_ends_with_1(tmp_path, capsys):
    assert main(["doctor", str(script(tmp_path, "softmax")), "--lang", "es"]) == 1
    text = capsys.readouterr().out
    assert "Softmax sobre una sola unidad" in text
    assert "README.es.md#output_activation" in text


def test_a_script_that_fails_after_its_fit_is_diagnosed(tmp_path, capsys):
    found = run(script(tmp_path, "sigmoid", "1 / 0"))
    assert found.ok
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_scripts_without_a_fit_and_none_at_all(tmp_path, capsys):
    path = tmp_path / "none.py"
    path.write_text("print('hello')", "utf-8")
    assert run(path) is None
    assert "no fit" in capsys.readouterr().out
    path.write_text("1 / 0", "utf-8")
    with pytest.raises(ZeroDivisionError):
        run(path)
    with pytest.raises(SystemExit) as end:
        main(["doctor", str(tmp_path / "missing.py")])
    assert end.value.code == 2


def test_what_a_script_changes_in_sys_is_put_back(tmp_path):
    arguments, folders = list(sys.argv), list(sys.path)
    run(script(tmp_path, "sigmoid"), ["x"])
    assert (sys.argv, sys.path) == (arguments, folders)


def test_it_runs_as_a_command(tmp_path):
    command = [sys.executable, "-m", "tinygrad_edu", "doctor", script(tmp_path, "sigmoid")]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, capture_output=True, encoding="utf-8", env=environment, timeout=120)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ["README.md", "README.es.md"])
def test_the_code_of_the_pages_runs(name):
    text = (Path(__file__).parents[2] / "docs" / "doctor" / name).read_text("utf-8")
    [code] = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-W", "error", "-c", code]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", env=environment, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "output_activation 1 Softmax" in done.stdout


def test_a_trained_model_is_looked_at_without_training():
    tg.random.seed(0)
    x = np.random.default_rng(0).normal(size=(200, 2))
    model = keras.Sequential([Input((2,)), Dense(4, activation="relu"), Dense(1, activation="sigmoid")])
    model.compile("adam", "mse")
    history = model.fit(x, 20 + x[:, 0], epochs=2, verbose=0)
    before = model.get_weights()
    found = look(model, x, 20 + x[:, 0], history)
    assert [(f.kind, f.place) for f in found] == [("output_activation", 1)]
    assert all((a == b).all() for a, b in zip(before, model.get_weights()))
    assert "without training anything" in str(found)
