"""Real Keras, on JAX, for the tests that compare with it."""

import os
import warnings

import pytest


@pytest.fixture(scope="session")
def keras():
    os.environ.setdefault("KERAS_BACKEND", "jax")
    os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0")  # most of the time goes into compiling
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        module = pytest.importorskip("keras", minversion="3.10")
        import jax.numpy  # noqa: F401
    return module


@pytest.fixture(scope="session")
def theirs(keras):
    """Keras, where `keras` is ours."""
    return keras
