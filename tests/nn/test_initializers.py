"""Initializers: their distributions, the counts of inputs and outputs, seeds, names."""

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.common.naming import subclasses
from tinygrad_edu.nn import initializers

SHAPE = (400, 100)  # 400 inputs, 100 outputs
SCALED = {  # variance of the weights, by the papers
    "glorot_uniform": 2 / 500,
    "glorot_normal": 2 / 500,
    "he_uniform": 2 / 400,
    "he_normal": 2 / 400,
    "lecun_uniform": 1 / 400,
    "lecun_normal": 1 / 400,
}
EVERY = [
    initializers.Zeros(),
    initializers.Ones(),
    initializers.Constant(2.5),
    initializers.RandomNormal(1.0, 0.5, seed=1),
    initializers.RandomUniform(-1, 3, seed=1),
    initializers.TruncatedNormal(0.5, 2.0, seed=1),
    initializers.VarianceScaling(2.0, "fan_out", "untruncated_normal", seed=1),
    initializers.VarianceScaling(input_axes=[0], output_axes=[1], seed=1),
    initializers.Identity(0.5),
    initializers.Orthogonal(2.0, seed=1),
    *[type(initializers.get(name))(seed=1) for name in SCALED],
]


def test_every_initializer_is_tested():
    assert {type(i) for i in EVERY} == set(subclasses(initializers.Initializer))


@pytest.mark.parametrize("name", SCALED)
def test_variance_keeps_the_size_of_the_signal(name):
    """Bounds: 40 000 draws; the standard error of a variance is at most 0.8 % of it, of a mean 0.5 % of σ."""
    values = type(initializers.get(name))(seed=3)(SHAPE)
    sigma = np.sqrt(SCALED[name])
    assert abs(values.mean()) < 0.03 * sigma
    assert values.var() == pytest.approx(SCALED[name], rel=0.05)
    limit = np.sqrt(3) * sigma if "uniform" in name else 2 * sigma / 0.87962566103423978
    assert 0.99 * limit < np.abs(values).max() <= limit * (1 + 1e-6)  # cut where they should be


@pytest.mark.parametrize(("mode", "n"), [("fan_in", 400), ("fan_out", 100), ("fan_avg", 250)])
@pytest.mark.parametrize("distribution", ["truncated_normal", "untruncated_normal", "uniform"])
def test_variance_scaling(mode, n, distribution):
    values = initializers.VarianceScaling(3.0, mode, distribution, seed=0)(SHAPE)
    assert values.var() == pytest.approx(3 / n, rel=0.05)


@pytest.mark.parametrize(
    ("initializer", "mean", "deviation", "low", "high"),
    [
        (initializers.RandomNormal(1.0, 0.5, seed=1), 1.0, 0.5, -np.inf, np.inf),
        (initializers.RandomUniform(-1, 3, seed=1), 1.0, 4 / np.sqrt(12), -1, 3),
        (initializers.TruncatedNormal(0.5, 2.0, seed=1), 0.5, 2 * 0.87962566103423978, -3.5, 4.5),
    ],
    ids=repr,
)
def test_moments_and_bounds(initializer, mean, deviation, low, high):
    values = initializer((200, 200))
    assert values.mean() == pytest.approx(mean, abs=0.03 * deviation)
    assert values.std() == pytest.approx(deviation, rel=0.02)
    assert low <= values.min() and values.max() <= high


def test_a_wrong_variance_would_be_noticed():
    """Mutants: inputs and outputs confused, and the truncation not made up for."""
    he = initializers.HeNormal(seed=3)
    assert he(SHAPE[::-1]).var() != pytest.approx(SCALED["he_normal"], rel=0.05)
    assert 0.87962566103423978**2 * he(SHAPE).var() != pytest.approx(SCALED["he_normal"], rel=0.05)


def test_constants():
    assert initializers.Zeros()((2, 3)).tolist() == [[0, 0, 0]] * 2
    assert initializers.Ones()((2,)).tolist() == [1, 1]
    assert initializers.Constant(2.5)(()).tolist() == 2.5


@pytest.mark.parametrize(
    ("shape", "fans"), [((), (1, 1)), ((5,), (5, 5)), ((3, 4), (3, 4)), ((2, 2, 3, 4), (12, 16)), ((7, 3, 4), (21, 28))]
)
def test_inputs_and_outputs_of_a_kernel(shape, fans):
    """Keras's rule: (…window, inputs, outputs)."""
    assert initializers.fans(shape) == fans


def test_inputs_and_outputs_by_axes():
    """An attention kernel (features, heads, size) has its outputs along two axes."""
    assert initializers.fans((6, 4, 5), [0], [1, 2]) == (6, 20)
    values = initializers.VarianceScaling(3.0, "fan_out", "uniform", seed=0, input_axes=[0], output_axes=[1, 2])
    assert values((200, 10, 20)).var() == pytest.approx(3 / 200, rel=0.05)
    assert initializers.GlorotNormal(0, [0], [1, 2])((200, 10, 20)).var() == pytest.approx(2 / 400, rel=0.05)


@pytest.mark.parametrize("shape", [(5, 3), (3, 5), (4, 4), (2, 3, 4), (1, 2, 9)], ids=str)
def test_orthogonal(shape):
    """Columns, or rows where there are fewer, are of length `gain` and at right angles."""
    matrix = initializers.Orthogonal(gain=2.0, seed=0)(shape, "float64").reshape(-1, shape[-1])
    matrix = matrix if len(matrix) >= shape[-1] else matrix.T
    np.testing.assert_allclose(matrix.T @ matrix, 4 * np.eye(matrix.shape[1]), atol=1e-12)


def test_orthogonal_matrices_are_spread_evenly():
    """The first entry of a rotation of the plane is the cosine of any angle: its mean is 0, its variance 1/2."""
    tg.random.seed(0)
    first = [initializers.Orthogonal()((2, 2))[0, 0] for _ in range(2000)]
    assert abs(np.mean(first)) < 0.06
    assert np.var(first) == pytest.approx(0.5, rel=0.1)


def test_identity():
    np.testing.assert_array_equal(initializers.Identity(2.0)((2, 3)), [[2, 0, 0], [0, 2, 0]])


@pytest.mark.parametrize("initializer", EVERY, ids=repr)
def test_type_shape_and_configuration(initializer):
    for dtype in ("float32", "float64"):
        assert (initializer((3, 2), dtype).dtype, initializer((3, 2), dtype).shape) == (dtype, (3, 2))
    assert initializer((3, 3)).dtype == tg.keras.backend.floatx()
    again = initializers.get({"class_name": type(initializer).__name__, "config": initializer.get_config()})
    assert repr(again) == repr(initializer)
    np.testing.assert_array_equal(again((3, 2)), initializer((3, 2)))


@pytest.mark.parametrize(
    "name", [*SCALED, "random_normal", "random_uniform", "truncated_normal", "normal", "uniform", "orthogonal"]
)
def test_seeds(name):
    """A seed gives the same numbers every time; without one they are new, and tg.random.seed repeats them."""
    cls = type(initializers.get(name))
    assert np.array_equal(cls(seed=5)((4, 4)), cls(seed=5)((4, 4)))
    assert not np.array_equal(cls(seed=5)((4, 4)), cls(seed=6)((4, 4)))
    free = cls()
    tg.random.seed(1)
    first, second = free((4, 4)), free((4, 4))
    assert not np.array_equal(first, second)
    tg.random.seed(1)
    assert np.array_equal(free((4, 4)), first)


def test_a_function_of_the_user():
    layer = tg.nn.Dense(2, kernel_initializer=lambda shape, dtype: np.arange(6, dtype=dtype).reshape(shape))
    layer(np.zeros((1, 3)))
    assert layer.kernel.numpy().tolist() == [[0, 1], [2, 3], [4, 5]]


def test_layers_with_one_initializer_do_not_share_weights():
    first, second = (tg.nn.Dense(3) for _ in range(2))
    first(np.zeros((1, 3)))
    second(np.zeros((1, 3)))
    assert not np.array_equal(first.kernel.data, second.kernel.data)


@pytest.mark.parametrize(
    ("make", "kind", "text"),
    [
        (lambda: initializers.get("he_norml"), ValueError, "Unknown initializer 'he_norml'. Did you mean 'he_normal'"),
        (lambda: initializers.get(1.0), TypeError, "name of a initializer|name of an initializer"),
        (lambda: initializers.VarianceScaling(0.0), ValueError, "scale should be a finite number > 0; received 0.0"),
        (
            lambda: initializers.VarianceScaling(mode="fan"),
            ValueError,
            "'fan_in', 'fan_out' or 'fan_avg'; received 'fan'",
        ),
        (lambda: initializers.VarianceScaling(distribution="normal"), ValueError, "received 'normal'"),
        (lambda: initializers.VarianceScaling(input_axes=[0]), ValueError, "both input_axes and output_axes"),
        (lambda: initializers.Identity()((2,)), ValueError, r"shape of a matrix.*received \(2,\)"),
        (lambda: initializers.Orthogonal()((2,)), ValueError, r"shape of a matrix.*received \(2,\)"),
        (lambda: initializers.Initializer()((2,)), NotImplementedError, r"Initializer must define draw\(shape\)"),
    ],
)
def test_what_is_refused(make, kind, text):
    with pytest.raises(kind, match=text):
        make()
