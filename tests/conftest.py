"""What every test finds in place: the same Hypothesis examples each time, NumPy's own way to print, no open figures."""

import sys

import numpy as np
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
def no_open_figures():
    """Where a test has loaded pyplot, it keeps every figure; they are closed, so that none warns of too many."""
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")
