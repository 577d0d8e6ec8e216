"""Several batches at once: the same training, bit for bit, as one batch after another."""

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.common import random
from tinygrad_edu.keras import layers
from tinygrad_edu.replay.numpy.program import Program

ROWS = np.random.default_rng(0)
X = ROWS.normal(size=(106, 5)).astype("float32")
Y = (X.sum(axis=1, keepdims=True) > 0).astype("float32")
FITS = {
    "whole epochs": {},
    "some steps": {"steps_per_epoch": 4},
    "in their order": {"shuffle": False},
    "some steps in their order": {"shuffle": False, "steps_per_epoch": 6},
}


def trained(fit, epochs=3):
    """The history and all state after a training, and the batch that ran last."""
    tg.keras.utils.set_random_seed(0)
    model = tg.keras.Sequential([layers.Dense(7, activation="relu"), layers.Dropout(0.2), layers.Dense(1, "sigmoid")])
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    history = model.fit(X, Y, batch_size=10, epochs=epochs, verbose=0, **fit).history
    state = [v.numpy() for v in (*model.variables, *model.optimizer.variables, random.state())]
    return history, state, [*model.programs.batches["train"].arrays]


@pytest.mark.parametrize("fit", FITS.values(), ids=list(FITS))
@pytest.mark.parametrize("most", [None, 3])
def test_the_same_training(monkeypatch, fit, most):
    one_by_one = trained(fit)
    monkeypatch.setattr(Program, "most_batches", most)
    at_once = trained(fit)
    assert at_once[0] == one_by_one[0]
    for mine, theirs in zip(at_once[1] + at_once[2], one_by_one[1] + one_by_one[2], strict=True):
        np.testing.assert_array_equal(mine, theirs)
