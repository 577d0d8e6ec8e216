"""The backward pass and what stands on it: gradients, grad, jacobian, hessian, no_grad, backward.

Expected values are derived by hand, in the docstring or the comment beside them, or come from PyTorch where
it is installed.
"""

import gc
import json
import runpy
import threading
import weakref
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_edu as tg
from tinygrad_edu import Tensor
from tinygrad_edu.engine.autodiff import topological_order


def leaf(data, name=None):
    return Tensor(data, requires_grad=True, name=name)


# -- accumulation -------------------------------------------------------------------------------------


def test_diamond():
    """y = ab + a with b = 3a:  y = 3a² + a, y' = 6a + 1."""
    a = leaf(2.0)
    b = 3 * a
    (a * b + a).backward()
    assert a.grad == 13


def test_naive_order_would_be_wrong():
    """b = a + a, c = b·b + b:  c = 4a² + 2a, c' = 8a + 2. Visiting b before both of its uses gives less."""
    a = leaf(3.0)
    b = a + a
    (b * b + b).backward()
    assert a.grad == 26


@pytest.mark.parametrize("depth", [1, 2, 10, 60])
def test_doubling_is_linear_in_ops_not_in_paths(depth):
    """xₖ₊₁ = xₖ + xₖ has 2^depth paths from the output to the input."""
    x = start = leaf(1.0)
    for _ in range(depth):
        x = x + x
    x.backward()
    assert start.grad == 2.0**depth


def test_fan_out():
    a = leaf([1.0, 2.0])
    uses = [a * k for k in range(1, 101)]
    total = uses[0]
    for use in uses[1:]:
        total = total + use
    total.backward(np.ones(2))
    np.testing.assert_array_equal(a.grad, [5050, 5050])


def test_one_argument_twice():
    a = leaf(3.0)
    (a * a).backward()
    assert a.grad == 6


def test_only_leaves_that_require_a_gradient_get_one():
    a, b = leaf(2.0), Tensor(3.0)
    middle = a * b
    y = middle * middle
    y.backward()
    assert a.grad == 2 * 2 * 9
    assert b.grad is None and middle.grad is None and y.grad is None


def test_a_second_backward_adds_the_same_to_the_leaves():
    """Gradients kept inside the graph would make it more than double."""
    a = leaf(2.0)
    y = (a * 3) ** 2 + a * a
    y.backward()
    first = a.grad
    y.backward()
    assert (first, a.grad) == (40, 80)


def test_losses_that_share_a_part():
    a = leaf(2.0)
    shared = a * a
    (3 * shared).backward()
    (5 * shared).backward()
    assert a.grad == 12 + 20


def test_gradients_of_two_leaves_are_two_arrays():
    a, b = leaf([1.0, 2.0]), leaf([3.0, 4.0])
    incoming = np.ones(2)
    (a + b).backward(incoming)
    a.grad *= 100
    np.testing.assert_array_equal(b.grad, [1, 1])
    np.testing.assert_array_equal(incoming, [1, 1])
    (a + b).backward(incoming)
    np.testing.assert_array_equal(a.grad, [101, 101])
    np.testing.assert_array_equal(b.grad, [2, 2])


def test_a_gradient_kept_by_the_user_is_not_written_by_the_next_backward():
    a = leaf([1.0, 2.0])
    a_squared = a * a
    a_squared.backward(np.ones(2))
    kept = a.grad
    a_squared.backward(np.ones(2))
    np.testing.assert_array_equal(kept, [2, 4])


def test_gradient_is_writable():
    a = leaf(np.ones((2, 3)))
    a.sum().backward()
    a.grad /= 2
    np.testing.assert_array_equal(a.grad, np.full((2, 3), 0.5))


def test_gradients_gives_arrays_of_their_own():
    a, b = leaf([1.0, 2.0]), leaf([3.0, 4.0])
    incoming = np.array([5.0, 6.0])
    for_a, for_b = tg.gradients(a + b, [a, b], incoming)
    for_a *= 0
    np.testing.assert_array_equal(for_b, [5, 6])
    np.testing.assert_array_equal(incoming, [5, 6])


def test_backward_of_a_leaf():
    a = leaf(2.0)
    a.backward()
    assert a.grad == 1


def test_an_error_in_a_rule_leaves_every_gradient_as_it_was():
    @tg.primitive(lambda g, out, x: np.ones((7, 7)), method=False)
    def broken(x):
        return x * 1

    a, b = leaf([1.0, 2.0]), leaf([1.0, 2.0])
    y = broken(a) * b
    with pytest.raises(ValueError, match=r"rule of 'broken' gave shape \(7, 7\) .* shape \(2,\)"):
        y.backward(np.ones(2))
    assert a.grad is None and b.grad is None


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_gradients_have_the_dtype_of_their_leaf(dtype):
    a = leaf(np.array([1, 2], dtype))
    b = leaf(np.array([3, 4], np.float64))
    (a * b * np.ones((3, 2))).sum().backward()
    assert a.grad.dtype == dtype and b.grad.dtype == np.float64
    scalar = leaf(np.dtype(dtype).type(2))
    (scalar * b).sum().backward()
    assert scalar.grad.dtype == dtype and scalar.grad == 7


# -- broadcasting -------------------------------------------------------------------------------------


@given(
    st.lists(st.integers(1, 3), max_size=3).flatmap(
        lambda shape: st.tuples(
            *(
                st.tuples(*(st.sampled_from([n, 1]) for n in shape)).flatmap(
                    lambda s: st.integers(0, len(s)).map(lambda k, s=s: s[k:])
                )
                for _ in "ab"
            )
        )
    )
)
def test_the_gradient_of_a_broadcast_product_sums_the_copies(shapes):
    """d(Σ g a b)/da is the sum of g·b over the axes along which a was repeated, here with einsum's own loops."""
    rng = np.random.default_rng(0)
    a, b = (rng.normal(size=shape) for shape in shapes)
    g = rng.normal(size=np.broadcast_shapes(*shapes))
    for_a, for_b = tg.gradients((x := leaf(a)) * (y := leaf(b)), [x, y], g)
    expected = np.zeros_like(a), np.zeros_like(b)
    index_a, index_b = (np.broadcast_to(np.arange(v.size).reshape(v.shape), g.shape).ravel() for v in (a, b))
    for i, j, value in zip(index_a, index_b, g.ravel()):
        expected[0].reshape(-1)[i] += value * b.reshape(-1)[j]
        expected[1].reshape(-1)[j] += value * a.reshape(-1)[i]
    np.testing.assert_allclose(for_a, expected[0])
    np.testing.assert_allclose(for_b, expected[1])
    assert np.shape(for_a) == shapes[0] and np.shape(for_b) == shapes[1]


# -- the incoming gradient ----------------------------------------------------------------------------


def test_backward_of_several_values_needs_an_incoming_gradient():
    a = leaf([1.0, 2.0])
    with pytest.raises(ValueError, match=r"shape \(2,\).*Reduce it first"):
        (a * a).backward()
    (a * a).backward(np.array([10.0, 1.0]))
    np.testing.assert_array_equal(a.grad, [20, 4])


@pytest.mark.parametrize("shape", [(), (1,), (1, 1)])
def test_backward_of_one_value_needs_none(shape):
    a = leaf(np.full(shape, 3.0))
    (a * a).backward()
    np.testing.assert_array_equal(a.grad, np.full(shape, 6.0))


@pytest.mark.parametrize("wrong", [np.ones(3), np.ones((2, 1)), 1.0, np.ones((1, 2))])
def test_incoming_gradient_of_the_wrong_shape(wrong):
    a = leaf([1.0, 2.0])
    with pytest.raises(ValueError, match=r"incoming gradient of shape \(2,\); received"):
        (a * a).backward(wrong)
    assert a.grad is None


def test_incoming_gradient_as_a_tensor_or_a_list():
    a = leaf([1.0, 2.0])
    (a * a).backward(Tensor([10.0, 1.0]))
    (a * a).backward([10, 1])
    np.testing.assert_array_equal(a.grad, [40, 8])


def test_number_of_output_gradients():
    a = leaf([1.0, 2.0])
    with pytest.raises(ValueError, match="Expected 2 output gradients; received 1"):
        tg.gradients([a * 2, a * 3], a, [np.ones(2)])


def test_backward_without_a_graph():
    with pytest.raises(ValueError, match="from nothing that requires a gradient.*requires_grad=True"):
        Tensor(2.0).backward()
    a = leaf(2.0)
    with tg.no_grad():
        y = a * a
    with pytest.raises(ValueError, match="requires a gradient"):
        y.backward()


# -- gradients ----------------------------------------------------------------------------------------


def test_gradients_for_results_in_the_middle():
    """y = m² with m = 3x: dy/dm = 2m, dy/dx = 6m."""
    x = leaf(2.0)
    m = 3 * x
    assert tg.gradients(m * m, [m, x]) == [12, 36]
    assert tg.gradients(m * m, m) == 12
    assert x.grad is None


def test_gradients_of_several_outputs_add_up():
    x = leaf([1.0, 2.0])
    both = tg.gradients([x * 2, x * x], x, [np.array([1.0, 0.0]), np.array([3.0, 5.0])])
    np.testing.assert_array_equal(both, [2 + 6, 20])
    np.testing.assert_array_equal(tg.gradients([x, x], x, [np.ones(2), np.ones(2)]), [2, 2])
    assert tg.gradients([(x * x).sum(), x.sum()], x).tolist() == [3, 5]


def test_gradients_are_zero_for_what_has_no_influence():
    x, other = leaf([1.0, 2.0]), leaf(np.ones((2, 3), np.float32))
    zero = tg.gradients(x.sum(), other)
    assert zero.shape == (2, 3) and zero.dtype == np.float32 and not zero.any()
    assert not tg.gradients(x.sum(), other, create_graph=True).numpy().any()
    assert tg.gradients(Tensor(1.0), x).tolist() == [0, 0]


def test_gradients_through_create_graph():
    x = leaf([1.0, 2.0])
    g = tg.gradients((x**3).sum(), x, create_graph=True)
    assert isinstance(g, Tensor) and g.numpy().tolist() == [3, 12]
    np.testing.assert_array_equal(tg.gradients(g, x, np.ones(2)), [6, 12])
    (g * g).sum().backward()  # Σ 9x⁴ has the gradient 36x³
    np.testing.assert_array_equal(x.grad, [36, 288])


# -- functions in, functions out ----------------------------------------------------------------------


def test_grad_of_several_arguments():
    def f(x, y):
        return x * x * y

    assert tg.grad(f)(2.0, 5.0) == 20
    assert tg.grad(f, argnums=1)(2.0, 5.0) == 4
    assert tg.grad(f, argnums=(0, 1))(2.0, 5.0) == (20, 4)
    assert tg.grad(f, argnums=(1,))(2.0, 5.0) == (4,)
    assert tg.grad(f)(2.0, y=5.0) == 20
    assert tg.value_and_grad(f)(2.0, 5.0) == (20, 20)


def test_grad_leaves_its_arguments_alone():
    x = leaf(3.0)
    assert isinstance(tg.grad(lambda x: x * x)(np.float64(3)), float)
    tg.grad(lambda x: x * x)(x)
    assert x.grad is None


@pytest.mark.parametrize("order", [1, 2, 3, 4, 5])
def test_derivatives_of_a_power(order):
    f, factor = (lambda x: x**5), 1
    for k in range(order):
        f, factor = tg.grad(f), factor * (5 - k)
    assert f(2.0) == pytest.approx(factor * 2.0 ** (5 - order))


def test_perturbations_are_not_confused():
    """d/dx [x · d/dy (x + y)] = 1 (Siskind and Pearlmutter, 2005); a confused pass gives 2."""
    assert tg.grad(lambda x: x * tg.grad(lambda y: x + y)(1.0))(1.0) == 1


def test_nested_derivative_with_an_outer_variable():
    """d/dx [x · d/dy (x y²)] at y = x: x · 2xy = 2x³ when y = x, so d/dx [2x²·x] = 6x²."""
    assert tg.grad(lambda x: x * tg.grad(lambda y: x * y * y)(x))(3.0) == 54


def test_nested_derivative_of_the_outer_variable_itself():
    """Inside, the derivative is for y only: d/dx of x · 3y² at y = x is 9x²."""
    assert tg.grad(lambda x: x * tg.grad(lambda y: y**3)(x))(2.0) == 36


def test_the_inner_derivative_ignores_other_paths():
    """With u = 2x outside, d/dy (u y) at y = x is u = 2x, whose derivative is 2."""
    assert tg.grad(lambda x: tg.grad(lambda y, u: y * u)(x, 2 * x))(5.0) == 2


def test_penalty_on_a_slope_trains_a_parameter():
    """f = w x²; (df/dx)² = 4w²x²; its derivative for w is 8wx²."""
    w = leaf(3.0)
    slope = tg.grad(lambda x: w * x * x)(2.0)
    (slope * slope).backward()
    assert w.grad == 8 * 3 * 4


def test_grad_works_inside_no_grad():
    with tg.no_grad():
        assert tg.grad(lambda x: x * x)(3.0) == 6


def test_grad_errors():
    with pytest.raises(ValueError, match=r"one value; received shape \(2,\)"):
        tg.grad(lambda x: x * 2)(np.ones(2))
    with pytest.raises(TypeError, match="floating-point"):
        tg.grad(lambda x: x * 2)(3)
    with pytest.raises(ValueError, match="argnums should be .*, from 0 to 0; received 1"):
        tg.grad(lambda x: x * 2, argnums=1)(3.0)


def test_grad_of_a_constant_is_zero():
    assert tg.grad(lambda x: 7.0)(3.0) == 0
    assert tg.grad(lambda x: x > 2)(3.0) == 0


def test_jacobian_by_hand():
    """f(x, y) = (x²y, 5x + xy): J = [[2xy, x²], [5 + y, x]]."""

    def f(v):
        x, y = v[0], v[1]
        return np.stack([x * x * y, 5 * x + x * y])

    np.testing.assert_array_equal(tg.jacobian(f)(np.array([2.0, 3.0])), [[12, 4], [8, 2]])


def test_jacobian_shapes():
    found = tg.jacobian(lambda x: x * 2)(np.arange(6.0).reshape(2, 3))
    assert found.shape == (2, 3, 2, 3)
    np.testing.assert_array_equal(found.reshape(6, 6), 2 * np.eye(6))
    assert tg.jacobian(lambda x: x * x)(3.0) == 6
    assert tg.jacobian(lambda x: x * 2)(np.zeros((0, 2))).shape == (0, 2, 0, 2)
    np.testing.assert_array_equal(tg.jacobian(lambda s, v: s * v, argnums=1)(3.0, np.ones(2)), 3 * np.eye(2))


def test_hessian_of_a_quadratic_form():
    """xᵀAx has the Hessian A + Aᵀ."""
    matrix = np.random.default_rng(0).normal(size=(4, 4))
    found = tg.hessian(lambda x: x @ matrix @ x)(np.ones(4))
    np.testing.assert_allclose(found, matrix + matrix.T)


def test_hessian_of_rosenbrock():
    """100(y − x²)² + (1 − x)²: [[1200x² − 400y + 2, −400x], [−400x, 200]]."""
    found = tg.hessian(lambda v: 100 * (v[1] - v[0] ** 2) ** 2 + (1 - v[0]) ** 2)(np.array([-1.2, 1.0]))
    np.testing.assert_allclose(found, [[1200 * 1.44 - 400 + 2, 480], [480, 200]])


def test_hessian_of_a_linear_function_is_zero():
    np.testing.assert_array_equal(tg.hessian(lambda x: x.sum())(np.ones(3)), np.zeros((3, 3)))


def test_jacobian_inside_grad():
    """Σ J² of x² is Σ 4x², whose gradient is 8x."""
    g = tg.grad(lambda x: (tg.jacobian(lambda y: y * y)(x) ** 2).sum())(np.array([1.0, 3.0]))
    np.testing.assert_allclose(g, [8, 24])


def test_against_pytorch():
    """A two-layer network: gradients of the parameters, Jacobian and Hessian for the input."""
    path = Path(__file__).parent / "golden" / "autodiff_torch.py"
    x, w, b, v = runpy.run_path(str(path))["arrays"]()
    expected = json.loads(path.with_suffix(".json").read_text())

    def network(x, w, b, v):
        return v @ np.tanh(w @ x + b)

    def energy(*args):
        return (network(*args) ** 2).sum()

    np.testing.assert_allclose(tg.jacobian(network)(x, w, b, v), expected["jacobian"], rtol=1e-12)
    np.testing.assert_allclose(tg.hessian(energy)(x, w, b, v), expected["hessian"], rtol=1e-10, atol=1e-12)
    found = tg.grad(energy, argnums=(0, 1, 2, 3))(x, w, b, v)
    for ours, theirs in zip(found, expected["gradients"], strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12)


# -- recording ----------------------------------------------------------------------------------------


def test_no_grad_as_a_decorator_and_nested():
    a = leaf(2.0)

    @tg.no_grad()
    def f():
        return a * a

    assert not f().requires_grad and (a * a).requires_grad
    with tg.no_grad():
        with tg.no_grad():
            pass
        assert not (a * a).requires_grad
    assert (a * a).requires_grad


def test_no_grad_ends_with_an_error():
    a = leaf(2.0)
    with pytest.raises(RuntimeError), tg.no_grad():
        raise RuntimeError
    assert (a * a).requires_grad


def test_no_grad_of_one_thread_does_not_reach_another():
    a = leaf(2.0)
    inside, done, seen = threading.Event(), threading.Event(), []

    def other():
        inside.wait(10)
        seen.append((a * a).requires_grad)
        done.set()

    thread = threading.Thread(target=other)
    thread.start()
    with tg.no_grad():
        inside.set()
        assert done.wait(10)
        assert not (a * a).requires_grad
    thread.join()
    assert seen == [True]


def test_no_grad_inside_a_thread_stays_there():
    a = leaf(2.0)
    inside, done = threading.Event(), threading.Event()

    def other():
        with tg.no_grad():
            inside.set()
            done.wait(10)

    thread = threading.Thread(target=other)
    thread.start()
    assert inside.wait(10)
    assert (a * a).requires_grad
    done.set()
    thread.join()


# -- large graphs and memory --------------------------------------------------------------------------


@pytest.mark.parametrize("length", [10, 100_000, pytest.param(1_000_000, marks=pytest.mark.full)])
def test_long_chain(length):
    """y = x + 1 + 1 + …: forward, backward and freeing without recursion."""
    start = x = leaf(0.5)
    for _ in range(length):
        x = x + 1.0
    assert x.item() == length + 0.5
    x.backward()
    assert start.grad == 1
    alive = weakref.ref(x)
    del x
    assert alive() is None


def test_long_chain_of_a_second_derivative():
    """The graph of the gradient of a deep graph is deep too: y = x · 1·1·… · x."""
    x = y = leaf(3.0)
    for _ in range(20_000):
        y = y * 1.0
    (slope,) = tg.gradients([y * x], [x], create_graph=True)
    assert slope.item() == 6
    assert tg.gradients(slope, x) == 2


def test_order_puts_inputs_first():
    a, b = leaf(1.0), Tensor(2.0)
    c = a * b
    d = c + a
    e = c * d
    order = topological_order([e, d])
    place = {t: i for i, t in enumerate(order)}
    assert b not in place and len(order) == len(place) == 4
    assert all(place[x] < place[t] for t in order for x in t.inputs if x in place)


def test_a_dropped_graph_is_freed_at_once():
    gc.collect()
    gc.disable()
    try:
        w = leaf(np.ones(3), "w")
        x = Tensor(np.ones(3))
        hidden = w * x
        loss = (hidden * hidden).sum()
        loss.backward()
        second = tg.gradients(tg.gradients(loss, w, create_graph=True).sum(), w)
        assert second.tolist() == [2, 2, 2]
        alive = [weakref.ref(t) for t in (hidden, loss, x)]
        del hidden, loss, x
        assert [ref() for ref in alive] == [None] * 3
    finally:
        gc.enable()


def test_the_functional_forms_leave_nothing_behind():
    gc.collect()
    gc.disable()
    seen = []

    def f(x):
        y = (x * x).sum()
        seen.append(weakref.ref(y))
        return y

    try:
        for transform in (tg.grad, tg.value_and_grad, tg.hessian, tg.jacobian):
            transform(f)(np.ones(2))
        assert [ref() for ref in seen] == [None] * 4
    finally:
        gc.enable()


# -- writes behind the graph's back -------------------------------------------------------------------


def test_a_write_before_backward_is_refused():
    w = leaf([1.0, 2.0], "w")
    values = w.data
    y = w * w
    values[0] = 5
    with pytest.raises(RuntimeError, match="Tensor 'w' was written in place after 'multiply'"):
        y.backward(np.ones(2))
    assert w.grad is None


def test_a_write_through_data_after_the_forward_pass_does_not_change_its_gradient():
    """d(w²)/dw = 2w at the values that the forward pass saw, or an error; never at the new ones."""
    w = leaf([1.0, 2.0], "w")
    y = w * w
    w.data[...] = 100
    try:
        y.backward(np.ones(2))
    except RuntimeError as error:
        assert "written in place" in str(error)
    else:
        np.testing.assert_array_equal(w.grad, [2, 4])
    np.testing.assert_array_equal(w.numpy(), [100, 100])


def test_updates_between_two_passes():
    w = leaf([1.0, 2.0])
    for _ in range(3):
        w.grad = None
        (w * w).sum().backward()
        w.data -= 0.25 * w.grad
    np.testing.assert_allclose(w.numpy(), [1 / 8, 2 / 8])


def test_rebinding_is_safe():
    w = leaf([1.0, 2.0])
    y = w * w
    w.data = np.array([7.0, 7.0])
    y.backward(np.ones(2))
    np.testing.assert_array_equal(w.grad, [2, 4])
    np.testing.assert_array_equal(w.numpy(), [7, 7])


def test_rebinding_a_scalar_is_safe():
    w = leaf(3.0)
    y = w * w
    w.data -= 1
    y.backward()
    assert w.grad == 6 and w.item() == 2


def test_a_constant_view_does_not_change_under_a_graph():
    """A part of w taken out of the graph, then w updated: the gradient uses the values of the forward pass."""
    w, x = leaf([1.0, 2.0]), leaf([5.0, 6.0])
    held = w.data
    with tg.no_grad():
        frozen = w.reshape(2)
    y = x * frozen
    held[...] = 100
    try:
        y.backward(np.ones(2))
    except RuntimeError:
        pass
    else:
        np.testing.assert_array_equal(x.grad, [1, 2])


def test_detach_shares_nothing():
    w = leaf([1.0, 2.0], "w")
    constant = w.detach()
    assert not constant.requires_grad and constant.op is None and constant.name == "w"
    constant.data[...] = 9
    np.testing.assert_array_equal(w.numpy(), [1, 2])
    (w * constant).sum().backward()
    np.testing.assert_array_equal(w.grad, [9, 9])


def test_detach_in_the_middle():
    """y = x · detach(x²): the second factor is a constant."""
    x = leaf(3.0)
    (x * (x * x).detach()).backward()
    assert x.grad == 9


def test_a_function_written_by_the_user_differentiates_twice():
    @tg.primitive(lambda g, out, x: g * 3 * x**2, method=False)
    def cube(x):
        return x * x * x

    assert tg.grad(tg.grad(cube))(2.0) == 12
    assert isinstance(cube(2.0), float)


@pytest.mark.parametrize("shape", [(3,), (400, 500)])
@pytest.mark.parametrize("compute", [lambda t, a: t * a, lambda t, a: a * t, lambda t, a: np.where(t > 0, t, a) * a])
def test_an_array_that_is_written_before_backward_is_noticed(shape, compute):
    a, t = np.ones(shape), Tensor(np.ones(shape), requires_grad=True)
    y = compute(t, a).sum()
    a[:] = 50.0
    with pytest.raises(
        RuntimeError, match="An array of shape .* was written in place after '(multiply|where)' used it"
    ):
        y.backward()


def test_an_array_is_free_after_backward():
    a, t = np.ones(3), Tensor(np.ones(3), requires_grad=True)
    (t * a).sum().backward()
    a[:] = 2.0
    (t * a).sum().backward()
    np.testing.assert_array_equal(t.grad, [3.0, 3.0, 3.0])
