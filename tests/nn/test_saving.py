"""Files: what real Keras wrote is read with its numbers, and what is written here comes back as it was."""

import json
import os
import subprocess
import sys
import zipfile

import numpy as np
import pytest
from golden_figures import GOLDEN, load

import tinygrad_edu as tg
from tinygrad_edu import keras
from tinygrad_edu.nn import Dense, Dropout, Input, Lambda, Sequential, saving
from tinygrad_edu.nn.saving import clone_model, load_model, model_from_json, register_keras_serializable

h5py = pytest.importorskip("h5py")
pytest.importorskip("safetensors")

SCRIPT, FIGURES = load("saving")
ENDINGS = [".weights.h5", ".safetensors", ".npz"]
NAMES = ["dense", "images", "sequences", "own"]


def close(a, b):
    np.testing.assert_allclose(a, b, rtol=2e-4, atol=2e-6)


# -- written by Keras ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_a_file_of_keras_predicts_and_trains_on_as_there(name):
    model = load_model(GOLDEN / f"saving_{name}.keras", custom_objects=SCRIPT.own_classes(keras))
    close(model.predict_on_batch(SCRIPT.data(name)[0]), FIGURES[name]["predicted"])
    close(SCRIPT.train(model, name, SCRIPT.STEPS), FIGURES[name]["next"])


def test_weights_of_keras_go_into_a_model_made_here():
    model = SCRIPT.dense(keras)
    model.load_weights(GOLDEN / "saving_dense.weights.h5")
    close(model.predict_on_batch(SCRIPT.data("dense")[0]), FIGURES["dense"]["predicted"])
    close(SCRIPT.train(model, "dense", SCRIPT.STEPS), FIGURES["dense"]["next"])


def test_without_its_state_the_optimizer_goes_elsewhere():
    """A mutant: the figures above do depend on the state of the optimizer."""
    model = load_model(GOLDEN / "saving_dense.keras")
    model.compile(keras.optimizers.Adam(0.05), "sparse_categorical_crossentropy")
    found = SCRIPT.train(model, "dense", SCRIPT.STEPS)
    assert not np.allclose(found, FIGURES["dense"]["next"], rtol=1e-3)


@pytest.mark.parametrize("name", NAMES)
def test_settings_of_keras_are_written_as_it_wrote_them(name, tmp_path):
    """What Keras put into config.json comes out again: each setting that we write of layers and optimizer is there."""
    with zipfile.ZipFile(GOLDEN / f"saving_{name}.keras") as archive:
        theirs = json.loads(archive.read("config.json"))
    load_model(GOLDEN / f"saving_{name}.keras", custom_objects=SCRIPT.own_classes(keras)).save(tmp_path / "a.keras")
    with zipfile.ZipFile(tmp_path / "a.keras") as archive:
        ours = json.loads(archive.read("config.json"))
        assert {"config.json", "metadata.json", "model.weights.h5"} == {*archive.namelist()}
    assert list(_changed(theirs["config"], ours["config"])) == []
    assert list(_changed(*[config["compile_config"]["optimizer"] for config in (theirs, ours)])) == []


def _changed(theirs, ours, path=""):
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in ours:
            yield from _changed(theirs[key], ours[key], f"{path}.{key}") if key in theirs else [f"{path}.{key} is new"]
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for i, pair in enumerate(zip(theirs, ours)):
            yield from _changed(*pair, f"{path}[{i}]")
    elif ours != theirs and not (isinstance(ours, float) and ours == pytest.approx(theirs, rel=1e-6)):
        yield f"{path}: {theirs!r} became {ours!r}"


# -- our own round trip -------------------------------------------------------------------------------------------


def trained(optimizer="adam", steps=5, **options):
    tg.random.seed(3)
    model = Sequential([Input((4,)), Dense(6, "tanh"), keras.layers.BatchNormalization(), Dense(3)])
    model.compile(optimizer, "mse", metrics=["mae"], **options)
    for _ in range(steps):
        model.train_on_batch(*batch())
    return model


def batch():
    return SCRIPT.waves(12, 4), SCRIPT.waves(12, 3)


def steps(model, count=6):
    """The figures of more steps, each over again."""
    figures = []
    for _ in range(count):
        model.reset_metrics()
        figures.append(model.train_on_batch(*batch(), return_dict=True))
    return figures


def same_state(a, b):
    arrays = zip([*a.get_weights(), *a.optimizer.get_state()], [*b.get_weights(), *b.optimizer.get_state()])
    return all(np.array_equal(x, y) for x, y in arrays)


@pytest.mark.parametrize("name", sorted({cls.__name__ for cls in tg.optim.names.by_name.values()}))
@pytest.mark.parametrize("ending", [".keras", *ENDINGS])
@pytest.mark.matrix
def test_training_goes_on_bit_for_bit(name, ending, tmp_path):
    def optimizer():
        return tg.optim.get({"class_name": name, "config": {"learning_rate": 0.1, "use_ema": True, "clipnorm": 1.0}})

    model = trained(optimizer(), run_eagerly=True)
    if ending == ".keras":
        model.save(tmp_path / "model.keras")
        other = load_model(tmp_path / "model.keras")
    else:
        model.save_weights(tmp_path / f"model{ending}")
        other = trained(optimizer(), steps=0, run_eagerly=True)
        other.load_weights(tmp_path / f"model{ending}")
    assert same_state(model, other)
    assert steps(model) == steps(other)
    assert same_state(model, other)


def test_what_waits_in_gradient_accumulation_is_kept(tmp_path):
    model = trained(tg.optim.Adam(0.1, gradient_accumulation_steps=3), run_eagerly=True)
    model.save(tmp_path / "model.keras")
    other = load_model(tmp_path / "model.keras")
    assert other.optimizer.iterations == 1
    np.testing.assert_allclose([f["loss"] for f in steps(model)], [f["loss"] for f in steps(other)], rtol=1e-6)


@pytest.mark.parametrize("ending", [".keras", *ENDINGS])
def test_a_rate_that_was_assigned_is_kept(ending, tmp_path):
    model = trained()
    model.optimizer.learning_rate = 0.0123
    if ending == ".keras":
        model.save(tmp_path / "model.keras")
        other = load_model(tmp_path / "model.keras")
    else:
        other = trained()
        model.save_weights(tmp_path / f"model{ending}")
        other.load_weights(tmp_path / f"model{ending}")
    assert other.optimizer.learning_rate == 0.0123


@pytest.mark.parametrize("eagerly", [True, False])
@pytest.mark.full
def test_two_hundred_and_two_hundred_epochs_are_four_hundred(eagerly, tmp_path):
    """With shuffled batches and dropout: a file takes nothing from the random numbers of the process."""

    def model():
        tg.random.seed(11)
        found = Sequential([Input((4,)), Dense(5, "tanh"), Dropout(0.2), Dense(3)])
        found.compile(tg.optim.Adam(0.003), "mse", run_eagerly=eagerly)
        return found

    x, y = batch()
    whole = model()
    expected = whole.fit(x, y, batch_size=4, epochs=400, verbose=0).history["loss"]
    first = model()
    losses = first.fit(x, y, batch_size=4, epochs=200, verbose=0).history["loss"]
    first.save(tmp_path / "half.keras")
    second = load_model(tmp_path / "half.keras")
    second.run_eagerly = eagerly
    losses += second.fit(x, y, batch_size=4, epochs=400, initial_epoch=200, verbose=0).history["loss"]
    if eagerly:
        assert losses == expected and same_state(whole, second)
    np.testing.assert_allclose(losses, expected, rtol=1e-4)  # programs are traced anew: a first batch rounds otherwise


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_training_by_programs_goes_back_to_a_file(ending, tmp_path):
    x, y = batch()
    model = trained(tg.optim.Nadam(0.01, use_ema=True, ema_overwrite_frequency=5))
    model.fit(x, y, batch_size=4, epochs=3, verbose=0)
    model.save_weights(tmp_path / f"w{ending}")
    losses = []
    for _ in range(2):
        losses.append(model.fit(x, y, batch_size=4, epochs=3, shuffle=False, verbose=0).history)
        model.load_weights(tmp_path / f"w{ending}")
    assert losses[0] == losses[1]


def test_a_model_that_has_not_been_compiled_or_trained(tmp_path):
    model = Sequential([Input((4,)), Dense(2)])
    model.save(tmp_path / "plain.keras")
    other = load_model(tmp_path / "plain.keras")
    assert not other.compiled and np.array_equal(other.get_weights()[0], model.get_weights()[0])
    model.compile("adam", "mse")
    model.save(tmp_path / "fresh.keras")
    assert load_model(tmp_path / "fresh.keras").optimizer.iterations == 0
    assert not load_model(tmp_path / "fresh.keras", compile=False).compiled


def test_an_unbuilt_model(tmp_path):
    model = Sequential([Dense(2)])
    with pytest.warns(UserWarning, match="no weights yet"):
        model.save(tmp_path / "unbuilt.keras")
    assert not load_model(tmp_path / "unbuilt.keras").built
    with pytest.raises(ValueError, match="no weights yet.*Input"):
        model.save_weights(tmp_path / "w.npz")


# -- without files -------------------------------------------------------------------------------------------------


def test_json_and_back():
    model = SCRIPT.dense(keras)
    again = model_from_json(model.to_json(indent=1))
    assert json.loads(again.to_json()) == json.loads(model.to_json())
    assert [w.shape for w in again.weights] == [w.shape for w in model.weights]


@pytest.mark.parametrize("make", [SCRIPT.dense, SCRIPT.images, SCRIPT.sequences])
def test_configurations_and_clones(make):
    model = make(keras)
    again = Sequential.from_config(model.get_config())
    copy = clone_model(model)
    for other in (again, copy):
        assert [type(x) for x in other.layers] == [type(x) for x in model.layers]
        assert [w.shape for w in other.weights] == [w.shape for w in model.weights]
        assert json.loads(other.to_json())["config"]["layers"] == json.loads(model.to_json())["config"]["layers"]
    assert not set(copy.weights) & set(model.weights)


def test_a_clone_by_a_function_of_ones_own():
    def wider(layer):
        return Dense(7) if layer.name == "hidden" else type(layer).from_config(layer.get_config())

    model = Sequential([Input((4,)), Dense(5, name="hidden"), Dense(2)])
    assert clone_model(model, clone_function=wider).count_params() == 4 * 7 + 7 + 7 * 2 + 2


def test_own_classes_are_registered_scoped_or_handed_over(tmp_path):
    own = SCRIPT.own_classes(keras)
    path = tmp_path / "own.keras"
    model = own["Branches"](units=3, name="mine")
    model(np.zeros((1, 4)))
    model.save(path)
    with pytest.raises(ValueError, match=r"'Branches'.*custom_objects=\{'Branches': Branches\}.*register"):
        load_model(path)
    assert load_model(path, custom_objects=own).units == 3
    with saving.custom_object_scope(own):
        assert load_model(path).units == 3
    registered = saving.get_custom_objects()
    before = dict(registered)
    try:
        for cls in own.values():
            register_keras_serializable("lesson")(cls)
        model.save(path)
        assert load_model(path).units == 3
        assert saving.get_registered_name(own["Scale"]) == "lesson>Scale"
    finally:
        registered.clear()
        registered.update(before)


def test_a_lambda_is_refused_and_a_named_function_handed_over(tmp_path):
    def double(x):
        return 2 * x

    path = tmp_path / "lambda.keras"
    with pytest.raises(ValueError, match="has no name"):
        Sequential([Input((4,)), Lambda(lambda x: 2 * x)]).save(path)
    assert not path.exists()
    Sequential([Input((4,)), Lambda(double)]).save(path)
    with pytest.raises(ValueError, match="'double'.*custom_objects"):
        load_model(path)
    assert load_model(path, {"double": double})(np.ones((1, 4))).numpy().tolist() == [[2.0] * 4]


class Own(keras.layers.Layer):
    """Keeps more in a file than its weight, and reads it again."""

    def build(self, input_shape):
        self.factor = self.add_weight(shape=(input_shape[-1],), initializer="ones", name="factor")
        self.seen = np.zeros(2)

    def call(self, inputs):
        return inputs * self.factor

    def save_own_variables(self, store):
        super().save_own_variables(store)
        store["seen"] = self.seen

    def load_own_variables(self, store):
        if "seen" not in store:
            raise ValueError("Own expects what it saw.")
        self.seen = np.array(store["seen"])
        super().load_own_variables({"0": store["0"]})


@pytest.mark.parametrize("ending", [".keras", *ENDINGS])
def test_a_layer_that_saves_more_than_its_weights(ending, tmp_path):
    def model():
        return Sequential([Input((3,)), Own(name="own"), Dense(2, name="out")])

    first, path = model(), tmp_path / f"own{ending}"
    first.layers[0].seen = np.array([1.5, 2.5])
    first.layers[0].factor.assign([2.0, 3.0, 4.0])
    if ending == ".keras":
        first.save(path)
        second = load_model(path, custom_objects={"Own": Own})
    else:
        first.save_weights(path)
        second = model()
        second.load_weights(path)
    assert second.layers[0].seen.tolist() == [1.5, 2.5]
    assert second.layers[0].factor.numpy().tolist() == [2.0, 3.0, 4.0]


def test_layers_that_took_their_weights_give_them_back_when_a_later_one_refuses(tmp_path):
    plain = Sequential([Input((3,)), Dense(3, name="out"), keras.layers.LayerNormalization(center=False)])
    plain.save_weights(tmp_path / "w.npz")
    model = Sequential([Input((3,)), Dense(3, name="out"), Own(name="own")])
    before = model.get_weights()
    with pytest.raises(ValueError, match="Own expects what it saw"):
        model.load_weights(tmp_path / "w.npz")
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights()))


def test_a_model_says_how_it_was_built_and_compiled():
    model = trained(steps=0)
    dense = model.layers[0]
    assert dense.get_build_config() == {"input_shape": [None, 4]} and Dense(2).get_build_config() is None
    other = Dense(6)
    other.build_from_config(dense.get_build_config())
    assert [w.shape for w in other.weights] == [w.shape for w in dense.weights]
    again = Sequential.from_config(model.get_config())
    assert not again.compiled and again.get_compile_config() == {}
    again.compile_from_config(json.loads(json.dumps(model.get_compile_config())))
    assert again.get_compile_config() == model.get_compile_config()
    assert list(model.children())[0] == "layers" and list(model.children()["layers"]) == model.layers


# -- missing packages, other processes ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "package, ending", [("h5py", ".keras"), ("h5py", ".weights.h5"), ("safetensors", ".safetensors")]
)
def test_a_missing_package_is_one_command(package, ending, tmp_path, monkeypatch):
    model = trained()
    monkeypatch.setitem(sys.modules, package, None)
    for name in [name for name in sys.modules if name.startswith(f"{package}.")]:
        monkeypatch.setitem(sys.modules, name, None)
    extra = "keras" if package == "h5py" else "safetensors"
    with pytest.raises(ImportError, match=rf"pip install .tinygrad-edu\[{extra}\]."):
        (model.save if ending == ".keras" else model.save_weights)(tmp_path / f"m{ending}")
    assert list(tmp_path.iterdir()) == []


def test_importing_the_package_does_not_import_what_files_need():
    code = "import sys, tinygrad_edu.keras.models, tinygrad_edu.keras.saving; print([*sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "'h5py'" not in found and "'safetensors'" not in found


def test_a_new_process_trains_on_where_this_one_was(tmp_path):
    model = trained(run_eagerly=True)
    model.save(tmp_path / "model.keras")
    code = (
        "import sys; sys.path.insert(0, sys.argv[2]); from test_saving import load_model, steps; "
        "print(repr([f['loss'] for f in steps(load_model(sys.argv[1]))]))"
    )
    here = os.path.dirname(__file__)
    command = [sys.executable, "-c", code, str(tmp_path / "model.keras"), here]
    found = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert json.loads(found) == [f["loss"] for f in steps(model)]
