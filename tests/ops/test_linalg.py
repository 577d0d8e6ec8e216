"""Linear algebra against NumPy (values), PyTorch (gradients) and central differences (order 2)."""

import itertools
import json
from pathlib import Path

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.engine.op import registry
from tinygrad_edu.engine.tensor import Tensor
from tinygrad_edu.ops import linalg

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "linalg_torch.json").read_text())["cases"]
OPS = [op for op in registry.values() if op.function.__module__ == linalg.__name__]


def golden_id(case):
    return f"{case['op']}-{case['text'] or 'x'.join(str(np.shape(x)) for x in case['inputs'])}"


def gradients_of(op, args, options, incoming, create_graph=False):
    """The result of an op on Tensors and the gradients of its floating-point arguments."""
    args = [x if isinstance(x, str | Tensor) else Tensor(x, requires_grad=True) for x in args]
    out = op(*args, **options)
    leaves = [x for x in args if isinstance(x, Tensor)]
    return out, tg.gradients(out, leaves, incoming, create_graph=create_graph)


@pytest.mark.parametrize("case", GOLDEN, ids=golden_id)
def test_gradients_agree_with_pytorch(case):
    text = [case["text"]] if case["text"] else []
    args = [*text, *[np.array(x) for x in case["inputs"]]]
    out, found = gradients_of(registry[case["op"]].call, args, case["options"], np.array(case["incoming"]))
    np.testing.assert_allclose(out.numpy(), case["out"], rtol=1e-10, atol=1e-12)
    for g, expected in zip(found, case["gradients"], strict=True):
        assert g.shape == np.shape(expected)
        np.testing.assert_allclose(g, expected, rtol=1e-9, atol=1e-10)


def samples(ops):
    return [
        pytest.param(op, args, options, id=f"{op.name}-{i}")
        for op in ops
        for i, (args, options) in enumerate(op.sample(np.random.default_rng(3)))
    ]


def differences(f, arrays, step=1e-5):
    """The gradients of a function of arrays with one value, by central differences."""
    for k, x in enumerate(arrays):
        slope = np.zeros(np.shape(x))
        for i in np.ndindex(np.shape(x)):
            bump = np.zeros(np.shape(x))
            bump[i] = step
            up, down = [[*arrays[:k], x + sign * bump, *arrays[k + 1 :]] for sign in (1, -1)]
            slope[i] = (f(*up) - f(*down)) / (2 * step)
        yield slope


@pytest.mark.parametrize(("op", "args", "options"), samples([op for op in OPS if op.differentiable]))
@pytest.mark.matrix(one_in=3)
def test_both_orders_agree_with_central_differences(op, args, options):
    rng = np.random.default_rng(4)
    text = [x for x in args if isinstance(x, str)]
    arrays = [x for x in args if not isinstance(x, str)]
    incoming = rng.normal(size=np.shape(op.function(*args, **options)))
    weights = [rng.normal(size=np.shape(x)) for x in arrays]

    def value(*arrays):
        return np.sum(incoming * op.function(*text, *arrays, **options))

    def weighted_slope(*arrays):
        _, found = gradients_of(op.call, [*text, *arrays], options, incoming)
        return sum(np.sum(w * g) for w, g in zip(weights, found))

    leaves = [Tensor(x, requires_grad=True) for x in arrays]
    _, first = gradients_of(op.call, [*text, *leaves], options, incoming, create_graph=True)
    second = tg.gradients(first, leaves, weights)
    for g, expected in zip(first, differences(value, arrays), strict=True):
        np.testing.assert_allclose(g.numpy(), expected, rtol=1e-6, atol=1e-7)
    for g, expected in zip(second, differences(weighted_slope, arrays), strict=True):
        np.testing.assert_allclose(g, expected, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("name", ["matmul", "dot", "inner", "outer", "kron"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_products_take_and_refuse_the_shapes_that_numpy_does(name, dtype):
    shapes = [(), (3,), (1,), (2, 3), (3, 2), (3, 3), (1, 3), (2, 3, 3), (2, 1, 3, 2), (0, 3), (3, 0)]
    op, function = registry[name].call, getattr(np, name)
    for a_shape, b_shape in itertools.product(shapes, shapes):
        rng = np.random.default_rng(0)
        a, b = rng.normal(size=a_shape).astype(dtype), rng.normal(size=b_shape).astype(dtype)
        try:
            expected = function(a, b)
        except ValueError:
            with pytest.raises(ValueError, match=name):
                op(Tensor(a), b)
            continue
        out, found = gradients_of(op, [a, b], {}, np.ones_like(expected))
        assert (out.shape, out.dtype) == (expected.shape, expected.dtype), (a_shape, b_shape)
        np.testing.assert_array_equal(out.numpy(), expected)
        assert [(g.shape, g.dtype) for g in found] == [(a_shape, dtype), (b_shape, dtype)]


@pytest.mark.parametrize("other", [[1.0, 10.0], [[1.0, 2.0], [3.0, 4.0]], np.array([1.0, 10.0]), np.eye(2) + 1])
def test_the_operator_takes_lists_and_arrays_on_either_side(other):
    t = Tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    for out, expected in ((t @ other, t.numpy() @ np.array(other)), (other @ t, np.array(other) @ t.numpy())):
        assert isinstance(out, Tensor)
        np.testing.assert_allclose(out.numpy(), expected)
        (g,) = tg.gradients(out, [t], np.ones(out.shape))
        assert g.shape == (2, 2)
    for function in (np.dot, np.inner, np.outer, np.kron, np.tensordot if np.ndim(other) == 2 else np.dot):
        for out in (function(t, other), function(other, t)):
            assert tg.gradients(out, t, np.ones(out.shape)).shape == (2, 2)


def test_matrices_multiply_without_extra_ops():
    a, b = Tensor(np.ones((2, 3)), requires_grad=True), Tensor(np.ones((3, 4)), requires_grad=True)
    out = a @ b
    first, second = tg.gradients(out, [a, b], np.ones((2, 4)), create_graph=True)
    assert [t.op.name for t in (first, second)] == ["matmul", "matmul"]
    assert second.inputs[0].op.name == "transpose"


NUMPY_CALLS = [
    lambda a: np.matmul(a, a),
    lambda a: np.linalg.matmul(a, a),
    lambda a: np.tensordot(a, a, axes=1),
    lambda a: np.linalg.tensordot(a, a, axes=1),
    lambda a: np.vdot(a, a),
    lambda a: np.einsum("ij,ij->i", a, a, optimize=True),
    lambda a: np.linalg.inv(a),
    lambda a: np.linalg.det(a),
    lambda a: np.linalg.solve(a, a),
    lambda a: np.linalg.cholesky(a),
    lambda a: np.linalg.cholesky(a, upper=True),
    lambda a: np.linalg.slogdet(a).logabsdet,
    lambda a: np.linalg.slogdet(a)[0],
]


@pytest.mark.parametrize("function", NUMPY_CALLS)
def test_numpy_functions_reach_the_ops(function):
    a = np.array([[4.0, 1.0], [1.0, 3.0]])
    out = function(Tensor(a))
    assert isinstance(out, Tensor)
    np.testing.assert_allclose(out.numpy(), function(a), rtol=1e-14)


def test_a_large_einsum_is_the_matrix_product():
    rng = np.random.default_rng(0)
    a, b, incoming = rng.normal(size=(40, 50)), rng.normal(size=(50, 60)), rng.normal(size=(40, 60))
    out, found = gradients_of(linalg.einsum, ["ij,jk->ik", a, b], {}, incoming)
    np.testing.assert_allclose(out.numpy(), a @ b)
    np.testing.assert_allclose(found[0], incoming @ b.T)
    np.testing.assert_allclose(found[1], a.T @ incoming)


def test_einsum_sums_an_operand_that_is_used_twice():
    x = Tensor([1.0, 2.0, 3.0], requires_grad=True)
    np.einsum("i,i->", x, x).backward()
    np.testing.assert_allclose(x.grad, [2.0, 4.0, 6.0])


def test_cholesky_differentiates_the_symmetric_part():
    lower = np.array([[2.0, 0.0], [1.0, 3.0]])
    skewed = lower @ lower.T + np.array([[0.0, 0.5], [-0.5, 0.0]])
    np.testing.assert_allclose(linalg.cholesky(skewed), lower)


def test_determinant_of_singular_matrices_has_a_gradient():
    # The cofactors by hand: row 3 of the first is row 1 + row 2; those of a matrix of rank 0 vanish.
    cases = [
        ([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [5.0, 7.0, 9.0]], [[3, -6, 3], [3, -6, 3], [-3, 6, -3]]),
        ([[1.0, 2.0], [2.0, 4.0]], [[4, -2], [-2, 1]]),
        (np.zeros((3, 3)), np.zeros((3, 3))),
        ([[0.0]], [[1]]),
    ]
    for matrix, cofactors in cases:
        a = Tensor(matrix, requires_grad=True)
        linalg.det(a).backward()
        np.testing.assert_allclose(a.grad, cofactors, atol=1e-12)
    with pytest.raises(np.linalg.LinAlgError, match="singular"):
        tg.hessian(linalg.det)(np.zeros((2, 2)))


def test_determinants_that_overflow_have_a_logarithm():
    a = Tensor(1e200 * np.eye(3), requires_grad=True)
    sign, size = linalg.slogdet(a)
    size.backward()
    assert sign.item() == 1
    assert size.item() == pytest.approx(600 * np.log(10))
    np.testing.assert_allclose(a.grad, 1e-200 * np.eye(3))


SINGULAR = [[1.0, 2.0], [2.0, 4.0]]


def test_singular_matrices_stay_a_linalg_error_with_a_remedy():
    t = Tensor(SINGULAR, requires_grad=True)
    for call in (lambda: linalg.inv(t), lambda: linalg.solve(t, [1.0, 2.0])):
        with pytest.raises(np.linalg.LinAlgError, match=r"shape \(2, 2\).*singular.*multiple of the identity"):
            call()
    size = linalg.logabsdet(t)
    assert size.item() == -np.inf
    with pytest.raises(np.linalg.LinAlgError, match="singular"):
        size.backward()
    with pytest.raises(np.linalg.LinAlgError, match=r"cholesky.*not positive definite"):
        linalg.cholesky(Tensor([[1.0, 2.0], [2.0, 1.0]]))


def zeros(*shape):
    return Tensor(np.zeros(shape), requires_grad=True)


MISTAKES = [
    (lambda: zeros(2, 3) @ zeros(4, 5), r"matmul\(a: shape \(2, 3\), b: shape \(4, 5\)\).*3.*second last.*4"),
    (lambda: zeros(2, 3) @ np.zeros(4), r"matmul.*3.*only axis of b has 4"),
    (lambda: zeros(2, 3) @ 2.0, r"matmul.*single number.*Write \*"),
    (lambda: zeros(2, 3, 3) @ zeros(4, 3, 3), r"stacks \(2,\) and \(4,\)"),
    (lambda: np.dot(zeros(3), zeros(4)), r"dot\(a: shape \(3,\), b: shape \(4,\)\).*3.*4"),
    (lambda: np.tensordot(zeros(2, 3), zeros(4, 3), axes=1), r"tensordot.*equal lengths; received axes=1"),
    (lambda: np.einsum("ij,jk->ik", zeros(2, 3), zeros(4, 5)), r"axes of 'j' have different lengths, 3 and 4"),
    (lambda: np.einsum("ij,jk->ik", zeros(2, 3)), r"describe 2 operands; received the shapes \(2, 3\)"),
    (lambda: np.einsum("ijk->i", zeros(2, 3)), r"'ijk' describes 3 axes; its operand has 2"),
    (lambda: np.einsum("...ijk->i", zeros(2, 3)), r"at least 3 axes"),
    (lambda: np.einsum("ij->iz", zeros(2, 3)), r"einsum.*received the shapes \(2, 3\)"),
    (lambda: np.linalg.solve(zeros(3, 3), zeros(2)), r"solve.*a has 3 rows, so b needs 3 rows; it has 2"),
    (lambda: np.linalg.inv(zeros(2, 3)), r"inv\(a: shape \(2, 3\)\).*square"),
    (lambda: np.linalg.det(zeros(3)), r"det\(a: shape \(3,\)\)"),
    (lambda: linalg.cholesky(zeros(2, 3)), r"cholesky\(a: shape \(2, 3\).*square"),
]


@pytest.mark.parametrize(("mistake", "message"), MISTAKES)
def test_a_mistake_in_the_shapes_is_told_in_words(mistake, message):
    with pytest.raises(ValueError, match=message):
        mistake()


def test_einsum_asks_for_the_subscripts_first():
    with pytest.raises(TypeError, match="subscripts come first"):
        np.einsum(zeros(2, 3), [0, 1], [0])


def test_a_wrong_rule_is_caught(monkeypatch):
    """Mutants of the rule of matmul: a missing transpose, a wrong sign, a missing factor."""
    op = registry["matmul"]
    case = next(c for c in GOLDEN if c["op"] == "matmul" and np.shape(c["inputs"][1]) == (3, 4))
    mutants = [lambda g, out, a, b: -(g @ b.T), lambda g, out, a, b: g @ b.T * 2, lambda g, out, a, b: g[:, :3]]
    for mutant in mutants:
        monkeypatch.setattr(op, "rules", (mutant, op.rules[1]))
        with pytest.raises(AssertionError):
            test_gradients_agree_with_pytorch(case)
