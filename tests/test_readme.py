"""The README keeps its word: its Python blocks run here; its shell commands are what `.ci/run` runs.

`python tests/test_readme.py` prints those commands.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

README = Path(__file__).parent.parent / "README.md"
SHELL = ("sh", "bash", "shell", "console")


def blocks(text, *languages):
    """The fenced code blocks of a Markdown text in any of these languages: (line, code)."""
    found = []
    for match in re.finditer(r"^```(\w+)[^\n]*\n(.*?)^```[ \t]*$", text, re.MULTILINE | re.DOTALL):
        if match[1] in languages:
            found.append((text.count("\n", 0, match.start()) + 1, match[2]))
    return found


def commands(text):
    """The shell commands of a Markdown text, without prompts; cloning and entering the clone are done already."""
    lines = [line for _, code in blocks(text, *SHELL) for line in code.replace("\\\n", " ").splitlines()]
    lines = [re.sub(r"^((git clone|cd) [^&]*(&& *|$))+|^#.*", "", line.strip().removeprefix("$ ")) for line in lines]
    return [line for line in lines if line]


def run_python(code, folder):
    environment = os.environ | {"MPLBACKEND": "Agg", "PYTHONPATH": str(README.parent)}
    command = [sys.executable, "-W", "error", "-c", code]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)


def pytest_generate_tests(metafunc):
    if "python_block" in metafunc.fixturenames:
        found = blocks(README.read_text("utf-8"), "python") if README.exists() else []
        metafunc.parametrize("python_block", [code for _, code in found], ids=[f"line{line}" for line, _ in found])


def test_readme_has_code_to_run():
    text = README.read_text("utf-8")
    assert blocks(text, "python"), "the README shows no Python"
    shown = commands(text)
    assert any("tinygrad-edu demo" in line for line in shown), shown
    assert any("pytest" in line for line in shown), shown


def test_python_block_runs(python_block, tmp_path):
    run = run_python(python_block, tmp_path)
    assert run.returncode == 0, run.stderr


def test_a_broken_block_is_caught(tmp_path):
    text = "Prose.\n\n```python\nimport tinygrad_edu\n```\n\n```python\nimport tinygrad_edu.nothing\n```\n"
    assert [run_python(code, tmp_path).returncode for _, code in blocks(text, "python")] == [0, 1]


def test_commands_are_found():
    fence = "```"
    first = f"{fence}sh\n# why\ngit clone x\n$ one \\\ntwo\n{fence}\n{fence}python\nthree\n{fence}\n"
    assert commands(first) == ["one  two"]
    assert commands(f"{fence}bash\ngit clone x && cd x && three && cd y\n{fence}\n") == ["three && cd y"]


if __name__ == "__main__":
    print(*commands(README.read_text("utf-8")), sep="\n")


def shape_of(text):
    """The parts that a translation leaves as they are: code, headings, links, names, rows and figures."""
    text = re.sub(r'(, )?language="es"|(?<=\S)  # .*', "", text)  # but for these
    text = text.replace(".es.md", ".md").replace("lessons/es/", "lessons/en/")
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    code = re.findall(r"^```.*?^```$", text, re.MULTILINE | re.DOTALL)
    return {
        "code": [block for block in code if not block.startswith("```text")],
        "headings": re.findall(r"^#+ ", prose, re.MULTILINE),
        "links": re.findall(r"\]\((?!README)([^)]*)\)", prose),
        "names": sorted(" ".join(name.split()) for name in re.findall(r"`([^`]+)`", prose)),
        "rows": re.findall(r"^(?:\||- )", prose, re.MULTILINE),
        "figures": re.findall(r"\d+", re.sub(r"`[^`]+`|\]\([^)]*\)", "", prose)),
    }


def test_links_lead_to_files():
    for path in README, README.with_name("README.es.md"):
        links = re.findall(r"\]\(([^)#]+)[^)]*\)", path.read_text("utf-8"))
        files = [link for link in links if "://" not in link]
        assert files
        assert [link for link in files if not (README.parent / link).exists()] == []


def test_the_spanish_readme_keeps_step():
    english, spanish = (path.read_text("utf-8") for path in (README, README.with_name("README.es.md")))
    assert shape_of(spanish) == shape_of(english)
    assert shape_of(english.replace("`tg.optim`", "`tg.optimizer`")) != shape_of(english)
    assert shape_of(english.replace("## See it", "")) != shape_of(english)
