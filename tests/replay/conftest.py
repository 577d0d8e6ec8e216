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


@pytest.fixture(autouse=True)
def _several_batches_at_once(monkeypatch):
    """Short trainings too run several batches at once, as long ones do after their first steps."""
    monkeypatch.setattr("tinygrad_edu.nn.training.entries._FIRST", 2)
    monkeypatch.setattr("tinygrad_edu.replay.numpy.block._FEWEST", 2)
