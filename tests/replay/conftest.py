"""What tests of replay find in place."""

import pytest

from tinygrad_edu.common import floats


@pytest.fixture
def double():
    """Layers and data in float64, where programs agree with eager steps to 1e-9."""
    before = floats.floatx()
    floats.set_floatx("float64")
    yield
    floats.set_floatx(before)
