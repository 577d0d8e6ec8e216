"""Layers asked and called apart from any model, as Keras's documentation describes `Layer`: what they would give, how
`build` gets its shapes, what a call leaves behind."""

import numpy as np
import pytest

from tinygrad_edu import keras

L = keras.layers


def test_a_symbolic_value_stands_alone():
    value = keras.KerasTensor((2, 3))
    assert (value.shape, value.dtype) == ((2, 3), "float32")
    assert L.Dense(4)(value).shape == (2, 4)
    assert keras.KerasTensor((2, 3), dtype="int32", name="rows").name == "rows"
    with pytest.raises(TypeError, match="Input"):
        keras.Model(value, L.Dense(4)(value))


@pytest.mark.parametrize(
    ("form", "kind"),
    [
        (lambda s: s, keras.KerasTensor),
        (lambda s: (s, s), tuple),
        (lambda s: [s, s], list),
        (lambda s: {"a": s, "b": {"c": s}}, dict),
    ],
    ids=["one", "tuple", "list", "dict"],
)
def test_compute_output_shape_is_enough_for_compute_output_spec(form, kind):
    class Asked(L.Layer):
        def call(self, inputs):
            raise AssertionError("only its shapes are asked for")

        def compute_output_shape(self, input_shape):
            return form(input_shape)

    found = Asked().compute_output_spec(keras.KerasTensor((2, 3)))
    assert isinstance(found, kind)
    assert {value.shape for value in keras.tree.flatten(found)} == {(2, 3)}


def test_a_layers_own_compute_output_spec_is_asked():
    class Doubled(L.Layer):
        def call(self, inputs):
            return np.concatenate([inputs, inputs], axis=-1)

        def compute_output_spec(self, inputs):
            return keras.KerasTensor((*inputs.shape[:-1], 2 * inputs.shape[-1]), dtype="float32")

    inputs = keras.Input((3,))
    model = keras.Model(inputs, Doubled()(inputs))
    assert model.output_shape == (None, 6)
    assert model(np.ones((2, 3))).shape == (2, 6)


def test_a_spec_that_only_a_trial_can_tell():
    class Shifted(L.Layer):
        def call(self, inputs):
            return inputs + 1.0

        def compute_output_spec(self, inputs):
            raise NotImplementedError

    model = keras.Sequential([Shifted()])
    np.testing.assert_allclose(model(np.zeros((3, 2))).numpy(), np.ones((3, 2)))
    model.summary(print_fn=lambda text: None)


def test_the_bare_layer_computes_nothing():
    for method in ("call", "compute_output_shape"):
        with pytest.raises(NotImplementedError):
            getattr(L.Layer(), method)((None, 3))


def test_symbolic_calls_leave_no_terms_of_the_loss():
    layer = L.Dense(2, activity_regularizer="l1")
    layer(keras.Input((2,)))
    assert layer.losses == []


def test_build_gets_its_shapes_by_name():
    class Both(L.Layer):
        def build(self, other_shape, first_shape):
            self.widths = first_shape[-1], other_shape[-1]

        def call(self, first, other):
            return first[:, 0] + other[:, 0]

    layer = Both()
    layer(np.ones((4, 1)), np.ones((4, 2)))
    assert layer.widths == (1, 2)


@pytest.mark.parametrize("argument", ["other", "third_shape"])
def test_build_asks_only_for_what_call_takes(argument):
    class Wrong(L.Layer):
        def call(self, first, other):
            return first[:, 0] + other[:, 0]

    exec(f"def build(self, first_shape, {argument}): pass", scope := {})
    Wrong.build = scope["build"]
    with pytest.raises(ValueError, match=argument):
        Wrong()(np.ones((4, 1)), np.ones((4, 2)))


def test_inputs_by_name():
    class Sum(L.Layer):
        def __init__(self):
            super().__init__()
            self.first, self.second = L.Dense(2), L.Dense(2)

        def call(self, x1, x2):
            return self.first(x1) + self.second(x2)

    layer = Sum()
    layer(x1=keras.KerasTensor((3, 4)), x2=keras.KerasTensor((3, 4)))
    assert len(layer.weights) == 4
    assert layer(x1=np.ones((3, 4)), x2=np.ones((3, 4))).shape == (3, 2)


def test_a_call_without_inputs():
    for layer in (L.Dense(2), keras.Sequential([L.Dense(2)])):
        with pytest.raises(TypeError, match="expects its inputs"):
            layer()
        assert layer(inputs=np.ones((1, 3))).shape == (1, 2)


def test_masks_of_several_inputs():
    class Masked(L.Layer):
        supports_masking = True

        def call(self, inputs, mask=None):
            assert isinstance(mask, list)
            assert len(mask) == 2
            return inputs[0] + inputs[1]

    Masked()([np.ones((4, 4)), np.ones((4, 4))], mask=[np.ones(4), np.ones(4)])


def test_inputs_of_whole_numbers():
    indices = keras.Input((None,), dtype="int32")
    assert indices.dtype == "int32"
    model = keras.Model(indices, L.GlobalAveragePooling1D()(L.Embedding(7, 3)(indices)))
    assert model.predict(np.array([[1, 2, 6]]), verbose=0).shape == (1, 3)
    assert keras.Model.from_config(model.get_config()).inputs[0].dtype == "int32"
