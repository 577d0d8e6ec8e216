"""Functional models against real Keras (figures of tests/golden/nn_functional.py), and what they say of themselves."""

import copy
import json
import pickle
import sys
from pathlib import Path

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import keras
from tinygrad_edu.common.structure import flatten

GOLDEN = Path(__file__).parents[1] / "golden"
sys.path.insert(0, str(GOLDEN))

import nn_functional as cases  # noqa: E402

L = keras.layers
STORED = json.loads((GOLDEN / "nn_functional.json").read_text("utf-8"))["figures"]


def agree(found, stored):
    if isinstance(stored, dict):
        assert found.keys() == stored.keys()
        for name in stored:
            agree(found[name], stored[name])
    elif isinstance(stored, list) and stored and isinstance(stored[0], dict | list):
        assert len(found) == len(stored)
        for one, other in zip(found, stored):
            agree(one, other)
    elif (
        isinstance(stored, list)
        and stored
        and isinstance(stored[0], str)
        or isinstance(stored, list)
        and None in stored
    ):
        assert found == stored
    else:
        np.testing.assert_allclose(found, stored, rtol=2e-5, atol=2e-6)


@pytest.mark.parametrize("name", cases.CASES)
def test_figures_are_those_of_keras(name):
    keras.utils.clear_session()
    agree(json.loads(json.dumps(cases.figures(keras, np, name))), STORED[name])


@pytest.mark.parametrize("name", cases.CASES)
def test_programs_agree_with_op_by_op(name):
    x, y, fitting = cases.CASES[name][1], cases.CASES[name][2], cases.CASES[name][4]
    found = []
    for eager in (False, True):
        model = cases.made(keras, np, name, run_eagerly=eager)
        found.append(model.fit(x, y, epochs=2, batch_size=8, shuffle=False, verbose=0, **fitting).history)
        assert not model.programs.eager
    for key in found[0]:
        np.testing.assert_allclose(found[0][key], found[1][key], rtol=2e-5, err_msg=key)


# -- symbolic values --------------------------------------------------------------------------------------------


def test_an_input_has_a_shape_a_dtype_and_a_name():
    x = keras.Input((10,), name="x")
    assert (x.shape, x.dtype, x.name, x.ndim) == ((None, 10), "float32", "x", 2)
    assert isinstance(x, keras.KerasTensor)
    assert keras.Input(batch_shape=(4, 3)).shape == (4, 3)
    assert L.Dense(3)(x).shape == (None, 3)
    assert L.Conv1D(2, 3)(keras.Input((None, 4))).shape == (None, None, 2)


@pytest.mark.parametrize(
    ("compute", "shape"),
    [
        (lambda x: x + 1, (None, 4, 6)),
        (lambda x: 2 / x - x**2, (None, 4, 6)),
        (lambda x: -x @ np.ones((6, 2)), (None, 4, 2)),
        (lambda x: x[:, 0], (None, 6)),
        (lambda x: x[:, 1:3, ::2], (None, 2, 3)),
        (lambda x: np.sum(x, axis=1), (None, 6)),
        (lambda x: np.mean(x, axis=0), (4, 6)),
        (lambda x: np.concatenate([x, x], axis=-1), (None, 4, 12)),
        (lambda x: np.reshape(x, (-1, 24)), (None, 24)),
        (lambda x: np.where(x > 0, x, 0.0), (None, 4, 6)),
        (lambda x: tg.ops.relu(x).T, (6, 4, None)),
        (lambda x: x.sum(axis=(1, 2)), (None,)),
        (lambda x: x * np.ones_like(x) - np.zeros_like(x) + 2.0 * np.shape(x)[1], (None, 4, 6)),
        (lambda x: keras.ops.softmax(keras.ops.expand_dims(x, 1)), (None, 1, 4, 6)),
        (lambda x: keras.activations.softmax(x), (None, 4, 6)),
    ],
)
def test_operators_and_functions_make_a_graph(compute, shape):
    x = keras.Input((4, 6))
    y = compute(x)
    assert y.shape == shape
    data = np.random.default_rng(0).normal(size=(3, 4, 6)).astype("float32") + 3
    found = keras.Model(x, y)(data)
    np.testing.assert_allclose(found.numpy(), np.asarray(compute(tg.Tensor(data)).numpy()), rtol=1e-6)


@pytest.mark.parametrize("read", [bool, float, len, list, np.asarray, lambda x: [1, 2][x]])
def test_symbolic_values_have_no_values(read):
    with pytest.raises(TypeError, match="has no values yet: a functional model computes them"):
        read(keras.Input((3,)))


def test_a_function_without_an_op_is_refused():
    with pytest.raises(TypeError, match="np.unique has no op on symbolic values"):
        np.unique(keras.Input((3,)))


# -- models -----------------------------------------------------------------------------------------------------


def two():
    a, b = keras.Input((3,), name="a"), keras.Input((2,), name="b")
    both = L.Concatenate(name="both")([a, b])
    return keras.Model([a, b], [L.Dense(1, name="out_a")(both), L.Dense(2, name="out_b")(both)])


A, B = np.ones((5, 3)), np.zeros((5, 2))
Y = [np.ones((5, 1)), np.ones((5, 2))]


def test_an_op_in_a_model_knows_the_shapes_of_its_inputs():
    one, other = keras.Input((3,)), keras.Input((1,))
    model = keras.Model([one, other], np.exp(one) + other)
    exp, add = [call.callee for call in model.calls() if not isinstance(call.callee, keras.layers.InputLayer)]
    assert exp.input_shape == (None, 3)
    assert add.input_shape == [(None, 3), (None, 1)]
    assert add.output_shape == (None, 3)


def test_a_model_knows_its_ends():
    model = two()
    assert model.input_shape == [(None, 3), (None, 2)] and model.output_shape == [(None, 1), (None, 2)]
    assert [x.name for x in model.inputs] == ["a", "b"] == model.input_names
    assert model.output_names == ["out_a", "out_b"]
    assert model.get_layer("both").output.shape == (None, 5)
    assert [x.shape for x in model.get_layer("both").input] == [(None, 3), (None, 2)]
    assert [layer.name for layer in model.layers] == ["a", "b", "both", "out_a", "out_b"]
    assert model.name.startswith("functional") and type(model).__name__ == "Functional"


def test_data_come_as_lists_or_dicts():
    model = two()
    expected = [p.tolist() for p in model.predict([A, B])]
    for x in ((A, B), {"a": A, "b": B}, {"b": B, "a": A, "unused": A}):
        assert [p.tolist() for p in model.predict(x)] == expected
    assert [p.numpy().tolist() for p in model([A.astype("float32"), B])] == expected


def test_history_names_are_those_of_keras():
    model = two()
    model.compile("sgd", ["mse", "mae"], metrics={"out_b": ["mae"]})
    history = model.fit([A, B], Y, verbose=0, validation_data=([A, B], Y)).history
    names = ["loss", "out_a_loss", "out_b_loss", "out_b_mae"]
    assert sorted(history) == sorted(names + [f"val_{name}" for name in names])
    model.fit({"a": A, "b": B}, {"out_a": Y[0], "out_b": Y[1]}, verbose=0)
    assert model.metrics_names == names


def test_models_begin_and_end_in_the_middle():
    model = two()
    head = keras.Model(model.inputs, model.get_layer("both").output)
    assert head.predict([A, B]).shape == (5, 5)
    tail = keras.Model(model.get_layer("both").output, model.outputs)
    found = tail.predict(head.predict([A, B]))
    np.testing.assert_allclose(found[1], model.predict([A, B])[1], rtol=1e-6)
    row = keras.Sequential([keras.Input((3,)), L.Dense(4, name="d"), L.Dense(2)])
    assert keras.Model(row.inputs, row.layers[0].output).predict(A).shape == (5, 4)
    assert keras.Model(row.input, row.get_layer("d").output)(A).shape == (5, 4)


def test_weights_are_shared_by_layers_called_twice():
    x = keras.Input((2,))
    dense = L.Dense(2)
    assert keras.Model(x, dense(dense(x))).count_params() == 6
    row = keras.Sequential([keras.Input((2,)), dense, dense])
    assert row.count_params() == 6 and len(row.layers) == 2
    np.testing.assert_allclose(row.predict(A[:, :2]), dense(dense(A[:, :2].astype("float32"))).numpy())


def test_a_subclass_of_model_may_be_functional():
    class Custom(keras.Model):
        def train_step(self, data):
            return super().train_step(data) | {"steps": 1.0}

    x = keras.Input((3,))
    model = Custom(x, L.Dense(1)(x))
    assert type(model) is Custom
    model.compile("sgd", "mse", run_eagerly=True)
    assert model.fit(A, Y[0], verbose=0).history["steps"] == [1.0]

    class Built(keras.Model):
        def __init__(self, units):
            x = keras.Input((3,))
            super().__init__(inputs=x, outputs=L.Dense(units)(x), name="built")

    assert Built(4).output_shape == (None, 4)


def test_calls_are_listed_by_every_model_that_knows_them():
    row = keras.Sequential([L.Dense(2, name="first"), L.Dense(1, name="second")])
    assert row.calls() is None
    row.build((None, 3))
    assert [call.callee.name for call in row.calls()][1:] == ["first", "second"]
    assert [call.callee.name for call in two().calls()] == ["a", "b", "both", "out_a", "out_b"]
    assert cases.subclassed(keras, np).calls() is None


def test_frozen_layers_stay():
    model = two()
    model.get_layer("out_a").trainable = False
    model.compile("sgd", "mse")
    before = model.get_layer("out_a").get_weights()
    model.fit([A, B], Y, verbose=0)
    assert np.array_equal(before[0], model.get_layer("out_a").get_weights()[0])


# -- errors -----------------------------------------------------------------------------------------------------


def unconnected():
    a, b = keras.Input((3,), name="a"), keras.Input((3,), name="b")
    return keras.Model(a, L.Add()([a, b]))


def same_names():
    x = keras.Input((3,))
    return keras.Model(x, L.Dense(1, name="d")(L.Dense(1, name="d")(x)))


@pytest.mark.parametrize(
    ("act", "kind", "words"),
    [
        (
            lambda: two().predict({"a": A, "c": B}),
            ValueError,
            "each input, 'a', 'b'; received 'a', 'c'",
        ),
        (lambda: two().predict([A, B, B]), ValueError, "expects 2 arrays, for the inputs 'a', 'b'.*received 3"),
        (lambda: two().predict(A), ValueError, "expects 2 arrays, for the inputs 'a', 'b'.*received one"),
        (lambda: two().predict([B, A]), ValueError, r"expects samples of shape \(3,\), got \(2,\)"),
        (lambda: two().predict([A, B[:2]]), ValueError, "must have as many samples"),
        (unconnected, ValueError, "depend on the Input 'b', which is not among the inputs of the model, 'a'"),
        (same_names, ValueError, "two layers named 'd'"),
        (lambda: keras.Model(keras.Input((3,)), L.Dense(1)), TypeError, "Model expects outputs .*received <Dense"),
        (lambda: keras.Model(keras.Input((3,))), TypeError, r"Model expects Model\(inputs, outputs"),
        (lambda: L.Add()(keras.Input((3,))), ValueError, "expects a list of inputs"),
        (lambda: L.Add()([np.ones((2, 3)), np.ones((2, 4))]), ValueError, "shapes that broadcast"),
        (lambda: L.Subtract()([A, A, A]), ValueError, "a list of 2 inputs"),
        (lambda: L.Concatenate()([np.ones((2, 3, 1)), np.ones((2, 4, 1))]), ValueError, "alike but for axis -1"),
        (lambda: L.Dot(1)([np.ones((2, 3)), np.ones((2, 4))]), ValueError, "have to be of one length"),
        (lambda: L.Dense(1)([keras.Input((3,)), keras.Input((3,))]), ValueError, "takes one input"),
        (lambda: two().compile("sgd", {"out": "mse"}), ValueError, "loss expects the names of the outputs, 'out_a'"),
    ],
)
def test_what_does_not_fit_is_refused(act, kind, words):
    with pytest.raises(kind, match=words):
        act()


# -- copies, files ----------------------------------------------------------------------------------------------


def same(model, other, x):
    for one, another in zip(flatten(other.predict(x)), flatten(model.predict(x))):
        np.testing.assert_allclose(one, another, rtol=1e-6)


FUNCTIONAL = [name for name in cases.CASES if name != "subclassed"]


@pytest.mark.parametrize("name", FUNCTIONAL)
def test_models_come_back_from_files(name, tmp_path):
    pytest.importorskip("h5py")
    model, x = cases.made(keras, np, name), cases.CASES[name][1]
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    same(model, again, x)
    assert again.get_config() == model.get_config()
    again.fit(x, cases.CASES[name][2], verbose=0)
    model.save_weights(tmp_path / "model.weights.h5")
    again.load_weights(tmp_path / "model.weights.h5")
    same(model, again, x)


def test_a_model_of_keras_comes_from_its_file():
    pytest.importorskip("h5py")
    model = keras.models.load_model(GOLDEN / "functional.keras")
    agree({"p": json.loads(json.dumps(cases.plain(model.predict(cases.X))))}, {"p": STORED["branches"]["predicted"]})
    history = model.fit(cases.X, cases.BOTH, epochs=2, batch_size=8, shuffle=False, verbose=0).history
    agree({key: history[key] for key in history}, STORED["branches"]["history"])


@pytest.mark.parametrize("name", FUNCTIONAL)
def test_models_are_copied(name):
    model, x = cases.made(keras, np, name), cases.CASES[name][1]
    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        same(model, other, x)
        assert not {id(w) for w in model.weights} & {id(w) for w in other.weights}
    clone = keras.models.clone_model(model)
    assert [layer.name for layer in clone.layers] == [layer.name for layer in model.layers]
    clone.set_weights(model.get_weights())
    same(model, clone, x)
    assert keras.models.model_from_json(model.to_json()).output_shape == model.output_shape


def test_clones_may_have_other_layers():
    def wider(layer):
        return L.Dense(7, name=layer.name) if layer.name == "shared" else type(layer).from_config(layer.get_config())

    clone = keras.models.clone_model(cases.branches(keras, np), clone_function=wider)
    assert clone.get_layer("shared").units == 7 and clone.get_layer("price").kernel.shape == (16, 1)
    called = []

    def calling(layer, *args, **named):
        called.append(layer.name)
        return layer(*args, **named)

    x = keras.Input((3,), name="other")
    model = keras.Model(start := keras.Input((3,)), L.Dense(1, name="d")(start))
    clone = keras.models.clone_model(model, input_tensors=[x], call_function=calling)
    assert clone.inputs == [x] and called == ["d"]


def broken(change):
    keras.utils.clear_session()
    config = json.loads(cases.made(keras, np, "branches").to_json())
    change(config["config"])
    return json.dumps(config)


def entry(config, name):
    return next(layer for layer in config["layers"] if layer["name"] == name)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda c: c["layers"].remove(entry(c, "shared")), "'shared', which is no layer"),
        (
            lambda c: entry(c, "concatenate")["inbound_nodes"][0]["args"][0][0]["config"].update(
                keras_history=["price", 0, 0]
            ),
            "wait for each other",
        ),
        (lambda c: c.update(input_layers={"left": ["left", 0, 0]}), "depend on the Input 'right'"),
        (lambda c: c.update(output_layers=["price", 3, 0]), "not one that can be read"),
    ],
)
def test_broken_files_are_refused(change, words):
    with pytest.raises(ValueError, match=words):
        keras.models.model_from_json(broken(change))


# -- pictures ---------------------------------------------------------------------------------------------------


def test_summary_says_what_is_connected():
    text = []
    keras.utils.clear_session()
    cases.branches(keras, np).summary(print_fn=text.append, line_length=78)
    assert "Connected to" in text[0] and "shared[0][0]" in text[0] and "left[0][0]" in text[0]
    plain = []
    x = keras.Input((3,))
    keras.Model(x, L.Dense(1)(x)).summary(print_fn=plain.append)
    assert "Connected to" not in plain[0] and "InputLayer" in plain[0]


def test_pictures_show_the_branches():
    model = cases.branches(keras, np)
    source = keras.utils.model_to_dot(model, show_shapes=True, show_layer_names=True).source
    assert source.count("->") == 7 and source.count("shared") == 1
    nested = keras.utils.model_to_dot(cases.nested(keras, np), expand_nested=True)
    assert "cluster" in nested.source


def test_graphs_films_and_pages_take_several_inputs():
    model = cases.made(keras, np, "branches")
    one = {name: part[:1] for name, part in cases.X.items()}
    targets = {name: part[:1] for name, part in cases.BOTH.items()}
    for drawing in (tg.viz.draw(model), tg.viz.draw(model, one), tg.viz.draw(model, one, targets)):
        assert "shared" in drawing.source
