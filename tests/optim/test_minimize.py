"""The path of an optimizer down a function."""

import numpy as np
import pytest

import tinygrad_edu.optim as optim
from tinygrad_edu import Tensor, no_grad
from tinygrad_edu.optim import SGD, Momentum, minimize


def parabola(x):
    return x**2 / 6


def test_the_course_parabola():
    # x⁺ = x − 0.3 · x / 3 = 0.9 x.
    path = minimize(parabola, 3.0, SGD(0.3), steps=20)
    expected = 3 * 0.9 ** np.arange(21)
    assert path.points.shape == path.values.shape == path.gradients.shape == (21,)
    np.testing.assert_allclose(path.points, expected, rtol=1e-12)
    np.testing.assert_allclose(path.values, expected**2 / 6, rtol=1e-12)
    np.testing.assert_allclose(path.gradients, expected / 3, rtol=1e-12)
    assert (path.steps, path.converged, len(path)) == (20, False, 21)
    np.testing.assert_allclose(path.x, expected[-1])
    np.testing.assert_allclose(list(path), expected)
    assert path[0] == 3.0 and path[1:3].shape == (2,)


def test_a_vector():
    scale = np.array([1.0, 4.0])
    path = minimize(lambda x: (x * x * scale)[0] + (x * x * scale)[1], np.array([1.0, 1.0]), SGD(0.1), steps=5)
    assert path.points.shape == path.gradients.shape == (6, 2)
    np.testing.assert_allclose(path.x, [0.8**5, 0.2**5], rtol=1e-12)


def test_several_arguments():
    path = minimize(lambda a, b: a * a + (b * b)[0], (1.0, np.array([2.0])), SGD(0.25), steps=3)
    assert [p.shape for p in path.points] == [(4,), (4, 1)]
    assert [g.shape for g in path.gradients] == [(4,), (4, 1)]
    assert path.x[0] == 0.125 and path.x[1].tolist() == [0.25]
    assert path[1][0] == 0.5 and path[1][1].tolist() == [1.0]
    assert "Path of 3 steps, not converged: f from 5 to" in repr(path)


def test_an_argument_that_f_ignores_stays():
    path = minimize(lambda a, b: a * a, [1.0, 2.0], SGD(0.25), steps=2)
    assert path.points[1].tolist() == [2.0, 2.0, 2.0]
    assert path.gradients[1].tolist() == [0.0, 0.0, 0.0]


def test_it_stops_when_the_loss_no_longer_changes():
    path = minimize(parabola, 3.0, SGD(0.3), steps=1000, tolerance=1e-6)
    values = (3 * 0.9 ** np.arange(1001)) ** 2 / 6
    expected = 1 + int(np.argmax(-np.diff(values) <= 1e-6))
    assert path.converged and path.steps == expected < 100
    assert abs(path.values[-1] - path.values[-2]) <= 1e-6 < abs(path.values[-2] - path.values[-3])
    assert "converged" in repr(path) and "not converged" not in repr(path)
    assert not minimize(parabola, 3.0, SGD(0.3), steps=10, tolerance=1e-6).converged


def test_the_optimizer_given_keeps_its_state():
    w = Tensor(1.0, requires_grad=True)
    optimizer = Momentum(0.1, parameters=[w])
    optimizer.apply([1.0])
    before = [x.item() for x in optimizer.variables]
    first, second = (minimize(parabola, 3.0, optimizer, steps=5) for _ in range(2))
    np.testing.assert_array_equal(first.points, second.points)
    assert [x.item() for x in optimizer.variables] == before
    assert (w.item(), optimizer.iterations) == (0.9, 1)


def test_it_makes_a_step_at_each_call_even_of_an_accumulating_optimizer():
    plain = minimize(parabola, 3.0, SGD(0.3), steps=4)
    np.testing.assert_array_equal(
        minimize(parabola, 3.0, SGD(0.3, gradient_accumulation_steps=3), 4).points, plain.points
    )


def test_names_schedules_and_dtypes():
    np.testing.assert_array_equal(
        minimize(parabola, 3.0, "adam", steps=3).points, minimize(parabola, 3.0, optim.Adam(), steps=3).points
    )
    path = minimize(parabola, 3.0, SGD(lambda step: 3.0 if step == 1 else 0.0), steps=3)
    assert path.points.tolist() == [3.0, 3.0, 0.0, 0.0]
    path = minimize(lambda x: (x * x)[0], np.ones(2, "float32"), "adam", steps=3)
    assert path.points.dtype == path.gradients.dtype == np.float32
    with pytest.raises(ValueError, match="Did you mean 'adam'"):
        minimize(parabola, 3.0, "adan")


def test_the_start_is_not_changed():
    x0 = np.array([1.0, 2.0])
    start = Tensor(x0, requires_grad=True)
    for x in (x0, start):
        minimize(lambda x: (x * x)[0], x, SGD(0.1), steps=3)
    assert x0.tolist() == start.data.tolist() == [1.0, 2.0]
    assert start.grad is None


def test_points_are_kept_when_f_writes_into_its_argument():
    def writes(x):
        y = (x * x)[0]
        x.data[1] += 0.0
        return y

    path = minimize(writes, np.array([1.0, 1.0]), SGD(0.25), steps=2)
    assert path.points[:, 0].tolist() == [1.0, 0.5, 0.25]


def test_zero_steps():
    path = minimize(parabola, 3.0, "sgd", steps=0)
    assert (path.points.tolist(), path.values.tolist(), path.steps) == ([3.0], [1.5], 0)


def test_it_works_inside_no_grad():
    with no_grad():
        assert minimize(parabola, 3.0, SGD(0.3), steps=1).x == pytest.approx(2.7)


def test_divergence_stops_with_a_warning_that_says_where():
    with pytest.warns(UserWarning, match=r"stopped at step \d+: at x = .*f is inf.*smaller learning rate") as caught:
        path = minimize(lambda x: x * x, 1.0, SGD(1e60), steps=50)
    assert len(caught) == 1 and caught[0].filename == __file__
    assert path.steps < 50 and not path.converged
    assert np.isfinite(path.values[:-1]).all() and np.isinf(path.values[-1])


def test_an_infinite_gradient_stops_it_too():
    with pytest.warns(UserWarning, match="stopped at step 0: at x = 0 f is 0 and its gradient is inf"):
        path = minimize(lambda x: x**0.5, 0.0, SGD(0.1))
    assert path.steps == 0


@pytest.mark.parametrize(
    ("x0", "error", "message"),
    [
        (3, TypeError, "write 3.0"),
        (np.array([1, 2]), TypeError, r"x0.astype\(float\)"),
        (True, TypeError, "floating point"),
        (np.nan, ValueError, "finite; received nan"),
        (np.array([1.0, np.inf]), ValueError, "finite"),
        ([1.0, 2.0], ValueError, r"it has 2, f takes 1. For one vector write x0=np.array"),
        ("a", TypeError, "real numbers"),
    ],
)
def test_a_wrong_start_is_refused(x0, error, message):
    with pytest.raises(error, match=message):
        minimize(parabola, x0, "sgd")


@pytest.mark.parametrize(
    ("f", "error", "message"),
    [
        (lambda x: 3.0, TypeError, "should give a Tensor.*received float"),
        (lambda x: x * np.ones(3), ValueError, r"one value; received shape \(3,\)"),
        (lambda x: Tensor(x.data) * 2, ValueError, "leaves the graph"),
    ],
)
def test_a_wrong_function_is_refused(f, error, message):
    with pytest.raises(error, match=message):
        minimize(f, 1.0, "sgd")


@pytest.mark.parametrize("options", [{"steps": -1}, {"steps": 2.5}, {"steps": True}, {"tolerance": -1.0}])
def test_wrong_limits_are_refused(options):
    (name,) = options
    with pytest.raises(ValueError, match=name):
        minimize(parabola, 1.0, "sgd", **options)


def test_a_path_that_is_too_short_has_not_converged():
    for tolerance in (None, 1e-12):
        assert not minimize(lambda x: x**2, 1.0, SGD(0.1), steps=2, tolerance=tolerance).converged
    assert minimize(lambda x: x**2, 1.0, SGD(0.5), steps=2, tolerance=1e-12).converged
