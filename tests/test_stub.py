"""The stub of Tensor: fresh, complete, and what mypy makes of a script that uses it."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SCRIPT = ROOT / ".ci" / "make_stub.py"

# mypy must complain about the lines that end in "# wrong", and about no other.
USER_SCRIPT = """
from typing import Any, assert_type

import numpy as np

import tinygrad_edu as tg
from tinygrad_edu import Tensor

x = np.ones((4, 2))
w = Tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True, name="w")

assert_type(w.sum(axis=0), Tensor)
assert_type(w.sum(axis=(0, 1), keepdims=True), Tensor)
assert_type(w @ w.T, Tensor)
assert_type(x @ w, Tensor)
assert_type(np.float64(2) * w, Tensor)
assert_type(2 * w, Tensor)
assert_type(2 - w / 3, Tensor)
assert_type([1.0, 2.0, 3.0] + w, Tensor)
assert_type(-w, Tensor)
assert_type(abs(w) ** 2, Tensor)
assert_type(w > 0, Tensor)
assert_type(w == 0, Tensor)
assert_type(w[0], Tensor)
assert_type(w.relu(), Tensor)
assert_type(w.T.reshape(3, 2), Tensor)
assert_type(w.split(2), list[Tensor])
assert_type([row for row in w], list[Tensor])
assert_type(w.shape, tuple[int, ...])
assert_type(w.item(), float)
assert_type(w.name, str | None)
assert_type(w.inputs, tuple[Tensor, ...])
(x @ w).relu().mean().backward()
np.exp(w).sum().backward()
w.data -= 0.1 * w.grad
w.data[0, 0] = 1.0
with tg.no_grad():
    frozen = w.detach()


@tg.no_grad()
def evaluated(t: Tensor) -> Tensor:
    return t.softmax()


w.smu()  # wrong
w.relu(1, 2, 3)  # wrong
w[0] = 1.0  # wrong
w.shape = (3, 2)  # wrong
w.sum(axes=0)  # wrong
w.sum().backwards()  # wrong
(x @ w).smu()  # wrong
Tensor([1.0], gradient=True)  # wrong
w.softmax(keepdims=True)  # wrong
"""


def run(*command, **environment):
    return subprocess.run(
        [sys.executable, *map(str, command)], capture_output=True, text=True, cwd=ROOT, env=os.environ | environment
    )


@pytest.fixture(scope="module")
def make_stub():
    """The generator as a module."""
    spec = importlib.util.spec_from_file_location("make_stub", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_stub_is_fresh():
    done = run(SCRIPT, "--check")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("old", ["relu", "__radd__", "call", "requires_grad", "keepdims"])
@pytest.mark.matrix(one_in=3)
def test_a_stale_stub_is_told_with_a_diff(make_stub, monkeypatch, tmp_path, capsys, old):
    stale = tmp_path / "tensor.pyi"
    stale.write_text(make_stub.STUB.read_text("utf-8").replace(old, "something_else"), "utf-8")
    monkeypatch.setattr(make_stub, "STUB", stale)
    assert make_stub.main(["--check"]) == 1
    printed = capsys.readouterr()
    assert re.search(r"^-.*something_else", printed.out, re.M)
    assert re.search(rf"^\+.*{old}", printed.out, re.M)
    assert "make_stub.py" in printed.err
    make_stub.main([])
    assert make_stub.main(["--check"]) == 0


def test_a_new_op_is_in_the_stub():
    """Declared in a fresh interpreter, an op shows up with its parameters, its operator and its first sentence."""
    code = f"""
import sys; sys.path.insert(0, {str(SCRIPT.parent)!r})
import make_stub
from tinygrad_edu.engine.op import primitive
@primitive(lambda g, out, a, b, power: g, operator="lshift", sample=lambda rng: [((1.0, 2.0), {{}})])
def nudge(a, b, power=2.5):
    '''Moves a towards b. And more.'''
    return a + b
print(make_stub.stub())
"""
    done = run("-c", code)
    assert done.returncode == 0, done.stderr
    line = "(self, b: Any, power: float = 2.5) -> Tensor:\n" + " " * 8 + '"""Moves a towards b."""'
    for name in ("nudge", "__lshift__"):
        assert f"    def {name}{line}" in done.stdout


@pytest.mark.full
def test_mypy_sees_every_method_and_no_other(tmp_path):
    pytest.importorskip("mypy")
    script = tmp_path / "script.py"
    script.write_text(USER_SCRIPT, "utf-8")
    quiet = ["--config-file=", "--follow-imports=silent", "--no-error-summary", f"--cache-dir={tmp_path / 'cache'}"]
    done = run("-m", "mypy", *quiet, script, MYPYPATH=str(ROOT))
    assert done.stderr == ""
    found = {int(line) for line in re.findall(r"^\S*script\.py:(\d+): error", done.stdout, re.M)}
    wrong = {i for i, line in enumerate(USER_SCRIPT.splitlines(), 1) if line.endswith("# wrong")}
    assert found == wrong, done.stdout


def test_every_method_of_a_tensor_is_in_the_stub():
    code = """
import ast, pathlib, types
import tinygrad_edu
from tinygrad_edu.engine.tensor import Tensor
tree = ast.parse(pathlib.Path(tinygrad_edu.__file__).parent.joinpath("engine", "tensor.pyi").read_text("utf-8"))
stub = next(node for node in tree.body if isinstance(node, ast.ClassDef))
listed = {node.name for node in stub.body if isinstance(node, ast.FunctionDef)}
members = {name for name, value in vars(Tensor).items() if isinstance(value, (types.FunctionType, property))}
print(sorted(members - listed))
"""
    done = run("-c", code)
    # Two that only raise or that NumPy's types would misread.
    assert done.stdout.strip() == "['__array__', '__setitem__']", done.stdout + done.stderr
