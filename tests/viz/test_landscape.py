"""The landscape of the loss: its numbers are those of `evaluate`, its directions those of the paper."""

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import nn
from tinygrad_edu.nn.callbacks import WeightRecorder
from tinygrad_edu.viz import landscape
from tinygrad_edu.viz.descent.landscape import loss_plane, random_directions

pytest.importorskip("matplotlib")
from matplotlib.figure import Figure  # noqa: E402

from texts import text_faults  # noqa: E402  # isort: skip

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 4)).astype(np.float32)
Y = (X[:, 0] * X[:, 1] > 0).astype(int)


def network(**options):
    tg.random.seed(0)
    model = nn.Sequential(
        [
            nn.Input((4,)),
            nn.Dense(6, activation="tanh", kernel_regularizer="l2"),
            nn.BatchNormalization(),
            nn.Dropout(0.2),
            nn.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile(tg.optim.Adam(0.02), "binary_crossentropy", metrics=["accuracy"], **options)
    return model


@pytest.fixture(scope="module")
def trained():
    model, kept = network(), WeightRecorder()
    model.fit(X, Y, epochs=8, verbose=0, callbacks=[kept])
    return model, kept


def everything(model):
    """All that training can change, as bytes."""
    slots = [(variable.path, variable.numpy()) for variable in model.optimizer.variables[2:]]
    return (
        [array.tobytes() for array in model.get_weights()],
        [(name, array.tobytes()) for name, array in slots],
        (model.optimizer.iterations, model.optimizer.learning_rate),
        model.get_metrics_result(),
        str(tg.random.generator().bit_generator.state),
    )


@pytest.mark.parametrize("eager", [False, True])
def test_the_middle_is_what_evaluate_says(trained, eager):
    model, _ = trained
    model.run_eagerly = eager
    across, up, losses, path, _ = loss_plane(model, X, Y, points=5)
    model.run_eagerly = False
    assert (across[2], up[2]) == (0, 0)
    assert losses[2, 2] == pytest.approx(model.evaluate(X, Y, verbose=0)[0], rel=1e-6)
    np.testing.assert_array_equal(path, [[0, 0]])


def test_another_point_by_hand(trained):
    """The loss of a second model with the weights moved along the two directions."""
    model, _ = trained
    across, up, losses, *_ = loss_plane(model, X, Y, points=5, radius=0.5, seed=3)
    first, second = random_directions([w.numpy() for w in model.trainable_weights], seed=3)
    other = network()
    other.set_weights(model.get_weights())
    for weight, d, e in zip(other.trainable_weights, first, second, strict=True):
        weight.data = (weight.numpy() + across[4] * d + up[1] * e).astype(np.float32)
    assert losses[1, 4] == pytest.approx(other.evaluate(X, Y, verbose=0)[0], rel=1e-5)
    assert losses[4, 1] != pytest.approx(losses[1, 4], rel=1e-3)


def test_directions_have_the_norms_of_the_filters():
    kernels = [RNG.normal(size=(5, 7)), RNG.normal(size=7), 9 * RNG.normal(size=(3, 3, 2, 4))]
    for direction in random_directions(kernels, seed=1):
        np.testing.assert_allclose(np.linalg.norm(direction[0], axis=0), np.linalg.norm(kernels[0], axis=0))
        assert (direction[1] == 0).all()
        for k in range(4):
            assert np.linalg.norm(direction[2][..., k]) == pytest.approx(np.linalg.norm(kernels[2][..., k]))
    first, second = random_directions(kernels, seed=1)
    assert not np.allclose(first[0], second[0])


def test_the_scale_of_the_weights_does_not_matter():
    """Li et al.: a ReLU network with one layer ten times as large and the next a tenth has the same landscape."""
    losses = []
    for factor in (1.0, 10.0):
        tg.random.seed(0)
        model = nn.Sequential([nn.Input((4,)), nn.Dense(6, activation="relu"), nn.Dense(1)])
        model.compile("sgd", "mse")
        weights = [array.astype(np.float32) for array in model.get_weights()]
        weights[0], weights[2] = weights[0] * np.float32(factor), weights[2] / np.float32(factor)
        model.set_weights(weights)
        losses.append(loss_plane(model, X, Y, points=5)[2])
    np.testing.assert_allclose(*losses, rtol=1e-4)


def test_the_model_stays_as_it_is_bit_for_bit(trained):
    model, kept = trained
    before = everything(model)
    landscape(model, X, Y, points=5)
    landscape(model, X, Y, recorder=kept, points=5)
    assert everything(model) == before
    assert model.training_program is not None


def test_the_next_epoch_is_the_same_with_and_without():
    losses = []
    for looks in (False, True):
        model = network()
        model.fit(X, Y, epochs=2, verbose=0)
        if looks:
            landscape(model, X, Y, points=5)
        losses.append(model.fit(X, Y, epochs=2, verbose=0).history["loss"])
    assert losses[0] == losses[1]


def test_the_plane_of_the_training(trained):
    """The directions are the principal components by eigenvectors of the covariance; distances in it are true."""
    model, kept = trained
    across, up, losses, path, what = loss_plane(model, X, Y, recorder=kept, points=9)
    names = list(kept.weights)
    steps = np.array([np.concatenate([kept.weights[n][k].ravel() for n in names]) for k in range(9)], dtype=float)
    steps = np.vstack([steps, np.concatenate([w.numpy().ravel() for w in model.trainable_weights])])
    values, vectors = np.linalg.eigh(np.cov(steps.T))
    expected = (steps - steps[-1]) @ vectors[:, [-1, -2]]
    np.testing.assert_allclose(np.abs(path), np.abs(expected), atol=1e-5)
    assert f"{values[-1] / values.sum():.0%}" in what
    np.testing.assert_allclose(path[-1], 0, atol=1e-9)
    i, j = np.abs(up).argmin(), np.abs(across).argmin()
    assert (up[i], across[j]) == (0, 0)
    assert losses[i, j] == pytest.approx(model.evaluate(X, Y, verbose=0)[0], rel=1e-6)
    assert across.min() <= path[:, 0].min() <= path[:, 0].max() <= across.max()
    assert up.min() <= path[:, 1].min() <= path[:, 1].max() <= up.max()


@pytest.mark.parametrize("kind", ["contour", "3d"])
@pytest.mark.matrix(one_in=2)
def test_texts_are_legible(trained, kind):
    model, kept = trained
    assert text_faults(landscape(model, X, Y, points=7, kind=kind)) == []
    assert text_faults(landscape(model, X, Y, recorder=kept, points=7, kind=kind)) == []


def test_losses_beyond_all_measure_leave_a_picture():
    tg.random.seed(0)
    model = nn.Sequential([nn.Input((4,)), nn.Dense(3, activation=np.exp), nn.Dense(1, activation=np.exp)])
    model.compile("sgd", "mse")
    figure = landscape(model, X, Y, points=7, radius=50.0)
    assert "cut off" in figure.axes[1].get_ylabel()
    landscape(model, X, Y, points=5, radius=1e30).draw_without_rendering()


def test_on_given_axes(trained):
    axis = Figure().subplots()
    assert landscape(trained[0], X, Y, points=3, ax=axis) is axis


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kind": "2d"}, "kind should be"),
        ({"points": 2}, "points should be"),
        ({"radius": 0.0}, "radius should be"),
        ({"radius": np.nan}, "radius should be"),
        ({"x": np.full((60, 4), np.nan)}, "x has NaN"),
        ({"x": X[:, :2]}, "4"),
        ({"y": Y[:9]}, "60"),
        ({"recorder": WeightRecorder()}, "three records or more"),
    ],
)
def test_bad_input(trained, options, message):
    with pytest.raises(ValueError, match=message):
        landscape(**{"model": trained[0], "x": X, "y": Y} | options)


@pytest.mark.filterwarnings("ignore:The loss is (inf|nan) since epoch")
def test_a_training_that_diverged_has_no_landscape():
    model, kept = nn.Sequential([nn.Input((4,)), nn.Dense(1)]), WeightRecorder()
    model.compile(tg.optim.SGD(1e30), "mse")
    model.fit(X, Y, epochs=4, verbose=0, callbacks=[kept])
    with pytest.raises(ValueError, match="its training diverged"):
        landscape(model, X, Y)
    model.set_weights([np.zeros((4, 1)), [0.0]])
    with pytest.raises(ValueError, match="recorded weights are NaN"):
        landscape(model, X, Y, recorder=kept)
    model.set_weights([np.full((4, 1), 1e30), [0.0]])
    with pytest.raises(ValueError, match="everywhere in the plane"):
        landscape(model, X, Y, points=3)


def test_models_that_have_no_landscape(trained):
    _, kept = trained
    with pytest.raises(TypeError, match="expects a model"):
        landscape("model", X, Y)
    with pytest.raises(TypeError, match="recorder should be a WeightRecorder"):
        landscape(trained[0], X, Y, recorder=[1])
    with pytest.raises(ValueError, match="needs a loss"):
        landscape(nn.Sequential([nn.Input((4,)), nn.Dense(1)]), X, Y)
    unbuilt = nn.Sequential([nn.Dense(1)])
    unbuilt.compile("sgd", "mse")
    with pytest.raises(ValueError, match="has no weights yet"):
        landscape(unbuilt, X, Y)
    other = nn.Sequential([nn.Input((4,)), nn.Dense(1)])
    other.compile("sgd", "mse")
    with pytest.raises(ValueError, match="records"):
        landscape(other, X, Y, recorder=kept)
