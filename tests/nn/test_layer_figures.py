"""Layers, constraints, regularizers and initializers beside real Keras 3: values, gradients, configurations."""

import numpy as np
import pytest
from golden_figures import load

from tinygrad_edu import keras, nn
from tinygrad_edu.common.naming import subclasses

GOLDEN, FIGURES = load("nn_layers")

# Entries of Keras's configurations for what is not offered here; Layer.unsupported_arguments refuses other values.
NOT_OFFERED = {
    *("quantization_config", "renorm", "renorm_clipping", "renorm_momentum", "synchronized"),
    "activity_regularizer",
}


def close(found, expected, what, relative=1e-5):
    """Equal but for rounding, relative to the largest value."""
    found, expected = np.asarray(found, float), np.asarray(expected, float)
    assert found.shape == expected.shape, what
    scale = np.max(np.abs(expected), initial=1e-3)
    np.testing.assert_allclose(found, expected, rtol=0, atol=relative * scale, err_msg=what)


def same_figures(found, expected):
    for key in ("predicted", "loss", "loss after"):
        if key in expected:
            close(found[key], expected[key], key)
    for i, (mine, theirs) in enumerate(zip(found.get("after", []), expected.get("after", []), strict=True)):
        close(mine, theirs, f"weight {i} after one step")
    for key in ("output_shape", "weights", "names", "trained"):
        assert found.get(key) == expected.get(key), key
    same_config(found["config"], expected["config"])


def same_config(found, expected):
    """The entries of Keras with Keras's values; of what is not offered none."""
    found, expected = GOLDEN.plain(found), dict(expected)
    for name in NOT_OFFERED & expected.keys():
        if name not in found:
            del expected[name]
    assert listed(found) == listed(expected)


def listed(value):
    if isinstance(value, dict):
        return {key: listed(part) for key, part in value.items()}
    return [listed(part) for part in value] if isinstance(value, list | tuple) else value


@pytest.mark.parametrize("name", GOLDEN.CASES)
@pytest.mark.matrix(one_in=3)
def test_layer(name):
    """Prediction, training, one step of SGD (so gradients, statistics, penalties, constraints), configuration."""
    same_figures(GOLDEN.layer_figures(keras, *GOLDEN.CASES[name]), FIGURES["layers"][name])


@pytest.mark.parametrize("name", GOLDEN.RANDOM)
def test_layer_with_random_numbers(name):
    same_figures(GOLDEN.layer_figures(keras, *GOLDEN.RANDOM[name], train=False), FIGURES["random"][name])


@pytest.mark.parametrize("name", GOLDEN.EMBEDDINGS)
def test_embedding(name):
    same_figures(GOLDEN.embedding_figures(keras, GOLDEN.EMBEDDINGS[name]), FIGURES["embeddings"][name])


@pytest.mark.parametrize("name", FIGURES["networks"])
def test_training(name):
    """Four epochs of small networks: the whole of a digits course and what is around it."""
    build, optimizer = name.split()
    found, expected = GOLDEN.training_figures(keras, GOLDEN.NETWORKS[build], optimizer), FIGURES["networks"][name]
    close(found["losses"], expected["losses"], "losses", 2e-4)
    close(found["predicted"], expected["predicted"], "predictions", 2e-3)


PARTS = [
    ("constraints", GOLDEN.CONSTRAINTS),
    ("regularizers", GOLDEN.REGULARIZERS),
    ("initializers", GOLDEN.INITIALIZERS),
]


@pytest.mark.parametrize(
    ("module", "name", "case"), [(m, name, case) for m, cases in PARTS for name, case in cases.items()]
)
def test_part(module, name, case):
    found, expected = GOLDEN.part_figures(keras, module, *case), FIGURES[module][name]
    close(found["value"], expected["value"], name)
    config = {"gain": 2.0} if name == "identity" else expected["config"]  # Keras's Identity forgets its gain
    same_config(found["config"], config)
    again = getattr(keras, module).get({"class_name": case[0], "config": config})
    assert again.get_config() == getattr(getattr(keras, module), case[0])(**case[1]).get_config()


@pytest.mark.parametrize(("table", "name"), [(t, name) for t in ("CASES", "RANDOM") for name in getattr(GOLDEN, t)])
def test_the_configuration_of_keras_makes_the_layer(table, name):
    """Keras's own entries, those for what is not offered included."""
    cls, arguments, _ = getattr(GOLDEN, table)[name]
    config = FIGURES["layers" if table == "CASES" else "random"][name]["config"]
    layer = getattr(keras.layers, cls).from_config(config)
    same_config(layer.get_config(), config)


def test_every_layer_that_keras_has_is_compared():
    compared = {case[0] for case in [*GOLDEN.CASES.values(), *GOLDEN.RANDOM.values()]} | {"Embedding"}
    ours = [cls for cls in subclasses(nn.Layer) if cls.__module__.startswith("tinygrad_edu.nn.layers")]
    theirs = {cls.__name__ for cls in ours if cls.home and not cls.several_inputs}  # of lists: test_functional.py
    assert theirs - compared == {
        *("InputLayer", "Lambda", "Normalization"),
        *("CategoryEncoding", "Discretization", "IntegerLookup", "StringLookup", "TextVectorization"),
    }  # Normalization: test_layers.py


def test_a_wrong_figure_is_noticed():
    """Mutants: a gradient without its factor, statistics that do not move, a constraint that is not applied."""
    good = FIGURES["layers"]["dense constraints"]["after"]
    for i in range(len(good)):
        wrong = np.asarray(good[i], float) * (1 + 1e-3)
        with pytest.raises(AssertionError):
            close(wrong, good[i], "mutant")
    with pytest.raises(AssertionError):
        same_config({"units": 4}, {"units": 4, "use_bias": True})
