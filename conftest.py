"""What every test and doctest finds in place: the names of the examples, and NumPy's own way to print."""

import doctest
import inspect

import numpy as np
import pytest
from hypothesis import settings

import tinygrad_edu as tg

# The same examples on every machine, and none of them is late.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")


def pytest_configure():
    """Let doctest see the example of an op: what `@primitive` returns belongs to the module of its function."""
    from_module = doctest.DocTestFinder._from_module
    doctest.DocTestFinder._from_module = lambda self, module, x: from_module(self, module, inspect.unwrap(x))


@pytest.fixture(autouse=True)
def examples_namespace(doctest_namespace):
    doctest_namespace.update(np=np, tg=tg, Tensor=tg.Tensor)


@pytest.fixture(autouse=True)
def printed_as_numpy_prints():
    with np.printoptions(precision=8, threshold=1000, edgeitems=3, linewidth=75, suppress=False, sign="-"):
        yield
