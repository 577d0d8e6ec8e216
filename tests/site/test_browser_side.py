"""The Python side of the page, here without a browser: cells, what they show, calls from the page, checks."""

import asyncio
import json
import sys

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.exercises import find
from tinygrad_edu.site import browser, checking, session


@pytest.fixture(autouse=True)
def posted(monkeypatch):
    """The messages posted to the page: (topic, data)."""
    sent = []
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    monkeypatch.setattr(browser, "post", lambda topic, data: sent.append((topic, data)))
    monkeypatch.setattr(checking, "post", browser.post)
    monkeypatch.setenv("MPLBACKEND", "")
    browser.start("en")
    return sent


def kinds(cell):
    return [output["kind"] for output in cell["outputs"]]


def test_cells_share_their_names():
    assert browser.run("def double(x):\n    return 2 * x") == ""
    assert browser.run("print(double(4))\ndouble(5)") == "8\n"
    assert browser.cell("double(5)") == {"ok": True, "outputs": [{"kind": "text", "data": "10"}]}
    assert browser.cell("y = double(5)")["outputs"] == [] == browser.cell("None")["outputs"]


def test_classes_of_cells_are_found_where_they_say_they_are():
    browser.run("class Own:\n    pass")
    assert browser.run("import sys\nprint(sys.modules[Own.__module__].Own is Own)") == "True\n"


def test_a_traceback_is_of_the_users_lines():
    with pytest.raises(session.CodeError) as stopped:
        browser.run("import numpy as np\n\n\ndef f(x):\n    return np.ones(2) @ x\n\n\nf(np.ones(3))")
    lines = str(stopped.value).splitlines()
    assert lines[0] == "Traceback (most recent call last):" and ", line 8, in <module>" in lines[1]
    assert "return np.ones(2) @ x" in str(stopped.value) and lines[-1].startswith("ValueError: matmul")
    assert "session.py" not in str(stopped.value)
    with pytest.raises(session.CodeError, match=r"line 1\n    def f\(:\n"):
        browser.run("def f(:")
    with pytest.raises(session.CodeError, match="SystemExit"):
        browser.run("raise SystemExit")


def test_what_is_printed_is_posted_as_it_comes(posted, monkeypatch):
    monkeypatch.setattr(session, "_PAUSE", 0.0)
    assert browser.run("print('one')\nimport sys\nprint('two', file=sys.stderr)") == "one\ntwo\n"
    assert "".join(text for topic, text in posted if topic == "printed") == "one\ntwo\n" and len(posted) > 1


def test_a_flood_is_cut(posted):
    printed = browser.run("for _ in range(100_000):\n    print('flood')")
    assert printed.startswith("flood\nflood\n") and len(printed) < 201_000
    assert printed.endswith("\n… What is printed from here on is left out.\n")


def test_values_show_themselves():
    assert kinds(browser.cell("import tinygrad_edu as tg\nprint(1)\ntg.Tensor([1.0, 2.0])")) == ["text", "html"]
    (shown,) = browser.cell("x = tg.Tensor(2.0, requires_grad=True, name='x')\ntg.viz.draw(x * x)")["outputs"]
    assert shown["kind"] == "svg" and "<svg" in shown["data"]


@pytest.mark.full
def test_figures_show_once(monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "module://matplotlib.backends.backend_agg")
    path = "path = tg.optim.minimize(lambda x: x**2, 3.0, tg.optim.SGD(0.1), steps=3)"
    code = f"import tinygrad_edu as tg\n{path}\nfigure = tg.viz.plot_path(lambda x: x**2, path)"
    assert kinds(browser.cell(code)) == ["png"]
    assert kinds(browser.cell("figure")) == ["png"]
    assert kinds(browser.cell("import matplotlib.pyplot as plt\nplt.plot([1, 2])\nprint(2)")) == ["text", "png"]
    assert kinds(browser.cell("print(3)")) == ["text"]


def test_an_error_comes_after_what_was_printed():
    cell = browser.cell("print('before')\n1 / 0")
    assert not cell["ok"] and kinds(cell) == ["text", "error"]
    assert cell["outputs"][1]["data"].endswith("ZeroDivisionError: division by zero")


def test_without_plots_a_cell_says_so_and_the_lesson_goes_on(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    cell = browser.cell("print('before')\nimport matplotlib.pyplot as plt")
    assert cell["ok"] and kinds(cell) == ["text", "note"] and "--plots" in cell["outputs"][1]["data"]
    assert not browser.cell("import no_such_package")["ok"]


def called(name, argument=None):
    return json.loads(asyncio.run(browser.call(name, json.dumps(argument))))


def test_the_page_calls_functions_of_this_package_alone():
    assert called("run", "print(1 + 1)") == {"value": "2\n"}
    assert called("tinygrad_edu.common.plain.plain", [1, 2.5]) == {"value": [1, 2.5]}
    assert "Expected a function of tinygrad_edu" in called("os.system", "true")["error"]
    assert called("run", "1 / 0")["error"].endswith("ZeroDivisionError: division by zero")
    assert "AttributeError" in called("nothing")["error"]


def test_arrays_and_not_a_number_reach_the_page(monkeypatch):
    monkeypatch.setattr(browser, "cell", lambda _: {"loss": np.array([1.0, np.nan]), "n": np.int64(3)})
    assert called("cell") == {"value": {"loss": [1.0, "NaN"], "n": 3}}


def check(name, code):
    return checking.check({"name": name, "own": False, "code": code})


@pytest.mark.full
def test_checks_say_what_the_command_line_says(posted):
    found = check("parabola", "print('hello')\n\n\ndef derivative(x):\n    return x")
    assert (found["ok"], found["passed"], found["of"]) == (False, 1, 4) and found["printed"] == "hello\n"
    assert found["results"][0] == {
        **{"title": "at a number", "passed": False},
        **{"why": "`derivative(1.5)` gave 1.5; expected 0.5."},
    }
    assert ("checking", "parabola") in posted
    tg.language("es")
    assert check("parabola", "def derivative(x):\n    return x / 3")["summary"].endswith("hecho, 4 de 4.")


@pytest.mark.full
def test_a_solved_exercise_has_its_picture():
    drawn = next(e for e in map(find, ("momentum", "nesterov", "descent_step")) if hasattr(e.module, "picture"))
    solution = drawn.solutions[0].read_text("utf-8")
    assert check(drawn.name, solution)["picture"].startswith("iVBOR")
    assert check(drawn.name, drawn.starter)["picture"] is None
