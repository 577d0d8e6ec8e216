"""The estimated gradient and the learning-rate range, against the theory of linear regression."""

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import nn
from tinygrad_edu.viz import gradient_noise, learning_rate_range
from tinygrad_edu.viz.training.gradient_noise import gradient_estimates
from tinygrad_edu.viz.training.rates import smoothed, suggested_rate, try_rates

pytest.importorskip("matplotlib")
from matplotlib.figure import Figure  # noqa: E402

from texts import text_faults  # noqa: E402  # isort: skip

RNG = np.random.default_rng(0)
X = RNG.normal(size=(200, 3)).astype(np.float32)
Y = (X @ [1.0, -2.0, 0.5] + RNG.normal(size=200)).astype(np.float32)


def line(optimizer="sgd"):
    tg.random.seed(0)
    model = nn.Sequential([nn.Input((3,)), nn.Dense(1, name="line")])
    model.compile(optimizer, "mse")
    return model


def gradients_of_each_sample(model):
    """∂(ŷ − y)²/∂(w, b) = 2 (ŷ − y) (x, 1) for each sample, shape (samples, 4)."""
    kernel, bias = (np.asarray(w, dtype=float) for w in model.get_weights())
    errors = X @ kernel[:, 0] + bias - Y
    return 2 * errors[:, None] * np.column_stack([X, np.ones(len(X))])


def everything(model):
    slots = [variable.numpy().tobytes() for variable in model.optimizer.variables[2:]]
    return (
        [array.tobytes() for array in model.get_weights()],
        slots,
        (model.optimizer.iterations, model.optimizer.learning_rate),
        str(tg.random.generator().bit_generator.state),
    )


# -- the estimated gradient -----------------------------------------------------------------------------------


def test_the_scatter_is_that_of_theory():
    """√(mean ‖g_n − g‖²) = σ/√n, with σ² the mean ‖g_i − g‖² over the samples: level and slope."""
    model = line()
    each = gradients_of_each_sample(model)
    true, estimates = gradient_estimates(model, X, Y, batch_sizes=[4, 16, 64], draws=400)
    np.testing.assert_allclose(true, each.mean(axis=0), rtol=1e-4)
    sigma = np.sqrt(((each - each.mean(axis=0)) ** 2).sum(axis=1).mean())
    sizes = np.array(list(estimates))
    errors = np.array([np.sqrt(((found - true) ** 2).sum(axis=1).mean()) for found in estimates.values()])
    np.testing.assert_allclose(errors, sigma / np.sqrt(sizes), rtol=0.1)
    slope = np.polyfit(np.log(sizes), np.log(errors), 1)[0]
    assert slope == pytest.approx(-0.5, abs=0.04)


def test_single_samples_are_the_gradients_of_the_samples():
    model = line()
    _, estimates = gradient_estimates(model, X, Y, batch_sizes=[1], draws=20)
    each = gradients_of_each_sample(model)
    distances = np.linalg.norm(estimates[1][:, None] - each, axis=2).min(axis=1)
    np.testing.assert_allclose(distances, 0, atol=1e-4)


def test_the_picture_shows_these_numbers():
    model = line()
    true, estimates = gradient_estimates(model, X, Y, draws=20, seed=3)
    left, right = gradient_noise(model, X, Y, draws=20, seed=3).axes
    curves = {text.get_label(): text for text in right.lines}
    mean = curves["root mean square"]
    np.testing.assert_array_equal(mean.get_xdata(), [1, 2, 4, 8, 16, 32, 64, 128])
    expected = [np.sqrt(((found - true) ** 2).sum(axis=1).mean()) for found in estimates.values()]
    np.testing.assert_allclose(mean.get_ydata(), expected)
    (law,) = [curve for name, curve in curves.items() if name.endswith("÷ √n")]
    x, y = law.get_data()
    np.testing.assert_allclose(y * np.sqrt(x), y[0])
    cross = next(curve for curve in left.lines if curve.get_label() == "all samples")
    assert set(np.concatenate(cross.get_data())) <= set(true)
    assert left.get_xlabel().startswith("∂L / ∂ line/")


def test_the_model_stays_as_it_is():
    model = line("adam")
    model.fit(X, Y, epochs=2, verbose=0)
    before = everything(model)
    gradient_noise(model, X, Y, draws=3)
    learning_rate_range(model, X, Y, steps=30)
    assert everything(model) == before
    fresh = line("adam")
    before = everything(fresh)
    learning_rate_range(fresh, X, Y, steps=5)
    gradient_noise(fresh, X, Y, draws=3)
    assert everything(fresh) == before
    assert fresh.optimizer.iterations == 0


@pytest.mark.full
def test_texts_are_legible():
    assert text_faults(gradient_noise(line(), X, Y, draws=5)) == []
    assert text_faults(gradient_noise(line(), X, Y, batch_sizes=range(1, 40), draws=2)) == []
    assert text_faults(learning_rate_range(line(), X, Y)) == []


def test_noise_on_given_axes():
    pair, single = Figure().subplots(1, 2), Figure().subplots()
    assert gradient_noise(line(), X, Y, draws=2, ax=pair) is pair
    assert gradient_noise(line(), X, Y, draws=2, ax=single) is single
    assert single.get_xscale() == "log"
    with pytest.raises(ValueError, match="one Axes or two"):
        gradient_noise(line(), X, Y, draws=2, ax=Figure().subplots(1, 3))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"draws": 1}, "draws should be"),
        ({"batch_sizes": [0]}, "whole number ≥ 1"),
        ({"batch_sizes": 0}, "whole number ≥ 1"),
        ({"batch_sizes": [1.5]}, "whole number ≥ 1"),
        ({"batch_sizes": []}, "received none"),
        ({"x": X[:, :2]}, "3"),
        ({"x": np.full((200, 3), np.inf)}, "inf"),
        ({"x": np.ones((200, 3)), "y": np.ones(200)}, "same gradient"),
        ({"model": nn.Sequential([nn.Input((3,)), nn.Dense(1)])}, "needs a loss"),
    ],
)
def test_bad_input_to_the_noise(options, message):
    with pytest.raises(ValueError, match=message):
        gradient_noise(**{"model": line(), "x": X, "y": Y} | options)


# -- the learning-rate range ------------------------------------------------------------------------------------


def test_descent_on_a_quadratic_diverges_where_theory_says():
    """With all samples in each batch the loss falls at every rate below 2/λ, λ the largest curvature; then it grows."""
    design = np.column_stack([X, np.ones(200)]).astype(float)
    largest = np.linalg.eigvalsh(2 / 200 * design.T @ design).max()
    rates, losses = try_rates(line(), X, Y, low=1e-4, high=100.0, steps=80, batch_size=200)
    np.testing.assert_allclose(rates, np.geomspace(1e-4, 100, 80)[: len(rates)])
    safe = rates < 2 / largest
    assert (np.diff(losses[: safe.sum() + 1]) <= 1e-6 * losses[0]).all()
    assert rates[-1] > 2 / largest
    assert len(rates) < 80
    assert losses[0] == pytest.approx(line().evaluate(X, Y, batch_size=200, verbose=0), rel=1e-5)


def test_the_losses_are_those_of_training_with_these_rates():
    rates, losses = try_rates(line(), X, Y, low=0.01, high=0.1, steps=5, batch_size=200)
    model = line()
    for rate, loss in zip(rates, losses, strict=True):
        model.optimizer.learning_rate = float(rate)
        model.reset_metrics()
        assert model.train_on_batch(X, Y) == pytest.approx(loss, rel=1e-5)


def test_the_suggestion_is_a_tenth_of_the_best_rate():
    rates = np.geomspace(1e-3, 1, 4)
    assert suggested_rate(rates, np.array([3.0, 2.0, 0.1, 9.0])) == pytest.approx(0.01)
    assert suggested_rate(rates, np.array([1.0, 2.0, 3.0, 4.0])) is None
    assert suggested_rate(rates, np.array([np.nan, np.nan, np.nan, np.nan])) is None


def test_the_smoothed_loss_by_its_sum():
    losses = RNG.normal(size=20)
    powers = 0.9 ** np.arange(20)[::-1]
    assert smoothed(losses)[-1] == pytest.approx((powers * losses).sum() / powers.sum())


def test_a_schedule_is_no_obstacle():
    model = line(tg.optim.SGD(tg.optim.schedules.ExponentialDecay(0.1, 10, 0.5)))
    schedule = model.optimizer.rate_setting
    assert learning_rate_range(model, X, Y, steps=10).axes
    assert model.optimizer.rate_setting is schedule


def test_range_on_given_axes():
    axis = Figure().subplots()
    assert learning_rate_range(line(), X, Y, steps=5, ax=axis) is axis


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"low": 1.0, "high": 0.1}, "low should be below high"),
        ({"low": 0.0}, "low should be"),
        ({"high": np.inf}, "high should be"),
        ({"steps": 1}, "steps should be"),
        ({"batch_size": 0}, "batch_size"),
        ({"batch_size": "32"}, "batch_size"),
        ({"y": Y[:3]}, "200"),
        ({"x": np.full((200, 3), np.nan)}, "NaN"),
    ],
)
def test_bad_input_to_the_range(options, message):
    with pytest.raises(ValueError, match=message):
        learning_rate_range(**{"model": line(), "x": X, "y": Y} | options)


def test_a_model_that_has_diverged_has_no_range():
    model = line()
    model.set_weights([np.full((3, 1), np.nan), [0.0]])
    with pytest.raises(ValueError, match="the loss of the first batch is nan"):
        learning_rate_range(model, X, Y)


def test_no_model():
    for picture in (gradient_noise, learning_rate_range):
        with pytest.raises(TypeError, match="expects a model"):
            picture(None, X, Y)


def test_a_flat_curve_suggests_no_rate():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(400, 3)), rng.normal(size=400)
    flat = nn.Sequential([nn.Input((3,)), nn.Dense(1)])
    flat.compile("sgd", lambda y_true, y_pred: np.mean(y_pred * 0 + y_true * y_true))
    assert all(suggested_rate(*try_rates(flat, x, y, seed=seed)) is None for seed in range(3))
    assert 0.05 < suggested_rate(*try_rates(line(), x, x @ [1.0, 2.0, 3.0])) < 1


def test_the_error_of_a_batch_that_hits_the_gradient_stretches_no_axis():
    x = np.random.default_rng(0).normal(size=(4, 3))
    low, high = gradient_noise(line(), x, x @ [1.0, 2.0, 3.0]).axes[1].get_ylim()
    assert high / low < 1000
