"""Keras's legacy format `.h5`: round trips, files as Keras 1 and 2 laid them out, and files that are not what they say.

The layouts of Keras 2 are those of its own `hdf5_format.py` (2.15 of tf.keras, 2.2 of keras) and of the configurations
in the models that its guides saved; predictions are computed by hand from the arrays.
"""

import json
import sys
import warnings

import numpy as np
import pytest

from tinygrad_edu import keras
from tinygrad_edu.common import old
from tinygrad_edu.nn.saving import budget, load_model

h5py = pytest.importorskip("h5py")
L = keras.layers


def data(rows=12):
    x = np.random.default_rng(0).normal(size=(rows, 4)).astype("float32")
    return x, x[:, :1] - 0.5 * x[:, 1:2]


def sequential():
    layers = [keras.Input((4,)), L.Dense(5, "relu", kernel_regularizer="l2"), L.BatchNormalization(), L.Dense(1)]
    return keras.Sequential(layers)


def functional():
    inputs = keras.Input((4,), name="inputs")
    inner = keras.Sequential([keras.Input((4,)), L.Dense(3, trainable=False), L.BatchNormalization()], name="inner")
    joined = L.Concatenate()([inner(L.Dense(4, name="first")(inputs)), L.Add()([inputs, inputs]), inputs * 2.0])
    return keras.Model(inputs, L.Dense(1)(joined))


def trained(model, optimizer="adam"):
    model.compile(optimizer, "mse", metrics=["mae"], run_eagerly=True)
    model.fit(*data(), epochs=2, batch_size=4, shuffle=False, verbose=0)
    return model


@pytest.fixture
def path(tmp_path):
    old.forget_scripts()
    return tmp_path / "model.h5"


# -- round trips ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [sequential, functional])
@pytest.mark.parametrize("optimizer", ["adam", "sgd", "nadam"])
def test_training_goes_on_bit_for_bit(make, optimizer, path):
    model = trained(make(), optimizer)
    model.save(path)
    other = load_model(path)
    other.run_eagerly = True
    assert np.array_equal(model.predict(data()[0]), other.predict(data()[0]))
    assert model.evaluate(*data(), verbose=0) == other.evaluate(*data(), verbose=0)
    figures = [found.fit(*data(), epochs=3, shuffle=False, verbose=0).history for found in (model, other)]
    assert figures[0] == figures[1]


def test_what_is_asked_for(path):
    model = trained(sequential())
    model.save(path, include_optimizer=False)
    assert not load_model(path).compiled
    keras.models.save_model(model, path)
    assert load_model(path).compiled and not load_model(path, compile=False).compiled
    with pytest.raises(FileExistsError):
        model.save(path, overwrite=False)
    with h5py.File(path) as file:
        assert {*file.attrs} == {"keras_version", "backend", "model_config", "training_config"}
        names = [name.decode() for name in file["model_weights"].attrs["layer_names"]]
        assert names == [layer.name for layer in model.layers]
        normal = file["model_weights"][model.layers[1].name]
        assert [name.decode().rpartition("/")[2] for name in normal.attrs["weight_names"]] == [
            *("gamma", "beta", "moving_mean", "moving_variance")
        ]
        assert json.loads(file.attrs["model_config"])["config"]["layers"][1]["class_name"] == "Dense"


def test_a_model_with_a_call_of_its_own_is_not_for_this_format(path):
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.out = L.Dense(1)

        def call(self, inputs):
            return self.out(inputs)

    model = Own()
    model(data()[0])
    with pytest.raises(ValueError, match=r"ends in \.keras"):
        model.save(path)
    assert not path.exists()


def test_weights_alone_are_the_format_of_keras_2(path):
    model, other = sequential(), sequential()
    with pytest.warns(UserWarning, match=r"save_weights\(\"….weights.h5\"\)"):
        model.save_weights(path)
    other.load_weights(path)
    assert all(map(np.array_equal, model.get_weights(), other.get_weights()))
    with pytest.raises(ValueError, match="arrays alone"):
        load_model(path)


def test_weights_out_of_a_whole_model_by_order_and_by_name(path):
    model = keras.Sequential([keras.Input((4,)), L.Dense(5, name="first"), L.Dense(1, name="second")])
    model.save(path)
    other = keras.Sequential([keras.Input((4,)), L.Dense(5), L.Dense(1)])
    other.load_weights(path)
    assert all(map(np.array_equal, model.get_weights(), other.get_weights()))
    head = keras.Sequential([keras.Input((4,)), L.Dense(5, name="first"), L.Dense(3, name="new")])
    before = head.layers[1].get_weights()[0]
    head.load_weights(path, by_name=True)
    assert np.array_equal(head.layers[0].get_weights()[0], model.get_weights()[0])
    assert np.array_equal(head.layers[1].get_weights()[0], before)
    with pytest.raises(ValueError, match=r"shape \(5, 3\).*the file has shape \(5, 1\)"):
        head.load_weights(path)
    assert np.array_equal(head.layers[1].get_weights()[0], before)
    with pytest.warns(UserWarning, match="Left as it is"):
        head.load_weights(path, skip_mismatch=True)
    with pytest.raises(ValueError, match="1 layers with weights; the file has 2"):
        keras.Sequential([keras.Input((4,)), L.Dense(5)]).load_weights(path)


@pytest.mark.parametrize("weights_only", [False, True])
def test_checkpoints(weights_only, path):
    x, y = data()
    model = sequential()
    model.compile("adam", "mse")
    saver = keras.callbacks.ModelCheckpoint(path, "loss", save_best_only=True, save_weights_only=weights_only)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore" if weights_only else "error")
        model.fit(x, y, epochs=2, verbose=0, callbacks=[saver])
    other = sequential() if weights_only else load_model(path)
    if weights_only:
        other.load_weights(path)
    assert np.array_equal(model.predict(x), other.predict(x))


def test_custom_classes_are_handed_over(path):
    class Scale(L.Layer):
        def __init__(self, factor=2.0, **options):
            super().__init__(**options)
            self.factor = factor

        def call(self, inputs):
            return inputs * self.factor

    def off(y_true, y_pred):
        return np.mean(np.absolute(y_true - y_pred), axis=-1)

    model = keras.Sequential([keras.Input((4,)), Scale(3.0), L.Dense(1)])
    model.compile("sgd", off, metrics=[off])
    model.save(path)
    other = load_model(path, custom_objects={"Scale": Scale, "off": off})
    assert other.layers[0].factor == 3.0
    np.testing.assert_allclose(model.evaluate(*data(), verbose=0), other.evaluate(*data(), verbose=0), rtol=1e-6)
    with pytest.raises(ValueError, match="Scale.*custom_objects"):
        load_model(path)


# -- as Keras 1 and 2 laid them out ----------------------------------------------------------------------------------


def layer(kind, **config):
    return {"class_name": kind, "config": config}


GLOROT = layer("GlorotUniform", seed=None, dtype="float32")
DENSE = {"use_bias": True, "kernel_initializer": GLOROT, "bias_initializer": layer("Zeros", dtype="float32")}
DENSE |= dict.fromkeys(["kernel_regularizer", "bias_regularizer", "activity_regularizer", "kernel_constraint"])
BATCH = {"axis": [1], "momentum": 0.99, "epsilon": 0.001, "center": True, "scale": True}
OF_2019 = layer(  # tf.keras 2.0
    "Sequential",
    name="sequential",
    layers=[
        layer("Dense", name="dense", trainable=True, batch_input_shape=[None, 4], dtype="float32", units=3)
        | {"config": {"name": "dense", "batch_input_shape": [None, 4], "units": 3, "activation": "relu", **DENSE}},
        layer("BatchNormalization", name="batch_normalization", trainable=True, dtype="float32", **BATCH),
        layer("Dropout", name="dropout", trainable=True, dtype="float32", rate=0.2, noise_shape=None, seed=None),
        layer("LeakyReLU", name="leaky", trainable=True, dtype="float32", alpha=0.1),
        layer("Dense", name="dense_1", trainable=True, dtype="float32", units=1, activation="sigmoid", **DENSE),
    ],
)
ADAM = {"name": "Adam", "learning_rate": 0.01, "decay": 0.0, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-07}
TRAINING = {
    "loss": {"class_name": "BinaryCrossentropy", "config": {"reduction": "auto", "name": "bce", "from_logits": False}},
    "metrics": [[{"class_name": "MeanMetricWrapper", "config": {"name": "accuracy", "fn": "binary_accuracy"}}]],
    "weighted_metrics": None,
    "loss_weights": None,
    "sample_weight_mode": None,
    "optimizer_config": {"class_name": "Adam", "config": ADAM | {"amsgrad": False}},
}


def arrays():
    """The arrays of `OF_2019` by layer, each under its name there."""
    draw = np.random.default_rng(5).normal
    return {
        "dense": {"dense/kernel:0": draw(size=(4, 3)), "dense/bias:0": draw(size=3)},
        "batch_normalization": {
            f"batch_normalization/{name}:0": np.abs(draw(size=3)) + 0.5
            for name in ("gamma", "beta", "moving_mean", "moving_variance")
        },
        "dropout": {},
        "leaky": {},
        "dense_1": {"dense_1/kernel:0": draw(size=(3, 1)), "dense_1/bias:0": draw(size=1)},
    }


def write(path, config, weights, training=None, state=None, version="2.2.4-tf"):
    """A file as `save_model_to_hdf5` of Keras 2 wrote it: texts as bytes, lists of them in arrays of bytes."""
    with h5py.File(path, "w") as file:
        file.attrs["keras_version"], file.attrs["backend"] = version.encode(), b"tensorflow"
        file.attrs["model_config"] = json.dumps(config).encode()
        if training:
            file.attrs["training_config"] = json.dumps(training).encode()
        groups = {"model_weights": weights, "": {"optimizer_weights": state} if state else {}}
        for root, found in groups.items():
            group = file.require_group(root) if root else file
            if root:
                group.attrs["layer_names"] = np.array([name.encode() for name in found])
                group.attrs["backend"], group.attrs["keras_version"] = b"tensorflow", version.encode()
            for name, values in found.items():
                inner = group.create_group(name)
                inner.attrs["weight_names"] = np.array([key.encode() for key in values])
                for key, array in values.items():
                    inner.create_dataset(key, data=np.asarray(array, "int64" if array is STEPS else "float32"))
    return path


STEPS = np.array(7)


def forward(x, weights):
    (w, b), (gamma, beta, mean, variance), *_, (v, c) = [[*part.values()] for part in weights.values()]
    hidden = (np.maximum(x @ w + b, 0) - mean) / np.sqrt(variance + 0.001) * gamma + beta
    hidden = np.where(hidden > 0, hidden, 0.1 * hidden)
    return 1 / (1 + np.exp(-(hidden @ v + c)))


def test_a_sequential_of_keras_2(path):
    x, weights = data()[0], arrays()
    model = load_model(write(path, OF_2019, weights, TRAINING))
    np.testing.assert_allclose(model.predict(x), forward(x, weights), rtol=1e-5)
    assert float(model.optimizer.learning_rate) == pytest.approx(0.01) and model.optimizer.beta_2 == 0.999
    found = model.evaluate(x, (x[:, 0] > 0).astype(float), verbose=0, return_dict=True)
    assert {"loss", "accuracy"} == found.keys()


def test_a_list_of_layers_and_the_spellings_of_keras_2_0(path):
    """Before 2.2.3 the configuration of a Sequential was the list of its layers; an optimizer had `lr`."""
    weights, config = arrays(), {"class_name": "Sequential", "config": OF_2019["config"]["layers"]}
    optimizer = {"lr": 0.02, "beta_1": 0.9, "beta_2": 0.999, "decay": 0.0, "epsilon": None, "amsgrad": False}
    training = {"loss": "binary_crossentropy", "metrics": ["acc"], "loss_weights": None, "sample_weight_mode": None}
    training["optimizer_config"] = {"class_name": "Adam", "config": optimizer}
    model = load_model(write(path, config, weights, training, version="2.0.6"))
    np.testing.assert_allclose(model.predict(data()[0]), forward(data()[0], weights), rtol=1e-5)
    assert float(model.optimizer.learning_rate) == pytest.approx(0.02) and model.optimizer.epsilon == 1e-7
    dense = {"output_dim": 2, "init": "glorot_uniform", "bias": True, "W_regularizer": None, "input_dim": 4}
    of_1 = {"class_name": "Sequential", "config": [layer("Dense", name="d", batch_input_shape=[None, 4], **dense)]}
    kernel = np.arange(8.0).reshape(4, 2)
    model = load_model(write(path, of_1, {"d": {"d_W:0": kernel, "d_b:0": np.ones(2)}}, version="1.2.2"))
    np.testing.assert_allclose(model.predict(np.eye(4)), kernel + 1)


ORDERS = {  # of the state of Adam, by the optimizer class of the version
    "2.4": lambda p: ["Adam/iter:0", *[f"Adam/{w}/m:0" for w in p], *[f"Adam/{w}/v:0" for w in p]],
    "2.12": lambda p: ["iteration:0", "learning_rate:0", *[f"Adam/{s}/{w}:0" for w in p for s in "mv"]],
}


@pytest.mark.parametrize("version", ORDERS)
def test_the_state_of_an_optimizer_of_keras_2(version, path):
    weights = arrays()
    trained_ones = [key for part in weights.values() for key in part if "moving" not in key]
    plain, values = {key.removesuffix(":0"): value for part in weights.values() for key, value in part.items()}, {}
    for name in ORDERS[version]([key.removesuffix(":0") for key in trained_ones]):
        of = next((value for key, value in plain.items() if key in name), None)
        second = "/v:" in name or "/v/" in name
        values[name] = STEPS if "iter" in name else np.array(0.01) if of is None else np.abs(of) * (2 + second)
    model = load_model(write(path, OF_2019, weights, TRAINING, values, version))
    assert model.optimizer.iterations == 7 and float(model.optimizer.learning_rate) == pytest.approx(0.01)
    for variable in model.optimizer.variables[2:]:
        layer_, _, rest = variable.path.partition("/")
        name, _, slot = rest.partition("_")
        expected = np.abs(plain[f"{layer_}/{name}"]) * (3 if slot == "velocity" else 2)
        np.testing.assert_allclose(variable.numpy(), expected, rtol=1e-6, err_msg=variable.path)


def test_a_functional_model_of_keras_2(path):
    """Calls are lists, inputs and outputs lists of places, and the graph of a model inside counts as its first call."""
    inner = layer(
        "Functional",
        name="inner",
        layers=[
            layer("InputLayer", batch_input_shape=[None, 3], dtype="float32", sparse=False, ragged=False, name="in")
            | {"name": "in", "inbound_nodes": []},
            layer("Dense", name="deep", units=2, activation="linear")
            | {"name": "deep", "inbound_nodes": [[["in", 0, 0, {}]]]},
        ],
        input_layers=[["in", 0, 0]],
        output_layers=[["deep", 0, 0]],
    )  # fmt: skip
    config = layer(
        "Model",
        name="model",
        layers=[
            layer("InputLayer", batch_input_shape=[None, 4], dtype="float32", sparse=False, name="a")
            | {"name": "a", "inbound_nodes": []},
            layer("Dense", name="dense", units=3, activation="relu")
            | {"name": "dense", "inbound_nodes": [[["a", 0, 0, {}]]]},
            inner | {"name": "inner", "inbound_nodes": [[["dense", 0, 0, {}]]]},
            layer("Concatenate", name="joined", axis=-1)
            | {"name": "joined", "inbound_nodes": [[["inner", 1, 0, {}], ["dense", 0, 0, {}], ["a", 0, 0, {}]]]},
        ],
        input_layers=[["a", 0, 0]],
        output_layers=[["joined", 0, 0]],
    )  # fmt: skip
    draw, x = np.random.default_rng(1).normal, data()[0]
    w, v, zeros = draw(size=(4, 3)), draw(size=(3, 2)), np.zeros
    weights = {
        "a": {},
        "dense": {"dense/kernel:0": w, "dense/bias:0": zeros(3)},
        "inner": {"deep/kernel:0": v, "deep/bias:0": zeros(2)},
        "joined": {},
    }
    model, hidden = load_model(write(path, config, weights)), np.maximum(x @ w, 0)
    np.testing.assert_allclose(model.predict(x), np.concatenate([hidden @ v, hidden, x], 1), rtol=1e-4, atol=1e-5)


def test_the_layers_of_images_and_words(path):
    config = layer(
        "Sequential",
        name="s",
        layers=[
            layer("Embedding", name="e", batch_input_shape=[None, 6], input_dim=9, output_dim=4, input_length=6)
            | {"config": {"name": "e", "batch_input_shape": [None, 6], "input_dim": 9, "output_dim": 4}
               | {"embeddings_initializer": layer("RandomUniform", minval=-0.05, maxval=0.05, dtype="float32")}
               | {"mask_zero": False, "input_length": 6}},
            layer("Reshape", name="r", target_shape=[6, 4, 1]),
            layer("Conv2D", name="c", filters=2, kernel_size=[3, 3], strides=[1, 1], padding="same", groups=1)
            | {"config": {"name": "c", "filters": 2, "kernel_size": [3, 3], "padding": "same", "data_format":
               "channels_last", "dilation_rate": [1, 1], "groups": 1, "activation": "linear", "use_bias": False}},
            layer("MaxPooling2D", name="m", pool_size=[2, 2], padding="valid", strides=[2, 2]),
            layer("Flatten", name="f", data_format="channels_last"),
        ],
    )  # fmt: skip
    draw = np.random.default_rng(1).normal
    table, kernel = draw(size=(9, 4)), draw(size=(3, 3, 1, 2))
    weights = {"e": {"e/embeddings:0": table}, "c": {"c/kernel:0": kernel}}
    weights = {name: weights.get(name, {}) for name in "ercmf"}
    model, x = load_model(write(path, config, weights)), np.arange(12).reshape(2, 6) % 9
    image = np.pad(table[x], [(0, 0), (1, 1), (1, 1)])
    windows = np.lib.stride_tricks.sliding_window_view(image, (3, 3), (1, 2))
    made = np.einsum("bhwij,ijk->bhwk", windows, kernel[:, :, 0])
    expected = made.reshape(2, 3, 2, 2, 2, 2).max((2, 4)).reshape(2, -1)
    np.testing.assert_allclose(model.predict(x), expected, rtol=1e-4, atol=1e-5)


# -- what is wrong with them -----------------------------------------------------------------------------------------


def changed(path, change):
    """A good file of a whole model, changed in the open."""
    trained(sequential()).save(path)
    with h5py.File(path, "a") as file:
        change(file)
    return path


def _config(change):
    def apply(file):
        config = json.loads(file.attrs["model_config"])
        file.attrs["model_config"] = json.dumps(change(config) or config)

    return apply


def _attribute(name, value, group="/"):
    def apply(file):
        file[group].attrs[name] = value

    return apply


CODE = ["4wEAAAAA", None, None]
WRONG = {
    "no JSON": (_attribute("model_config", "{"), "Expecting property name"),
    "a number": (_attribute("model_config", 3), "should be text"),
    "a list": (_attribute("model_config", "[]"), "should be a dict"),
    "no model": (_attribute("model_config", "{}"), "has no model"),
    "names that are not there": (_attribute("layer_names", ["a", "b"], "model_weights"), "no group 'model_weights/a'"),
    "names that are numbers": (_attribute("layer_names", [1, 2], "model_weights"), "should be text"),
    "units": (_config(lambda c: c["config"]["layers"][1]["config"].update(units=10**8)), "megabytes|more weights"),
    "a class": (_config(lambda c: c["config"]["layers"][1].update(class_name="Lambdaa")), "not offered here"),
    "code": (_config(lambda c: c["config"]["layers"].append(layer("Lambda", name="x", function=CODE))), "Python code"),
    "a text": (_config(lambda c: {"class_name": "Sequential", "config": "x"}), "cannot be read|a dict"),
    "a link": (lambda file: file.__setitem__("model_weights/x", h5py.ExternalLink("/etc/passwd", "/")), "is a link"),
    "in itself": (lambda file: file["model_weights"].__setitem__("x", file["model_weights"]), "deep|entries"),
}  # fmt: skip


@pytest.mark.parametrize("change, match", WRONG.values(), ids=WRONG)
def test_a_wrong_file_is_an_error_that_names_it(change, match, path):
    with pytest.raises(ValueError, match=match) as error:
        load_model(changed(path, change))
    assert str(path) in str(error.value)


def test_long_texts_count_before_they_are_read(path):
    """HDF5 keeps texts apart from the list of them: each of many names may stand for the same megabyte."""

    def grow(file):
        file["model_weights"].attrs["layer_names"] = ["a"] * 3000
        file.attrs["note"] = "a" * 10**6

    with pytest.raises(ValueError, match=r"megabytes.*budget"):
        load_model(changed(path, grow))
    with budget(megabytes=10**5), pytest.raises(ValueError, match="no group 'model_weights/a'"):
        load_model(path)


def test_lists_of_very_many_names_are_in_parts(path):
    model = keras.Sequential([keras.Input((1,)), *[L.Activation("linear", name=f"a{i:030}") for i in range(2100)]])
    model.save(path)
    with h5py.File(path) as file:
        parts = [len(file["model_weights"].attrs[f"layer_names{i}"]) for i in range(2)]
    assert sum(parts) == 2100
    sequential_ = keras.Sequential([keras.Input((1,)), L.Dense(1)])
    with pytest.raises(ValueError, match="1 layers with weights; the file has 0"):
        sequential_.load_weights(path)


def test_the_package_says_how_to_get_h5py(path, monkeypatch):
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(ImportError, match=r"tinygrad-edu\[keras\]"):
        sequential().save(path)
    assert not path.exists()
