"""CONTRIBUTING.md is right: what it says is done, in a copy of the project, and nothing that it says can be left out.

Under each heading "Add …" the blocks are steps, in order:

- after a path and a colon, a block is written into that file: at its end, "below" a line, or as a new file;
- "the files of the example in docs/exercises.md" are written into the folder that is named;
- a command that runs a generator is run;
- the other Python, and the commands of pytest, are the checks of what was added.

Commands that need real Keras, and what follows them in their section, are for the tests marked `peers` and `nightly`.
"""

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import NamedTuple

import matrices
import pytest
from test_readme import blocks

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["pytest"]["ini_options"]
EXAMPLE = (ROOT / "docs" / "exercises.md").read_text("utf-8")
COPIED = ("tinygrad_edu", "tests", "examples", "docs", ".ci", "pyproject.toml", "README.md", "README.es.md")


# -- reading ----------------------------------------------------------------------------------------------


class Step(NamedTuple):
    """One thing to do: write a block into a file, run a command, or run Python."""

    kind: str  # "write", "generate", "pytest", "keras" or "python"
    text: str
    path: str = ""
    below: str = ""  # the line below which the block goes; empty for the end of the file


def sections(text):
    """By heading, the text of every section "## Add …"."""
    parts = re.split(r"^## (Add .*)\n", text, flags=re.MULTILINE)[1:]
    return {title: body.partition("\n## ")[0] for title, body in zip(parts[::2], parts[1::2])}


def steps_of(section, example=EXAMPLE):
    """The steps of a section, in order."""
    found, lines = [], section.splitlines()
    if folder := re.search(r"the\s+example\s+in\s+\[docs/exercises.md\]\S+\s+go\s+into\s+`([^`]+)/`", section):
        found = [step._replace(path=f"{folder[1]}/{step.path.partition('/')[2]}") for step in steps_of(example, "")]
    for line, code in blocks(section, "python", "text", "markdown", "sh"):
        fence = lines[line - 1]
        before = "\n".join(lines[: line - 1]).rstrip().rpartition("\n\n")[2]
        if fence == "```sh":
            found += [command_step(command) for command in code.splitlines()]
        elif path := re.search(r"`([^`\s]+/[^`\s]+\.\w+)`(?:[^`]*\bbelow `([^`]+)`)?:$", before):
            found.append(Step("write", code, path[1], path[2] or ""))
        elif fence == "```python":
            found.append(Step("python", code))
    return found


def command_step(command):
    words = command.split()
    kind = "keras" if words[0].startswith("KERAS_BACKEND=") else "pytest" if words[0] == "pytest" else "generate"
    return Step(kind, command)


SECTIONS = {title: steps_of(section) for title, section in sections(TEXT).items()}


def without_keras(steps):
    """The steps to the last check before the first that needs real Keras."""
    kinds = [step.kind for step in steps]
    if "keras" in kinds:
        steps = steps[: kinds.index("keras")]
        while steps[-1].kind in ("write", "generate"):
            steps = steps[:-1]
    return steps


def mutants(*, of_keras):
    """The sections with a step left out: those that the checks without Keras see, or the others."""
    for title, steps in SECTIONS.items():
        for i, step in enumerate(steps):
            late = i >= len(without_keras(steps))
            if step.kind not in ("python", "pytest") and step.text in TEXT and late == of_keras:
                yield pytest.param([*steps[:i], *steps[i + 1 :]], id=f"{title}: without {step.path or step.text}")


# -- doing ------------------------------------------------------------------------------------------------


@pytest.fixture
def copy(tmp_path):
    """A folder with a copy of the project, which goes with the test."""
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "images"))
        else:
            shutil.copy(source, tmp_path / name)
    yield tmp_path
    for name in COPIED:
        shutil.rmtree(tmp_path / name, ignore_errors=True)


def write(folder, step):
    path = folder / step.path
    text = path.read_text("utf-8") if path.exists() else ""
    if step.below:
        if text.count(f"{step.below}\n") != 1:
            raise ValueError(f"{step.path} should have the line {step.below!r} once")
        text = text.replace(f"{step.below}\n", f"{step.below}\n{step.text}")
    else:
        text = f"{text}\n\n{step.text}" if text else step.text
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def run(folder, step):
    """What went wrong, or an empty text."""
    settings = os.environ | {"PYTHONPATH": str(folder), "MPLBACKEND": "Agg"}
    settings.pop("PYTEST_ADDOPTS", None)
    if step.kind == "python":
        command = [sys.executable, "-W", "error", "-c", step.text]
    else:
        words = [quoted or word for quoted, word in re.findall(r'"([^"]+)"|(\S+)', step.text)]
        while "=" in words[0]:
            name, _, settings[name] = words.pop(0).partition("=")
        start = {"pytest": ["-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider"], "python": []}[words[0]]
        command = [sys.executable, *start, *words[1:]]
    done = subprocess.run(command, cwd=folder, env=settings, capture_output=True, text=True, timeout=600)
    return "" if done.returncode == 0 else f"{step.text}\n{done.stdout[-3000:]}{done.stderr[-3000:]}"


def follow(folder, steps):
    """Do the steps in order; the first thing that goes wrong, or an empty text."""
    for step in steps:
        if step.kind == "write":
            write(folder, step)
        elif wrong := run(folder, step):
            return wrong
    return ""


# -- adding things ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("title", SECTIONS)
@pytest.mark.matrix(one_in=7)
def test_what_is_added_is_found(title, copy):
    steps = [step for step in SECTIONS[title] if step.kind in ("write", "generate", "python")]
    assert [step.kind for step in steps].count("write") >= 1
    assert follow(copy, without_keras(steps)) == ""


@pytest.mark.full
@pytest.mark.parametrize("title", SECTIONS)
def test_the_tests_find_what_is_added_and_it_keeps_the_style(title, copy):
    steps = without_keras(SECTIONS[title])
    assert any(step.kind == "pytest" for step in steps)
    assert follow(copy, steps) == ""
    touched = sorted({step.path for step in steps if step.kind == "write" and step.path.endswith(".py")})
    for command in ("check", "format --check"):
        ruff = [sys.executable, "-m", "ruff", *command.split(), "--no-cache", "--force-exclude", *touched]
        done = subprocess.run(ruff, cwd=copy, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("steps", matrices.long_ones(list(mutants(of_keras=False)), full_in=4))
def test_nothing_can_be_left_out(steps, copy):
    assert follow(copy, without_keras(steps)) != ""


@pytest.mark.nightly  # Keras computes the figures of all layers: minutes
@pytest.mark.peers
@pytest.mark.parametrize("title", [title for title, steps in SECTIONS.items() if without_keras(steps) != steps])
def test_keras_computes_the_figures(title, copy):
    assert follow(copy, SECTIONS[title]) == ""


@pytest.mark.nightly
@pytest.mark.peers
@pytest.mark.parametrize("steps", list(mutants(of_keras=True)))
def test_no_figures_can_be_left_out(steps, copy):
    assert follow(copy, steps) != ""


@pytest.mark.parametrize("title", ["An op", "A layer", "A loss", "A metric", "An optimizer", "An exercise", "A lesson"])
def test_everything_that_is_often_added_is_told(title):
    assert f"Add {title.lower()}" in SECTIONS


# -- the rest of the page ---------------------------------------------------------------------------------


def rows(text):
    """The names in the first column of the tables of a text: `full`, `python .ci/run`, …"""
    return re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE)


def test_every_marker_and_every_generator_is_in_a_table():
    markers = {line.partition(":")[0].partition("(")[0] for line in SETTINGS["markers"]} - {"matrix"}
    generators = {f"python .ci/{path.name}" for path in (ROOT / ".ci").glob("*.py")}
    assert sorted(rows(TEXT)) == sorted(markers | generators)
    assert "`matrix`" in TEXT
    ci = (ROOT / ".ci" / "run").read_text("utf-8")
    checked = {f"python {script}" for script in re.findall(r'^"\$venv/bin/python" (\S+) --check$', ci, re.MULTILINE)}
    assert checked == generators


def test_every_path_is_there():
    paths = set(re.findall(r"`((?:tests|docs|examples|tinygrad_edu|\.ci)/[\w/.]*)`", TEXT))
    paths |= set(re.findall(r"\]\(([\w./]+)\)", TEXT))
    new = [step.path for steps in SECTIONS.values() for step in steps if step.below == "" and step.kind == "write"]
    assert len(paths) > 10
    assert [p for p in paths if not (ROOT / p).exists() and not any(path.startswith(p) for path in new)] == []


# -- the reading above ------------------------------------------------------------------------------------

PAGE = """\
## Add a thing

A class. At the end of `a/b.py`:

```python
x = 1
```

It needs `a/none.py`, or what `# here` says:

```text
not after a path
```

In `a/c.py`, below `# here`:

```text
    y
```

```sh
python .ci/make.py
pytest tests -k "a or b"
KERAS_BACKEND=jax python tests/golden/x.py
```

Then:

```python
assert x
```

## Something else

```python
never
```
"""


def test_steps_are_read():
    assert sections(PAGE).keys() == {"Add a thing"}
    assert steps_of(sections(PAGE)["Add a thing"]) == [
        Step("write", "x = 1\n", "a/b.py"),
        Step("write", "    y\n", "a/c.py", "# here"),
        Step("generate", "python .ci/make.py"),
        Step("pytest", 'pytest tests -k "a or b"'),
        Step("keras", "KERAS_BACKEND=jax python tests/golden/x.py"),
        Step("python", "assert x\n"),
    ]


def test_what_goes_wrong_is_said(tmp_path):
    (tmp_path / "a.py").write_text("# here\nx = 1\n", "utf-8")
    write(tmp_path, Step("write", "z = 3\n", "a.py", "# here"))
    write(tmp_path, Step("write", "y = 2\n", "a.py"))
    assert (tmp_path / "a.py").read_text("utf-8") == "# here\nz = 3\nx = 1\n\n\ny = 2\n"
    with pytest.raises(ValueError, match="the line '# nowhere' once"):
        write(tmp_path, Step("write", "z = 3\n", "a.py", "# nowhere"))
    assert follow(tmp_path, [Step("python", "import a; a.x")]) == ""
    assert "ZeroDivisionError" in follow(tmp_path, [Step("python", "1 / 0"), Step("python", "1 / 1")])
    assert "no such file" in run(tmp_path, Step("generate", "python nowhere.py")).lower()


def test_shown_python_is_python():
    for _, code in blocks(TEXT, "python"):
        ast.parse(code)
