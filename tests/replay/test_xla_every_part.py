"""Every layer, loss, optimizer and metric under XLA, against the same op by op: at night, as each compiles programs."""

import parts
import pytest
import test_every_part as every_part

from tinygrad_edu import keras
from tinygrad_edu.keras import layers
from tinygrad_edu.nn.training import entries

pytestmark = [pytest.mark.nightly, pytest.mark.peers]
dtype = parts.dtype
CLOSE = {"float32": 1e-4, "float64": 1e-10}  # what the design promises after an epoch


@pytest.fixture
def instead_of_numpy(monkeypatch):
    """All that does not run op by op runs under XLA, and may differ by more."""
    original = keras.Model.compile

    def compile(self, *args, run_eagerly=False, **options):
        original(self, *args, run_eagerly=run_eagerly, jit_compile=not run_eagerly, **options)

    monkeypatch.setattr(keras.Model, "compile", compile)
    monkeypatch.setattr(entries, "_WAITING", 0)
    monkeypatch.setattr(parts, "RELATIVE", CLOSE)


@pytest.mark.parametrize("cls, sample, changed", list(every_part.ways(layers.Layer)))
def test_every_layer(cls, sample, changed, dtype, instead_of_numpy):
    every_part.test_layer(cls, sample, changed, dtype)


@pytest.mark.parametrize("cls, sample, changed", list(every_part.ways(keras.Loss)))
def test_every_loss(cls, sample, changed, dtype, instead_of_numpy):
    every_part.test_loss(cls, sample, changed, dtype)


@pytest.mark.parametrize("cls, sample, changed", list(every_part.ways(keras.Optimizer)))
def test_every_optimizer(cls, sample, changed, dtype, instead_of_numpy):
    every_part.test_optimizer(cls, sample, changed, dtype)


@pytest.mark.parametrize("cls, sample, changed", list(every_part.ways(keras.Metric)))
def test_every_metric(cls, sample, changed, dtype, instead_of_numpy):
    every_part.test_metric(cls, sample, changed, dtype)
