"""Models of several inputs and outputs: their data, losses and figures, by programs as op by op."""

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import keras
from tinygrad_edu.common.structure import flatten, map_structure, rebuild, same_form
from tinygrad_edu.nn.layer import as_tensors

L = keras.layers
RNG = np.random.default_rng(0)
ROWS = 20
LEFT, RIGHT = RNG.normal(size=(ROWS, 5)), RNG.normal(size=(ROWS, 2))
PRICE, KIND = RNG.normal(size=(ROWS, 1)), RNG.integers(0, 3, ROWS)
X, Y = {"left": LEFT, "right": RIGHT}, {"price": PRICE, "kind": KIND}
LOSSES = {"price": "mse", "kind": "sparse_categorical_crossentropy"}


class Two(keras.Model):
    """Two inputs and two outputs, in dicts."""

    def __init__(self):
        super().__init__()
        self.of_left, self.of_right = L.Dense(4, activation="tanh"), L.Dense(3)
        self.price, self.kind = L.Dense(1), L.Dense(3, activation="softmax")

    def call(self, inputs):
        both = np.concatenate([self.of_left(inputs["left"]), self.of_right(inputs["right"])], axis=-1)
        return {"price": self.price(both), "kind": self.kind(both)}


class Listed(Two):
    """The same, in lists."""

    def call(self, inputs):
        found = super().call(dict(zip(("left", "right"), inputs)))
        return [found["kind"], found["price"]]


def trained(model=Two, x=X, y=Y, loss=LOSSES, eager=False, fit=None, **options):
    keras.utils.set_random_seed(1)
    model = model()
    model.compile("adam", loss, run_eagerly=eager, **options)
    model.fit(x, y, batch_size=8, epochs=2, verbose=0, **(fit or {}))
    return model


def figures(model):
    return model.history.history


def near(a, b):
    assert a.keys() == b.keys()
    for name in a:
        np.testing.assert_allclose(a[name], b[name], rtol=1e-5, atol=1e-6, err_msg=name)


def test_structures_have_keras_order():
    found = {"b": [1, None], "a": (2, {"c": 3})}
    assert flatten(found) == [2, 3, 1, None]
    assert rebuild(found, flatten(found)) == found
    assert map_structure(str, [1, {"x": 2}]) == ["1", {"x": "2"}]
    assert same_form([1, 2], (3, 4)) and not same_form([1], {"a": 1})
    with pytest.raises(ValueError, match="Expected 2 values"):
        rebuild([1, 2], [1])


def test_lists_of_numbers_are_one_array_and_lists_of_arrays_several():
    assert as_tensors([[1.0, 2.0], [3.0, 4.0]]).shape == (2, 2)
    assert [t.shape for t in as_tensors([np.zeros(3), tg.Tensor([1.0])])] == [(3,), (1,)]
    assert as_tensors({"a": None})["a"] is None


@pytest.mark.parametrize("options", [{}, {"loss_weights": {"price": 0.5, "kind": 2.0}, "metrics": {"price": ["mae"]}}])
def test_programs_agree_with_op_by_op(options):
    by_program, op_by_op = trained(**options), trained(eager=True, **options)
    assert not by_program.programs.eager and by_program.training_program
    near(figures(by_program), figures(op_by_op))
    near(by_program.predict(X), op_by_op.predict(X))


def test_the_loss_is_the_weighted_sum():
    model = trained(loss_weights={"price": 0.5, "kind": 2.0})
    found = model.evaluate(X, Y, verbose=0, return_dict=True)
    assert found["loss"] == pytest.approx(0.5 * found["price_loss"] + 2.0 * found["kind_loss"], rel=1e-6)
    assert found["price_loss"] == pytest.approx(np.mean((model.predict(X)["price"] - PRICE) ** 2), rel=1e-5)


def test_lists_and_dicts_say_the_same():
    def listed(**options):
        return trained(Listed, [LEFT, RIGHT], [KIND, PRICE], ["sparse_categorical_crossentropy", "mse"], **options)

    by_name, in_order = trained(metrics={"kind": ["accuracy"]}), listed(metrics=[["accuracy"], None])
    np.testing.assert_allclose(figures(by_name)["loss"], figures(in_order)["loss"], rtol=1e-6)
    assert in_order.metrics_names == ["loss", "output_1_loss", "output_2_loss", "output_1_accuracy"]
    assert [p.shape for p in in_order.predict([LEFT, RIGHT])] == [(ROWS, 3), (ROWS, 1)]


def test_generators_and_datasets_give_structures():
    def batches():
        for start in range(0, ROWS, 5):
            part = slice(start, start + 5)
            yield map_structure(lambda a: a[part], X), map_structure(lambda a: a[part], Y)  # noqa: B023

    class Data(keras.utils.PyDataset):
        def __len__(self):
            return 4

        def __getitem__(self, index):
            return list(batches())[index]

    keras.utils.set_random_seed(1)
    found = []
    for data in (list(batches()), Data()):
        model = Two()
        model.compile("sgd", LOSSES)
        model.fit(iter(data) if isinstance(data, list) else data, verbose=0, shuffle=False)
        found.append(model.evaluate(Data(), verbose=0, return_dict=True))
        near(model.predict(Data()), model.predict(X))
    near(found[1], {name: found[1][name] for name in found[0]})


def test_weights_of_samples_and_classes_for_each_output():
    ones = np.ones(ROWS)
    plain = figures(trained())
    for weight in (ones, {"price": ones, "kind": ones}):
        near(figures(trained(fit={"sample_weight": weight})), plain)
    near(figures(trained(fit={"class_weight": {"kind": {0: 1.0, 1: 1.0}}})), plain)
    twice = figures(trained(fit={"class_weight": {"kind": {0: 2.0, 1: 2.0, 2: 2.0}}}))
    assert twice["kind_loss"][0] == pytest.approx(2 * plain["kind_loss"][0], rel=0.05)
    with pytest.raises(ValueError, match="expects a dict by their names.*received"):
        trained(fit={"class_weight": {0: 1.0}})


def test_an_output_without_a_loss_needs_no_targets():
    with pytest.warns(UserWarning, match="No gradient for"):
        model = trained(y={"price": PRICE}, loss={"price": "mse"})
    assert list(figures(model)) == ["loss"]
    with pytest.warns(UserWarning, match="No gradient for"):
        other = trained(loss={"price": "mse", "kind": None})
    assert figures(model)["loss"] == pytest.approx(figures(other)["loss"])


def test_validation_data_are_structures_too():
    split = figures(trained(fit={"validation_split": 0.25}))
    first = map_structure(lambda a: a[:15], (X, Y))
    last = map_structure(lambda a: a[15:], (X, Y))
    near(split, figures(trained(x=first[0], y=first[1], fit={"validation_data": last})))
    assert "val_kind_loss" in split


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (
            lambda: trained(y={"price": PRICE, "sort": KIND}),
            "y expects the names of the outputs, 'kind', 'price'",
        ),
        (lambda: trained(y=[PRICE]), "y expects one for each output, 'kind', 'price'; received 1"),
        (lambda: trained(y=PRICE), "y expects an array for each output, 'kind', 'price'.*received one"),
        (lambda: trained(y={"price": PRICE[:3], "kind": KIND}), r"y\['price'\] has 3"),
        (lambda: trained(loss={"sort": "mse"}), "loss expects the names of the outputs, 'kind', 'price'"),
        (lambda: trained(loss=["mse"] * 3), "loss expects one for each output.*received 3"),
        (lambda: trained(metrics={"sort": ["mae"]}), "metrics expects the names of the outputs"),
        (lambda: trained(loss_weights={"sort": 1.0}), "loss_weights expects the names of the outputs"),
        (lambda: L.Dense(1)([np.ones((2, 3)), np.ones((2, 3))]), r"takes one input; received \[\*, \*\]"),
    ],
)
def test_what_does_not_fit_is_refused(act, words):
    with pytest.raises(ValueError, match=words):
        act()


def test_layers_take_what_their_call_takes():
    class Scaled(L.Layer):
        def build(self, inputs_shape, by_shape):
            self.seen = inputs_shape, by_shape
            self.weight = self.add_weight(shape=(), initializer="ones", name="weight")

        def call(self, inputs, by, power=1):
            return inputs * by**power * self.weight, by

    layer = Scaled()
    product, by = layer(np.ones((2, 3)), by=np.full((2, 1), 2.0), power=3)
    assert product.numpy().tolist() == [[8.0] * 3] * 2 and by.shape == (2, 1)
    assert layer.seen == ((None, 3), (2, 1))
    assert layer(np.ones((2, 3)), np.full((2, 1), 2.0), 2)[0].numpy()[0, 0] == 4.0


def test_a_layer_of_lists_is_built_for_their_shapes():
    class Sum(L.Layer):
        def build(self, input_shape):
            self.shapes = input_shape

        def call(self, inputs):
            return inputs[0] + inputs[1]

    layer = Sum()
    assert layer([np.ones((2, 3)), np.ones((2, 3))]).shape == (2, 3)
    assert layer.shapes == [(None, 3), (None, 3)] and layer.output_shape == (None, 3)
    assert layer.compute_output_shape([(None, None, 4), (None, None, 4)]) == (None, None, 4)


def test_two_threads_predict_structures():
    from concurrent.futures import ThreadPoolExecutor

    model = trained()
    scaled = [map_structure(lambda a: a * k, X) for k in range(1, 5)]  # noqa: B023
    expected = [model.predict(x) for x in scaled]
    with ThreadPoolExecutor(4) as pool:
        for n, found in enumerate(pool.map(model.predict, scaled * 4)):
            near(found, expected[n % 4])
