"""What every layer has: terms of the loss, freezing, arguments that are left out by name, lengths that may vary."""

import gc

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import Tensor
from tinygrad_edu.nn import Dense, Input, Layer, Model, Sequential, layers


@pytest.fixture(autouse=True)
def seeded():
    tg.random.seed(0)


# -- terms of the loss ----------------------------------------------------------------------------------------


class Quiet(Layer):
    """Asks for small values, as a user writes it."""

    def __init__(self, factor=0.1, **options):
        super().__init__(**options)
        self.factor = factor

    def call(self, inputs):
        self.add_loss(self.factor * np.sum(np.square(inputs)))
        return inputs


class Around(Model):
    def __init__(self, *inner):
        super().__init__()
        self.inner = list(inner)

    def call(self, inputs):
        for layer in self.inner:
            inputs = layer(inputs)
        return inputs


def test_terms_are_those_of_the_last_call():
    layer = Quiet()
    assert layer.losses == []
    for values, expected in (([[1.0, 2.0]], 0.5), ([[3.0]], 0.9)):
        layer(np.array(values))
        assert [term.item() for term in layer.losses] == [pytest.approx(expected)]


def test_terms_of_nested_layers_come_before_penalties_on_weights():
    model = Around(Quiet(1.0), Around(Quiet(2.0)), Dense(1, kernel_regularizer="l2", kernel_initializer="ones"))
    model(np.array([[3.0]]))
    model(np.array([[1.0]]))
    assert [round(term.item(), 6) for term in model.losses] == [1.0, 2.0, 0.01]


def test_a_layer_used_twice_adds_two_terms():
    quiet = Quiet(1.0)
    model = Around(quiet, quiet)
    model(np.array([[2.0]]))
    assert [term.item() for term in model.losses] == [4.0, 4.0]


@pytest.mark.parametrize("eager", [True, False])
def test_terms_are_trained_on(eager):
    """The loss of the data is 0; all that moves the weight is the term 3 · w²: w ← w − 0.1 · 6 · w."""
    model = Sequential([Input((1,)), Dense(1, use_bias=False, kernel_initializer="ones"), Quiet(3.0)])
    model.compile(tg.optim.SGD(0.1), lambda y, p: 0.0 * np.sum(p), run_eagerly=eager)
    x, weights = np.ones((1, 1)), []
    for _ in range(4):
        model.train_on_batch(x, x)
        weights.append(model.get_weights()[0].item())
    np.testing.assert_allclose(weights, 0.4 ** np.arange(1, 5), rtol=1e-5)
    assert model.evaluate(x, x, verbose=0) == pytest.approx(3 * weights[-1] ** 2, rel=1e-5)


def test_an_activity_regularizer_is_divided_by_the_number_of_samples():
    layer = Dense(1, kernel_initializer="ones", activity_regularizer="l2", use_bias=False)
    layer(np.array([[1.0], [3.0]]))
    assert [term.item() for term in layer.losses] == [pytest.approx(0.01 * 10 / 2)]
    assert layer.get_config()["activity_regularizer"] == {
        "module": "keras.regularizers", "class_name": "L2", "config": {"l2": 0.01}, "registered_name": None
    }  # fmt: skip
    assert "activity_regularizer" not in Dense(1).get_config()
    assert layers.ReLU(activity_regularizer="l1").activity_regularizer.l1 == 0.01


def test_terms_do_not_keep_old_graphs():
    layer = Quiet()
    x = Tensor(np.ones((2, 2)), requires_grad=True)
    layer(x)
    first = layer.losses[0]
    gc.collect()
    layer(x)
    assert layer.losses[0] is not first and len(layer.losses) == 1


@pytest.mark.parametrize("wrong", [0.5, np.ones(()), Tensor([1.0, 2.0]), None])
def test_add_loss_refuses(wrong):
    with pytest.raises(ValueError, match=r"add_loss\(t\) of a Tensor with one value"):
        Quiet().add_loss(wrong)


# -- freezing -------------------------------------------------------------------------------------------------


def test_trainable_goes_down_to_all_layers_as_in_keras():
    model = Sequential([Input((3,)), Dense(2, name="a"), Around(Dense(2, name="b"), Dense(1, name="c"))])
    model.trainable = False
    assert [layer.trainable for layer in (model.layers[0], *model.layers[1].inner)] == [False] * 3
    model.layers[1].trainable = True
    assert model.trainable_weights == []
    model.trainable = True
    assert len(model.trainable_weights) == 6
    model.layers[1].inner[0].trainable = False
    assert [w.path for w in model.non_trainable_weights] == ["b/kernel", "b/bias"]


def test_frozen_batch_normalization_predicts():
    """Its statistics neither move nor are those of the batch."""
    layer = layers.BatchNormalization(trainable=False)
    x = np.array([[5.0], [9.0]], np.float32)
    np.testing.assert_allclose(layer(x, training=True).data, x / np.sqrt(1.001), rtol=1e-6)
    assert layer.moving_mean.data == 0
    layer.trainable = True
    np.testing.assert_allclose(layer(x, training=True).data, [[-1], [1]], rtol=1e-3)
    assert layer.moving_mean.data == pytest.approx(0.07)


@pytest.mark.parametrize("eager", [True, False])
def test_moving_statistics_come_to_those_of_the_data(eager):
    x = np.random.default_rng(0).normal([3.0, -1.0], [2.0, 0.5], size=(64, 2))
    layer = layers.BatchNormalization(momentum=0.8)
    model = Sequential([Input((2,)), layer, Dense(1)])
    model.compile("sgd", "mse", run_eagerly=eager)
    model.fit(x, x[:, :1], batch_size=64, epochs=60, verbose=0)
    np.testing.assert_allclose(layer.moving_mean.data, x.mean(0), rtol=1e-4)
    np.testing.assert_allclose(layer.moving_variance.data, x.var(0), rtol=1e-4)


# -- members ----------------------------------------------------------------------------------------------------


def test_weights_are_found_wherever_they_are_put():
    """In lists that grow later, in place of others, and no longer when they are deleted."""
    layer = Around()
    layer.build_for((None, 2))
    assert layer.weights == []
    layer.inner.append(Dense(2, name="late"))
    layer(np.ones((1, 2)))
    assert [w.path for w in layer.weights] == ["late/kernel", "late/bias"]
    layer.more = {"a": (Dense(1, name="more"),)}
    layer.more["a"][0].build((None, 2))
    assert len(layer.weights) == 4
    layer.more = None
    assert len(layer.weights) == 2
    layer.own = Tensor([1.0], requires_grad=True, name="own")
    assert [w.path for w in layer.weights][0] == "own"
    del layer.own
    assert len(layer.weights) == 2


def test_attributes_may_be_set_before_super():
    class Early(Layer):
        def __init__(self, units):
            self.units = units
            self.inner = Dense(units)
            super().__init__()

        def call(self, inputs):
            return self.inner(inputs)

    layer = Early(3)
    assert layer(np.ones((2, 2))).shape == (2, 3)
    assert len(layer.weights) == 2


# -- lengths that may vary ----------------------------------------------------------------------------------------


def test_input_of_unknown_length():
    model = Sequential([Input((None, 2)), Dense(3), layers.Activation("relu"), Quiet()])
    assert model.output_shape == (None, None, 3)  # Quiet says nothing of its shape: it was tried
    assert [model(np.ones((4, n, 2))).shape for n in (1, 5)] == [(4, 1, 3), (4, 5, 3)]
    with pytest.raises(ValueError, match=r"expects 2 features, got 3"):
        model(np.ones((4, 5, 3)))
    assert layers.Flatten().compute_output_shape((None, None, 3)) == (None, None)
    assert layers.Reshape((-1, 3)).compute_output_shape((None, None, 3)) == (None, None, 3)
    with pytest.raises(ValueError, match="name the axes that may vary in shared_axes"):
        layers.PReLU().build((None, None, 3))
    layers.PReLU(shared_axes=[1]).build((None, None, 3))


def test_input_by_batch_shape():
    layer = layers.InputLayer(batch_shape=(8, None, 3))
    assert Input(batch_shape=(8, None, 3)).shape == (8, None, 3)
    assert (layer.shape, layer.batch_size, layer.batch_shape) == ((None, 3), 8, (8, None, 3))
    again = layers.InputLayer.from_config({**layer.get_config(), "sparse": False, "ragged": False, "optional": False})
    assert again.batch_shape == (8, None, 3)
    with pytest.raises(ValueError, match="either shape or batch_shape"):
        Input((3,), batch_shape=(None, 3))
    with pytest.raises(ValueError, match="does not offer Keras's sparse"):
        Input((3,), sparse=True)


# -- what is left out, by name --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda **a: Dense(2, **a), "lora_rank"),
        (lambda **a: Dense(2, **a), "quantization_config"),
        (lambda **a: layers.BatchNormalization(**a), "renorm"),
        (lambda **a: layers.BatchNormalization(**a), "synchronized"),
    ],
)
def test_arguments_that_are_not_offered(make, name):
    make(**{name: None})
    with pytest.raises(ValueError, match=f"does not offer Keras's {name}: expected"):
        make(**{name: True})
    with pytest.raises(TypeError, match="has no argument 'nothing_such'"):
        make(nothing_such=1)


def test_the_dtype_of_a_file_of_keras():
    policy = {"module": "keras", "class_name": "DTypePolicy", "config": {"name": "float64"}, "registered_name": None}
    assert Dense(1, dtype=policy).dtype == "float64"


# -- Lambda, Embedding ------------------------------------------------------------------------------------------------


def test_lambda_computes_and_learns_and_is_never_made_from_a_file():
    layer = layers.Lambda(lambda x, power: x**power, arguments={"power": 2}, name="square")
    model = Sequential([Input((3,)), Dense(2), layer])
    model.compile("sgd", "mse")
    assert model.output_shape == (None, 2)
    model.fit(np.ones((4, 3)), np.ones((4, 2)), epochs=3, verbose=0)
    with pytest.raises(ValueError, match="Lambda 'square' holds Python code, which is never made from"):
        layers.Lambda.from_config(layer.get_config())
    told = layers.Lambda(lambda x, training: x * (2.0 if training else 1.0))
    assert [told(np.ones((1, 1)), training=t).item() for t in (True, False)] == [2, 1]
    assert layers.Lambda(abs, output_shape=(7,)).compute_output_shape((None, 3)) == (None, 7)
    assert layers.Lambda(abs, output_shape=lambda shape: shape[:1]).compute_output_shape((None, 3)) == (None,)
    with pytest.raises(TypeError, match="Lambda: function should be a function; received 3"):
        layers.Lambda(3)


def test_embedding_takes_rows_and_adds_up_their_gradients():
    layer = layers.Embedding(4, 2)
    x = np.array([[3, 1, 3]])
    out = layer(x)
    np.testing.assert_array_equal(out.data[0], layer.embeddings.data[[3, 1, 3]])
    out.sum().backward()
    np.testing.assert_array_equal(layer.embeddings.grad, [[0, 0], [1, 1], [0, 0], [2, 2]])
    np.testing.assert_array_equal(layer(x.astype(float)).data, out.data)
    with pytest.raises(ValueError, match="whole numbers from 0 to 3; received 4"):
        layer(np.array([[4]]))
    with pytest.raises(ValueError, match="input_dim should be a whole number ≥ 1; received 0"):
        layers.Embedding(0, 2)


@pytest.mark.parametrize(
    ("make", "kind", "text"),
    [
        (lambda: layers.Reshape((-1, -1)), ValueError, "of which one may be -1"),
        (lambda: layers.Reshape((5, 2))(np.ones((1, 12))), ValueError, r"shape \(12,\), 12 values, into the shape"),
        (lambda: layers.Reshape((5, -1))(np.ones((1, 12))), ValueError, "cannot put samples"),
        (lambda: layers.Permute((0, 1)), ValueError, "each of the axes 1, 2, … of a sample once"),
        (lambda: layers.Permute((2, 1))(np.ones((2, 3))), ValueError, r"orders 2 axes; received samples of shape \(3,"),
        (lambda: layers.RepeatVector(0), ValueError, "n should be a whole number ≥ 1; received 0"),
        (lambda: layers.RepeatVector(2)(np.ones((2, 3, 4))), ValueError, "expects rows"),
        (lambda: layers.ReLU(max_value=-1), ValueError, "ReLU: max_value should be a finite number ≥ 0"),
        (lambda: layers.LeakyReLU(-0.1), ValueError, "negative_slope should be a finite number ≥ 0"),
        (lambda: layers.PReLU(shared_axes=[3])(np.ones((2, 3))), ValueError, r"cannot share along the axes \[3\]"),
        (lambda: layers.BatchNormalization(axis=3)(np.ones((2, 3))), ValueError, "cannot work along axis 3"),
        (lambda: layers.BatchNormalization(momentum=1.5), ValueError, "momentum should be a finite number ≥ 0 and ≤ 1"),
        (lambda: layers.GaussianNoise(2.0), ValueError, "stddev should be a finite number ≥ 0 and ≤ 1"),
        (lambda: layers.GaussianDropout(1.0), ValueError, "rate should be a finite number ≥ 0 and < 1"),
        (
            lambda: layers.Flatten("first"),
            ValueError,
            "Flatten: data_format should be 'channels_last', 'channels_first'",
        ),
    ],
)
def test_what_is_refused(make, kind, text):
    with pytest.raises(kind, match=text):
        make()


# -- noise: what Keras's random layers promise -----------------------------------------------------------------------

ONES = np.ones((200, 200), np.float32)  # 40 000 entries: bounds are more than four standard errors


@pytest.mark.parametrize(
    ("make", "mean", "deviation"),
    [
        (lambda: layers.GaussianNoise(0.3), 1.0, 0.3),
        (lambda: layers.GaussianDropout(0.3), 1.0, np.sqrt(0.3 / 0.7)),
        (lambda: layers.Dropout(0.3), 1.0, np.sqrt(0.3 / 0.7)),
    ],
)
def test_mean_and_deviation_of_noise(make, mean, deviation):
    out = make()(ONES, training=True).data
    assert out.dtype == np.float32
    assert out.mean() == pytest.approx(mean, abs=4.5 * deviation / 200)
    assert out.std() == pytest.approx(deviation, rel=0.03)
    np.testing.assert_array_equal(make()(ONES, training=False).data, ONES)


def test_alpha_dropout_keeps_mean_and_variance():
    """Of inputs with mean 0 and variance 1; dropped entries have one value, kept ones lie on a line."""
    x = np.random.default_rng(0).normal(size=(300, 300)).astype("float32")
    out = layers.AlphaDropout(0.3, seed=0)(x, training=True).data
    assert out.mean() == pytest.approx(0, abs=0.015)
    assert out.var() == pytest.approx(1, rel=0.02)
    values, counts = np.unique(out, return_counts=True)
    assert counts.max() / out.size == pytest.approx(0.3, abs=0.01)
    kept = out != values[counts.argmax()]
    assert np.corrcoef(x[kept], out[kept])[0, 1] == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize(("cls", "shape"), [("SpatialDropout1D", (50, 6, 20)), ("SpatialDropout2D", (50, 3, 4, 20))])
def test_spatial_dropout_drops_whole_channels(cls, shape):
    out = getattr(layers, cls)(0.4, seed=0)(np.ones(shape), training=True).data
    flat = out.reshape(50, -1, 20)
    assert (flat == flat[:, :1]).all()
    assert np.mean(flat[:, 0] == 0) == pytest.approx(0.4, abs=0.07)


@pytest.mark.parametrize("cls", ["GaussianNoise", "GaussianDropout", "AlphaDropout", "SpatialDropout1D"])
def test_a_seed_repeats_the_noise(cls):
    x = np.ones((4, 5, 6))
    first, second = (getattr(layers, cls)(0.5, seed=7) for _ in range(2))
    runs = [[layer(x, training=True).numpy() for _ in range(2)] for layer in (first, second)]
    np.testing.assert_array_equal(*runs)
    assert (runs[0][0] != runs[0][1]).any()


# -- what scripts for older versions of Keras write ---------------------------------------------------------------


def test_old_arguments_are_taken_with_a_warning_as_in_keras():
    with pytest.warns(UserWarning, match="alpha= → negative_slope= of LeakyReLU"):
        assert layers.LeakyReLU(alpha=0.1).get_config()["negative_slope"] == 0.1
    with pytest.warns(UserWarning, match="input_length is not needed") as caught:
        assert layers.Embedding(5, 2, input_length=4)(np.zeros((1, 4))).shape == (1, 4, 2)
    assert caught[0].filename == __file__
