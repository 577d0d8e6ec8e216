"""Convolution and pooling against loops that say what they are, their gradients, and a network that reads digits.

Keras's figures are in test_layer_figures.
"""

import itertools

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import gradcheck
from tinygrad_edu.common.floats import set_floatx
from tinygrad_edu.data import datasets
from tinygrad_edu.nn import Input, Sequential, layers

RNG = np.random.default_rng(0)


def bounds(padding, n, k, s, d):
    """The first position of each window along an axis, by Keras's rule of padding; it may be negative."""
    reach = (k - 1) * d + 1
    if padding == "valid":
        return range(0, n - reach + 1, s)
    count = -(-n // s)
    before = reach - 1 if padding == "causal" else max((count - 1) * s + reach - n, 0) // 2
    return range(-before, -before + count * s, s)


def windows(x, size, strides, padding, dilation):
    """For each place in the output, its index and the values of its window: (batch, …size, channels), NaN outside."""
    lengths = x.shape[1:-1]
    starts = [bounds(padding, *case) for case in zip(lengths, size, strides, dilation, strict=True)]
    for place in itertools.product(*[range(len(s)) for s in starts]):
        window = np.full((len(x), *size, x.shape[-1]), np.nan)
        for offset in np.ndindex(*size):
            at = [s[i] + o * d for s, i, o, d in zip(starts, place, offset, dilation, strict=True)]
            if all(0 <= i < n for i, n in zip(at, lengths, strict=True)):
                window[(slice(None), *offset)] = x[(slice(None), *at)]
        yield place, window


def by_loops(x, kernel, bias, strides, padding, dilation, groups):
    """Convolution as its definition says."""
    size, filters, out = kernel.shape[:-2], kernel.shape[-1], {}
    for place, window in windows(x, size, strides, padding, dilation):
        parts = np.split(np.nan_to_num(window), groups, axis=-1)
        columns = np.split(kernel, groups, axis=-1)
        axes = tuple(range(1, window.ndim)), tuple(range(window.ndim - 1))
        out[place] = np.concatenate([np.tensordot(p, k, axes) for p, k in zip(parts, columns, strict=True)], -1) + bias
    shape = tuple(max(place[i] for place in out) + 1 for i in range(len(size)))
    found = np.empty((len(x), *shape, filters))
    for place, values in out.items():
        found[(slice(None), *place)] = values
    return found


CONVOLUTIONS = [
    *[(1, (9, 4), case) for case in itertools.product([1, 2, 3], ["valid", "same", "causal"], [1], [1, 2])],
    *[(1, (9, 4), case) for case in itertools.product([1], ["valid", "same", "causal"], [2, 3], [1, 4])],
    *[(2, (6, 5, 4), case) for case in itertools.product([1, (2, 1), 3], ["valid", "same"], [1], [1, 2])],
    *[(2, (6, 5, 4), case) for case in itertools.product([1], ["valid", "same"], [2, (1, 2)], [1, 2])],
]


@pytest.mark.parametrize(("axes", "shape", "case"), CONVOLUTIONS, ids=str)
def test_convolution_is_its_definition(axes, shape, case):
    strides, padding, dilation, groups = case
    cls = layers.Conv1D if axes == 1 else layers.Conv2D
    size = (3,) if axes == 1 else (3, 2)
    layer = cls(8, size, strides, padding, None, dilation, groups, bias_initializer="normal", dtype="float64")
    x = RNG.normal(size=(2, *shape))
    layer.build((None, *shape))
    kernel, bias = layer.kernel.data, layer.bias.data
    expected = by_loops(x, kernel, bias, layer.strides, padding, layer.dilation_rate, groups)
    np.testing.assert_allclose(layer(x).data, expected, atol=1e-12)
    assert layer.compute_output_shape((None, *shape)) == (None, *expected.shape[1:])
    assert layer.kernel.shape == (*size, 4 // groups, 8)
    assert layer.count_params() == np.prod(size) * 4 // groups * 8 + 8


POOLINGS = [
    *[(1, (7, 2), case) for case in itertools.product([2, 3], [None, 1, 2, 4], ["valid", "same"])],
    *[(2, (5, 6, 2), case) for case in itertools.product([2, (3, 1)], [None, 1, (2, 3)], ["valid", "same"])],
]


@pytest.mark.parametrize(("axes", "shape", "case"), POOLINGS, ids=str)
@pytest.mark.parametrize("kind", ["Max", "Average"])
def test_pooling_is_its_definition(kind, axes, shape, case):
    """Places beyond the edge do not count, neither for the greatest value nor for the mean."""
    size, strides, padding = case
    layer = getattr(layers, f"{kind}Pooling{axes}D")(size, strides, padding)
    x = RNG.normal(size=(2, *shape))
    out = layer(x).data
    reduce = np.nanmax if kind == "Max" else np.nanmean
    for place, window in windows(x, layer.pool_size, layer.strides, padding, (1,) * axes):
        np.testing.assert_allclose(out[(slice(None), *place)], reduce(window, axis=tuple(range(1, axes + 1))))
    assert out.shape[1:-1] == tuple(i + 1 for i in place)
    assert layer.compute_output_shape((None, *shape)) == (None, *out.shape[1:])
    assert layer.strides == (layer.pool_size if strides is None else tuple(np.broadcast_to(strides, axes)))


def test_global_pooling():
    x = RNG.normal(size=(3, 4, 5, 2))
    for kind, reduce in (("Max", np.max), ("Average", np.mean)):
        one, two = (getattr(layers, f"Global{kind}Pooling{n}D") for n in (1, 2))
        np.testing.assert_allclose(two()(x).data, reduce(x, axis=(1, 2)))
        np.testing.assert_allclose(two(keepdims=True)(x).data, reduce(x, axis=(1, 2), keepdims=True))
        np.testing.assert_allclose(one()(x[:, 0]).data, reduce(x[:, 0], axis=1))
        assert two(keepdims=True).compute_output_shape((None, 4, 5, 2)) == (None, 1, 1, 2)


SEQUENCES = [
    lambda: layers.Conv1D(3, 2, padding="causal", dilation_rate=2),
    lambda: layers.Conv1D(4, 3, strides=2, padding="same", groups=2, activation="tanh"),
    lambda: layers.MaxPooling1D(3, 2, padding="same"),
    lambda: layers.AveragePooling1D(3, 1, padding="same"),
    lambda: layers.GlobalMaxPooling1D(),
]
IMAGES = [
    lambda: layers.Conv2D(3, (2, 3), activation="tanh"),
    lambda: layers.Conv2D(4, 3, strides=(2, 1), padding="same", groups=2),
    lambda: layers.Conv2D(2, 2, dilation_rate=(2, 1), use_bias=False),
    lambda: layers.MaxPooling2D(2, 1),
    lambda: layers.AveragePooling2D((2, 3), padding="same"),
    lambda: layers.GlobalAveragePooling2D(),
]


@pytest.mark.parametrize(("make", "shape"), [*[(m, (7, 2)) for m in SEQUENCES], *[(m, (5, 4, 2)) for m in IMAGES]])
@pytest.mark.matrix(one_in=3)
def test_gradients(make, shape):
    """Of the input and of the weights, and the gradients of these gradients."""
    tg.random.seed(1)
    set_floatx("float64")
    try:
        model = Sequential([Input(shape), make(), layers.Flatten()])
    finally:
        set_floatx("float32")
    x = RNG.permutation(2 * int(np.prod(shape))).reshape(2, *shape) / 7.0  # no ties
    assert gradcheck(lambda t: model(t), x, order=2)
    if model.weights:
        model.compile(loss="mse")
        assert gradcheck(model, x, np.zeros((2, *model.output_shape[1:])), order=2)


def test_of_equal_values_the_first_gets_the_gradient():
    x = tg.Tensor(np.ones((1, 4, 4, 1)), requires_grad=True)
    layers.MaxPooling2D(2)(x).sum().backward()
    np.testing.assert_array_equal(x.grad[0, :, :, 0], [[1, 0, 1, 0], [0] * 4, [1, 0, 1, 0], [0] * 4])


def test_an_empty_batch():
    for layer in (
        layers.Conv2D(3, 2),
        layers.Conv2D(4, 2, groups=2),
        layers.MaxPooling2D(),
        layers.AveragePooling2D(2),
    ):
        out = layer(np.zeros((0, 4, 4, 2), np.float32))
        assert out.shape[0] == 0 and out.shape[1:] == layer.compute_output_shape((None, 4, 4, 2))[1:]


def test_whole_numbers_are_pooled_as_floats():
    x = np.arange(5).reshape(1, 5, 1)
    np.testing.assert_array_equal(layers.MaxPooling1D(2, padding="same")(x).data.ravel(), [1, 3, 4])
    np.testing.assert_array_equal(layers.AveragePooling1D(2, padding="same")(x).data.ravel(), [0.5, 2.5, 4])


def test_lengths_that_vary():
    layer = layers.Conv1D(4, 3, strides=2, padding="same")
    assert layer.compute_output_shape((None, None, 3)) == (None, None, 4)
    assert layers.MaxPooling2D(2).compute_output_shape((None, None, 8, 3)) == (None, None, 4, 3)
    model = Sequential([Input((None, 3)), layer, layers.GlobalMaxPooling1D(), layers.Dense(2)])
    assert model.output_shape == (None, 2)
    assert [model(np.ones((2, n, 3))).shape for n in (4, 9)] == [(2, 2), (2, 2)]


@pytest.mark.parametrize("eager", [True, False])
@pytest.mark.matrix(one_in=2)
def test_a_network_reads_digits(eager):
    """The bundled 8 × 8 digits: 95 % of those it has not seen, after six epochs."""
    tg.random.seed(0)
    (x, y), (x_test, y_test) = split(*datasets.digits())
    model = Sequential(
        [
            Input((8, 8, 1)),
            layers.Rescaling(1 / 16),
            layers.Conv2D(8, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(16, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(tg.optim.Adam(0.005), "sparse_categorical_crossentropy", metrics=["accuracy"], run_eagerly=eager)
    model.fit(x, y, epochs=6, verbose=0)
    assert model.evaluate(x_test, y_test, verbose=0, return_dict=True)["accuracy"] > 0.95


def split(x, y):
    x, order = np.asarray(x, float).reshape(-1, 8, 8, 1), np.random.default_rng(0).permutation(len(x))
    return (x[order[:1400]], y[order[:1400]]), (x[order[1400:]], y[order[1400:]])


@pytest.mark.parametrize(
    ("make", "kind", "text"),
    [
        (lambda: layers.Conv2D(0, 3), ValueError, "Conv2D: filters should be a whole number ≥ 1; received 0"),
        (lambda: layers.Conv2D(4, (3, 3, 3)), ValueError, r"kernel_size as a positive whole number, or 2 of them"),
        (lambda: layers.Conv1D(4, 2.5), ValueError, "kernel_size should be a whole number ≥ 1 or .*; received 2.5"),
        (lambda: layers.Conv2D(4, 3, strides=0), ValueError, "strides should be a whole number ≥ 1"),
        (lambda: layers.Conv2D(4, 3, padding="causal"), ValueError, "padding should be one of .*; received 'causal'"),
        (lambda: layers.Conv2D(4, 3, groups=3), ValueError, "filters in 3 equal groups; received filters=4"),
        (lambda: layers.Conv2D(4, 3, strides=2, dilation_rate=2), ValueError, "strides of 1 or a dilation_rate of 1"),
        (lambda: layers.Conv2D(4, 3, data_format="first"), ValueError, "data_format should be 'channels_last'"),
        (lambda: layers.MaxPooling2D(data_format=1), ValueError, "MaxPooling2D: data_format should be .*; received 1"),
        (
            lambda: layers.Conv2D(4, 3, data_format="channels_first")(np.ones((2, 8, 8))),
            ValueError,
            r"\(batch, channels, height, width\); received shape \(.*, 8, 8\).*x\[:, np.newaxis\]",
        ),
        (lambda: layers.MaxPooling2D(padding="full"), ValueError, "padding should be .*; received 'full'"),
        (lambda: layers.Conv2D(4, 3, lora_rank=2), ValueError, "Conv2D does not offer Keras's lora_rank"),
        (lambda: layers.Conv2D(4, 3)(np.ones((2, 8, 8))), ValueError, r"\(batch, height, width, channels\).*newaxis"),
        (lambda: layers.Conv2D(4, 3, groups=2)(np.ones((2, 8, 8, 3))), ValueError, "channels in 2 equal groups"),
        (lambda: layers.Conv2D(4, 9, name="c")(np.ones((2, 8, 8, 3))), ValueError, r"'c' has windows of \(9, 9\)"),
        (lambda: layers.MaxPooling1D(9)(np.ones((2, 8, 3))), ValueError, r"windows of \(9,\), which do not fit"),
        (lambda: layers.GlobalMaxPooling1D()(np.ones((2, 8))), ValueError, r"shape \(batch, length, channels\)"),
    ],
)  # fmt: skip
def test_what_is_refused(make, kind, text):
    with pytest.raises(kind, match=text):
        make()


def test_another_number_of_channels_is_named():
    layer = layers.Conv2D(4, 3, name="c")
    layer.build((None, 8, 8, 3))
    with pytest.raises(ValueError, match=r"Conv2D 'c' expects 3 channels, got 1 \(input shape \(2, 8, 8, 1\)\)"):
        layer(np.ones((2, 8, 8, 1)))
