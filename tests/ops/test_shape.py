"""Shape ops: NumPy's values, and gradients checked by linearity.

Every op here moves or copies entries, so it is a linear map A, and its gradient is right for every incoming g
exactly when (A v)·g = v·(Aᵀ g) for every v.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, broadcastable_shapes

from tinygrad_edu import Tensor, gradients


def check_linear(f, *arrays):
    """f gives on Tensors what it gives on arrays, and its gradient is the transposed map."""
    rng = np.random.default_rng(0)
    expected = f(*arrays)
    tensors = [Tensor(a, requires_grad=True) for a in arrays]
    y = f(*tensors)
    assert y.shape == np.shape(expected)
    np.testing.assert_array_equal(y.numpy(), expected)
    g = rng.normal(size=y.shape)
    found = gradients(y, tensors, g)
    assert [x.shape for x in found] == [np.shape(a) for a in arrays]
    for i, x in enumerate(found):
        for _ in range(3):
            others = [np.zeros_like(a) for a in arrays]
            others[i] = rng.normal(size=np.shape(arrays[i]))
            np.testing.assert_allclose(np.sum(f(*others) * g), np.sum(others[i] * x), atol=1e-12)


def numbered(*shape):
    return np.arange(1.0, np.prod(shape) + 1).reshape(shape)


@given(array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=3), st.data())
def test_moving_axes(shape, data):
    a = numbered(*shape)
    order = data.draw(st.permutations(range(len(shape))))
    ends = [i if i % 2 else i - len(shape) for i in order]
    check_linear(np.transpose, a)
    check_linear(lambda x: np.transpose(x, ends), a)
    check_linear(lambda x: np.moveaxis(x, order[:2], sorted(order[:2])), a)
    check_linear(lambda x: x.reshape(-1), a)
    check_linear(np.ravel, a)
    check_linear(lambda x: np.expand_dims(x, axis=len(shape)), a)
    check_linear(lambda x: np.squeeze(np.expand_dims(x, axis=(0, -1))), a)
    check_linear(np.flip, a)
    check_linear(lambda x: np.roll(x, 2), a)
    if shape:
        axis = order[0]
        check_linear(lambda x: np.swapaxes(x, axis, -1), a)
        check_linear(lambda x: np.flip(x, axis), a)
        check_linear(lambda x: np.roll(x, (1, -2), axis=(axis, -1)), a)
        check_linear(lambda x: np.repeat(x, np.arange(shape[axis]), axis=axis), a)
        check_linear(lambda x: np.repeat(x, 2, axis=axis - len(shape)), a)


@given(array_shapes(min_dims=0, max_dims=3, max_side=3), st.lists(st.integers(0, 3), max_size=4).map(tuple))
def test_repeating(shape, reps):
    check_linear(lambda x: np.tile(x, reps), numbered(*shape))
    check_linear(lambda x: np.tile(x, reps=2), numbered(*shape))
    check_linear(lambda x: np.repeat(x, 3), numbered(*shape))


@given(array_shapes(max_dims=3, max_side=3), st.data())
def test_broadcasting(shape, data):
    source = data.draw(broadcastable_shapes(shape, min_dims=0, max_dims=len(shape), max_side=3))
    target = np.broadcast_shapes(shape, source)
    check_linear(lambda x: np.broadcast_to(x, target), numbered(*source))


@given(
    array_shapes(max_dims=2, min_side=2, max_side=4),
    st.sampled_from(["constant", "edge", "reflect", "symmetric", "wrap"]),
    st.sampled_from([1, (2, 0), (0, 3), ((7,),), ((1, 9),)]),
)
def test_padding(shape, mode, width):
    check_linear(lambda x: np.pad(x, width, mode), numbered(*shape))


def test_padding_by_hand():
    """Each mode sends back to an entry what its copies received."""
    g = np.array([1.0, 2.0, 4.0, 8.0, 16.0])
    for mode, expected in {
        "edge": [1 + 2, 4, 8 + 16],
        "reflect": [2, 1 + 4 + 16, 8],
        "symmetric": [1 + 2, 4, 8 + 16],
        "wrap": [2 + 16, 4, 1 + 8],
        "constant": [2, 4, 8],
    }.items():
        x = Tensor([1.0, 2.0, 3.0], requires_grad=True)
        assert gradients(np.pad(x, 1, mode), x, g).tolist() == expected


def test_padding_with_a_constant():
    assert np.pad(Tensor([1.0]), (1, 2), constant_values=7).numpy().tolist() == [7, 1, 7, 7]
    with pytest.raises(ValueError, match="'reflect'.*received 'linear_ramp'"):
        np.pad(Tensor([1.0, 2.0]), 1, mode="linear_ramp")


def test_reshape_and_transpose_take_their_numbers_one_by_one():
    t = Tensor(numbered(2, 3), requires_grad=True)
    for shape in (t.reshape(3, 2), t.reshape((3, 2)), t.reshape(3, -1), t.reshape(shape=(3, 2)), np.reshape(t, (3, 2))):
        np.testing.assert_array_equal(shape.numpy(), numbered(3, 2))
    for turned in (
        t.T,
        t.transpose(),
        t.transpose(1, 0),
        t.transpose((1, 0)),
        t.transpose(-1, 0),
        t.transpose(axes=(1, 0)),
    ):
        np.testing.assert_array_equal(turned.numpy(), numbered(2, 3).T)
    np.testing.assert_array_equal(t.flatten().numpy(), numbered(6))
    np.testing.assert_array_equal(t.reshape(6).numpy(), numbered(6))


def test_broadcasting_gives_a_copy():
    values = np.ones(2)
    copied = np.broadcast_to(Tensor(values), (2, 2))
    assert copied.data.flags.owndata or copied.data.base is not values
    assert copied.data.strides[0] > 0


# -- joining and cutting -----------------------------------------------------------------------------------


@pytest.mark.parametrize("axis", [0, 1, 2, -1, -2, None])
def test_joining(axis):
    shape = [2, 3, 2]
    parts = []
    for length in (1, 3, 2):
        if axis is not None:
            shape[axis] = length
        parts.append(numbered(*shape) * length)
    check_linear(lambda *x: np.concatenate(x, axis=axis), *parts)


@pytest.mark.parametrize("axis", [0, 1, 2, -1, -3])
def test_stacking(axis):
    check_linear(lambda *x: np.stack(x, axis=axis), numbered(2, 3), -numbered(2, 3), numbered(2, 3) * 2)


@pytest.mark.parametrize("function", [np.vstack, np.hstack, np.column_stack, np.stack, np.concatenate])
def test_joining_vectors(function):
    check_linear(lambda *x: function(x), numbered(3), -numbered(3))


def test_joining_what_numpy_joins():
    check_linear(lambda a, b: np.column_stack([a, b]), numbered(2), numbered(2, 3))
    check_linear(lambda a, b: np.vstack([a, b]), numbered(3), numbered(2, 3))
    check_linear(lambda a, b: np.hstack([a, b]), numbered(2, 1), numbered(2, 3))
    check_linear(lambda a, b: np.hstack([a, b]), np.float64(2), numbered(3))
    check_linear(lambda a: np.concatenate([a, a[:1], a]), numbered(2, 3))


def test_joining_a_tensor_with_plain_numbers():
    x = Tensor([1.0, 2.0], requires_grad=True)
    (np.concatenate([[10.0], x, np.zeros(1)]) * [1, 2, 3, 4]).sum().backward()
    assert x.grad.tolist() == [2, 3]
    assert np.stack([x[0], 5.0]).numpy().tolist() == [1, 5]


def test_joining_shapes_that_do_not_fit():
    with pytest.raises(ValueError, match="concatenate.*size 3.*size 2"):
        np.concatenate([Tensor(numbered(2, 3)), numbered(2, 2)])
    with pytest.raises(ValueError, match=r"same shape; received \(2, 3\), \(3,\)"):
        np.stack([Tensor(numbered(2, 3)), numbered(3)])


@pytest.mark.parametrize("cut", [1, 2, 3, 4, 7, [1], [1, 3], [3, 1], [0, 9], [-1], []])
@pytest.mark.parametrize("axis", [0, -1])
def test_cutting_is_numpys(cut, axis):
    values = numbered(4, 4)
    x = Tensor(values, requires_grad=True)
    expected = np.array_split(values, cut, axis)
    parts = np.array_split(x, cut, axis)
    assert isinstance(parts, list)
    for part, want in zip(parts, expected, strict=True):
        np.testing.assert_array_equal(part.numpy(), want)
    if cut in (3, 7):
        with pytest.raises(ValueError, match=rf"Axis {axis} of shape \(4, 4\).*{cut} equal parts"):
            np.split(x, cut, axis)
    else:
        assert [p.shape for p in x.split(cut, axis)] == [p.shape for p in np.split(values, cut, axis)]


def test_the_parts_send_back_their_gradients():
    x = Tensor(numbered(5), requires_grad=True)
    first, second = np.split(x, [2])
    (first.sum() * 3 + (second * second).sum()).backward()
    assert x.grad.tolist() == [3, 3, 6, 8, 10]


def test_cutting_into_no_parts():
    with pytest.raises(ValueError, match="received 0"):
        np.array_split(Tensor(numbered(4)), 0)
    with pytest.raises(ValueError, match="received -1"):
        np.split(Tensor(numbered(4)), -1)


# -- questions ---------------------------------------------------------------------------------------------


def test_questions_give_plain_values():
    x = Tensor(numbered(2, 3).astype(np.float32), requires_grad=True)
    assert (np.shape(x), np.ndim(x), np.size(x), np.size(x, 1)) == ((2, 3), 2, 6, 3)
    assert np.result_type(x, np.float64) == np.float64
    for array, value in ((np.zeros_like(x), 0), (np.ones_like(x), 1), (np.full_like(x, 7), 7)):
        assert type(array) is np.ndarray
        assert array.dtype == np.float32
        np.testing.assert_array_equal(array, np.full((2, 3), value))
    assert np.array_equal(x, x) is True
    assert np.allclose(x, numbered(2, 3) + 1e-9) is True
    assert np.allclose(numbered(2, 3), x * 2) is False
    assert np.isclose(x, Tensor(numbered(2, 3))).all()


def test_at_least_one_and_two_axes():
    x = Tensor(3.0, requires_grad=True)
    assert np.atleast_1d(x).shape == (1,)
    assert [t.shape for t in np.atleast_2d(x, Tensor([1.0, 2.0]))] == [(1, 1), (1, 2)]


@pytest.mark.parametrize(
    ("f", "message"),
    [
        (lambda t: t.reshape(4, 4), r"reshape\(a: 'w' shape \(2, 3\), shape: \(4, 4\)\): cannot reshape"),
        (lambda t: t.transpose(0, 0), r"transpose\(a: 'w' shape \(2, 3\).*repeated axis"),
        (lambda t: t.squeeze(0), r"squeeze\(a: 'w' shape \(2, 3\), axis: 0\)"),
        (lambda t: np.broadcast_to(t, (3,)), "2 axes do not broadcast to 1"),
        (lambda t: np.broadcast_to(t, (2, 2)), r"broadcast_to\(a: 'w' shape \(2, 3\), shape: \(2, 2\)\)"),
        (lambda t: t.swapaxes(0, 4), "out of bounds"),
    ],
)
def test_errors_name_the_op_and_the_shape(f, message):
    with pytest.raises(ValueError, match=message):
        f(Tensor(numbered(2, 3), name="w"))
