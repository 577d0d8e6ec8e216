"""Reductions: NumPy's values for every shape and axis, and gradients where they are hard: ties, zeros, infinities."""

from itertools import combinations
from math import inf, log, prod, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from tinygrad_edu import Tensor, gradients, hessian, jacobian
from tinygrad_edu.ops.reduce import linear_recurrence, logsumexp


def gradient(f, values):
    x = Tensor(values, requires_grad=True)
    f(x).backward()
    return x.grad


@st.composite
def reductions(draw):
    """An array without empty axes, an axis argument that fits it, and keepdims."""
    shape = draw(array_shapes(min_dims=0, max_dims=3, max_side=4))
    values = draw(arrays(float, shape, elements=st.integers(-3, 3).map(float)))
    axes = [axis for n in range(1, len(shape) + 1) for axis in combinations(range(-len(shape), 0), n)]
    return values, draw(st.sampled_from([None, *range(len(shape)), *axes])), draw(st.booleans())


REDUCTIONS = [np.sum, np.mean, np.max, np.min, np.amax, np.amin, np.prod, np.var, np.std, np.median]


@pytest.mark.parametrize("function", [*REDUCTIONS, np.any, np.all, np.count_nonzero], ids=lambda f: f.__name__)
@given(case=reductions())
@pytest.mark.matrix(one_in=5)
def test_reductions_are_numpys(function, case):
    values, axis, keepdims = case
    expected = function(values, axis=axis, keepdims=keepdims)
    result = function(Tensor(values, requires_grad=True), axis=axis, keepdims=keepdims)
    assert result.shape == expected.shape
    assert result.dtype == expected.dtype
    np.testing.assert_array_equal(result.numpy(), expected)


@pytest.mark.parametrize("function", REDUCTIONS, ids=lambda f: f.__name__)
@given(case=reductions())
@pytest.mark.matrix(one_in=5)
def test_gradients_do_not_depend_on_how_axes_are_written(function, case):
    """The slope along each axis argument is that of moving those axes to the end and reducing row by row."""
    values, axis, keepdims = case
    reduced = range(values.ndim) if axis is None else np.atleast_1d(axis) % max(values.ndim, 1)
    kept = [i for i in range(values.ndim) if i not in reduced]
    moved = values.transpose(*kept, *reduced)
    rows = moved.reshape(prod(moved.shape[: len(kept)]), -1)
    x, y = Tensor(values, requires_grad=True), Tensor(rows, requires_grad=True)
    by_axis, by_row = function(x, axis=axis, keepdims=keepdims), [function(row) for row in y]
    weights = np.linspace(1, 2, by_axis.size)
    g = gradients(by_axis, x, weights.reshape(by_axis.shape))
    expected = gradients(by_row, y, list(weights))
    g = np.asarray(g).transpose(*kept, *reduced).reshape(rows.shape)
    np.testing.assert_allclose(g, expected, rtol=1e-12, atol=1e-12)


@given(
    arrays(float, array_shapes(max_dims=3, max_side=4), elements=st.integers(-2, 2).map(float)),
    st.sampled_from([None, 0, -1]),
)
def test_running_and_sorting_ops_are_numpys(values, axis):
    x = Tensor(values, requires_grad=True)
    for function in (np.cumsum, np.cumprod, np.argmax, np.argmin, np.sort):
        np.testing.assert_array_equal(function(x, axis=axis).numpy(), function(values, axis=axis))
    np.testing.assert_array_equal(np.argsort(x, axis=axis).numpy(), np.argsort(values, axis=axis, kind="stable"))


def test_sum_and_mean_of_a_table():
    table = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]
    assert gradient(lambda x: x.sum(), table).tolist() == [[1] * 3] * 2
    assert gradient(lambda x: x.mean(), table).tolist() == [[1 / 6] * 3] * 2
    assert gradient(lambda x: (x.mean(axis=0) * [3, 6, 9]).sum(), table).tolist() == [[1.5, 3, 4.5]] * 2
    assert gradient(lambda x: (x.sum(axis=1, keepdims=True) * [[3], [6]]).sum(), table).tolist() == [[3] * 3, [6] * 3]


def test_the_gradient_of_a_sum_can_be_written():
    x = Tensor([1.0, 2.0], requires_grad=True)
    g = gradients(x.sum(), x)
    g *= 2
    assert g.tolist() == [2, 2]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("function", [*REDUCTIONS, logsumexp, np.linalg.norm, np.cumsum, np.cumprod, np.sort])
def test_float32_stays_float32(function, dtype):
    x = Tensor(np.array([1, 2, 4], dtype), requires_grad=True)
    y = function(x)
    assert y.dtype == dtype
    assert gradients(y, x, np.ones(y.shape)).dtype == dtype


# -- ties ----------------------------------------------------------------------------------------------


def test_ties_share_the_gradient_evenly():
    assert gradient(lambda x: x.max(), [2.0, 1.0, 2.0]).tolist() == [0.5, 0, 0.5]
    assert gradient(lambda x: x.min(), [2.0, 1.0, 1.0, 1.0]).tolist() == [0, 1 / 3, 1 / 3, 1 / 3]
    by_column = gradient(lambda x: (x.max(axis=0) * [4, 6]).sum(), [[1.0, 3.0], [1.0, 2.0]])
    assert by_column.tolist() == [[2, 6], [2, 0]]
    assert gradient(lambda x: np.linalg.norm(x, np.inf), [-3.0, 1.0, 3.0]).tolist() == [-0.5, 0, 0.5]
    assert gradient(lambda x: np.linalg.norm(x, -np.inf), [-3.0, 1.0, -1.0]).tolist() == [0, 0.5, -0.5]


def test_sorting_ties_keep_their_order():
    assert gradient(lambda x: (np.sort(x) * [1, 2, 4]).sum(), [3.0, 1.0, 1.0]).tolist() == [4, 1, 2]
    assert gradient(lambda x: np.median(x), [1.0, 1.0, 1.0]).tolist() == [0, 1, 0]


def test_median_of_an_even_count_is_between_two():
    assert gradient(lambda x: np.median(x), [9.0, 1.0, 3.0, 4.0]).tolist() == [0, 0, 0.5, 0.5]


def test_sorting_moves_the_gradient_back():
    values = [[3.0, 1.0, 2.0], [0.0, 5.0, 4.0]]
    assert gradient(lambda x: (np.sort(x) * [1, 2, 4]).sum(), values).tolist() == [[4, 1, 2], [1, 4, 2]]
    assert gradient(lambda x: (np.sort(x, axis=None) * np.arange(6)).sum(), values).tolist() == [[3, 1, 2], [0, 5, 4]]


def test_positions_have_no_gradient():
    x = Tensor([3.0, 1.0], requires_grad=True)
    for y in (x.argmax(), x.argmin(), x.argsort(), x.any(), x.all(), x.count_nonzero()):
        assert not y.requires_grad
        assert y.dtype.kind in "ib"


# -- zeros in products -----------------------------------------------------------------------------------


@pytest.mark.parametrize("values", [[2.0, 3.0, 5.0], [2.0, 0.0, 5.0, 7.0], [0.0, 3.0, 0.0], [0.0, 0.0, 0.0], [4.0]])
def test_product_is_right_with_zeros_to_second_order(values):
    """∂Π/∂aᵢ is the product without i, ∂²Π/∂aᵢ∂aⱼ the product without i and j."""
    n = len(values)

    def without(*gone):
        return prod(v for k, v in enumerate(values) if k not in gone)

    assert gradient(lambda x: x.prod(), values).tolist() == [without(i) for i in range(n)]
    curvature = [[0 if i == j else without(i, j) for j in range(n)] for i in range(n)]
    np.testing.assert_array_equal(hessian(lambda x: x.prod())(np.array(values)), curvature)


def test_product_along_axes():
    values = np.array([[[2.0, 0.0], [3.0, 4.0]], [[5.0, 6.0], [0.0, 0.0]]])
    g = gradient(lambda x: (np.prod(x, axis=(0, 2)) * [1, 10]).sum(), values)
    assert g.tolist() == [[[0, 2 * 5 * 6], [0, 0]], [[0, 0], [0, 0]]]


@pytest.mark.parametrize("values", [[2.0, 3.0, 5.0], [2.0, 0.0, 5.0, 7.0], [0.0, 3.0, 0.0], [0.0, 0.0]])
def test_running_product_is_right_with_zeros_to_second_order(values):
    n = len(values)
    slopes = [[prod(values[k] for k in range(j + 1) if k != i) if i <= j else 0 for i in range(n)] for j in range(n)]
    np.testing.assert_array_equal(jacobian(np.cumprod)(np.array(values)), slopes)
    weights = np.arange(1.0, n + 1)
    curvature = np.zeros((n, n))
    for i, j in combinations(range(n), 2):
        terms = [weights[m] * prod(values[k] for k in range(m + 1) if k not in (i, j)) for m in range(j, n)]
        curvature[i, j] = curvature[j, i] = sum(terms)
    np.testing.assert_array_equal(hessian(lambda x: (x.cumprod() * weights).sum())(np.array(values)), curvature)


def test_products_do_not_overflow_on_the_way():
    assert gradient(lambda x: x.prod(), [1e200, 1e-200, 3.0]).tolist() == pytest.approx([3e-200, 3e200, 1])


def test_recurrence_is_the_loop():
    a, b = np.array([1.0, 2.0, 3.0, 4.0]), np.array([9.0, 0.5, 0.0, -1.0])
    expected = [1.0]
    for x, c in zip(a[1:], b[1:], strict=True):
        expected.append(x + c * expected[-1])
    assert linear_recurrence(a, b).tolist() == expected


# -- logsumexp, norm, std at their edges -----------------------------------------------------------------


def test_logsumexp_does_not_overflow():
    assert logsumexp(Tensor([1000.0, 1000.0])).item() == pytest.approx(1000 + log(2))
    assert logsumexp(Tensor([-1000.0, -1000.0])).item() == pytest.approx(-1000 + log(2))
    np.testing.assert_allclose(gradient(logsumexp, [1000.0, 1000.0, 0.0]), [0.5, 0.5, 0], rtol=1e-12)


def test_logsumexp_of_impossible_entries():
    """−∞ is the logarithm of 0: it adds nothing, and no gradient flows to it."""
    rows = [[0.0, -inf], [-inf, -inf]]
    assert logsumexp(Tensor(rows), axis=1).numpy().tolist() == [0, -inf]
    assert gradient(lambda x: logsumexp(x, axis=1).sum(), rows).tolist() == [[1, 0], [0, 0]]
    assert logsumexp(Tensor(np.zeros((2, 0))), axis=1).numpy().tolist() == [-inf, -inf]


def test_logsumexp_of_integers_and_infinity():
    assert logsumexp(Tensor([0, 0])).item() == pytest.approx(log(2))
    assert logsumexp(Tensor([inf, 0.0])).item() == inf


def test_logsumexp_is_a_smooth_maximum():
    """Its Hessian is diag(p) − p pᵀ for p = softmax (Boyd and Vandenberghe, 2004, §3.1.5)."""
    x = np.array([0.5, -1.0, 2.0])
    p = np.exp(x) / np.exp(x).sum()
    np.testing.assert_allclose(hessian(logsumexp)(x), np.diag(p) - np.outer(p, p), atol=1e-15)


@pytest.mark.parametrize("order", [None, 1, 2, np.inf, -np.inf])
@pytest.mark.parametrize(("axis", "keepdims"), [(0, False), (-1, True)])
def test_norms_of_vectors_are_numpys(order, axis, keepdims):
    values = np.array([[1.0, -2.0, 3.0], [4.0, 0.5, -6.0]])
    result = np.linalg.norm(Tensor(values), order, axis, keepdims)
    np.testing.assert_array_equal(result.numpy(), np.linalg.norm(values, order, axis, keepdims))


def test_norm_of_a_matrix_is_frobenius():
    values = np.array([[1.0, 2.0], [3.0, 4.0]])
    for options in ({}, {"ord": "fro"}, {"axis": (0, 1)}, {"keepdims": True}):
        g = gradient(lambda x, options=options: np.linalg.norm(x, **options).sum(), values)
        np.testing.assert_allclose(g, values / sqrt(30), rtol=1e-15)


def test_gradient_of_a_norm_and_a_deviation_at_zero_is_zero():
    for order in (None, 1, 2, np.inf, -np.inf):
        assert gradient(lambda x, order=order: np.linalg.norm(x, order), [0.0, 0.0]).tolist() == [0, 0]
    assert gradient(lambda x: x.std(), [3.0, 3.0]).tolist() == [0, 0]
    rows = gradient(lambda x: np.linalg.norm(x, axis=1).sum(), [[0.0, 0.0], [3.0, 4.0]])
    np.testing.assert_allclose(rows, [[0, 0], [0.6, 0.8]], rtol=1e-15)


@pytest.mark.parametrize(
    ("values", "order", "axis"),
    [([[1.0]], 1, None), ([[1.0]], 2, None), ([[1.0]], np.inf, (0, 1)), ([1.0], 3, None), ([1.0], "fro", None)],
)
def test_a_norm_without_a_rule_is_refused(values, order, axis):
    with pytest.raises(ValueError, match="received"):
        np.linalg.norm(Tensor(values), order, axis)


def test_variance_with_degrees_of_freedom():
    values = np.array([1.0, 4.0, 7.0])
    assert gradient(lambda x: x.var(ddof=1), values).tolist() == [-3, 0, 3]
    np.testing.assert_allclose(hessian(lambda x: x.var(ddof=1))(values), np.eye(3) - 1 / 3)
    np.testing.assert_allclose(gradient(lambda x: x.std(ddof=1), values), [-0.5, 0, 0.5])


# -- bad input -------------------------------------------------------------------------------------------


def test_errors_name_the_op_and_the_shape():
    x = Tensor(np.ones((2, 3)), name="weights")
    with pytest.raises(ValueError, match=r"sum\(a: 'weights' shape \(2, 3\), axis: 2.*out of bounds"):
        x.sum(axis=2)
    with pytest.raises(ValueError, match=r"max\(a: shape \(0, 3\).*zero-size"):
        Tensor(np.ones((0, 3))).max()


def test_an_argument_that_numpy_has_and_the_op_has_not_is_refused():
    x = Tensor([1.0, 2.0])
    with pytest.raises(TypeError, match="dtype"):
        np.sum(x, dtype=np.float32)
    with pytest.raises(TypeError):
        np.sum(x, 0, np.float32)
    with pytest.raises(TypeError, match="initial"):
        np.max(x, initial=3)
