"""Means, variances and sums of numbers far from 0, or very many: against the same computed in float64, or exactly."""

from fractions import Fraction

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.nn import BatchNormalization, Dense, Input, LayerNormalization, Normalization, Sequential
from tinygrad_edu.nn.layers.normalization import moments

RNG = np.random.default_rng(0)


def far(shape, offset=1e4, dtype=np.float32):
    return (offset + np.random.default_rng(1).normal(size=shape)).astype(dtype)


def test_batch_normalization_keeps_an_offset():
    x = far((60_000, 3))
    out = BatchNormalization(epsilon=0.0)(x, training=True).numpy().astype(float)
    np.testing.assert_allclose(out.mean(axis=0), 0, atol=1e-4)
    np.testing.assert_allclose(out.std(axis=0), 1, atol=1e-4)
    exact = x.astype(float)
    np.testing.assert_allclose(out, (exact - exact.mean(axis=0)) / exact.std(axis=0), atol=1e-4)


def test_the_moving_statistics_are_those_of_the_data():
    x = far((60_000, 3))
    layer = BatchNormalization(momentum=0.0)
    layer(x, training=True)
    np.testing.assert_allclose(layer.moving_mean.numpy(), x.astype(float).mean(axis=0), rtol=2e-7)
    np.testing.assert_allclose(layer.moving_variance.numpy(), x.astype(float).var(axis=0), rtol=1e-5)


@pytest.mark.parametrize("axis", [-1, [1, 2]])
def test_layer_normalization_keeps_an_offset(axis):
    x = far((4, 5000, 3))
    out, axes = LayerNormalization(axis=axis, epsilon=0.0)(x).numpy(), tuple(np.atleast_1d(axis))
    exact = x.astype(float)
    exact = (exact - exact.mean(axes, keepdims=True)) / exact.std(axes, keepdims=True)
    np.testing.assert_allclose(out, exact, atol=2e-3 if axis == -1 else 1e-4)


def test_adapt_takes_the_statistics_of_the_data():
    x = far((3000, 2), offset=1e9, dtype=np.float64)
    layer = Normalization(dtype="float64")
    layer.adapt(x)
    for i in range(2):
        mean = float(sum(map(Fraction, x[:, i])) / len(x))
        assert abs(layer.mean.numpy().ravel()[i] - mean) <= 2 * np.spacing(1e9)
        variance = float(sum((Fraction(value) - Fraction(mean)) ** 2 for value in x[:, i]) / len(x))
        assert layer.variance.numpy().ravel()[i] == pytest.approx(variance, rel=1e-9)


@pytest.mark.parametrize("offset", [0.0, 1.0, -1e3, 1e6])
@pytest.mark.parametrize("rows", [1, 7, 4096, 50_000])
def test_moments_are_those_of_float64(offset, rows):
    x = far((rows, 2), offset)
    mean, variance, centred = moments(x, (0,))
    exact = x.astype(float)
    assert np.abs(mean - exact.mean(axis=0)).max() <= 4 * np.spacing(np.float32(max(abs(offset), 1)))
    np.testing.assert_allclose(variance[0], exact.var(axis=0), rtol=1e-5)
    spacing = np.spacing(np.float32(max(abs(offset), 1)))  # of the inputs themselves
    assert np.abs(centred - (exact - exact.mean(axis=0))).max() <= max(spacing / 50, 2e-6)
    assert mean.dtype == variance.dtype == np.float32


def test_moments_of_what_a_mask_leaves():
    x, mask = far((50_000, 2)), RNG.random(50_000) < 0.5
    x[~mask] = 0.0
    mean, variance, _ = moments(x, (0,), mask)
    left = x[mask].astype(float)
    np.testing.assert_allclose(mean[0], left.mean(axis=0), rtol=3e-7)
    np.testing.assert_allclose(variance[0], left.var(axis=0), rtol=1e-4)


@pytest.mark.parametrize("which", range(3))
def test_moments_have_their_derivatives(which):
    assert tg.gradcheck(lambda x: moments(x, (0,))[which], RNG.normal(size=(5, 2)), order=2)
    mask = np.array([True, False, True, True, True])
    assert tg.gradcheck(lambda x: moments(x, (0,), mask)[which], RNG.normal(size=(5, 2)))


def test_the_program_of_a_normalized_network_is_the_network():
    x = far((4096, 3))
    losses, weights = [], []
    for eagerly in (True, False):
        tg.random.seed(0)
        model = Sequential([Input((3,)), BatchNormalization(), Dense(4, "tanh"), LayerNormalization(), Dense(1)])
        model.compile("adam", "mse", run_eagerly=eagerly)
        losses.append(model.fit(x, x[:, 0] - 1e4, epochs=3, batch_size=1024, verbose=0).history["loss"])
        weights.append(model.get_weights())
    np.testing.assert_allclose(*losses, rtol=1e-5)
    for one, other in zip(*weights, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("size", [1000, 10**6])
def test_metrics_over_a_million_samples(size):
    y, p = far((10**6, 1)), far((10**6, 1)) + np.float32(0.5)
    mean, error, score = tg.nn.metrics.Mean(), tg.nn.metrics.MeanSquaredError(), tg.nn.metrics.R2Score()
    for start in range(0, len(y), size):
        part = slice(start, start + size)
        mean.update_state(y[part])
        error.update_state(y[part], p[part])
        score.update_state(y[part], p[part])
    y, p = y.astype(float), p.astype(float)
    assert mean.result() == pytest.approx(y.mean(), rel=1e-7)
    assert error.result() == pytest.approx(np.square(y - p).mean(), rel=1e-6)
    assert score.result() == pytest.approx(1 - np.square(y - p).sum() / np.square(y - y.mean()).sum(), abs=1e-5)


def test_nothing_overflows_that_need_not():
    largest = np.array([-np.inf, -3e38, 0.0, 3e38, np.inf], np.float32)
    assert tg.ops.softsign(largest).tolist() == [-1, -1, 0, 1, 1]
    assert tg.ops.softsign(largest.astype(np.float64)).tolist() == [-1, -1, 0, 1, 1]
    program = tg.replay.trace(tg.ops.softsign, np.array([1.0, 2.0]))
    assert program(np.array([np.inf, -np.inf])).tolist() == [1, -1]
    long = np.array([[3e25, 4e25]], np.float32)
    assert tg.nn.losses.cosine_similarity(long, long).tolist() == pytest.approx([-1.0])
    assert tg.nn.losses.cosine_similarity(long, -long).tolist() == pytest.approx([1.0])
    many = np.zeros((2000, 1), np.float16)
    assert tg.nn.losses.MeanSquaredError()(many, many + np.float16(10)).item() == pytest.approx(100)
    near = tg.nn.losses.mean_squared_logarithmic_error(np.array([[1e-3]]), np.array([[1e-3 + 1e-9]]))
    assert near.item() == pytest.approx((1e-9 / 1.001) ** 2, rel=1e-5)


def test_the_gradient_of_a_cosine_is_that_of_its_formula():
    y = RNG.normal(size=(3, 4))
    assert tg.gradcheck(lambda p: tg.nn.losses.cosine_similarity(y, p), 5 * RNG.normal(size=(3, 4)), order=2)
    assert tg.gradcheck(lambda p: tg.nn.losses.cosine_similarity(y, p), 0.1 * RNG.normal(size=(3, 4)), order=2)
