"""docs/design.md keeps its word: its sessions give what it shows, and a program has what it says training asks of one.

What it says of the rooms is compared with the package in test_house.py.
"""

import ast
import doctest
import re
from pathlib import Path

import numpy as np
import pytest
from test_readme import blocks

from tinygrad_edu.common.random import seed
from tinygrad_edu.nn.settings import clear_session
from tinygrad_edu.replay import trace

ROOT = Path(__file__).parent.parent
DESIGN = (ROOT / "docs" / "design.md").read_text("utf-8")
TRAINING = [path.read_text("utf-8") for path in (ROOT / "tinygrad_edu" / "nn" / "training").glob("*.py")]


def sessions(text):
    """The sessions of a Markdown text as one, with their lines where they stand."""
    lines = [""] * (text.count("\n") + 1)
    for line, code in blocks(text, "pycon"):
        lines[line : line + code.count("\n")] = code.splitlines()
    return "\n".join(lines) + "\n"


def differences(text):
    """What the sessions of a text give that they do not show, in words; and the number of their statements."""
    clear_session()
    seed(0)
    test = doctest.DocTestParser().get_doctest(sessions(text), {}, "design.md", "docs/design.md", 0)
    report = []
    doctest.DocTestRunner(optionflags=doctest.ELLIPSIS, verbose=False).run(test, out=report.append)
    return "".join(report), len(test.examples)


def asked_of_a_program(text):
    """The names in the table under the heading "What training asks of a program"."""
    section = text.partition("## What training asks of a program\n")[2].partition("\n#")[0]
    return set(re.findall(r"^\| `(\w+)", section, re.MULTILINE))


def read_of_programs(sources):
    """The attributes that are read on anything called `program`."""
    return {
        node.attr
        for source in sources
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute) and ast.unparse(node.value).rpartition(".")[2] == "program"
    }


def test_the_sessions_give_what_is_shown():
    found, count = differences(DESIGN)
    assert found == ""
    assert count > 30
    assert blocks(DESIGN, "python") == []  # which this would not run


def test_training_asks_for_what_is_said():
    assert asked_of_a_program(DESIGN) == read_of_programs(TRAINING)
    program = trace(lambda t: t * 2, np.ones(2))
    assert [name for name in asked_of_a_program(DESIGN) if not hasattr(program, name)] == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("(array([ 7., 16.])", "(array([ 7., 15.])"),
        ("['matmul', 'add', 'power', 'mean']", "['matmul', 'add', 'mean']"),
        ("gradient of b: g * a", "gradient of b: g * b"),
        (">>> loss.backward()\n", ""),
        ("np.sin(t, out=sin)", "np.cos(t, out=sin)"),
    ],
)
def test_a_wrong_session_is_noticed(old, new):
    assert DESIGN.count(old) == 1
    assert differences(DESIGN.replace(old, new))[0] != ""


def test_another_protocol_is_noticed():
    shorter = DESIGN.replace("| `results` |", "| results |")
    assert asked_of_a_program(shorter) == asked_of_a_program(DESIGN) - {"results"}
    assert read_of_programs(["self.program.run(x)\nprogram.held = other.run_epoch"]) == {"run", "held"}
