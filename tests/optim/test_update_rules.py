"""The formula of each optimizer, against Keras, PyTorch, the papers and hand-derived recurrences."""

import json
from pathlib import Path

import numpy as np
import pytest

import tinygrad_edu.optim as optim
from tinygrad_edu import Tensor

GOLDEN = Path(__file__).parents[1] / "golden"
KERAS = json.loads((GOLDEN / "optim_keras.json").read_text())
TORCH = json.loads((GOLDEN / "optim_torch.json").read_text())
EVERY = list(optim.by_name.values())


def run(optimizer, start, gradients, dtype="float64"):
    """The weights after each step."""
    w = Tensor(np.array(start, dtype), requires_grad=True)
    weights = []
    for g in gradients:
        optimizer.apply([np.array(g)], [w])
        assert w.dtype == dtype
        weights.append(w.numpy())
    return np.array(weights)


def check_against_keras(case, cls=None):
    cls = cls or optim.by_name[case["class"].lower()]
    found = run(cls(**case["arguments"]), case["start"], case["gradients"], case["dtype"])
    # Keras computes 1 − beta_2ᵗ in float32, which is off by 1e-5 of itself: so is the length of its steps.
    moved = np.abs(np.array(case["weights"]) - case["start"])
    tolerance = 1e-12 if case["dtype"] == "float64" else 1e-6 + 1e-5 * moved
    assert np.all(np.abs(found - case["weights"]) <= tolerance)


@pytest.mark.parametrize("case", KERAS["optimizers"], ids=lambda c: f"{c['class']}-{c['arguments']}-{c['dtype']}")
def test_steps_are_those_of_keras(case):
    check_against_keras(case)


def test_adam_under_a_schedule_is_that_of_keras():
    optimizer = optim.Adam(optim.schedules.ExponentialDecay(0.1, 3, 0.5))
    w = Tensor([3.0, -1.0], requires_grad=True)
    for expected in KERAS["adam_under_exponential_decay"]:
        optimizer.apply([w.numpy() / 3], [w])
        np.testing.assert_allclose(w.data, expected, rtol=1e-13)


class AdamWithoutCorrection(optim.Adam):
    def update(self, w, g, rate, step, momentum, velocity, velocity_hat=None):
        return super().update(
            w, g, rate, 10**6, momentum, velocity, **({"velocity_hat": velocity_hat} if self.amsgrad else {})
        )


class AdamEpsilonInside(optim.Adam):
    def update(self, w, g, rate, step, momentum, velocity):
        momentum = momentum + (1 - self.beta_1) * (g - momentum)
        velocity = velocity + (1 - self.beta_2) * (g * g - velocity)
        rate = rate * (1 - self.beta_2**step) ** 0.5 / (1 - self.beta_1**step)
        return w - rate * momentum / np.sqrt(velocity + self.epsilon), momentum, velocity


@pytest.mark.parametrize("mutant", [AdamWithoutCorrection, AdamEpsilonInside])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_comparison_with_keras_catches_a_wrong_adam(mutant, dtype):
    case = next(c for c in KERAS["optimizers"] if "beta_1" in c["arguments"] and c["dtype"] == dtype)
    with pytest.raises(AssertionError):
        check_against_keras(case, mutant)


@pytest.mark.parametrize("case", TORCH["sgd"], ids=lambda c: str(c["arguments"]))
def test_momentum_is_that_of_pytorch_from_its_second_step(case):
    options = dict(case["arguments"])
    rate = options.pop("lr")
    cls = optim.Nesterov if options.pop("nesterov", False) else optim.Momentum
    optimizer = cls(rate, **options)
    w, velocity = np.array(case["weights"][0]), np.array(case["velocities"][0])
    for i in range(1, len(case["gradients"])):
        w, velocity = optimizer.update(w, np.array(case["gradients"][i]), rate, i + 1, velocity=velocity)
        np.testing.assert_allclose(w, case["weights"][i], rtol=1e-13)
        np.testing.assert_allclose(velocity, case["velocities"][i], rtol=1e-13)


@pytest.mark.parametrize("case", [c for c in TORCH["sgd"] if "dampening" not in c["arguments"]], ids=str)
def test_undamped_momentum_is_that_of_pytorch_from_the_first_step(case):
    cls = optim.Nesterov if case["arguments"].get("nesterov") else optim.Momentum
    found = run(cls(case["arguments"]["lr"], case["arguments"]["momentum"]), TORCH["start"], case["gradients"])
    np.testing.assert_allclose(found, case["weights"], rtol=1e-13)


def test_dampening_equal_to_momentum_averages_the_gradients_exponentially():
    gradients = np.random.default_rng(0).normal(size=(8, 3))
    found = run(optim.Momentum(0.1, momentum=0.8, dampening=0.8), np.zeros(3), gradients)
    # The average written out as a sum: v_t = Σₖ 0.2 · 0.8^(t−k) · g_k.
    average = [sum(0.2 * 0.8 ** (t - k) * gradients[k] for k in range(t + 1)) for t in range(8)]
    np.testing.assert_allclose(found, -0.1 * np.cumsum(average, axis=0), rtol=1e-12)


def test_momentum_on_the_course_parabola():
    # f(x) = x²/6 has f' = x/3, so x follows the heavy-ball recurrence x⁺ = x + 0.9 (x − x⁻) − 0.5 x / 3.
    expected = [3.0, 3.0 - 0.5]
    for _ in range(20):
        expected.append(expected[-1] + 0.9 * (expected[-1] - expected[-2]) - 0.5 * expected[-1] / 3)
    path = optim.minimize(lambda x: x**2 / 6, 3.0, optim.Momentum(0.5, momentum=0.9), steps=21)
    np.testing.assert_allclose(path.points, expected, rtol=1e-10)


def test_nesterov_takes_the_gradient_ahead_of_the_velocity():
    # Sutskever et al. (2013), eq. 3–4, on f(θ) = θ²/2 + θ⁴/4, whose gradient is θ + θ³.
    rate, momentum = 0.1, 0.8
    theta = v = 0.0
    theta = 1.5
    ahead = []
    for _ in range(12):
        look = theta + momentum * v
        ahead.append(look)
        v = momentum * v - rate * (look + look**3)
        theta = theta + v
    f = lambda x: x * x / 2 + x * x * x * x / 4  # noqa: E731
    path = optim.minimize(f, 1.5, optim.Nesterov(rate, momentum), steps=11)
    np.testing.assert_allclose(path.points, ahead, rtol=1e-10)
    keras_form = optim.minimize(f, 1.5, optim.SGD(rate, momentum, nesterov=True), steps=11)
    np.testing.assert_allclose(keras_form.points, ahead, rtol=1e-10)


def test_adam_is_algorithm_1_of_the_paper():
    # Kingma & Ba (2015), algorithm 1 and its first line of section 2: with ε = 0 both orders agree.
    gradients = np.random.default_rng(1).normal(size=(10, 4))
    theta, m, v = np.ones(4), np.zeros(4), np.zeros(4)
    expected = []
    for t, g in enumerate(gradients, start=1):
        m = 0.9 * m + 0.1 * g
        v = 0.999 * v + 0.001 * g**2
        theta = theta - 0.01 * (m / (1 - 0.9**t)) / np.sqrt(v / (1 - 0.999**t))
        expected.append(theta)
    np.testing.assert_allclose(run(optim.Adam(0.01, epsilon=0), np.ones(4), gradients), expected, rtol=1e-12)


def test_adagrad_divides_by_the_norm_of_all_gradients_so_far():
    # Duchi et al. (2011), section 1.1, diagonal form: the accumulated gradients as one norm a weight.
    gradients = np.random.default_rng(2).normal(size=(6, 3))
    optimizer = optim.AdaGrad(0.2, initial_accumulator_value=0.0, epsilon=0.0)
    steps = [0.2 * gradients[t] / np.linalg.norm(gradients[: t + 1], axis=0) for t in range(6)]
    np.testing.assert_allclose(run(optimizer, np.zeros(3), gradients), -np.cumsum(steps, axis=0), rtol=1e-12)


def test_adadelta_is_algorithm_1_of_the_paper():
    # Zeiler (2012): root mean squares of gradients and of updates, and no rate.
    gradients = np.random.default_rng(4).normal(size=(12, 3))
    x, mean_g, mean_x, expected = np.ones(3), np.zeros(3), np.zeros(3), []
    for g in gradients:
        mean_g = 0.9 * mean_g + 0.1 * g**2
        change = -np.sqrt(mean_x + 1e-4) / np.sqrt(mean_g + 1e-4) * g
        mean_x = 0.9 * mean_x + 0.1 * change**2
        x = x + change
        expected.append(x)
    np.testing.assert_allclose(run(optim.Adadelta(1.0, 0.9, 1e-4), np.ones(3), gradients), expected, rtol=1e-12)


def test_adamax_is_algorithm_2_of_the_paper():
    # Kingma & Ba (2015), section 7.1; u written as the maximum that it is.
    gradients = np.random.default_rng(5).normal(size=(12, 3))
    theta, m, expected = np.ones(3), np.zeros(3), []
    for t, g in enumerate(gradients, start=1):
        m = 0.8 * m + 0.2 * g
        u = np.max([0.9 ** (t - 1 - i) * np.abs(gradients[i]) for i in range(t)], axis=0)
        theta = theta - 0.05 / (1 - 0.8**t) * m / u
        expected.append(theta)
    np.testing.assert_allclose(run(optim.Adamax(0.05, 0.8, 0.9, 0.0), np.ones(3), gradients), expected, rtol=1e-12)


def test_adamw_decays_beside_adam():
    # Loshchilov & Hutter (2019), algorithm 2 with the rate as the schedule multiplier: θ ← θ − η (α Adam + λ θ).
    gradients = np.random.default_rng(6).normal(size=(12, 3))
    theta, m, v, expected = np.ones(3), np.zeros(3), np.zeros(3), []
    for t, g in enumerate(gradients, start=1):
        m, v = 0.9 * m + 0.1 * g, 0.99 * v + 0.01 * g**2
        theta = theta - 0.05 * (m / (1 - 0.9**t) / np.sqrt(v / (1 - 0.99**t)) + 0.3 * theta)
        expected.append(theta)
    optimizer = optim.AdamW(0.05, weight_decay=0.3, beta_2=0.99, epsilon=0.0)
    np.testing.assert_allclose(run(optimizer, np.ones(3), gradients), expected, rtol=1e-12)


def test_nadam_is_the_algorithm_of_the_paper():
    # Dozat (2016), algorithm 8 with the momenta of section 2: μₜ = β (1 − ½ · 0.96ᵗ).
    gradients = np.random.default_rng(7).normal(size=(12, 3))
    mu = [0.9 * (1 - 0.5 * 0.96**t) for t in range(1, 15)]
    theta, m, v, expected = np.ones(3), np.zeros(3), np.zeros(3), []
    for t, g in enumerate(gradients, start=1):
        m, v = 0.9 * m + 0.1 * g, 0.99 * v + 0.01 * g**2
        m_hat = mu[t] * m / (1 - np.prod(mu[: t + 1])) + (1 - mu[t - 1]) * g / (1 - np.prod(mu[:t]))
        theta = theta - 0.05 * m_hat / (np.sqrt(v / (1 - 0.99**t)) + 1e-3)
        expected.append(theta)
    found = run(optim.Nadam(0.05, beta_2=0.99, epsilon=1e-3), np.ones(3), gradients)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_the_product_of_nadam():
    optimizer, w = optim.Nadam(beta_1=0.8), Tensor([1.0], requires_grad=True)
    for t in range(1, 41):
        expected = np.prod([0.8 * (1 - 0.5 * 0.96**i) for i in range(1, t + 1)])
        assert optimizer.next_numbers() == {"momentum_product": pytest.approx(expected, rel=1e-12)}
        optimizer.apply([[0.1]], [w])


def test_lion_is_algorithm_2_of_the_paper():
    gradients = np.random.default_rng(8).normal(size=(12, 3))
    theta, m, expected = np.ones(3), np.zeros(3), []
    for g in gradients:
        c = 0.8 * m + 0.2 * g
        theta = theta - 0.05 * (np.where(c > 0, 1.0, -1.0) + 0.3 * theta)
        m = 0.95 * m + 0.05 * g
        expected.append(theta)
    optimizer = optim.Lion(0.05, beta_1=0.8, beta_2=0.95, weight_decay=0.3)
    np.testing.assert_allclose(run(optimizer, np.ones(3), gradients), expected, rtol=1e-12)


def test_ftrl_is_algorithm_1_of_the_paper():
    # McMahan et al. (2013), per coordinate: α, β, λ₁, λ₂; there n starts at 0 and λ₂ is what Keras doubles.
    gradients = np.random.default_rng(9).normal(size=(12, 3))
    alpha, beta, l1, l2 = 0.3, 0.7, 0.4, 0.2
    z, n, expected = np.zeros(3), np.zeros(3), []
    w = np.zeros(3)
    for g in gradients:
        sigma = (np.sqrt(n + g**2) - np.sqrt(n)) / alpha
        z, n = z + g - sigma * w, n + g**2
        w = np.array([
            0.0 if abs(z[i]) <= l1 else -(z[i] - np.sign(z[i]) * l1) / ((beta + np.sqrt(n[i])) / alpha + l2)
            for i in range(3)
        ])  # fmt: skip
        expected.append(w)
    optimizer = optim.Ftrl(
        alpha,
        initial_accumulator_value=0.0,
        l1_regularization_strength=l1,
        l2_regularization_strength=l2 / 2,
        beta=beta,
    )
    found = run(optimizer, np.zeros(3), gradients)
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-15)
    assert (found == 0).any() and (found != 0).any()


def test_centered_rmsprop_survives_a_constant_large_gradient():
    # The variance of a constant is 0; in float32 mean(g²) − mean(g)² rounds to less.
    weights = run(optim.RMSProp(0.01, centered=True), [0.0, 0.0], [[1e3, 123.4]] * 300, "float32")
    assert np.isfinite(weights).all()


@pytest.mark.parametrize("cls", EVERY)
@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (0, 3)])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_every_update_keeps_shape_and_dtype(cls, shape, dtype):
    w = Tensor(np.ones(shape, dtype), requires_grad=True)
    optimizer = cls()
    for _ in range(3):
        optimizer.apply([np.full(shape, 0.5)], [w])
    assert (w.shape, w.dtype) == (shape, dtype)
    assert np.all(w.data < 1)
    slots = optimizer.variables[2 : len(optimizer.variables) - len(optimizer.numbers)]
    assert all((slot.shape, slot.dtype) == (shape, dtype) for slot in slots)
    assert len(slots) == len(optimizer.slots)


VARIANTS = [
    *(cls() for cls in EVERY),
    optim.SGD(0.1, momentum=0.9, nesterov=True),
    optim.SGD(0.1, momentum=0.9),
    optim.RMSProp(0.1, momentum=0.3, centered=True),
    optim.RMSProp(0.1, centered=True),
    optim.Adam(0.1, amsgrad=True),
    optim.Ftrl(0.1, l1_regularization_strength=0.1, l2_shrinkage_regularization_strength=0.2, beta=0.3),
]


@pytest.mark.parametrize("optimizer", VARIANTS, ids=repr)
def test_every_update_is_pure_and_runs_on_tensors_too(optimizer):
    rng = np.random.default_rng(3)
    w, g = rng.normal(size=(2, 5))
    slots = {slot: rng.uniform(1, 2, 5) for slot in optimizer.slots}
    before = [x.copy() for x in (w, g, *slots.values())]
    numbers = {name: optimizer.advance(name, 0.7, 3) for name in optimizer.numbers}
    arrays = optimizer.update(w, g, 0.1, 3, **slots, **numbers)
    assert len(arrays) == 1 + len(slots)
    for x, old in zip((w, g, *slots.values()), before, strict=True):
        np.testing.assert_array_equal(x, old)
    held = {k: Tensor(v) for k, v in slots.items()}
    tensors = optimizer.update(Tensor(w), Tensor(g), 0.1, 3, **held, **numbers)
    assert all(isinstance(t, Tensor) for t in tensors)
    for t, x in zip(tensors, arrays, strict=True):
        np.testing.assert_array_equal(t.numpy(), x)


@pytest.mark.parametrize("cls", EVERY)
def test_every_optimizer_goes_down_the_parabola(cls):
    rate = 100.0 if cls is optim.Adadelta else 0.1  # its steps start at √epsilon
    path = optim.minimize(lambda x: x**2 / 6, 3.0, cls(learning_rate=rate), steps=100)
    assert path.values[-1] < 0.7 * path.values[0]
