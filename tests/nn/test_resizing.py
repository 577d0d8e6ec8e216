"""Layers that change how many positions there are, and convolutions in parts: against what they mean, and in files.

Keras's figures are in test_layer_figures.
"""

import itertools

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.nn import Dense, Flatten, Input, Sequential, layers
from tinygrad_edu.nn.saving import load_model, model_from_json

RNG = np.random.default_rng(0)


def spread_by_loops(x, kernel, strides, dilation):
    """Each value times each filter, added where it belongs: transposed convolution as its definition says."""
    size, filters = kernel.shape[:-2], kernel.shape[-2]
    lengths = [(n - 1) * s + (k - 1) * d + 1 for n, s, k, d in zip(x.shape[1:-1], strides, size, dilation)]
    out = np.zeros((len(x), *lengths, filters))
    for place in np.ndindex(*x.shape[1:-1]):
        for offset in np.ndindex(*size):
            at = tuple([i * s + o * d for i, s, o, d in zip(place, strides, offset, dilation)])
            out[(slice(None), *at)] += x[(slice(None), *place)] @ kernel[offset].T
    return out


@pytest.mark.parametrize(
    ("cls", "shape", "size", "strides", "dilation"),
    [
        *[(layers.Conv1DTranspose, (5, 3), (k,), (s,), (1,)) for k, s in itertools.product((1, 2, 3), (1, 2, 4))],
        (layers.Conv1DTranspose, (5, 3), (3,), (1,), (2,)),
        (layers.Conv2DTranspose, (3, 4, 2), (3, 2), (2, 1), (1, 1)),
        (layers.Conv2DTranspose, (3, 4, 2), (2, 2), (1, 1), (1, 3)),
    ],
    ids=str,
)
def test_transposed_convolution_is_its_definition(cls, shape, size, strides, dilation):
    """Of "same" it is a part of the length length · strides, of "valid" the whole, with zeros after short filters."""
    for padding in ("valid", "same"):
        layer = cls(4, size, strides, padding, dilation_rate=dilation, use_bias=False, dtype="float64")
        x = RNG.normal(size=(2, *shape))
        found = layer(x).numpy()
        whole = spread_by_loops(x, layer.kernel.numpy(), strides, dilation)
        if padding == "valid":
            np.testing.assert_allclose(found[tuple(map(slice, whole.shape))], whole, atol=1e-12)
            assert np.sum(np.abs(found)) == pytest.approx(np.sum(np.abs(whole)))
        else:
            assert found.shape[1:-1] == tuple([n * s for n, s in zip(shape, strides)])
        assert layer.compute_output_shape((None, *shape)) == (None, *found.shape[1:])


def test_transposed_convolution_is_the_gradient_of_convolution():
    forward = layers.Conv2D(3, 3, strides=2, padding="same", use_bias=False, dtype="float64")
    x = tg.Tensor(RNG.normal(size=(2, 6, 8, 2)), requires_grad=True)
    y = forward(x)
    g = RNG.normal(size=y.shape)
    back = layers.Conv2DTranspose(2, 3, strides=2, padding="same", use_bias=False, dtype="float64")
    back.build(y.shape)
    back.set_weights([forward.kernel.numpy()])
    np.testing.assert_allclose(back(g).numpy(), tg.gradients(y, x, g), atol=1e-12)


@pytest.mark.parametrize(("cls", "shape"), [(layers.DepthwiseConv1D, (9,)), (layers.DepthwiseConv2D, (5, 6))])
def test_depthwise_convolution_is_one_convolution_for_each_channel(cls, shape):
    plain = layers.Conv1D if len(shape) == 1 else layers.Conv2D
    layer = cls(3, 2, "same", 2, bias_initializer="normal", dtype="float64")
    x = RNG.normal(size=(2, *shape, 3))
    found = layer(x).numpy()
    for channel in range(3):
        alone = plain(2, 3, 2, "same", dtype="float64")
        alone.build((None, *shape, 1))
        part = slice(2 * channel, 2 * channel + 2)
        alone.set_weights([layer.kernel.numpy()[..., channel : channel + 1, :], layer.bias.numpy()[part]])
        np.testing.assert_allclose(found[..., part], alone(x[..., channel : channel + 1]).numpy(), atol=1e-12)


@pytest.mark.parametrize(("cls", "shape"), [(layers.SeparableConv1D, (9,)), (layers.SeparableConv2D, (5, 6))])
def test_separable_convolution_is_two_convolutions(cls, shape):
    one, two = (layers.DepthwiseConv1D, layers.Conv1D) if len(shape) == 1 else (layers.DepthwiseConv2D, layers.Conv2D)
    layer = cls(4, 3, dilation_rate=2, depth_multiplier=2, bias_initializer="normal", dtype="float64")
    x = RNG.normal(size=(2, *shape, 3))
    found = layer(x).numpy()
    first, second = (
        one(3, dilation_rate=2, depth_multiplier=2, use_bias=False, dtype="float64"),
        two(4, 1, dtype="float64"),
    )
    for part, values, weights in ((first, x, layer.weights[:1]), (second, None, layer.weights[1:])):
        part.build((None, *shape, 3 if values is not None else 6))
        part.set_weights([w.numpy() for w in weights])
    np.testing.assert_allclose(found, second(first(x)).numpy(), atol=1e-12)


@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic", "lanczos3", "lanczos5"])
def test_scaling_keeps_what_is_even(interpolation):
    image = np.full((1, 5, 4, 2), 3.0)
    for size in ((9, 4), (2, 3), (5, 4)):
        for antialias in (False, True):
            layer = layers.Resizing(*size, interpolation, antialias=antialias, dtype="float64")
            np.testing.assert_allclose(layer(image).numpy(), 3.0)
    slope = np.arange(8.0)[None, :, None, None]
    if interpolation in ("bilinear", "bicubic"):  # straight lines stay straight, away from the borders
        found = layers.UpSampling2D((2, 1), interpolation=interpolation)(slope).numpy().ravel()
        np.testing.assert_allclose(found[6:10], [2.75, 3.25, 3.75, 4.25])


def test_resizing_of_whole_numbers_and_of_one_image():
    image = np.array([[0, 255], [255, 0]], np.uint8)[:, :, None]
    found = layers.Resizing(2, 5)(image)
    assert found.shape == (2, 5, 1) and found.dtype == np.uint8
    assert found.numpy()[0, :, 0].tolist() == [0, 26, 128, 230, 255]  # halves go to the even side
    sharp = layers.Resizing(1, 40, "lanczos3")(np.array([[0, 255, 255, 0]], np.uint8)[:, :, None])
    assert sharp.numpy().max() == 255  # what overshoots stays in its range


NEW = {
    "autoencoder": lambda: [
        Input((8, 8, 1)), layers.SeparableConv2D(4, 3, strides=2, padding="same", activation="relu"),
        layers.GroupNormalization(2), layers.Conv2DTranspose(2, 3, strides=2, padding="same", activation="relu"),
        layers.DepthwiseConv2D(3, padding="same", depth_multiplier=2), layers.UpSampling2D(interpolation="bilinear"),
        layers.Cropping2D(2), layers.ZeroPadding2D(((1, 0), (0, 1))), layers.Resizing(4, 4), Flatten(), Dense(2),
    ],
    "sequences": lambda: [
        Input((8, 3)), layers.ZeroPadding1D(1), layers.SeparableConv1D(4, 3), layers.DepthwiseConv1D(2),
        layers.Conv1DTranspose(3, 2, strides=2), layers.UpSampling1D(2), layers.Cropping1D((1, 2)), Flatten(), Dense(2),
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", NEW)
def test_files_and_training(name, tmp_path):
    pytest.importorskip("h5py")
    model = Sequential(NEW[name]())
    model.compile("adam", "mse")
    x, y = RNG.normal(size=(12, *model.input_shape[1:])), RNG.normal(size=(12, 2))
    before = model.evaluate(x, y, verbose=0)
    model.fit(x, y, epochs=3, batch_size=6, verbose=0)
    assert model.evaluate(x, y, verbose=0) < before
    model.save(tmp_path / "model.keras")
    again = load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(again.predict(x, verbose=0), model.predict(x, verbose=0))
    assert [w.path for w in again.weights] == [w.path for w in model.weights]
    fresh = model_from_json(model.to_json())
    fresh.set_weights(model.get_weights())
    np.testing.assert_array_equal(fresh.predict(x, verbose=0), model.predict(x, verbose=0))


MISTAKES = [
    (lambda: layers.Conv1DTranspose(2, 3, strides=2, output_padding=2), "from 0 to below strides"),
    (lambda: layers.Conv2DTranspose(2, 3, strides=2, dilation_rate=2), "strides of 1 or a dilation_rate of 1"),
    (lambda: layers.DepthwiseConv2D(3, depth_multiplier=0), "depth_multiplier"),
    (lambda: layers.SeparableConv1D(2, 9)(np.ones((1, 4, 1))), "do not fit into its input"),
    (lambda: layers.Cropping1D(2)(np.ones((1, 4, 1))), "nothing is left"),
    (lambda: layers.Cropping2D(-1), "whole number ≥ 0"),
    (lambda: layers.ZeroPadding2D((1, 2, 3)), "a pair for each axis"),
    (lambda: layers.ZeroPadding1D(1)(np.ones((2, 3))), r"\(batch, length, channels\)"),
    (lambda: layers.UpSampling1D(0), "size"),
    (lambda: layers.UpSampling2D(interpolation="linear"), "'nearest' or 'bilinear'"),
    (lambda: layers.Resizing(3, 4, crop_to_aspect_ratio=True, pad_to_aspect_ratio=True), "not both"),
    (lambda: layers.Resizing(3, 4)(np.ones(3)), "expects images"),
    (lambda: layers.GroupNormalization(0), "groups"),
    (lambda: layers.GroupNormalization(3)(np.ones((2, 4))), "cannot divide 4 channels into 3"),
]


@pytest.mark.parametrize(("mistake", "message"), MISTAKES)
def test_a_mistake_is_told_in_words(mistake, message):
    with pytest.raises(ValueError, match=message):
        mistake()


def test_rms_scaling_is_that_of_keras():
    """Keras 3.15: x / √(variance + epsilon) · gamma, and a warning."""
    with pytest.warns(UserWarning, match="rms_scaling=True divides by the standard deviation"):
        layer = layers.LayerNormalization(rms_scaling=True, gamma_initializer="normal", dtype="float64")
    x = RNG.normal(size=(4, 3))
    found = layer(x).numpy()
    assert [w.name for w in layer.weights] == ["gamma"]
    np.testing.assert_allclose(found, x / np.sqrt(np.var(x, -1, keepdims=True) + 1e-3) * layer.gamma.numpy())


def ema_model(**options):
    model = Sequential([Input((3,)), Dense(1, kernel_initializer="ones")])
    model.compile(tg.optim.SGD(0.1, ema_momentum=0.7, **options), "mse")
    return model


DATA = np.random.default_rng(0).normal(size=(16, 3)).astype("float32")
TARGETS = (DATA @ [1.0, 2.0, 3.0]).astype("float32")


def test_the_averages_are_evaluated():
    """Figures of Keras 3.15 on JAX: fit(batch_size=8, epochs=3, shuffle=False, callbacks=[SwapEMAWeights()])."""
    model = ema_model(use_ema=True)
    options = {"batch_size": 8, "epochs": 3, "shuffle": False, "verbose": 0, "validation_data": (DATA, TARGETS)}
    history = model.fit(DATA, TARGETS, callbacks=[tg.nn.callbacks.SwapEMAWeights()], **options).history
    np.testing.assert_allclose(history["loss"], [2.9191782, 1.5413024, 0.9047011], rtol=1e-6)
    np.testing.assert_allclose(history["val_loss"], [2.3123343, 1.6359828, 1.0831441], rtol=1e-6)
    np.testing.assert_allclose(model.get_weights()[0].ravel(), [1.2610922, 1.3187027, 1.7645465], rtol=1e-6)


def test_the_averages_stay_until_the_next_epoch():
    """Other callbacks see them, the training goes on from the weights, and ends with the averages as without it."""
    seen, plain, model = [], ema_model(use_ema=True), ema_model(use_ema=True)
    look = tg.nn.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(model.get_weights()[0].ravel()))
    options = {"batch_size": 8, "epochs": 3, "shuffle": False, "verbose": 0}
    model.fit(DATA, TARGETS, callbacks=[tg.nn.callbacks.SwapEMAWeights(swap_on_epoch=True), look], **options)
    plain.fit(DATA, TARGETS, **options)
    np.testing.assert_array_equal(model.get_weights()[0], plain.get_weights()[0])
    np.testing.assert_array_equal(seen[-1], plain.get_weights()[0].ravel())
    assert len({tuple(weights) for weights in seen}) == 3


def test_an_optimizer_without_averages_is_refused():
    with pytest.raises(ValueError, match=r"Adam\(use_ema=True\); received SGD with use_ema=False"):
        ema_model().evaluate(DATA, TARGETS, verbose=0, callbacks=[tg.nn.callbacks.SwapEMAWeights()])
