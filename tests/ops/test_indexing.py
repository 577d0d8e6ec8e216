"""Indexing: NumPy's values for every kind of index, and gradients that go back to where the entries came from."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays, basic_indices, integer_array_indices

from tinygrad_edu import Tensor, gradients, hessian
from tinygrad_edu.ops.indexing import scatter_add

VALUES = np.arange(24.0).reshape(2, 3, 4)
MASK = VALUES % 3 == 0


def added_one_by_one(g, index, shape):
    """The gradient of reading at an index, entry by entry."""
    sources = np.arange(np.prod(shape, dtype=int)).reshape(shape)[index]
    out = np.zeros(np.prod(shape, dtype=int))
    for source, value in zip(np.ravel(sources), np.ravel(g), strict=True):
        out[source] += value
    return out.reshape(shape)


def check(values, index, tensor_index=None):
    x = Tensor(values, requires_grad=True)
    y = x[index if tensor_index is None else tensor_index]
    expected = values[index]
    assert y.shape == np.shape(expected)
    np.testing.assert_array_equal(y.numpy(), expected)
    g = np.random.default_rng(0).integers(1, 9, y.shape).astype(float)
    np.testing.assert_array_equal(gradients(y, x, g), added_one_by_one(g, index, values.shape))


@pytest.mark.parametrize(
    "index",
    [
        1, -1, np.int64(1), (1, 2, 3), (), None, ..., (0, ..., None, 1), slice(None, None, -2),
        (slice(1), slice(3, 0, -1)), [1, 0, 1], np.array([[0, 1], [1, 1]]), (slice(None), [2, 0, 2]),
        ([0, 1, 0], [1, 2, 1]), ([0, 0], slice(1, 3), [3, 3]), (None, [0, 0], ..., 1),
        MASK, MASK[:, 0, 0], (slice(None), MASK[0, :, 0]), (0, MASK[0]), (MASK[:, 0, 0], [0, 0]),
        True, np.zeros((0,), int), [], np.array(1), (np.array([1, -1]), 0),
    ],
    ids=str,
)  # fmt: skip
def test_every_kind_of_index(index):
    check(VALUES, index)


@given(st.data())
def test_any_index(data):
    shape = data.draw(array_shapes(max_dims=3, max_side=4))
    values = np.arange(np.prod(shape), dtype=float).reshape(shape)
    arrays_of_integers = integer_array_indices(shape)
    check(
        values, data.draw(st.one_of(basic_indices(shape, allow_newaxis=True), arrays_of_integers, arrays(bool, shape)))
    )


def test_tensors_as_indices():
    rows, columns = np.array([0, 1, 1]), np.array([2, 0, 0])
    check(VALUES, rows, Tensor(rows))
    check(VALUES, (rows, columns), (rows, Tensor(columns)))
    check(VALUES, (slice(None), columns), (slice(None), Tensor(columns)))
    check(VALUES, MASK, Tensor(VALUES) % 3 == 0)
    check(VALUES, 1, Tensor(1))


def test_a_mask_made_from_the_tensor_itself():
    x = Tensor([1.0, -2.0, 3.0], requires_grad=True)
    (x[x > 0] ** 2).sum().backward()
    assert x.grad.tolist() == [2, 0, 6]


def test_repeated_indices_add_up_to_second_order():
    """f = Σ a[i]³ over i = 0, 0, 2: the first entry counts twice."""
    hess = hessian(lambda x: (x[np.array([0, 0, 2])] ** 3).sum())(np.array([1.0, 2.0, 3.0]))
    np.testing.assert_array_equal(hess, np.diag([12, 0, 18]))
    hess = hessian(lambda x: (x[[0, 0, 2]].reshape(3, 1) @ x[:1].reshape(1, 1)).sum())(np.array([1.0, 2.0, 3.0]))
    np.testing.assert_array_equal(hess, [[4, 0, 1], [0, 0, 0], [1, 0, 0]])


@given(st.lists(st.integers(-3, 2), max_size=6))
def test_scattering_is_the_transpose_of_reading(index):
    index = np.array(index, int)
    reading = np.eye(3)[index]
    g = np.arange(1.0, len(index) + 1)
    np.testing.assert_array_equal(scatter_add(g, index, (3,)), reading.T @ g)


def test_rows_of_a_tensor():
    x = Tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    first, second = x
    (first * 10 + second).sum().backward()
    assert x.grad.tolist() == [[10, 10], [1, 1]]


@given(
    arrays(int, array_shapes(max_dims=2, max_side=3), elements=st.integers(-3, 2)),
    st.sampled_from([(3,), (2, 3), (3, 2, 2), (3, 0)]),
    st.data(),
)
def test_take_is_numpys(indices, shape, data):
    axis = data.draw(st.sampled_from([i for i, n in enumerate(shape) if n == 3] + [None] * (0 not in shape)))
    values = np.arange(np.prod(shape), dtype=float).reshape(shape)
    x = Tensor(values, requires_grad=True)
    y = np.take(x, Tensor(indices), axis=axis)
    np.testing.assert_array_equal(y.numpy(), np.take(values, indices, axis=axis))
    g = np.arange(1.0, y.size + 1).reshape(y.shape)
    index = indices if axis is None else (slice(None),) * axis + (indices,)
    flat = (values.size,) if axis is None else shape
    np.testing.assert_array_equal(gradients(y, x, g), added_one_by_one(g, index, flat).reshape(shape))


def test_take_of_a_tuple_of_positions():
    x = Tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    np.take(x, (0, 3)).sum().backward()
    assert x.grad.tolist() == [[1, 0], [0, 1]]


def test_one_entry_per_row():
    x = Tensor(np.arange(6.0).reshape(3, 2), requires_grad=True)
    labels = Tensor([1, 0, 1])
    picked = np.take_along_axis(x, labels.reshape(3, 1), axis=1)
    assert picked.numpy().tolist() == [[1], [2], [5]]
    (picked * [[10], [20], [30]]).sum().backward()
    assert x.grad.tolist() == [[0, 10], [20, 0], [0, 30]]


@pytest.mark.parametrize("shape", [(3,), (2, 3), (3, 2), (3, 3), (0,)])
@pytest.mark.parametrize("k", [-2, -1, 0, 1, 2])
def test_diagonals_and_triangles_are_numpys(shape, k):
    values = np.arange(1.0, np.prod(shape) + 1).reshape(shape)
    for function in (np.diag, np.triu, np.tril):
        x = Tensor(values, requires_grad=True)
        y = function(x, k)
        np.testing.assert_array_equal(y.numpy(), function(values, k))
        g = np.arange(1.0, y.size + 1).reshape(y.shape)
        # These are linear: for values v, the sum of y·g is the sum of v·gradient.
        np.testing.assert_allclose(np.sum(values * gradients(y, x, g)), np.sum(function(values, k) * g))


@pytest.mark.parametrize(
    "options", [{}, {"offset": 1}, {"offset": -1}, {"axis1": 2, "axis2": 0}, {"axis1": 1, "axis2": -1}]
)
def test_trace_is_numpys(options):
    values = np.arange(24.0).reshape(2, 3, 4)
    x = Tensor(values, requires_grad=True)
    y = np.trace(x, **options)
    np.testing.assert_array_equal(y.numpy(), np.trace(values, **options))
    for i in np.ndindex(y.shape):
        unit = np.zeros(y.shape)
        unit[i] = 1
        assert np.sum(values * gradients(y, x, unit)) == y.numpy()[i]


# -- bad input -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("index", [5, (0, 3), (0, 0, 0), [0, 7], "a", np.array([True, False, True])], ids=str)
def test_a_wrong_index_names_the_shape(index):
    with pytest.raises(IndexError, match=r"getitem\(a: 'w' shape \(2, 3\)"):
        Tensor(np.ones((2, 3)), name="w")[index]


@pytest.mark.parametrize("index", [1.0, Tensor([0.0, 1.0]), np.array([1.0]), (0, Tensor(1.0))], ids=str)
def test_a_float_index_is_an_error_that_says_what_to_do(index):
    with pytest.raises(IndexError, match=r"received float.*astype\(int\)"):
        Tensor(np.ones((2, 3)))[index]


def test_float_positions_are_refused():
    x = Tensor(np.ones((2, 3)), requires_grad=True)
    with pytest.raises(IndexError, match=r"take\(.*astype\(int\)"):
        x.take(Tensor([0.0]))
    with pytest.raises(IndexError, match=r"take_along_axis\(.*astype\(int\)"):
        np.take_along_axis(x, np.array([[0.5], [1.0]]), 1)


def test_positions_out_of_range():
    with pytest.raises(IndexError, match=r"take\(a: shape \(3,\), indices: \[3\].*out of bounds"):
        Tensor([1.0, 2.0, 3.0]).take([3])
    with pytest.raises(IndexError, match="out of bounds"):
        Tensor([1.0, 2.0, 3.0]).take_along_axis(np.array([3]))
