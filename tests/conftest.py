"""What every test finds in place, and which tests run in how many processes.

In place are English, the same Hypothesis examples each time, NumPy's own way to print, no open figures, and no
program that a fresh machine does not have.
"""

import gc
import os
import sys

import matrices
import numpy as np
import programs
import pytest
from hypothesis import settings

# The same examples on every machine, and none of them is late.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")


@pytest.fixture(autouse=True)
def printed_as_numpy_prints():
    with np.printoptions(precision=8, threshold=1000, edgeitems=3, linewidth=75, suppress=False, sign="-"):
        yield


@pytest.fixture(autouse=True)
def in_english(monkeypatch):
    """The language of the pictures and the command line, whatever the machine's; a test may choose another."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("tinygrad_edu.common.language._chosen", None)


@pytest.fixture(autouse=True)
def no_open_figures():
    """Where a test has loaded pyplot, it keeps every figure; they are closed, so that none warns of too many."""
    yield
    if sys.modules.get("matplotlib.pyplot") is not None:  # None where a test does without it
        sys.modules["matplotlib.pyplot"].close("all")


def pytest_xdist_auto_num_workers(config):
    """One process a core, at most 8, for folders of tests; files and single tests run in this one, for debuggers."""
    if _names_files(config):
        return 0
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, 8)


def pytest_ignore_collect(collection_path, config):
    """A file in which the run chooses no test is not read, unless it was asked for by name."""
    if collection_path.suffix != ".py" or _names_files(config):
        return None
    return None if matrices.may_choose(config.option.markexpr, matrices.source_of(collection_path)) else True


def _names_files(config):
    return all(os.path.isfile(argument.partition("::")[0]) for argument in config.args)


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """Keep what is collected out of the searches for garbage, of which there are many: it stays to the end."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items, config):
    matrices.refuse_hidden_markers(items, config.option.markexpr)
    matrices.mark_beyond_cores(items)


@pytest.fixture(scope="session", autouse=True)
def fresh_machine(tmp_path_factory):
    """Neither tests nor the processes that they start find Graphviz, a browser or Java: they pass without."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("programs")
        patch.setenv("PATH", programs.path_without(programs.MARKERS, programs.PATH, folder))
        patch.delenv("JAVA_HOME", raising=False)
        yield


@pytest.fixture
def dot(request, monkeypatch):
    """The system's Graphviz, for tests marked `graphviz`."""
    found = programs.needed("dot", request.node)
    monkeypatch.setenv("PATH", programs.PATH)
    return found
