"""The layers, one by one, and layers that users write."""

import copy
import pickle

import numpy as np
import pytest
from golden_figures import load

import tinygrad_edu as tg
from tinygrad_edu import Tensor, gradcheck
from tinygrad_edu.nn import (
    Activation,
    Dense,
    Dropout,
    Flatten,
    Input,
    InputLayer,
    Layer,
    Model,
    Normalization,
    Sequential,
    initializers,
    regularizers,
)

GOLDEN, FIGURES = load("nn_figures")
RNG = np.random.default_rng(0)


@pytest.fixture(autouse=True)
def seeded():
    tg.random.seed(0)


# -- Dense and Activation ---------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(5, 3), (1, 3), (5, 2, 3), (0, 3)], ids=str)
@pytest.mark.parametrize("use_bias", [True, False])
def test_dense_is_its_formula(shape, use_bias):
    layer = Dense(4, activation="tanh", use_bias=use_bias, bias_initializer="random_normal", dtype="float64")
    x = RNG.normal(size=shape)
    out = layer(x)
    bias = layer.bias.data if use_bias else 0
    np.testing.assert_allclose(out.data, np.tanh(x @ layer.kernel.data + bias), rtol=1e-12)
    assert layer.compute_output_shape((None, *shape[1:])) == (None, *shape[1:-1], 4)
    assert [w.path for w in layer.weights] == [f"{layer.name}/kernel", f"{layer.name}/bias"][: 1 + use_bias]
    assert layer.count_params() == 3 * 4 + 4 * use_bias


def test_layers_are_float32_unless_asked_otherwise():
    assert Dense(2)(np.ones((1, 2))).dtype == np.float32
    assert Dense(2)(np.ones((1, 2), int)).dtype == np.float32
    assert Dense(2, dtype="float64")(np.ones((1, 2), np.float32)).dtype == np.float64
    tg.keras.backend.set_floatx("float64")
    try:
        assert Dense(2)(np.ones((1, 2))).dtype == np.float64
    finally:
        tg.keras.backend.set_floatx("float32")
    with pytest.raises(ValueError, match="'float16', 'float32' or 'float64'; received 'float'"):
        tg.keras.backend.set_floatx("float")


@pytest.mark.parametrize("activation", [None, "linear", "relu", np.tanh, lambda x: x * 2])
def test_activations_may_be_names_or_functions(activation):
    x = np.array([[-1.0, 2.0]])
    function = {None: lambda x: x, "linear": lambda x: x, "relu": lambda x: np.maximum(x, 0)}.get(
        activation, activation
    )
    np.testing.assert_allclose(Activation(activation)(x).data, function(x))
    layer = Dense(1, activation=activation, kernel_initializer="ones", dtype="float64")
    np.testing.assert_allclose(layer(x).data, function(x.sum(1, keepdims=True)))


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (lambda: Dense(6, "glu"), (5,)),
        (lambda: Activation("glu"), (4, 6)),
        (lambda: tg.nn.layers.Conv1D(4, 2, activation="glu"), (5, 3)),
    ],
)
def test_the_layer_after_a_gate_gets_half(layer, shape):
    """Beside Keras, whose Sequential builds the next layer for the whole, and then refuses what comes."""
    gated, last = layer(), Dense(2)
    model = Sequential([Input(shape), gated, last])
    x = RNG.normal(size=(3, *shape)).astype("float32")
    whole = gated.activation
    gated.activation = tg.nn.activations.get("linear")
    before = gated(x).numpy()
    gated.activation = whole
    half = before.shape[-1] // 2
    expected = before[..., :half] / (1 + np.exp(-before[..., half:]))
    np.testing.assert_allclose(gated(x).numpy(), expected, rtol=1e-5, atol=1e-6)
    assert model.layers[0].output_shape == (None, *expected.shape[1:])
    np.testing.assert_allclose(model.predict(x, verbose=0), last(expected).numpy(), rtol=1e-5, atol=1e-6)
    with pytest.raises(ValueError, match="glu halves an axis.*axis -1 has 3"):
        Activation("glu")(np.zeros((2, 3)))


def test_initial_weights_and_bias_are_those_asked_for():
    layer = Dense(2, kernel_initializer=initializers.Constant(3.0), bias_initializer="ones")
    layer.build((None, 2))
    assert [w.tolist() for w in layer.get_weights()] == [[[3, 3], [3, 3]], [1, 1]]
    layer = Dense(200)
    layer.build((None, 100))
    limit = np.sqrt(6 / 300)  # Glorot
    assert 0.98 * limit < np.abs(layer.get_weights()[0]).max() <= limit
    assert not layer.get_weights()[1].any()


# -- Dropout --------------------------------------------------------------------------------------------


def test_dropout_drops_its_share_and_keeps_the_mean():
    """40 000 entries: 0.3 ± 0.01 is more than four standard errors."""
    out = Dropout(0.3)(np.ones((200, 200), np.float32), training=True).data
    assert set(np.unique(out)) == {np.float32(0), np.float32(1 / 0.7)}
    assert np.mean(out == 0) == pytest.approx(0.3, abs=0.01)
    assert out.mean() == pytest.approx(1, abs=0.015)
    assert out.dtype == np.float32


def test_dropout_does_nothing_outside_training():
    x = np.arange(6.0).reshape(2, 3)
    for out in (Dropout(0.9)(x), Dropout(0.9)(x, training=False), Dropout(0)(x, training=True)):
        np.testing.assert_array_equal(out.data, x)


def test_dropout_masks_differ_from_call_to_call_and_a_seed_repeats_them():
    x = np.ones((8, 8))
    free = Dropout(0.5)
    tg.random.seed(1)
    first, second = free(x, training=True).numpy(), free(x, training=True).numpy()
    assert (first != second).any()
    tg.random.seed(1)
    np.testing.assert_array_equal(free(x, training=True).data, first)
    runs = []
    for _ in range(2):
        seeded = Dropout(0.5, seed=7)
        runs.append([seeded(x, training=True).numpy() for _ in range(2)])
        tg.random.generator().random()  # its own numbers do not depend on others
    np.testing.assert_array_equal(*runs)
    assert (runs[0][0] != runs[0][1]).any()


def test_dropout_noise_shape():
    x = np.ones((50, 4, 6))
    out = Dropout(0.5, noise_shape=(None, 1, 6), seed=0)(x, training=True).data
    assert (out == out[:, :1]).all()
    assert 0 < np.mean(out[:, 0] == 0) < 1
    for wrong in ((None, 6), (None, 2, 6)):
        with pytest.raises(ValueError, match="cannot stretch a mask of noise_shape"):
            Dropout(0.5, noise_shape=wrong)(x, training=True)


def test_dropout_of_whole_numbers_scales_them_too():
    out = Dropout(0.3, seed=0)(np.ones((20, 20), int), training=True)
    assert set(np.unique(out.data)) == {np.float32(0), np.float32(1 / 0.7)}


def test_dropout_gradient_flows_where_the_value_does():
    x = Tensor(np.ones((4, 4)), requires_grad=True)
    out = Dropout(0.5, seed=0)(x, training=True)
    out.sum().backward()
    np.testing.assert_array_equal(x.grad, out.data)


# -- Flatten, Normalization, Input ------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(5, 2, 3), (5, 4), (5,), (0, 2, 2), (5, 2, 3, 4)], ids=str)
def test_flatten(shape):
    x = RNG.normal(size=shape)
    layer = Flatten()
    assert layer(x).shape == (shape[0], int(np.prod(shape[1:])))
    np.testing.assert_array_equal(layer(x).data.ravel(), x.ravel())
    assert layer.compute_output_shape((None, *shape[1:])) == (None, int(np.prod(shape[1:])))


@pytest.mark.parametrize("name", GOLDEN.NORMALIZATIONS)
def test_normalization_is_that_of_keras(name):
    ours, keras = GOLDEN.normalized(tg.keras, *GOLDEN.NORMALIZATIONS[name]), FIGURES["normalizations"][name]
    tolerance = {"atol": 2e-4} if name != "constant feature" else {"atol": 2e-4}
    np.testing.assert_allclose(ours["out"], keras["out"], **tolerance)
    assert len(ours["weights"]) == len(keras["weights"])
    for mine, theirs in zip(ours["weights"], keras["weights"], strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-4)
        assert np.shape(mine) == np.shape(theirs)


def test_normalization_makes_mean_0_and_deviation_1():
    x = RNG.normal(5, 3, size=(100, 4))
    layer = Normalization(dtype="float64")
    layer.adapt(RNG.normal(size=(10, 4)))
    layer.adapt(x)  # replaces the first
    out = layer(x).data
    np.testing.assert_allclose(out.mean(0), 0, atol=1e-12)
    np.testing.assert_allclose(out.std(0), 1, rtol=1e-12)
    assert layer.mean.shape == layer.variance.shape == (1, 4)
    back = Normalization(mean=x.mean(0), variance=x.var(0), invert=True, dtype="float64")
    np.testing.assert_allclose(back(out).data, x)


def test_a_constant_feature_becomes_0():
    layer = Normalization()
    layer.adapt(np.full((6, 1), 1 / 3))
    np.testing.assert_allclose(layer(np.full((2, 1), 1 / 3, np.float32)).data, 0, atol=0.3)  # rounding / 1e-7


def test_normalization_is_not_trained():
    layer = Normalization()
    assert layer.mean is None
    model = Sequential([layer, Dense(1)])
    layer.adapt(RNG.normal(3, 2, size=(20, 2)))
    model.compile(loss="mse")
    before = layer.get_weights()
    model.fit(RNG.normal(3, 2, size=(20, 2)), np.ones(20), epochs=2, verbose=0)
    for a, b in zip(before, layer.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert len(model.trainable_weights) == 2
    assert gradcheck(model, np.ones((3, 2)), np.ones(3))


def test_normalization_takes_pandas():
    pandas = pytest.importorskip("pandas")
    layer = Normalization()
    layer.adapt(pandas.DataFrame({"a": [1, 3], "b": [10.0, 30.0]}))
    np.testing.assert_allclose(layer.mean.numpy(), [[2, 20]])


@pytest.mark.parametrize(
    ("make", "kind", "text"),
    [
        (lambda: Normalization(mean=1.0), ValueError, "both mean and variance, or neither"),
        (lambda: Normalization(mean=1.0, variance=1.0).adapt([[1.0]]), ValueError, "there is nothing to adapt"),
        (lambda: Normalization().adapt([1.0, 2.0]), ValueError, r"reshape\(-1, 1\)"),
        (lambda: Normalization(axis=3).adapt([[1.0]]), ValueError, "cannot keep statistics along axis 3"),
        (lambda: Normalization(mean=[1.0, 2], variance=[1.0, 2])(np.ones((2, 3))), ValueError, "statistics of shape"),
        (lambda: Normalization().adapt([[np.nan]]), ValueError, "data has NaN at row 0, column 0"),
        (lambda: Normalization().adapt([]), ValueError, "data is empty"),
    ],
)
def test_normalization_refuses(make, kind, text):
    with pytest.raises(kind, match=text):
        make()


def test_normalization_refuses_another_number_of_features():
    layer = Normalization(name="norm")
    layer.adapt(np.ones((4, 3)))
    with pytest.raises(ValueError, match=r"Normalization 'norm' expects samples of shape \(3,\); received \(2,\)"):
        layer(np.ones((4, 2)))


def test_input():
    assert InputLayer((3,)).shape == (3,)
    assert Input((3,)).shape == Input(3).shape == Input([3]).shape == (None, 3)
    assert Input(shape=(2, 3), batch_size=8, name="in").name == "in"
    for wrong in (None, (0,), (-1,), (2.5,), "abc"):
        with pytest.raises(ValueError, match=r"shape of one sample, such as Input\(\(10,\)\); received"):
            Input(wrong)


# -- layers that users write ------------------------------------------------------------------------------


class Scale(Layer):
    def __init__(self, start=1.0, **options):
        super().__init__(**options)
        self.start = start

    def build(self, input_shape):
        self.seen = self.add_weight((), "zeros", name="seen", trainable=False)
        self.factor = self.add_weight((input_shape[-1],), initializers.Constant(self.start), name="factor")

    def call(self, inputs):
        return inputs * self.factor


class Nested(Layer):
    """Layers in a list, in a dict, in a tuple of a dict; and a weight of its own."""

    def __init__(self, **options):
        super().__init__(**options)
        self.steps = [Scale(name="first"), Dense(3, name="second")]
        self.more = {"a": Dense(2, name="third"), "b": (Scale(name="fourth"), "not a layer", None)}
        self.shift = Tensor(np.zeros(2, np.float32), requires_grad=True, name="shift")
        self.note = "text"

    def call(self, inputs, training=False):
        for step in self.steps:
            inputs = step(inputs)
        return self.more["b"][0](self.more["a"](inputs)) + self.shift


def test_weights_of_nested_layers_in_the_order_of_keras():
    """Those of the layer first, then layer by layer; the trainable ones of each before its statistics."""
    layer = Nested()
    assert layer(np.ones((5, 4))).shape == (5, 2)
    names = [w.path for w in layer.weights]
    assert names == [
        "shift", "first/factor", "first/seen", "second/kernel", "second/bias", "third/kernel", "third/bias",
        "fourth/factor", "fourth/seen",
    ]  # fmt: skip
    assert [w.path for w in layer.trainable_weights] == [name for name in names if not name.endswith("seen")]
    assert [w.path for w in layer.non_trainable_weights] == ["first/seen", "fourth/seen"]
    assert layer.variables == layer.weights
    assert layer.trainable_variables == layer.trainable_weights
    assert layer.non_trainable_variables == layer.non_trainable_weights
    assert layer.count_params() == 2 + 4 + 1 + 15 + 8 + 2 + 1
    assert len(layer.sublayers) == 4


def test_nested_layers_learn():
    model = Sequential([Input((4,)), Nested()])
    model.compile(optimizer=tg.optim.SGD(0.1), loss="mse")
    before = [w.numpy() for w in model.trainable_weights]
    model.train_on_batch(np.ones((5, 4)), np.ones((5, 2)))
    assert all((a != b.data).any() for a, b in zip(before, model.trainable_weights, strict=True))
    assert gradcheck(model, np.ones((5, 4)), np.ones((5, 2)), order=2)


def test_freezing():
    first, second = Dense(2, name="a"), Dense(1, name="b")
    model = Sequential([Input((3,)), first, second])
    model.compile(optimizer="sgd", loss="mse")
    first.trainable = False
    assert [w.path for w in model.trainable_weights] == ["b/kernel", "b/bias"]
    assert [w.path for w in model.non_trainable_weights] == ["a/kernel", "a/bias"]
    before = model.get_weights()
    model.fit(np.ones((4, 3)), np.ones(4), epochs=2, verbose=0)
    changed = [(a != b).any() for a, b in zip(before, model.get_weights(), strict=True)]
    assert changed[:2] == [False, False]
    assert changed[3]
    first.trainable = True
    assert len(model.trainable_weights) == 4
    model.trainable = False
    assert (model.trainable_weights, len(model.non_trainable_weights)) == ([], 4)
    assert Dense(1, trainable=False).trainable is False


def test_results_kept_as_attributes_are_not_weights():
    class Watching(Layer):
        def call(self, inputs):
            self.last = inputs * 2
            return self.last

    watching = Watching()
    model = Sequential([Input((2,)), Dense(3), watching, Dense(1)])
    model.compile(loss="mse", run_eagerly=True)
    model.fit(np.ones((4, 2)), np.ones(4), verbose=0)
    model.predict(np.ones((4, 2)))
    assert watching.last.shape == (4, 3)
    assert len(model.weights) == 4


class Training(Layer):
    """Notes what it is told."""

    def __init__(self, told):
        super().__init__()
        self.told = told

    def call(self, inputs, training=False):
        self.told.append(training)
        return inputs


class Wrapper(Layer):
    """Has no `training` argument: the layers inside are told all the same."""

    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def call(self, inputs):
        return self.inner(inputs)


@pytest.mark.parametrize("depth", [0, 1, 3])
def test_training_reaches_nested_layers(depth):
    told = []
    layer = Training(told)
    for _ in range(depth):
        layer = Wrapper(layer)
    model = Sequential([Input((2,)), Sequential([layer]), Dense(1)])
    model.compile(loss="mse", run_eagerly=True)
    x = np.ones((4, 2))

    def during(call):
        told.clear()
        call()
        return set(told)

    assert during(lambda: model.fit(x, np.ones(4), verbose=0)) == {True}
    assert during(lambda: model.train_on_batch(x, np.ones(4))) == {True}
    assert during(lambda: model.evaluate(x, np.ones(4), verbose=0)) == {False}
    assert during(lambda: model.predict(x)) == {False}
    assert during(lambda: model(x)) == {False}
    assert during(lambda: model(x, training=True)) == {True}
    assert during(lambda: model.predict(x)) == {False}  # the flag does not stay


def test_the_inner_call_may_say_otherwise():
    told = []
    inner = Training(told)

    class Frozen(Layer):
        def __init__(self):
            super().__init__()
            self.inner = inner

        def call(self, inputs, training=False):
            return self.inner(self.inner(inputs, training=False))

    Frozen()(np.ones((1, 1)), training=True)
    assert told[-2:] == [False, True]


def test_a_failing_call_does_not_leave_the_flag_behind():
    class Fails(Layer):
        def call(self, inputs, training=False):
            raise KeyError("mine")

        def compute_output_shape(self, input_shape):
            return input_shape

    with pytest.raises(KeyError):
        Fails()(np.ones((1, 1)), training=True)
    told = []
    Training(told)(np.ones((1, 1)))
    assert told == [False, False]


def test_a_layer_without_weights_and_one_with_weights_from_the_start():
    class Early(Layer):
        def __init__(self):
            super().__init__()
            self.w = self.add_weight((2,), "ones", name="w")

        def call(self, inputs):
            return inputs @ self.w

    assert Early()(np.ones((3, 2))).data.tolist() == [2, 2, 2]

    class Double(Layer):
        def call(self, inputs):
            return inputs * 2

    layer = Double()
    assert layer(np.ones((3, 2))).shape == (3, 2)
    assert (layer.weights, layer.count_params(), layer.output_shape) == ([], 0, (None, 2))


def test_weights_in_and_out_are_copies():
    layer = Dense(2)
    layer.build((None, 3))
    out = layer.get_weights()
    out[0][:] = 7
    assert not (layer.kernel.data == 7).any()
    layer.set_weights(out)
    out[0][:] = 8
    assert (layer.kernel.data == 7).all()
    layer.set_weights([w.tolist() for w in out])
    assert layer.kernel.dtype == np.float32


def test_set_weights_checks_everything_first():
    layer = Dense(2, name="d")
    layer.build((None, 3))
    before = layer.get_weights()
    with pytest.raises(ValueError, match="Dense 'd' has 2 weights; received 1 arrays"):
        layer.set_weights([np.zeros((3, 2))])
    with pytest.raises(ValueError, match=r"Weight 'd/bias' has shape \(2,\); received shape \(3,\)"):
        layer.set_weights([np.zeros((3, 2)), np.zeros(3)])
    assert all(np.array_equal(a, b) for a, b in zip(before, layer.get_weights(), strict=True))


def test_names_are_unique_and_may_be_chosen():
    class Unheard(Layer):
        pass

    assert [Unheard().name for _ in range(3)] == ["unheard", "unheard_1", "unheard_2"]
    assert Unheard(name="mine").name == "mine"
    assert repr(Unheard(name="mine")) == "<Unheard name=mine, built=False>"


def test_layers_are_copied_and_pickled_with_their_weights():
    layer = Nested()
    x = np.ones((2, 4))
    out = layer(x).numpy()
    for again in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
        np.testing.assert_array_equal(again(x).data, out)
        assert [w.path for w in again.weights] == [w.path for w in layer.weights]
        again.set_weights([w * 0 for w in again.get_weights()])
    np.testing.assert_array_equal(layer(x).data, out)


# -- configurations -----------------------------------------------------------------------------------------

LAYERS = [
    Dense(3, activation="relu", kernel_regularizer=regularizers.L1L2(0.1, 0.2), name="d", dtype="float64"),
    Dense(3, use_bias=False, kernel_initializer=initializers.HeNormal(seed=3), trainable=False),
    Activation("softmax"),
    Dropout(0.25, noise_shape=(None, 1), seed=4),
    Flatten(),
    Normalization(axis=None),
    Normalization(mean=[1.0, 2.0], variance=(3.0, 4.0), invert=True),
    InputLayer((3, 2), batch_size=4),
    Scale(2.0),
]


@pytest.mark.parametrize("layer", LAYERS, ids=repr)
def test_configuration_makes_the_same_layer(layer):
    config = layer.get_config()
    assert config["name"] == layer.name
    again = type(layer).from_config(config)
    assert again.get_config() == config
    assert is_plain(config)


def is_plain(value):
    if isinstance(value, dict):
        return all(is_plain(v) for v in value.values())
    if isinstance(value, list | tuple):
        return all(map(is_plain, value))
    return value is None or type(value) in (str, int, float, bool)


def of_keras(module, class_name, **config):
    """An object as Keras 3.15 writes it: what keras.saving.serialize_keras_object gives."""
    return {"module": f"keras{module}", "class_name": class_name, "config": config, "registered_name": None}


def test_configuration_of_dense_has_the_entries_of_keras():
    config = Dense(3, activation="relu", kernel_regularizer="l2", name="d").get_config()
    assert config == {
        "name": "d", "trainable": True, "dtype": of_keras("", "DTypePolicy", name="float32"), "units": 3,
        "activation": "relu", "use_bias": True,
        "kernel_initializer": of_keras(
            ".initializers", "GlorotUniform", seed=None, input_axes=None, output_axes=None
        ),
        "bias_initializer": of_keras(".initializers", "Zeros"),
        "kernel_regularizer": of_keras(".regularizers", "L2", l2=0.01), "bias_regularizer": None,
        "kernel_constraint": None, "bias_constraint": None,
    }  # fmt: skip
    assert list(config)[:3] == ["name", "trainable", "dtype"]


def test_an_argument_that_is_not_kept_is_saved_as_it_was_given():
    class Lossy(Layer):
        def __init__(self, units, scale=2.0, **options):
            super().__init__(**options)
            self.other = units * scale

    layer = Lossy(3, name="lossy")
    config = layer.get_config()
    assert (config["units"], config["scale"], config["name"]) == (3, 2.0, "lossy")
    assert Lossy.from_config(config).other == 6.0


# -- what is refused ----------------------------------------------------------------------------------------


class Forgot(Layer):
    def __init__(self):
        self.inner = Dense(2)

    def call(self, inputs):
        return self.inner(inputs)


class ForgotModel(Model):
    def __init__(self):
        self.inner = Dense(2)

    def call(self, inputs):
        return self.inner(inputs)


class ForgotSequential(Sequential):
    def __init__(self):
        self.add(Dense(2))


@pytest.mark.parametrize(
    "use",
    [
        lambda: Forgot()(np.ones((1, 2))),
        lambda: Forgot().weights,
        lambda: Forgot().count_params(),
        lambda: Forgot().get_config(),
        lambda: repr(Forgot()),
        lambda: ForgotModel()(np.ones((1, 2))),
        lambda: ForgotModel().summary(),
        lambda: ForgotModel().predict(np.ones((1, 2))),
        lambda: ForgotSequential(),
    ],
)
def test_forgetting_super_is_named(use):
    with pytest.raises(RuntimeError, match=r"Forgot\w*.__init__ must begin with super\(\).__init__\(\)"):
        use()


def test_forgetting_super_is_named_by_compile():
    model = ForgotModel()
    with pytest.raises(RuntimeError, match=r"ForgotModel.__init__ must begin with super\(\).__init__\(\)"):
        model.compile(loss="mse")


def test_other_missing_attributes_are_what_they_always_were():
    with pytest.raises(AttributeError, match="'Dense' object has no attribute 'weigths'"):
        _ = Dense(1).weigths
    assert not hasattr(Dense(1), "nothing")


@pytest.mark.parametrize(
    ("make", "kind", "text"),
    [
        (lambda: Dense(0), ValueError, "Dense: units should be a whole number ≥ 1; received 0"),
        (lambda: Dense(2.5), ValueError, "received 2.5"),
        (lambda: Dense("3"), ValueError, "received '3'"),
        (lambda: Dense(True), ValueError, "received True"),
        (lambda: Dense(1, activation="rleu"), ValueError, "Unknown activation 'rleu'. Did you mean 'relu'"),
        (lambda: Dense(1, activation=3), TypeError, "activation should be a name, .*; received 3"),
        (lambda: Dense(1, kernel_initializer="he_norml"), ValueError, "Did you mean 'he_normal'"),
        (lambda: Dense(1, kernel_regularizer="l22"), ValueError, "Unknown regularizer 'l22'"),
        (
            lambda: Dense(1, activaton="relu"),
            TypeError,
            "Dense has no argument 'activaton'. Did you mean activation. It takes units, activation",
        ),
        (lambda: Activation("softmx"), ValueError, "Did you mean 'softmax'"),
        (lambda: Dropout(1.1), ValueError, "Dropout: rate should be a finite number ≥ 0 and ≤ 1"),
        (lambda: Dropout(-0.1), ValueError, "received -0.1"),
        (lambda: Dropout("half"), TypeError, "received 'half'"),
        (lambda: Layer()(np.ones((1, 1))), NotImplementedError, r"Layer must define call\(inputs\)"),
        (lambda: Dense(1).count_params(), ValueError, "has no weights yet, as it has not seen its input"),
        (
            lambda: Dense(1)(np.ones(3)),
            ValueError,
            r"samples with features, shape \(batch, features\).*reshape\(-1, 1\)",
        ),
    ],
)
def test_what_is_refused(make, kind, text):
    with pytest.raises(kind, match=text):
        make()


def test_another_number_of_features_is_named_with_the_remedy():
    layer = Dense(2, name="dense_2")
    layer.build((None, 4))
    with pytest.raises(ValueError) as error:
        layer(np.ones((32, 3)))
    assert str(error.value) == (
        "Dense 'dense_2' expects 4 features, got 3 (input shape (32, 3)). Did you mean Input((3,))?"
    )


def test_build_by_hand_is_enough_and_happens_once():
    """A second build, by the first call or by hand, would throw the weights away."""
    layer = Dense(2)
    layer.build((None, 3))
    assert layer.built
    layer.set_weights([np.ones((3, 2)), np.ones(2)])
    kernel = layer.kernel
    assert layer(np.ones((1, 3))).data.tolist() == [[4, 4]]
    layer.build((None, 5))
    assert layer.kernel is kernel
    assert (len(layer.weights), layer.input_shape) == (2, (None, 3))


def test_a_build_that_extends_another():
    class Biased(Scale):
        def build(self, input_shape):
            super().build(input_shape)
            self.bias = self.add_weight((input_shape[-1],), "ones", name="bias")

        def call(self, inputs):
            return super().call(inputs) + self.bias

    layer = Biased(2.0, name="b")
    assert layer(np.ones((1, 2))).data.tolist() == [[3, 3]]
    assert [w.path for w in layer.weights] == ["b/factor", "b/bias", "b/seen"]
