"""Functions of NumPy that are written with ops: NumPy's values, central differences at orders 1 and 2, programs.

Beside them the decompositions, whose factors are cut from one op, and values known from analysis.
"""

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import Tensor
from tinygrad_edu.replay import trace

RNG = np.random.default_rng(5)
A, V, W = RNG.normal(size=(4, 5)), RNG.normal(size=(2, 3, 4)), RNG.normal(size=(2, 3, 3))
S = W + np.swapaxes(W, -1, -2)
UNEVEN = np.array([0.0, 1.0, 1.5, 4.0])

CALLS = {
    "diff": (np.diff, A),
    "diff twice": (lambda x: np.diff(x, 2, 0), A),
    "diff with ends": (lambda x: np.diff(x, axis=0, prepend=0.0, append=x[:1]), A),
    "gradient": (np.gradient, A),
    "gradient of steps": (lambda x: np.gradient(x, 0.5), A),
    "gradient between points": (lambda x: np.gradient(x, UNEVEN, axis=0), A),
    "gradient of second order": (lambda x: np.gradient(x, UNEVEN, 2.0, edge_order=2), A),
    "gradient along two axes": (lambda x: np.gradient(x, axis=(-1, 0)), V),
    "cross": (lambda x: np.cross(x, np.cos(x)), W),
    "cross along an axis": (lambda x: np.cross(x, np.cos(x), axis=1), V),
    "cross from axis to axis": (lambda x: np.cross(x, np.cos(x[0]), 1, 0, 1), V),
    "hsplit": (lambda x: np.hsplit(x, [2]), A),
    "hsplit of a vector": (lambda x: np.hsplit(x, 5), A[0]),
    "vsplit": (lambda x: np.vsplit(x, 2), A),
    "dsplit": (lambda x: np.dsplit(x, 2), V),
    "fliplr": (np.fliplr, A),
    "flipud": (np.flipud, V),
    "rot90": (np.rot90, A),
    "rot90 backwards": (lambda x: np.rot90(x, -1), A),
    "rot90 twice": (lambda x: np.rot90(x, 2, (0, 2)), V),
    "rot90 in another plane": (lambda x: np.rot90(x, 3, (2, 1)), V),
    "rot90 around": (lambda x: np.rot90(x, 4), A),
    "rollaxis": (lambda x: np.rollaxis(x, 2), V),
    "rollaxis to": (lambda x: np.rollaxis(x, 0, -1), V),
    "atleast_3d of one axis": (np.atleast_3d, A[0]),
    "atleast_3d of two": (np.atleast_3d, A),
    "linspace": (lambda x: np.linspace(x, 1.0, 7), A),
    "linspace without its end": (lambda x: np.linspace(x, x * 2, 3, endpoint=False, axis=-1), A),
    "linspace of one": (lambda x: np.linspace(x, 2.0, 1), A),
    "partition": (lambda x: np.partition(x, 0, axis=0)[0], A),
    "eigh": (np.linalg.eigh, S),
    "eigvalsh": (np.linalg.eigvalsh, S),
    "svd": (np.linalg.svd, W),
    "svd of wide matrices": (lambda x: np.linalg.svd(x, full_matrices=False), V),
    "svd of tall matrices": (lambda x: np.linalg.svd(x, False), np.swapaxes(V, 1, 2).copy()),
    "singular values": (lambda x: np.linalg.svd(x, compute_uv=False), A),
}


def several(values):
    return list(values) if isinstance(values, (tuple, list)) else [values]


@pytest.mark.parametrize("name", CALLS)
def test_on_tensors_as_on_arrays(name):
    function, x = CALLS[name]
    if name.startswith("eig"):  # NumPy reads one triangle, and the op the symmetric part
        function = lambda x, function=function: function((x + np.swapaxes(x, -1, -2)) / 2)  # noqa: E731
    expected = several(function(x))
    found = several(function(Tensor(x, requires_grad=True)))
    assert len(found) == len(expected)
    for ours, theirs in zip(found, expected):
        assert type(ours) is Tensor
        np.testing.assert_allclose(ours.numpy(), theirs, atol=1e-13)
    report = tg.gradcheck(lambda x: sum(np.sum(y * np.cos(y)) for y in several(function(x))), x, order=2)
    assert report, f"\n{report}"


@pytest.mark.parametrize("name", CALLS)
def test_in_a_program(name):
    function, x = CALLS[name]
    program = trace(lambda x: tuple(several(function(x))), x)
    for values in (x, x[..., ::-1] + (S - S[..., ::-1] if x is S else 0)):
        for ours, theirs in zip(program(values), several(function(Tensor(values)))):
            np.testing.assert_allclose(ours, theirs.numpy(), atol=1e-13)


def test_types_of_the_results():
    assert type(np.linalg.eigh(Tensor(S))).__name__ == "EighResult"
    assert np.linalg.svd(Tensor(W)).Vh.shape == (2, 3, 3)
    step = np.linspace(Tensor(0.0), 1.0, 5, retstep=True)[1]
    assert step.item() == 0.25
    assert np.linspace(Tensor(0.0), 9.9, 3, dtype=int).numpy().tolist() == [0, 4, 9]


def test_full_repeats_a_tensor():
    value = Tensor(2.0, requires_grad=True)
    np.sum(tg.ops.full((2, 3), value) * np.arange(6.0).reshape(2, 3)).backward()
    assert value.grad == 15.0
    assert tg.ops.full((2,), 1.5).tolist() == [1.5, 1.5]


def test_derivatives_of_sinc_at_zero():
    """From its power series Σ (−1)ᵏ (πx)²ᵏ / (2k + 1)!."""
    expected = [1, 0, -(np.pi**2) / 3, 0, np.pi**4 / 5, 0, -(np.pi**6) / 7]
    function = np.sinc
    for value in expected:
        assert function(0.0) == pytest.approx(value, abs=1e-12)
        function = tg.grad(function)


def test_derivative_of_sinc_near_zero_loses_no_digits():
    """sinc′(x) = −π²x/3 + π⁴x³/30 − …, where (cos πx − sinc x)/x would cancel."""
    x = np.array([1e-12, 1e-7, 1e-3])
    expected = -(np.pi**2) * x / 3 + np.pi**4 * x**3 / 30 - np.pi**6 * x**5 / 840
    np.testing.assert_allclose([tg.grad(np.sinc)(value) for value in x], expected, rtol=1e-13)


@pytest.mark.parametrize("order", range(6))
def test_derivatives_of_sinc_meet_where_the_formula_changes(order):
    below, above = (order + 2) / np.pi * (1 + np.array([-1e-9, 1e-9]))
    jump = tg.ops.sinc_derivative(np.array([below, above]), order)
    slope = tg.ops.sinc_derivative(np.array([below]), order + 1)[0]
    assert jump[1] - jump[0] == pytest.approx(slope * (above - below), abs=1e-10 * np.pi**order)


def test_fmax_and_fmin_pass_by_nan():
    a, b = Tensor([1.0, np.nan, 2.0, 5.0], requires_grad=True), Tensor([np.nan, 3.0, 2.0, 4.0], requires_grad=True)
    first, second = tg.gradients(np.fmax(a, b), [a, b], np.ones(4))
    assert first.tolist() == [1, 0, 0.5, 1] and second.tolist() == [0, 1, 0.5, 0]
    first, second = tg.gradients(np.fmin(a, b), [a, b], np.ones(4))
    assert first.tolist() == [1, 0, 0.5, 0] and second.tolist() == [0, 1, 0.5, 1]


def test_no_gradient_flows_through_what_nan_to_num_replaced():
    x = Tensor([1.0, np.nan, np.inf, -np.inf], requires_grad=True)
    assert np.nan_to_num(x, True, 7.0, neginf=-1.0).numpy()[[0, 1, 3]].tolist() == [1, 7, -1]
    assert tg.gradients(np.nan_to_num(x), x, np.ones(4)).tolist() == [1, 0, 0, 0]


def test_partition_puts_the_kth_in_its_place():
    y = np.partition(Tensor(A), 2).numpy()
    np.testing.assert_array_equal(y[:, 2], np.sort(A)[:, 2])
    assert (y[:, :2] <= y[:, 2:3]).all() and (y[:, 3:] >= y[:, 2:3]).all()


def test_equal_eigenvalues_and_singular_values():
    """Their sums have the gradients of log det and of the nuclear norm; their vectors have none, which shows."""
    a = 2 * np.eye(3)
    log_det = tg.grad(lambda a: np.sum(np.log(np.linalg.eigvalsh(a))))(a)
    np.testing.assert_allclose(log_det, np.linalg.inv(a))
    nuclear = tg.grad(lambda a: np.sum(np.linalg.svd(a)[1]))(a)
    np.testing.assert_allclose(nuclear, np.eye(3), atol=1e-12)
    assert np.isnan(tg.grad(lambda a: np.sum(np.linalg.eigh(a)[1] * W[0]))(a)).any()
    assert np.isnan(tg.grad(lambda a: np.sum(np.linalg.svd(a)[0] * W[0]))(a)).any()


def test_pinv_solves_least_squares():
    """The gradient of the least ‖a x − b‖² by a is that of ‖a x − b‖² with x held (the envelope theorem)."""
    b = RNG.normal(size=5)
    x = np.linalg.lstsq(A.T, b, rcond=None)[0]
    found = tg.grad(lambda a: np.sum((a @ (np.linalg.pinv(a) @ b) - b) ** 2))(A.T.copy())
    np.testing.assert_allclose(found, 2 * np.outer(A.T @ x - b, x), atol=1e-12)


def t(*shape):
    return Tensor(np.ones(shape), requires_grad=True)


MISTAKES = [
    (lambda: np.diff(t(3), -1), "0 or more; received -1"),
    (lambda: np.diff(t()), "single number"),
    (lambda: np.gradient(t(1)), "needs 2 points along axis 0; received 1"),
    (lambda: np.gradient(t(3), np.ones(2)), r"has 3 points; received coordinates of shape \(2,\)"),
    (lambda: np.gradient(t(3), edge_order=3), "edge_order is 1 or 2"),
    (lambda: np.cross(t(2), t(2)), "vectors of 3 entries; received 2 and 2"),
    (lambda: np.vsplit(t(4), 2), r"2 or more axes; received shape \(4,\)"),
    (lambda: np.fliplr(t(4)), "needs two axes"),
    (lambda: np.rot90(t(2, 2), axes=(0, -2)), "two different axes"),
    (lambda: np.linspace(t(), 1.0, -1), "received -1"),
    (lambda: np.linalg.svd(t(3, 2)), "full_matrices=False"),
    (lambda: np.linalg.eigh(t(3, 2)), "square matrix"),
    (lambda: np.linalg.pinv(t(3)), "a matrix or a stack"),
]


@pytest.mark.parametrize(("mistake", "message"), MISTAKES)
def test_a_mistake_is_told_in_words(mistake, message):
    with pytest.raises(ValueError, match=message):
        mistake()
