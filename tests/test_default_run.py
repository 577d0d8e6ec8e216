"""The default run: it needs no program that a fresh machine lacks, and what it leaves out runs elsewhere."""

import itertools
import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import matrices
import programs
import pytest

ROOT = Path(__file__).parent.parent
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["pytest"]["ini_options"]
KINDS = [text.partition(":")[0] for text in SETTINGS["markers"] if not text.startswith("matrix")]


# -- programs -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", programs.MARKERS)
def test_a_program_that_a_fresh_machine_lacks_is_not_found(name):
    assert shutil.which(name) is None


def test_graphviz_without_its_marker_is_an_error(request):
    with pytest.raises(ValueError, match="should carry the marker graphviz; test_graphviz_without_its_marker"):
        request.getfixturevalue("dot")


@pytest.mark.parametrize("name", ["chromium", "chromedriver"])
def test_a_browser_without_its_marker_is_an_error(name, request):
    with pytest.raises(ValueError, match="should carry the marker browser"):
        programs.needed(name, request.node)


@pytest.mark.graphviz
def test_graphviz_with_its_marker_is_found(dot):
    assert shutil.which("dot") == dot


@pytest.mark.skipif(os.name != "posix", reason="links")
def test_what_lies_beside_a_hidden_program_is_found(tmp_path):
    beside, elsewhere, links = (tmp_path / name for name in ("beside", "elsewhere", "links"))
    for folder, names in {beside: ["dot", "other"], elsewhere: ["third"], links: []}.items():
        folder.mkdir()
        for name in names:
            (folder / name).write_text(f"#!/bin/sh\necho {name}\n")
            (folder / name).chmod(0o755)
    before = os.pathsep.join([str(beside), str(elsewhere)])
    after = programs.path_without(["dot"], before, links)
    assert shutil.which("dot", path=before) and not shutil.which("dot", path=after)
    for name in "other", "third":
        assert subprocess.check_output([shutil.which(name, path=after)], text=True) == f"{name}\n"


# -- matrices -------------------------------------------------------------------------------------------------


def test_a_core_shows_every_value_and_mixes_them():
    cases = list(itertools.product("abcd", [1, 2, 3], [False, True]))
    core = [cases[i] for i in matrices.covering(cases)]
    assert len(core) == 4  # as many as the longest argument has values
    assert [len({case[i] for case in core}) for i in range(3)] == [4, 3, 2]
    assert [case[2] for case in core].count(True) == 2


def test_values_of_two_arguments_are_not_confused():
    assert matrices.covering([(0, 1), (1, 0)]) == [0, 1]
    assert matrices.covering([]) == []


class Case:
    """As much of an item of pytest as the choice of a core reads."""

    def __init__(self, test, mark, **arguments):
        self.nodeid, self.mark, self.markers = f"{test}[{arguments}]", mark, []
        self.callspec = type("", (), {"params": arguments})

    def get_closest_marker(self, name):
        return self.mark.mark if self.mark and name == "matrix" else None

    def add_marker(self, marker):
        self.markers.append(marker.name)


@pytest.mark.parametrize(
    ("mark", "kept"),
    [
        (None, "0123456"),
        (pytest.mark.matrix, "0123456"),
        (pytest.mark.matrix("half"), "01"),
        (pytest.mark.matrix(one_in=3), "036"),
    ],
)
def test_what_is_beyond_the_core_is_marked(mark, kept):
    cases = [Case("one", mark, number=i, half=i % 2) for i in range(7)]
    other = Case("two", mark, number=0, half=0)
    matrices.mark_beyond_cores([*cases, other])
    assert "".join(str(i) for i, case in enumerate(cases) if case.markers == []) == kept
    assert other.markers == []


def test_what_takes_long_beyond_the_core_is_nightly_but_for_some():
    cases = [Case("one", pytest.mark.matrix(one_in=4, full_in=3), number=i) for i in range(9)]
    matrices.mark_beyond_cores(cases)
    found = [case.markers for case in cases]
    full, nightly = ["full"], ["nightly"]
    assert found == [[], full, nightly, nightly, [], full, nightly, nightly, []]
    long_ones = matrices.long_ones([("a",), ("b",), ("c",), pytest.param("d", id="the last")], full_in=3)
    assert [[mark.name for mark in case.marks] for case in long_ones] == [full, nightly, nightly, full]
    assert [case.values for case in long_ones] == [("a",), ("b",), ("c",), ("d",)] and long_ones[3].id == "the last"


def test_full_has_every_two_values_together_and_nightly_all():
    mark = pytest.mark.matrix
    values = itertools.product(range(3), "ab", [False, True], [None, 0.5])
    cases = [Case("one", mark, a=a, b=b, c=c, d=d) for a, b, c, d in values]
    matrices.mark_beyond_cores(cases)
    chosen = [case for case in cases if case.markers != ["nightly"]]
    for pair in itertools.combinations("abcd", 2):
        found, every = (
            {tuple(case.callspec.params[name] for name in pair) for case in some} for some in (chosen, cases)
        )
        assert found == every
    assert {tuple(case.markers) for case in cases} == {(), ("full",), ("nightly",)}
    assert len(chosen) <= 9 < len(cases) == 24


@pytest.mark.parametrize(
    ("expression", "source", "may"),
    [
        ("not full", "", True),
        ("not full", "@pytest.mark.full", True),
        ("not full", "pytestmark = pytest.mark.full", False),
        ("full", "marks=pytest.mark.full", True),
        ("full", "@pytest.mark.matrix(one_in=3)", True),
        ("full and not nightly", "matrices.long_ones(cases, full_in=3)", True),
        ("full", "@pytest.mark.browser", False),
        ("browser and not nightly", "pytestmark = [\n    pytest.mark.browser,\n]", True),
        ("browser and not nightly", "pytestmark = pytest.mark.nightly\n@pytest.mark.browser", False),
        ("", "pytestmark = pytest.mark.full", True),
    ],
)
def test_a_file_without_a_test_of_the_run_is_not_read(expression, source, may):
    assert matrices.may_choose(expression, source) == may


def test_a_marker_that_a_file_does_not_name_is_an_error(tmp_path):
    case = Case("test_one.py::test_a", None)
    case.path, case.iter_markers = tmp_path / "test_one.py", lambda: [pytest.mark.spark.mark]
    case.path.write_text("@pytest.mark.spark")
    matrices.refuse_hidden_markers([case], "not spark")
    case.path.write_text("from other import pytestmark")
    (tmp_path / "conftest.py").write_text("params=[pytest.param(1, marks=pytest.mark.spark)]")
    matrices.refuse_hidden_markers([case], "not spark")
    (tmp_path / "conftest.py").unlink()
    matrices.refuse_hidden_markers([case], "full")
    with pytest.raises(ValueError, match="has the marker spark; its file should name mark.spark"):
        matrices.refuse_hidden_markers([case], "not spark")


# -- every test runs somewhere --------------------------------------------------------------------------------


def expressions(text):
    """What stands after `-m` in the runs of pytest in a shell script."""
    return [quoted or word for quoted, word in re.findall(r'pytest" [^\n]*-m (?:"([^"]+)"|(\w+))', text)]


def left_out(runs):
    """The sets of markers with which a test runs in none of these runs."""
    together = [set(some) for n in range(len(KINDS) + 1) for some in itertools.combinations(KINDS, n)]
    chosen = [[eval(run, {kind: kind in some for kind in KINDS}) for run in runs] for some in together]
    return [some for some, by_run in zip(together, chosen) if not any(by_run)]


def test_the_checks_of_a_change_run_every_test_but_the_nightly_ones():
    default = SETTINGS["addopts"][SETTINGS["addopts"].index("-m") + 1]
    runs = expressions((ROOT / ".ci" / "run").read_text("utf-8"))
    assert len(runs) >= 3
    assert left_out([default, *runs]) and all("nightly" in some for some in left_out([default, *runs]))
    for i in range(len(runs)):
        fewer = left_out([default, *runs[:i], *runs[i + 1 :]])
        assert any("nightly" not in some for some in fewer), f"{runs[i]} adds nothing"
