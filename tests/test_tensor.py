"""The Tensor as a value: construction, NumPy on either side, conversions, what it refuses."""

import copy
import math
import operator
import pickle

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import Tensor

ARITHMETIC = [
    operator.add,
    operator.sub,
    operator.mul,
    operator.truediv,
    operator.pow,
    operator.floordiv,
    operator.mod,
]
COMPARISONS = [operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge]


def leaf(data, name=None):
    return Tensor(data, requires_grad=True, name=name)


# -- construction -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "dtype", "shape"),
    [
        (2, "int64", ()),
        (2.0, "float64", ()),
        (True, "bool", ()),
        ([1.0, 2.0], "float64", (2,)),
        ([[1, 2], [3, 4]], "int64", (2, 2)),
        (np.float32(2), "float32", ()),
        (np.ones((2, 0), np.float16), "float16", (2, 0)),
        ([], "float64", (0,)),
        (Tensor([1.0]), "float64", (1,)),
        ([np.float32(1), np.float32(2)], "float32", (2,)),
        (range(3), "int64", (3,)),
    ],
)
def test_dtype_and_shape(data, dtype, shape):
    t = Tensor(data)
    assert (t.dtype, t.shape, t.ndim, t.size) == (dtype, shape, len(shape), math.prod(shape))
    assert t.op is None and t.inputs == () and t.grad is None and not t.requires_grad


def test_data_is_copied():
    array = np.array([1.0, 2.0])
    t = Tensor(array)
    array[0] = 9
    assert t.numpy().tolist() == [1, 2]
    copied = t.numpy()
    copied[0] = 9
    assert t.numpy().tolist() == [1, 2]


@pytest.mark.parametrize("data", ["text", [1, "a"], None, [None], 1j, [1 + 2j], {"a": 1}, object()])
def test_refuses_what_is_not_a_real_number(data):
    with pytest.raises(TypeError, match="real numbers.* received dtype"):
        Tensor(data)


def test_refuses_ragged_lists():
    with pytest.raises((TypeError, ValueError)):
        Tensor([[1.0], [1.0, 2.0]])


@pytest.mark.parametrize("data", [1, [1, 2], True, np.arange(3)])
def test_an_integer_cannot_require_a_gradient(data):
    with pytest.raises(TypeError, match="floating-point.* received dtype"):
        Tensor(data, requires_grad=True)


# -- operators ----------------------------------------------------------------------------------------

OPERANDS = [np.array([[1.5, 2.0, 3.0]]), np.float64(2), np.float32(2), np.array(2.5), 2.0, 2, np.array([1, 2, 3])]


@pytest.mark.parametrize("other", OPERANDS, ids=lambda x: f"{type(x).__name__}{np.shape(x)}")
@pytest.mark.parametrize("op", [*ARITHMETIC, *COMPARISONS], ids=lambda f: f.__name__)
@pytest.mark.parametrize("requires_grad", [True, False])
def test_operators_from_both_sides(op, other, requires_grad):
    values = np.array([[0.5], [2.0]])
    t = Tensor(values, requires_grad=requires_grad)
    for result, expected in [(op(t, other), op(values, other)), (op(other, t), op(other, values))]:
        assert type(result) is Tensor
        np.testing.assert_array_equal(result.numpy(), expected)
        assert result.dtype == expected.dtype
        assert result.requires_grad == (requires_grad and result.op is not None)


@pytest.mark.parametrize("left", [np.ones((2, 3)), np.ones(3), np.float32([[1, 2, 3]])])
def test_matmul_from_both_sides(left):
    right = leaf(np.arange(6.0).reshape(3, 2))
    product = left @ right
    assert type(product) is Tensor and product.requires_grad
    np.testing.assert_array_equal(product.numpy(), left @ np.arange(6.0).reshape(3, 2))
    product = right @ np.ones((2, 2))
    assert type(product) is Tensor and product.shape == (3, 2)


def test_reflected_operators_differentiate():
    """d(1/x) = −1/x², d(2 − x) = −1, d(3ˣ) = 3ˣ log 3, at x = 2."""
    for f, slope in [
        (lambda x: np.float64(1) / x, -0.25),
        (lambda x: 2 - x, -1),
        (lambda x: np.array(3.0) ** x, 9 * math.log(3)),
    ]:
        assert tg.grad(f)(2.0) == pytest.approx(slope)


def test_unary_operators():
    t = leaf([1.0, -2.0])
    assert (-t).numpy().tolist() == [-1, 2]
    assert abs(t).numpy().tolist() == [1, 2]
    assert (+t).numpy().tolist() == [1, -2]


def test_augmented_assignment_makes_a_new_tensor():
    w = t = leaf([1.0, 2.0])
    t += 1
    t *= 2
    assert t is not w and w.numpy().tolist() == [1, 2] and t.numpy().tolist() == [4, 6]
    t.sum().backward()
    assert w.grad.tolist() == [2, 2]


@pytest.mark.parametrize("op", COMPARISONS, ids=lambda f: f.__name__)
def test_comparisons_are_constants(op):
    result = op(leaf([1.0, 2.0]), 1.5)
    assert not result.requires_grad and result.dtype == bool


def test_tensors_are_told_apart_in_sets_and_dicts():
    a, b = Tensor([1.0, 2.0]), Tensor([1.0, 2.0])
    assert len({a, b}) == 2 and {a: 1, b: 2}[b] == 2


# -- dtypes: NumPy 2's promotion ----------------------------------------------------------------------


@pytest.mark.parametrize("left", ["float16", "float32", "float64", "int32", "int64", "bool"])
@pytest.mark.parametrize("right", ["float16", "float32", "float64", "int64", "bool", "python float", "python int"])
@pytest.mark.parametrize("shape", [(), (2,)])
def test_promotion(left, right, shape):
    a = np.ones(shape, left)
    b = {"python float": 1.0, "python int": 1}.get(right)
    if b is None:
        b = np.ones(shape, right)
    wrapped = b if isinstance(b, (int, float)) else Tensor(b)
    expected = a[()] * b
    assert (Tensor(a) * wrapped).dtype == expected.dtype
    assert (wrapped * Tensor(a)).dtype == expected.dtype


def test_float32_stays_float32():
    w = leaf(np.float32([1, 2]))
    y = ((2 * w + 1) ** 2 / 3).mean()
    assert y.dtype == np.float32
    y.backward()
    assert w.grad.dtype == np.float32


# -- NumPy's own functions ----------------------------------------------------------------------------


def test_numpy_functions_give_tensors():
    t = leaf([[1.0, 2.0], [3.0, 4.0]])
    for result in (np.exp(t), np.sum(t, axis=0), np.reshape(t, (4,)), np.matmul(t, t), np.concatenate([t, t])):
        assert type(result) is Tensor and result.requires_grad


def test_numpy_functions_without_an_op_say_so():
    t = leaf([1.0, 2.0])
    with pytest.raises(TypeError, match=r"np.nanmedian has no op on Tensors"):
        np.nanmedian(t)
    with pytest.raises(TypeError, match=r"np.isnat has no op on Tensors. Use t.numpy\(\)"):
        np.isnat(t)
    for function in (np.fft.fft, np.fft.rfft2, np.real, np.conj, np.angle, np.linalg.eig):
        with pytest.raises(TypeError, match=rf"np.{function.__name__} is left out: Tensors hold real numbers"):
            function(leaf([[1.0, 2.0], [3.0, 4.0]]))
    with pytest.raises(TypeError, match=r"np.add.reduce is not differentiable here"):
        np.add.reduce(t)
    with pytest.raises(TypeError, match=r"np.add.outer is not"):
        np.add.outer(t, t)


def test_arrays_do_not_swallow_tensors():
    array = np.ones(2)
    with pytest.raises(TypeError, match=r"a = a \+ t,? instead of a \+= t"):
        array += leaf([1.0, 2.0])
    with pytest.raises(TypeError, match="out="):
        np.exp(leaf([1.0]), out=np.zeros(1))
    with pytest.raises(TypeError, match="would cut its graph"):
        np.asarray(leaf([1.0]))
    with pytest.raises(TypeError, match="would cut its graph"):
        np.array([leaf(1.0) * 2, 3.0])
    np.testing.assert_array_equal(np.asarray(Tensor([1.0, 2.0])), [1, 2])
    assert np.asarray(Tensor([1.0, 2.0]), dtype=np.float32).dtype == np.float32


def test_assignment_into_an_array_would_cut_the_graph():
    array = np.zeros(2)
    with pytest.raises((TypeError, ValueError)):
        array[0] = leaf(3.0)
    with pytest.raises((TypeError, ValueError)):
        array[:] = leaf([3.0, 4.0])
    assert not array.any()


# -- what a graph refuses -----------------------------------------------------------------------------


@pytest.mark.parametrize("t", [leaf([1.0, 2.0]), leaf([1.0, 2.0]) * 2, Tensor([1.0, 2.0])])
def test_no_assignment(t):
    with pytest.raises(TypeError, match=r"not written in place.*np.where.*np.stack"):
        t[0] = 3.0
    with pytest.raises(TypeError):
        t[...] = 0
    with pytest.raises(TypeError):
        t[0] += 1


@pytest.mark.parametrize("f", [float, int, math.sin, math.exp, math.sqrt])
def test_no_float_inside_a_graph(f):
    with pytest.raises(TypeError, match=r"t.item\(\).*np.sin\(t\), not math.sin\(t\)"):
        f(leaf(2.0) * 2)
    assert f(Tensor(2.0)) == f(2.0)


def test_results_are_read_only_leaves_are_not():
    w = leaf([1.0, 2.0])
    with pytest.raises(ValueError, match="read-only"):
        (w * 2).data[0] = 9
    with pytest.raises(TypeError, match="assign to the .data of a leaf"):
        (w * 2).data = np.ones(2)
    w.data[0] = 9
    assert w.numpy().tolist() == [9, 2]


def test_assigning_data_keeps_shape_and_dtype():
    w = leaf(np.float32([1, 2]), "w")
    w.data = [3, 4]
    assert w.dtype == np.float32 and w.numpy().tolist() == [3, 4]
    with pytest.raises(ValueError, match=r"Tensor 'w' has shape \(2,\); received shape \(2, 1\)"):
        w.data = np.ones((2, 1))
    with pytest.raises(ValueError, match="received shape"):
        w.data = 1.0
    assert w.numpy().tolist() == [3, 4]


def test_unknown_attributes_are_errors():
    with pytest.raises(AttributeError):
        leaf(1.0).gradient = 2


# -- Python -------------------------------------------------------------------------------------------


def test_item_float_bool_len_iter_index():
    assert Tensor([[2.5]]).item() == 2.5 and isinstance(Tensor(2.5).item(), float)
    assert float(Tensor(2.5)) == 2.5 and int(Tensor(2.5)) == 2 and float(Tensor([2.5])) == 2.5
    assert bool(Tensor(1.0)) and not bool(Tensor([0.0]))
    assert len(Tensor([[1, 2, 3]])) == 1 and [t.item() for t in Tensor([1, 2])] == [1, 2]
    assert list(range(5))[Tensor(3)] == 3


def test_misused_values_are_errors():
    with pytest.raises(ValueError, match=r"one value; received shape \(2,\)"):
        Tensor([1.0, 2.0]).item()
    with pytest.raises(ValueError, match=r"truth of a Tensor of shape \(2,\) is ambiguous"):
        bool(Tensor([1.0, 2.0]))
    with pytest.raises(ValueError):
        float(Tensor([1.0, 2.0]))
    with pytest.raises(TypeError, match="no len"):
        len(Tensor(1.0))
    with pytest.raises(TypeError, match="no len"):
        list(Tensor(1.0))
    with pytest.raises(TypeError):
        list(range(5))[Tensor(3.0)]


def test_iteration_keeps_the_graph():
    t = leaf([1.0, 2.0, 3.0])
    a, b, c = t
    (a * b * c).backward()
    assert t.grad.tolist() == [6, 3, 2]


@pytest.mark.parametrize("clone", [copy.deepcopy, copy.copy, lambda t: pickle.loads(pickle.dumps(t))])
@pytest.mark.parametrize("data", [[1.0, 2.0], 3.0, np.float32([[1]]), 5])
def test_copies_are_leaves_of_their_own(clone, data):
    t = Tensor(data, requires_grad=np.asarray(data).dtype.kind == "f", name="w")
    other = clone(t)
    assert other is not t and (other.name, other.requires_grad, other.dtype) == ("w", t.requires_grad, t.dtype)
    np.testing.assert_array_equal(other.numpy(), t.numpy())
    if t.ndim:
        other.data[...] = 9
        assert not np.array_equal(other.numpy(), t.numpy())


def test_a_copy_of_a_result_is_a_leaf():
    y = leaf([1.0, 2.0]) * 2
    other = copy.deepcopy(y)
    assert other.op is None and other.inputs == () and other.numpy().tolist() == [2, 4]


@pytest.mark.parametrize(
    ("t", "text"),
    [
        (Tensor([1.0, 2.0]), "Tensor([1., 2.])"),
        (Tensor(2.5), "Tensor(2.5)"),
        (Tensor([1, 2]), "Tensor([1, 2])"),
        (leaf([1.0]), "Tensor([1.], requires_grad=True)"),
        (leaf([1.0], "w"), "Tensor([1.], requires_grad=True, name='w')"),
        (Tensor(np.float32([1, 2])), "Tensor([1., 2.], dtype=float32)"),
        (leaf(2.0) * 3, "Tensor(6., op=multiply)"),
        (Tensor([[1.0, 2.0], [3.0, 4.0]]), "Tensor([[1., 2.],\n        [3., 4.]])"),
        (Tensor([True, False]), "Tensor([ True, False])"),
        (Tensor([]), "Tensor([])"),
    ],
)
def test_repr(t, text):
    assert repr(t) == text and str(t) == text


def test_format():
    t = leaf(2.0) / 3
    assert f"{t:.3f}" == "0.667" and f"{Tensor([2.5]):6.2f}" == "  2.50"
    assert f"{t}" == str(t)
    with pytest.raises((TypeError, ValueError)):
        f"{Tensor([1.0, 2.0]):.3f}"


def test_transpose_and_inputs():
    t = leaf([[1.0, 2.0]])
    assert t.T.shape == (2, 1)
    y = t * 2
    assert y.inputs == (t,) and y.op.name == "multiply" and y.requires_grad


@pytest.mark.parametrize("name", ["op", "data", "shape", "grad", "backward", "name"])
def test_an_op_cannot_take_the_place_of_an_attribute(name):
    def function(x):
        return 2 * x

    function.__name__ = name
    before = vars(Tensor)[name]
    with pytest.raises(ValueError, match=f"its own '{name}': give the op another name"):
        tg.primitive(lambda g, out, x: 2 * g)(function)
    assert vars(Tensor)[name] is before
    assert tg.primitive(lambda g, out, x: 2 * g, method=False)(function)(Tensor(1.0)).item() == 2
