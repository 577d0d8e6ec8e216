"""Models put together at random go to real Keras, and give the same predictions and figures there.

They are those that `tests/replay/test_random_models.py` trains both ways, without parts that Keras's files do not hold.
"""

import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, seed, settings

sys.path.insert(0, str(Path(__file__).parents[1] / "replay"))

from parts import inputs, targets
from test_keras_files import RELATIVE, ROWS, UNSAVED, close, figures
from test_keras_files import pytestmark as of_keras_files
from test_random_models import Part, model_of, trainings

import tinygrad_edu as tg

pytestmark = [pytest.mark.peers, *of_keras_files]


def goes_to_keras(story, keras):
    """Train a step here, save, and compare with what Keras reads."""
    parts = [part for value in story.values() for part in (value if isinstance(value, list) else [value])]
    assume(not any(isinstance(part, Part) and part.cls in UNSAVED for part in parts))
    with warnings.catch_warnings(action="ignore"), tempfile.TemporaryDirectory() as folder:
        tg.random.seed(story["seed"])
        sample = story["first"].sample
        x = inputs(sample.shape, ROWS).astype("float32")
        if sample.whole:
            x = np.random.default_rng(6).integers(0, sample.whole, x.shape)
        weight = np.linspace(0.5, 2.0, ROWS) if story["weighted"] else None
        data = x, targets(story["loss"].sample.targets or "shares", ROWS), weight
        model = model_of(story)
        metrics = [part.made(name=f"m{i}") for i, part in enumerate(story["metrics"])]
        model.compile(story["optimizer"].made(learning_rate=0.01), story["loss"].made(), metrics=metrics)
        figures(model, data)
        path = f"{folder}/model.keras"
        model.save(path)
        theirs = keras.models.load_model(path)
        close([made.predict_on_batch(x) for made in (model, theirs)], "predictions")
        ours, of_keras = (figures(made, data, "test") for made in (model, theirs))
        assert ours.keys() == of_keras.keys()
        for name in ours:  # R² and the like are 1 less something
            np.testing.assert_allclose(ours[name], of_keras[name], RELATIVE, RELATIVE, err_msg=name)


def check(examples, number, keras):
    """Check so many models, which depend on the number."""
    options = {"max_examples": examples, "database": None, "suppress_health_check": list(HealthCheck)}
    test = given(trainings())(lambda story: goes_to_keras(story, keras))
    seed(number)(settings(derandomize=False, **options)(test))()


@pytest.mark.nightly
def test_some(keras):
    check(15, 3, keras)


@pytest.mark.nightly
@pytest.mark.parametrize("number", range(10, 20))
def test_many(number, keras):
    check(50, number, keras)
