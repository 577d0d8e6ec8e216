"""Whole models in Keras's legacy `.h5` files go to real Keras and come from there, with equal figures.

Keras 3.15 cannot train on with a file that has the state of an optimizer (it builds it for no parameters), so what goes
there is compared by predictions and by `evaluate`; what comes from there is trained on here.
"""

import json

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.nn.saving import load_model

pytestmark = [pytest.mark.peers, pytest.mark.filterwarnings("ignore::DeprecationWarning")]
X = np.random.default_rng(0).normal(size=(8, 4)).astype("float32")
Y = X[:, :1] - X[:, 1:2]


def sequential(package):
    layers = package.layers
    return package.Sequential(
        [
            package.Input((4,)),
            layers.Dense(6, "relu", kernel_regularizer="l2", bias_constraint="non_neg"),
            layers.Reshape((3, 2)),
            layers.Conv1D(3, 2, padding="same", use_bias=False),
            layers.BatchNormalization(),
            layers.Flatten(),
            layers.Dropout(0.0),
            layers.Dense(1),
        ]
    )


def functional(package):
    layers, inputs = package.layers, package.Input((4,), name="inputs")
    inner = package.Sequential([package.Input((4,)), layers.Dense(3, trainable=False), layers.LayerNormalization()])
    shared = layers.Dense(4, "tanh")
    joined = layers.Concatenate()([inner(shared(inputs)), shared(shared(inputs)), layers.Add()([inputs, inputs])])
    return package.Model(inputs, layers.Dense(1)(joined))


def trained(package, make):
    model = make(package)
    model.compile(package.optimizers.Adam(0.01), package.losses.MeanSquaredError(), metrics=["mae"])
    model.fit(X, Y, epochs=2, shuffle=False, verbose=0)
    return model


def same(a, b, tolerance=2e-5):
    np.testing.assert_allclose(a.predict(X, verbose=0), b.predict(X, verbose=0), rtol=tolerance, atol=tolerance)
    np.testing.assert_allclose(a.evaluate(X, Y, verbose=0), b.evaluate(X, Y, verbose=0), rtol=tolerance)


@pytest.mark.parametrize("make", [sequential, functional])
def test_from_here_to_keras(make, keras, tmp_path):
    for name in ("mse", "huber"):  # which Keras writes as a name, and then does not read
        model = trained(tg.keras, make)
        model.compile("sgd", name, metrics=["mae", "mape"])
        model.evaluate(X, Y, verbose=0)
        model.save(tmp_path / "ours.h5")
        same(model, keras.models.load_model(tmp_path / "ours.h5"))
    other = make(keras)
    other.load_weights(tmp_path / "ours.h5")
    np.testing.assert_allclose(model.predict(X), other.predict(X, verbose=0), rtol=2e-5, atol=2e-6)


@pytest.mark.parametrize("make", [sequential, functional])
def test_from_keras_to_here(make, keras, tmp_path):
    model = trained(keras, make)
    model.save(tmp_path / "theirs.h5")
    ours = load_model(tmp_path / "theirs.h5")
    same(model, ours)
    for found in (model, ours):
        found.fit(X, Y, epochs=3, shuffle=False, verbose=0)
    same(model, ours, 2e-4)
    other = make(tg.keras)
    other.load_weights(tmp_path / "theirs.h5")
    assert all(w.shape == v.shape for w, v in zip(other.weights, ours.weights))


def test_the_configurations_are_those_of_keras(keras, tmp_path):
    h5py = pytest.importorskip("h5py")
    found = []
    for package in (keras, tg.keras):
        model = trained(package, sequential)
        model.save(tmp_path / "model.h5")
        with h5py.File(tmp_path / "model.h5") as file:
            found.append([json.loads(file.attrs[name]) for name in ("model_config", "training_config")])
            groups = file["model_weights"]
            found[-1].append({name: len(groups[name].attrs["weight_names"]) for name in groups})
    theirs, ours = found
    layers = [config[0]["config"]["layers"] for config in found]
    assert [layer["class_name"] for layer in layers[0]] == [layer["class_name"] for layer in layers[1]]
    for one, other in zip(*layers):
        for name, value in other["config"].items():
            if name != "name":
                assert one["config"].get(name) == value, name
    assert sorted(theirs[2].values()) == sorted(ours[2].values())
    assert ours[1]["loss"]["class_name"] == theirs[1]["loss"]["class_name"]
    assert ours[1]["optimizer_config"]["class_name"] == theirs[1]["optimizer_config"]["class_name"]
