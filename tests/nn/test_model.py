"""Models: how they are built, what fit, evaluate and predict do with the data, and what they give back."""

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import Tensor
from tinygrad_edu.nn import Activation, Dense, Dropout, EarlyStopping, Input, LambdaCallback, Layer, Model, Sequential

RNG = np.random.default_rng(0)
X = RNG.normal(size=(21, 3)).astype("float32")
Y = (X @ [1.0, -2.0, 0.5] + 0.1 * RNG.normal(size=21)).astype("float32")


def network(units=1, activation=None, dropout=0.0, seed=0, **compiled):
    tg.random.seed(seed)
    hidden = [Dense(5, activation="tanh"), Dropout(dropout)]
    model = Sequential([Input((3,)), *hidden, Dense(units, activation=activation)])
    model.compile(**{"optimizer": tg.optim.Adam(0.02), "loss": "mse"} | compiled)
    return model


def same(a, b):
    return all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))


# -- building -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("announced", "given"),
    [((1,), ()), ((1,), (1, 1)), ((3,), (3, 1)), ((4, 1), (4,)), ((2, 2, 1), (2, 2))],
)
def test_an_axis_of_length_1_at_the_end_may_be_left_out_or_added_as_in_keras(announced, given):
    model = Sequential([Input(announced), tg.nn.Flatten(), Dense(1)])
    model.compile("sgd", "mse")
    x = RNG.normal(size=(6, *given))
    expected = model.predict(x.reshape(6, *announced))
    for found in (model.predict(x), model(x).numpy(), model(Tensor(x)).numpy(), model.predict_on_batch(x)):
        np.testing.assert_array_equal(found, expected)
    loss = model.evaluate(x.reshape(6, *announced), Y[:6], verbose=0)
    assert [model.evaluate(x, Y[:6], verbose=0), model.test_on_batch(x, Y[:6])] == pytest.approx([loss, loss])
    model.fit(x, Y[:6], epochs=3, verbose=0, validation_data=(x, Y[:6]))


@pytest.mark.parametrize("given", [(2,), (1, 3), (3, 1, 1), ()])
def test_other_axes_are_refused(given):
    with pytest.raises(ValueError, match="expects"):
        Sequential([Input((3,)), Dense(1)]).predict(np.zeros((4, *given)))


def test_three_ways_to_give_the_input_shape_and_one_to_learn_it():
    models = [
        Sequential([Input((3,)), Dense(4), Dense(2)]),
        Sequential([Dense(4, input_shape=(3,)), Dense(2)]),
        Sequential([Dense(4, input_dim=3), Dense(2)]),
        Sequential([Dense(4), Dense(2)]),
        Sequential([Dense(4), Dense(2)]),
        Sequential([Dense(4), Dense(2)]),
    ]
    assert [model.built for model in models] == [True, True, True, False, False, False]
    models[3].build((None, 3))
    models[4](X)
    models[5].compile(loss="mse")
    models[5].fit(X, RNG.normal(size=(21, 2)), verbose=0)
    for model in models:
        assert model.built
        assert (model.input_shape, model.output_shape, model.count_params()) == ((None, 3), (None, 2), 26)
        assert [w.shape for w in model.weights] == [(3, 4), (4,), (4, 2), (2,)]
        assert len(model.layers) == 2


def test_layers_can_be_added_and_taken_off():
    model = Sequential(name="net")
    model.add(Input((3,)))
    assert (model.built, model.layers, model.weights) == (True, [], [])
    first, second = Dense(4, name="first"), Dense(2, name="second")
    model.add(first)
    model.add(second)
    assert (model.output_shape, model.layers) == ((None, 2), [first, second])
    assert model.pop() is second
    assert (model.output_shape, model.count_params()) == ((None, 4), 16)
    model.add(Dense(1))
    assert model(X).shape == (21, 1)
    assert (model.get_layer("first"), model.get_layer(index=0), model.get_layer(index=-1).units) == (first, first, 1)
    model.pop()
    model.pop()
    assert model.built
    with pytest.raises(ValueError, match="net has no layers to take off"):
        model.pop()


def test_the_initial_weights_of_a_seed_are_always_the_same():
    assert same(network(seed=4).get_weights(), network(seed=4).get_weights())
    assert not same(network(seed=4).get_weights(), network(seed=5).get_weights())


def test_models_inside_models():
    inner = Sequential([Dense(4, activation="relu"), Dense(2)], name="inner")
    model = Sequential([Input((3,)), inner, Dense(1)])
    assert (model.count_params(), len(model.weights), len(model.layers)) == (16 + 10 + 3, 6, 2)
    model.compile(optimizer=tg.optim.Adam(0.05), loss="mse")
    losses = model.fit(X, Y, epochs=30, verbose=0).history["loss"]
    assert losses[-1] < losses[0] / 3


class Branches(Model):
    """Layers in a dict and a list, used in an order of their own."""

    def __init__(self, units=4):
        super().__init__()
        self.units = units
        self.paths = {"deep": [Dense(units, activation="tanh"), Dense(2)], "wide": Dense(2)}
        self.out = Dense(1)

    def call(self, inputs, training=False):
        deep = inputs
        for layer in self.paths["deep"]:
            deep = layer(deep)
        return self.out(np.concatenate([deep, self.paths["wide"](inputs)], axis=1))


def test_a_subclass_with_lists_and_dicts_of_layers():
    tg.random.seed(0)
    model = Branches()
    assert (model.built, len(model.layers), model.weights) == (False, 4, [])
    model.compile(optimizer=tg.optim.Adam(0.05), loss="mse")
    losses = model.fit(X, Y, epochs=40, verbose=0).history["loss"]
    assert losses[-1] < losses[0] / 5
    assert (model.count_params(), model.output_shape, model.input_shape) == (16 + 10 + 8 + 5, (None, 1), (None, 3))
    again = Branches()
    again.build((None, 3))
    again.set_weights(model.get_weights())
    np.testing.assert_array_equal(again.predict(X), model.predict(X))
    assert model.get_config()["units"] == 4


def test_a_train_step_of_the_user():
    class Halving(Sequential):
        def train_step(self, data):
            logs = super().train_step(data)
            return logs | {"half": logs["loss"] / 2}

    model = Halving([Input((3,)), Dense(1)])
    model.compile(loss="mse")
    history = model.fit(X, Y, epochs=2, verbose=0).history
    np.testing.assert_allclose(np.array(history["half"]) * 2, history["loss"])


def test_a_sequential_from_its_configuration():
    model = Sequential(
        [Input((3,)), Dense(4, activation="relu"), Dropout(0.5), Sequential([Dense(2)]), Activation("tanh")]
    )
    again = Sequential.from_config(model.get_config())
    assert again.get_config() == model.get_config()
    again.set_weights(model.get_weights())
    np.testing.assert_array_equal(again.predict(X), model.predict(X))


# -- batches ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("batch_size", "steps"), [(None, 1), (1, 21), (4, 6), (21, 1), (100, 1), (np.int64(7), 3)])
def test_steps_an_epoch(batch_size, steps):
    model = network()
    history = model.fit(X, Y, batch_size=batch_size, epochs=2, verbose=0)
    assert (model.optimizer.iterations, history.params["steps"]) == (2 * steps, steps)


class Seen(Layer):
    """Notes the batches that pass in training."""

    def __init__(self, batches):
        super().__init__()
        self.batches = batches

    def call(self, inputs, training=False):
        if training:
            self.batches.append(inputs.numpy())
        return inputs


def batches_of_fit(**options):
    batches = []
    model = Sequential([Input((1,)), Seen(batches), Dense(1)])
    model.compile(optimizer=tg.optim.SGD(0.0), loss="mse", run_eagerly=True)
    tg.random.seed(1)
    model.fit(np.arange(10.0)[:, None], np.arange(10.0) ** 2 % 7, verbose=0, **options)
    return [[int(v) for v in batch.ravel()] for batch in batches]


def test_shuffling_permutes_samples_anew_each_epoch():
    found = batches_of_fit(batch_size=4, epochs=3)
    assert [len(batch) for batch in found] == [4, 4, 2] * 3
    epochs = [sum(found[i : i + 3], []) for i in (0, 3, 6)]
    assert all(sorted(epoch) == list(range(10)) for epoch in epochs)
    assert len({tuple(epoch) for epoch in epochs} | {tuple(range(10))}) == 4
    together = [frozenset(batch) for batch in found]
    assert len(set(together)) == 9  # not the same samples in a batch again


def test_without_shuffling_the_order_is_that_of_the_data():
    assert batches_of_fit(batch_size=4, epochs=2, shuffle=False) == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]] * 2


def test_targets_and_weights_stay_with_their_samples():
    """A sample of weight 0 cannot be learnt from, whatever the order."""
    x, y = np.eye(8), np.arange(8.0)
    weight = (np.arange(8) % 2).astype(float)
    model = Sequential([Input((8,)), Dense(1, kernel_initializer="zeros", use_bias=False)])
    model.compile(optimizer=tg.optim.SGD(0.5), loss="mse")
    model.fit(x, y, batch_size=3, epochs=60, sample_weight=weight, verbose=0)
    np.testing.assert_allclose(model.predict(x)[:, 0], y * weight, atol=1e-3)


# -- repeated and divided trainings -----------------------------------------------------------------------------


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "rmsprop"])
def test_two_trainings_are_one_long_training_bit_for_bit(optimizer):
    once = network(dropout=0.4, optimizer=optimizer)
    whole = once.fit(X, Y, batch_size=4, epochs=8, verbose=0).history["loss"]
    twice = network(dropout=0.4, optimizer=optimizer)
    parts = twice.fit(X, Y, batch_size=4, epochs=4, verbose=0).history["loss"]
    history = twice.fit(X, Y, batch_size=4, epochs=8, initial_epoch=4, verbose=0)
    assert parts + history.history["loss"] == whole
    assert history.epoch == [4, 5, 6, 7]
    assert same(once.get_weights(), twice.get_weights())


def test_evaluate_and_predict_in_between_change_nothing():
    once, twice = network(dropout=0.4), network(dropout=0.4)
    tg.random.seed(9)
    once.fit(X, Y, batch_size=4, epochs=4, verbose=0)
    tg.random.seed(9)
    twice.fit(X, Y, batch_size=4, epochs=2, verbose=0)
    twice.evaluate(X, Y, verbose=0)
    twice.predict(X)
    twice.fit(X, Y, batch_size=4, epochs=2, verbose=0)
    assert same(once.get_weights(), twice.get_weights())


def test_a_seed_repeats_a_run():
    runs = [network(dropout=0.4, seed=3).fit(X, Y, batch_size=4, epochs=3, verbose=0).history["loss"] for _ in range(2)]
    assert runs[0] == runs[1]
    assert network(dropout=0.4, seed=4).fit(X, Y, batch_size=4, epochs=3, verbose=0).history["loss"] != runs[0]


def test_compile_again_forgets_the_optimizer_and_keeps_the_weights():
    model = network()
    model.fit(X, Y, epochs=2, verbose=0)
    before = model.get_weights()
    model.compile(optimizer="adam", loss="mae")
    assert same(before, model.get_weights())
    assert model.optimizer.iterations == 0
    model.fit(X, Y, epochs=1, verbose=0)


# -- gradient accumulation ------------------------------------------------------------------------------------


@pytest.mark.parametrize("batch_size", [7, 5, 20, 1])
@pytest.mark.parametrize("cls", [tg.optim.SGD, tg.optim.Adam])
def test_accumulated_batches_are_one_big_batch(cls, batch_size):
    """The course's batch descent: average the gradients of all batches, then one update; the last may be shorter."""
    found = []
    for size, steps in ((21, None), (batch_size, -(-21 // batch_size))):
        model = network(optimizer=cls(0.05, gradient_accumulation_steps=steps))
        model.fit(X, Y, batch_size=size, epochs=3, shuffle=False, verbose=0)
        assert model.optimizer.iterations == 3
        found.append(model.get_weights())
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-6)


def test_averaging_batches_without_their_sizes_would_be_noticed(monkeypatch):
    apply = tg.optim.Optimizer.apply
    monkeypatch.setattr(tg.optim.Optimizer, "apply", lambda self, g, p, weight=1: apply(self, g, p))
    with pytest.raises(AssertionError):
        test_accumulated_batches_are_one_big_batch(tg.optim.SGD, 20)


# -- validation, weights ------------------------------------------------------------------------------------


def test_validation_split_takes_the_last_rows():
    split = network().fit(X, Y, epochs=3, validation_split=0.2, verbose=0).history
    data = network().fit(X[:16], Y[:16], epochs=3, validation_data=(X[16:], Y[16:]), verbose=0).history
    assert split == data  # int(21 · 0.8) = 16, as in Keras


HALVES = np.arange(20) // 10


@pytest.mark.parametrize(
    "labels",
    [HALVES, HALVES[::-1], HALVES[:, None], np.eye(2)[HALVES], np.linspace(0, 1, 20)],
    ids=["rising", "falling", "column", "one-hot", "numbers"],
)
def test_validation_split_of_sorted_labels_warns(labels):
    x = RNG.normal(size=(20, 3))
    model = network(units=2 if labels.ndim == 2 and labels.shape[1] == 2 else 1)
    with pytest.warns(UserWarning, match="validation_split takes the last samples, and y is sorted"):
        model.fit(x, labels, validation_split=0.1, verbose=0)
    mixed = RNG.permutation(20)
    model.fit(x, labels[mixed], validation_split=0.1, verbose=0)  # a warning would be an error here
    model.fit(x, labels, verbose=0)
    model.fit(x, labels * 0, validation_split=0.1, verbose=0)


def test_validation_data_may_have_weights():
    model = network(weighted_metrics=["mae"])
    weight = np.linspace(0, 2, 5)
    history = model.fit(X[:16], Y[:16], validation_data=(X[16:], Y[16:], weight), verbose=0).history
    p = model.predict(X[16:])[:, 0]
    assert history["val_loss"][0] == pytest.approx(np.mean(weight * (p - Y[16:]) ** 2), rel=1e-5)
    assert history["val_mae"][0] == pytest.approx(np.average(np.abs(p - Y[16:]), weights=weight), rel=1e-5)
    assert list(history) == ["loss", "mae", "val_loss", "val_mae"]


@pytest.mark.filterwarnings("ignore:The test step runs op by op")  # it notes each batch in a list
def test_validation_batch_size_and_frequency():
    seen = []
    model = network()
    step = model.test_step
    model.test_step = lambda data: seen.append(len(data[0])) or step(data)
    model.fit(X, Y, epochs=3, validation_data=(X, Y), validation_batch_size=10, validation_freq=2, verbose=0)
    assert seen == [10, 10, 1]


@pytest.mark.parametrize("labels", ["numbers", "column", "one-hot"])
def test_class_weights_are_sample_weights(labels):
    classes = np.arange(21) % 3
    y = {"numbers": classes, "column": classes[:, None], "one-hot": np.eye(3)[classes]}[labels]
    loss = "categorical_crossentropy" if labels == "one-hot" else "sparse_categorical_crossentropy"
    runs = []
    for weights in ({"class_weight": {0: 0.5, 2: 3}}, {"sample_weight": np.array([0.5, 1, 3])[classes]}):
        model = network(units=3, activation="softmax", loss=loss)
        model.fit(X, y, batch_size=4, epochs=2, shuffle=False, verbose=0, **weights)
        runs.append(model.get_weights())
    assert same(*runs)


def test_class_weights_are_the_weights_of_the_samples_of_a_class():
    y = (np.arange(21) % 2).astype(float)
    runs = []
    for weights in ({"class_weight": {1: 3}}, {"sample_weight": 1 + 2 * y}):
        model = network(activation="sigmoid", loss="bce")
        model.train_on_batch(X, y, **weights)
        runs.append(model.get_weights())
    assert same(*runs)
    for method in (model.train_on_batch, model.fit):
        with pytest.raises(ValueError, match="cannot be given at the same time"):
            method(X, y, class_weight={1: 3}, sample_weight=y)


def test_class_weights_are_for_training_only():
    y = (RNG.permutation(21) % 2).astype(float)
    model = network(activation="sigmoid", loss="bce")
    history = model.fit(X, y, class_weight={0: 5.0, 1: 7.0}, validation_split=0.3, verbose=0).history
    assert history["val_loss"][0] == pytest.approx(model.evaluate(X[14:], y[14:], verbose=0), rel=1e-6)


# -- data of other kinds ------------------------------------------------------------------------------------


def kinds():
    import pandas

    table = pandas.DataFrame(X, columns=["a", "b", "c"])
    yield "lists", X.tolist(), Y.tolist()
    yield "tensors", Tensor(X), Tensor(Y)
    yield "pandas", table, pandas.Series(Y, index=range(100, 121))
    yield "column", X.astype(float), Y[:, None]
    yield "frame", table, pandas.DataFrame({"y": Y})


def test_lists_tensors_and_pandas_are_taken_as_arrays():
    pytest.importorskip("pandas")
    expected = network().fit(X, Y, epochs=2, validation_split=0.2, verbose=0).history
    for name, x, y in kinds():
        model = network()
        history = model.fit(x, y, epochs=2, validation_split=0.2, sample_weight=[1.0] * 21, verbose=0).history
        assert history == expected, name
        reference = network()
        reference.fit(X, Y, epochs=2, validation_split=0.2, verbose=0)
        np.testing.assert_array_equal(model.predict(x), reference.predict(X))
        assert model.evaluate(x, y, verbose=0) == reference.evaluate(X, Y, verbose=0)


def test_data_is_never_written():
    x, y = X.copy(), Y.copy()
    x.flags.writeable = y.flags.writeable = False
    network(dropout=0.5).fit(x, y, epochs=2, validation_split=0.2, verbose=0)


# -- figures and what is given back -------------------------------------------------------------------------------


def test_fit_reports_means_over_the_epoch_and_evaluate_the_last_weights():
    """With a learning rate of 0 they agree; otherwise the loss of fit lags behind."""
    still = network(optimizer=tg.optim.SGD(0.0), metrics=["mae"])
    history = still.fit(X, Y, batch_size=4, verbose=0).history
    assert [history["loss"][0], history["mae"][0]] == pytest.approx(still.evaluate(X, Y, batch_size=4, verbose=0))
    assert still.evaluate(X, Y, batch_size=21, verbose=0) == pytest.approx(
        still.evaluate(X, Y, batch_size=4, verbose=0)
    )
    moving = network(optimizer=tg.optim.SGD(0.05))
    loss = moving.fit(X, Y, batch_size=4, verbose=0).history["loss"][0]
    assert moving.evaluate(X, Y, verbose=0) < loss
    by_hand, losses = network(optimizer=tg.optim.SGD(0.05)), []
    for start in range(0, 21, 4):
        by_hand.reset_metrics()
        losses.append(by_hand.train_on_batch(X[start : start + 4], Y[start : start + 4]))
    ordered = network(optimizer=tg.optim.SGD(0.05)).fit(X, Y, batch_size=4, shuffle=False, verbose=0).history["loss"][0]
    assert ordered == pytest.approx(np.average(losses, weights=[4, 4, 4, 4, 4, 1]), rel=1e-6)


def test_evaluate_gives_what_keras_gives():
    plain, measured = network(), network(metrics=["mae", "mse"])
    p = plain.predict(X)[:, 0]
    loss, mae = np.mean((p - Y) ** 2), np.mean(np.abs(p - Y))
    found = plain.evaluate(X, Y, verbose=0)
    assert (type(found), found) == (float, pytest.approx(loss, rel=1e-5))
    found = measured.evaluate(X, Y, verbose=0)
    assert (type(found), found) == (list, pytest.approx([loss, mae, loss], rel=1e-5))
    assert measured.metrics_names == ["loss", "mae", "mse"]
    found = measured.evaluate(X, Y, verbose=0, return_dict=True)
    assert list(found) == ["loss", "mae", "mse"]
    assert measured.evaluate(X, Y, verbose=0, sample_weight=np.full(21, 2.0)) == pytest.approx(
        [2 * loss, mae, loss], rel=1e-5
    )


def test_predict_gives_an_array_whatever_the_batches():
    model = network(units=2)
    expected = model(X).numpy()
    for batch_size in (None, 1, 4, 21, 100):
        found = model.predict(X, batch_size=batch_size)
        assert (type(found), found.dtype, found.shape) == (np.ndarray, np.float32, (21, 2))
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(model.predict_on_batch(X), expected)
    found[:] = 0  # the user's own
    np.testing.assert_allclose(model.predict(X), expected, rtol=1e-5, atol=1e-6)


def test_train_and_test_on_batch():
    model = network(metrics=["mae"])
    first = model.test_on_batch(X, Y)
    assert (type(first), len(first)) == (list, 2)
    model.reset_metrics()
    found = model.train_on_batch(X, Y, return_dict=True)
    assert (list(found), found["loss"]) == (["loss", "mae"], pytest.approx(first[0]))
    assert model.optimizer.iterations == 1
    model.test_on_batch(X, Y)
    assert model.optimizer.iterations == 1
    model.reset_metrics()
    assert model.test_on_batch(X, Y)[0] < first[0]
    assert type(network().train_on_batch(X, Y)) is float


def test_each_batch_has_figures_of_its_own_as_in_keras():
    """Keras 3.15 resets the metrics before each batch; tests/golden/nn_loops.py has its figures."""
    model = network(optimizer=tg.optim.SGD(0.0), metrics=["mae"])
    parts = [X[:5], X[5:], X]
    expected = [network(metrics=["mae"]).evaluate(x, y, verbose=0) for x, y in zip(parts, [Y[:5], Y[5:], Y])]
    for step in (model.test_on_batch, model.train_on_batch):
        found = [step(x, y) for x, y in zip(parts, [Y[:5], Y[5:], Y])]
        np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_a_model_learns_what_a_line_can_explain():
    """Least squares by descent: the weights of the normal equations."""
    model = Sequential([Input((3,)), Dense(1)])
    model.compile(optimizer=tg.optim.Adam(0.1), loss="mse")
    stopping = EarlyStopping(monitor="loss", min_delta=1e-9, patience=30)
    model.fit(X, Y, batch_size=21, epochs=600, callbacks=[stopping], verbose=0)
    design = np.hstack([X, np.ones((21, 1))])
    exact = np.linalg.lstsq(design, Y, rcond=None)[0]
    np.testing.assert_allclose(np.concatenate([w.ravel() for w in model.get_weights()]), exact, atol=2e-3)


def test_run_eagerly_gives_the_same_numbers():
    runs = [
        network(dropout=0.3, run_eagerly=eager).fit(X, Y, batch_size=4, epochs=3, verbose=0) for eager in (True, False)
    ]
    np.testing.assert_allclose(runs[0].history["loss"], runs[1].history["loss"], rtol=1e-5)


def test_float64_layers_train_in_float64():
    model = Sequential([Input((3,)), Dense(1, dtype="float64")])
    model.compile(loss="mse")
    model.fit(X, Y, verbose=0)
    assert {w.dtype for w in model.get_weights()} == {np.dtype("float64")}
    assert model.predict(X).dtype == np.float64


def test_the_learning_rate_can_be_changed_between_epochs():
    def halve(epoch, logs=None):
        model.optimizer.learning_rate = 0.1 / 2**epoch

    model = network()
    model.fit(X, Y, epochs=3, callbacks=[LambdaCallback(on_epoch_begin=halve)], verbose=0)
    assert model.optimizer.learning_rate == 0.025


def test_a_model_that_makes_its_layers_in_build():
    class Late(Model):
        def build(self, input_shape):
            self.out = Dense(input_shape[-1])

        def call(self, inputs):
            return self.out(inputs.relu())

    model = Late()
    model.compile(loss="mse")
    model.fit(X, X, verbose=0)
    assert (model.input_shape, model.output_shape, model.count_params()) == ((None, 3), (None, 3), 12)


def test_taking_a_layer_off_an_unbuilt_model_leaves_it_unbuilt():
    shared = Dense(3)
    shared(X)
    model = Sequential([shared, Dense(1)])
    model.pop()
    assert not model.built
    assert model(X).shape == (21, 3)
