"""Functional models go to real Keras and come back: files both ways, JSON, and the table of layers."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "golden"))

import nn_functional as cases  # noqa: E402

from tinygrad_edu import keras as ours  # noqa: E402
from tinygrad_edu.common.structure import flatten  # noqa: E402

pytestmark = [
    pytest.mark.peers,
    pytest.mark.filterwarnings("ignore::DeprecationWarning:keras"),
    pytest.mark.filterwarnings("ignore:You are passing weight as `float`:UserWarning:keras"),
]

NAMES = ["branches", "listed", "merged", "residual", "nested"]


def same(mine, other, x, y):
    """Equal predictions, and equal losses of one more epoch."""
    for one, two in zip(flatten(mine.predict(x, verbose=0)), flatten(other.predict(x, verbose=0)), strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-4, atol=1e-5)
    found = [model.fit(x, y, batch_size=8, shuffle=False, verbose=0).history for model in (mine, other)]
    assert sorted(found[0]) == sorted(found[1])
    for name in found[0]:
        np.testing.assert_allclose(found[0][name], found[1][name], rtol=1e-4, err_msg=name)


@pytest.mark.parametrize("name", NAMES)
def test_files_go_there_and_back(name, theirs, tmp_path):
    _, x, y, _, _ = cases.CASES[name]
    path = tmp_path / "model.keras"
    mine = cases.made(ours, np, name)
    mine.fit(x, y, verbose=0)
    mine.save(path)
    other = theirs.models.load_model(path)
    assert [layer.name for layer in other.layers] == [layer.name for layer in mine.layers]
    same(mine, other, x, y)
    other.save(path)
    same(ours.models.load_model(path), other, x, y)


@pytest.mark.parametrize("name", NAMES)
def test_what_keras_made_is_read(name, theirs, tmp_path):
    _, x, y, _, _ = cases.CASES[name]
    other = cases.made(theirs, theirs.ops, name)
    other.save(tmp_path / "model.keras")
    mine = ours.models.load_model(tmp_path / "model.keras")
    assert [layer.name for layer in other.layers] == [layer.name for layer in mine.layers]
    other.save_weights(tmp_path / "model.weights.h5")
    mine.load_weights(tmp_path / "model.weights.h5")
    same(mine, other, x, y)
    assert ours.models.model_from_json(other.to_json()).count_params() == other.count_params()
    assert theirs.models.model_from_json(mine.to_json()).count_params() == other.count_params()


@pytest.mark.parametrize("name", ["branches", "nested"])
def test_the_table_is_that_of_keras(name, theirs):
    texts = []
    for keras, ops in ((ours, np), (theirs, theirs.ops)):
        keras.utils.clear_session()
        cases.CASES[name][0](keras, ops).summary(print_fn=lambda text, **_: texts.append(text), line_length=78)
    assert texts[0] == texts[1]


def test_configurations_have_the_same_keys(theirs):
    found = [cases.branches(keras, None).get_config() for keras in (ours, theirs)]
    assert found[0].keys() == found[1].keys()
    for mine, other in zip(found[0]["layers"], found[1]["layers"], strict=True):
        assert mine["class_name"] == other["class_name"] and mine["name"] == other["name"]
        assert json.dumps(mine["inbound_nodes"]) == json.dumps(other["inbound_nodes"])
    assert found[0]["input_layers"] == found[1]["input_layers"]
    assert found[0]["output_layers"] == found[1]["output_layers"]
