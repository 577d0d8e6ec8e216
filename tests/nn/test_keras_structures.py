"""Dicts, lists and nested structures in Sequential and functional models, as Keras's documentation describes them."""

import numpy as np
import pytest

from tinygrad_edu import keras

L = keras.layers


class Passed(L.Layer):
    def call(self, inputs):
        return inputs


@pytest.mark.parametrize("kind", [dict, list])
def test_sequential_of_several_inputs(kind):
    model = keras.Sequential([Passed()])
    arrays = {"a": np.ones((3, 2)), "b": np.zeros((3, 2))}
    found = model(arrays if kind is dict else list(arrays.values()))
    assert type(found) is kind
    assert [value.shape for value in keras.tree.flatten(found)] == [(3, 2), (3, 2)]
    model.summary(print_fn=lambda text: None)


def test_sequential_of_a_fixed_batch_is_written_and_read():
    model = keras.Sequential([keras.Input((3,), batch_size=2), L.Dense(4)])
    config = model.get_config()
    assert tuple(config["build_input_shape"]) == (2, 3)
    assert keras.Sequential.from_config(config).get_config() == config


def nested():
    first, second = keras.Input((1,), name="first"), keras.Input((2,), name="second")
    outputs = {"one": L.Dense(1)(first), "others": [L.Dense(2)(second)]}
    return keras.Model({"one": first, "others": [second]}, outputs)


def test_nested_inputs_and_outputs(tmp_path):
    model, data = nested(), {"one": np.ones((4, 1)), "others": [np.ones((4, 2))]}
    found = model(data)
    assert found["one"].shape == (4, 1)
    assert found["others"][0].shape == (4, 2)
    symbols = model({"one": keras.Input((1,)), "others": [keras.Input((2,))]})
    assert symbols["others"][0].shape == (None, 2)
    model.save(tmp_path / "nested.keras")
    again = keras.models.load_model(tmp_path / "nested.keras")(data)
    np.testing.assert_array_equal(again["others"][0].numpy(), found["others"][0].numpy())


@pytest.mark.parametrize("kind", [list, tuple])
def test_outputs_keep_their_kind_in_a_config(kind):
    inputs = keras.Input((3,))
    model = keras.Model(inputs, kind([L.Dense(1)(inputs), L.Dense(2)(inputs)]))
    assert isinstance(keras.Model.from_config(model.get_config())(np.ones((2, 3))), kind)


def two():
    a, b = keras.Input((2,), name="a"), keras.Input((2,), name="b")
    return keras.Model({"a": a, "b": b}, L.Subtract()([a, b]))


def test_an_entry_that_is_no_input_is_said():
    arrays = {"a": np.ones((1, 2)), "b": np.zeros((1, 2)), "c": np.zeros((1, 2))}
    with pytest.warns(UserWarning, match="'c'"):
        assert two()(arrays).shape == (1, 2)


def test_no_array_for_an_input():
    with pytest.raises(ValueError, match="None"):
        two()({"a": np.ones((1, 2)), "b": None})


def test_a_functional_model_keeps_its_input_spec():
    inputs = keras.Input((None, 3))
    model = keras.Model(inputs, L.Dense(2)(inputs))
    model.input_spec = keras.InputSpec(shape=(None, 4, 3))
    with pytest.raises(ValueError, match="shape"):
        model(np.zeros((2, 3, 3)))
    assert model(np.zeros((2, 4, 3))).shape == (2, 4, 2)
