"""The same trainings as Keras 3, figure by figure (tests/golden/nn_training.py made the figures)."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

import tinygrad_edu as tg

_GOLDEN = Path(__file__).parents[1] / "golden" / "nn_training.py"
_spec = importlib.util.spec_from_file_location("golden_nn_training", _GOLDEN)
golden = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(golden)
FIGURES = json.loads(_GOLDEN.with_suffix(".json").read_text())


@pytest.mark.parametrize("name", golden.CASES)
def test_same_figures_as_keras(name):
    ours, keras = golden.train(tg.keras, golden.CASES[name]), FIGURES[name]
    assert list(ours["history"]) == list(keras["history"])
    for key, values in keras["history"].items():
        np.testing.assert_allclose(ours["history"][key], values, rtol=2e-4, atol=1e-6, err_msg=key)
    for i, (mine, theirs) in enumerate(zip(ours["weights"], keras["weights"], strict=True)):
        np.testing.assert_allclose(mine, theirs, rtol=2e-4, atol=2e-5, err_msg=f"weight {i}")
    assert ours["evaluate"] == pytest.approx(keras["evaluate"], rel=2e-4)
    np.testing.assert_allclose(ours["predict"], keras["predict"], rtol=2e-4, atol=2e-5)


def test_a_wrong_training_is_noticed():
    """A mutant: another learning rate must not pass."""
    case = golden.CASES["mse"] | {"rate": 0.021}
    ours = golden.train(tg.keras, case)["history"]["loss"]
    assert not np.allclose(ours, FIGURES["mse"]["history"]["loss"], rtol=2e-4)
