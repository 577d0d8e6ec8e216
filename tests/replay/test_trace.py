"""`trace`: the program computes what the function computes, for every op, structure and derivative, or it refuses."""

import collections
import copy
import functools
import math
import pickle
import threading
import warnings

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import Tensor
from tinygrad_edu.engine.op import primitive, registry
from tinygrad_edu.engine.recorder import ON, recording
from tinygrad_edu.replay import Program, TraceError, active, assign, trace
from tinygrad_edu.replay.numpy import writer as source

A = np.array
OPS = {name: op for name, op in registry.items() if not name.startswith("_")}
DIFFERENTIABLE = {name: op for name, op in OPS.items() if op.differentiable}
X = A([1.0, -2.0, 3.0])
Y = A([-0.5, 4.0, 2.0])


@pytest.fixture(autouse=True)
def nothing_is_left_on():
    yield
    assert recording.get() is ON and active() is None


# -- the check ---------------------------------------------------------------------------------------------


def leaves(x):
    """The arrays in a structure of Tensors or arrays."""
    if isinstance(x, dict):
        x = list(x.values())
    if isinstance(x, (tuple, list)):
        return [leaf for part in x for leaf in leaves(part)]
    return [x.numpy()[()] if isinstance(x, Tensor) else x]


def assert_same(found, expected, tolerance=1e-12):
    found, expected = leaves(found), leaves(expected)
    assert len(found) == len(expected)
    for a, b in zip(found, expected):
        assert type(a) is type(b) and a.dtype == b.dtype and a.shape == b.shape
        if b.dtype.kind == "f":
            scale = np.max(np.abs(b), initial=0.0, where=np.isfinite(b))
            np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance * scale)
        else:
            np.testing.assert_array_equal(a, b)


def eager(f, values):
    with np.errstate(all="ignore"):
        return copy_of(f(*[Tensor(x) for x in values]))


def copy_of(x):
    return [leaf.copy() for leaf in leaves(x)]


def check(f, *calls, tolerance=1e-12):
    """Trace f on the first values; raise where the program differs from f on any of them, and on those again.

    Every call is made twice in a row, and what was handed out before has to stay what it was.
    """
    program = trace(f, *calls[0])
    expected, found = [], []
    for values in [*calls, calls[0]]:
        given, result = [np.array(x) for x in values], eager(f, values)
        for _ in range(2):
            found.append(program(*values))
            expected.append(result)
            assert_same(found[-1], expected[-1], tolerance)
        for before, after in zip(given, values):
            np.testing.assert_array_equal(before, after)
    for a, b in zip(found, expected):
        assert_same(a, b, tolerance)
    return program


# -- every op ------------------------------------------------------------------------------------------------


def is_array(x):
    return isinstance(x, (np.ndarray, np.generic))


def is_float(x):
    return is_array(x) and x.dtype.kind == "f"


def cases(ops):
    return [
        pytest.param(op, i, id=f"{name}-{i}")
        for name, op in ops.items()
        for i in range(len(op.sample(np.random.default_rng(0))))
    ]


def drawn(op, i, varies):
    """The i-th sample of an op as a function of the arguments that vary, and several values for those."""
    args, options = op.sample(np.random.default_rng(0))[i]
    places = [k for k, x in enumerate(args) if varies(x)]

    def f(*values):
        given = dict(zip(places, values))
        return op.call(*[given.get(k, x) for k, x in enumerate(args)], **options)

    calls = []
    for seed in range(2):
        again, _ = op.sample(np.random.default_rng(seed))[i]
        calls.append([again[k] for k in places])
        assert [(np.shape(x), x.dtype) for x in calls[-1]] == [(np.shape(x), x.dtype) for x in calls[0]]
    return f, calls


def shape_depends_on_values(op, i):
    """Whether an argument that says how many values there will be is an array: a mask, or counts."""
    args, _ = op.sample(np.random.default_rng(0))[i]
    rest = [x for x in args[1:] if is_array(x)]
    return (op.name == "getitem" and any(x.dtype.kind == "b" for x in rest)) or (op.name == "repeat" and bool(rest))


@pytest.mark.parametrize(("op", "i"), cases(OPS))
@pytest.mark.matrix("op")
def test_every_op(op, i):
    f, calls = drawn(op, i, is_float)
    if calls[0]:
        check(f, *calls)
    f, calls = drawn(op, i, is_array)
    if not shape_depends_on_values(op, i):
        check(f, *calls)
        return
    with pytest.raises(TraceError, match=f"'{op.name}' gives another number of values at every run"):
        trace(f, *calls[0])


def derivatives_of(f, dtype):
    """The values, gradients and gradients of those, with incoming gradients that are not 1."""

    def incoming(outputs, seed):
        rng = np.random.default_rng(seed)
        return [(rng.uniform(0.5, 1.5, y.shape) * rng.choice([-1, 1], y.shape)).astype(dtype) for y in outputs]

    def derivatives(*values):
        variables = [Tensor(x, requires_grad=True) for x in values]
        y = f(*variables)
        outputs = list(y) if isinstance(y, (list, tuple)) else [y]
        first = tg.gradients(outputs, variables, incoming(outputs, 1), create_graph=True)
        second = tg.gradients(first, variables, incoming(first, 2), create_graph=True)
        return outputs, first, second

    return derivatives


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(("op", "i"), cases(DIFFERENTIABLE))
@pytest.mark.matrix("op", "dtype")
def test_gradient_and_its_gradient_of_every_op(op, i, dtype):
    f, calls = drawn(op, i, is_float)
    calls = [[x.astype(dtype) for x in values] for values in calls]
    check(derivatives_of(f, dtype), *calls, tolerance={np.float64: 1e-12, np.float32: 1e-5}[dtype])


# -- the check can fail ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("subtract", "np.subtract(", "np.add("),
        ("max", "axis=1", "axis=0"),
        ("sort", "np.sort(", "np.copy("),
        ("getitem", "1:3]", "0:2]"),
        ("where", "np.where(", "np.where(True | "),
    ],
)
def test_a_wrong_spelling_is_noticed(name, old, new, monkeypatch):
    spelled = source.spelled
    monkeypatch.setattr(source, "spelled", lambda *args: spelled(*args).replace(old, new))
    failed = []
    for i in range(len(OPS[name].sample(np.random.default_rng(0)))):
        f, calls = drawn(OPS[name], i, is_float)
        try:
            check(f, *calls)
        except (AssertionError, TypeError, ValueError) as error:
            failed.append(error)
    assert failed


def test_results_that_are_not_copies_are_noticed(monkeypatch):
    def call(program, *arrays):
        results = program.run(*arrays)
        return program.structure([results[i] for i in program.output_places])

    monkeypatch.setattr(Program, "__call__", call)
    with pytest.raises(AssertionError):
        check(lambda x: np.exp(x), [X], [Y])


def test_a_program_of_one_call_is_noticed():
    with pytest.raises((AssertionError, TraceError)):
        check(lambda x: x * Tensor(np.array(x.array)), [X], [Y])


# -- inputs ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64, np.int8, np.bool_])
def test_every_dtype(dtype):
    check(lambda x: (x * 2, x + x, x / 2, x > 1), [X.astype(dtype)], [Y.astype(dtype)])


def test_mixed_dtypes_promote_as_numpy_promotes():
    single, whole = X.astype(np.float32), A([1, 2, 3], np.int32)
    check(
        lambda x, n: (
            x * np.float64(0.1), x * 0.1, x * n, n / 3, x[0] * np.float64(0.1), x[0] * 0.1, x * A([1.0, 2.0, 3.0]),
            x[1] * n[0], n[0] / n[1], n[0] // 2, (x > 0).sum() * x[0], 1 / (x > 9).sum(), (x > 0).mean(),
        ),
        [single, whole], [Y.astype(np.float32), whole * 2],
    )  # fmt: skip


@pytest.mark.parametrize("layout", [np.asfortranarray, lambda a: a[::-1], lambda a: a.T.copy().T, lambda a: a[:, ::-1]])
def test_arrays_in_any_order_of_memory(layout):
    first, second = np.arange(12.0).reshape(3, 4), np.linspace(-1, 1, 12).reshape(3, 4)
    f = lambda x: (x.reshape(4, 3), np.ravel(x), x.T @ x, np.exp(x).T.reshape(-1), x.reshape(2, 6)[0], x)  # noqa: E731
    check(f, [first], [layout(second)], [second])
    check(f, [layout(first)], [second], [layout(second)])


def test_lists_numbers_and_tensors_are_inputs():
    program = trace(lambda x, y: x * y, [1.0, 2.0], 3.0)
    np.testing.assert_array_equal(program([3.0, 4.0], 0.5), [1.5, 2.0])
    np.testing.assert_array_equal(program(Tensor([3.0, 4.0]), Tensor(0.5)), [1.5, 2.0])
    assert trace(lambda x: x * 2, Tensor([1.0, 2.0]))(A([3.0, 4.0])).tolist() == [6.0, 8.0]


def test_the_same_array_twice():
    program = trace(lambda x, y: (x * 2 + y, x @ y), X, X)
    assert_same(program(Y, Y), (Y * 3, Y @ Y))


class Model:
    def loss(self, x, y):
        return (x - y).sum()

    def __call__(self, x):
        return x * 2


def test_inputs_are_called_what_the_function_calls_them():
    assert trace(lambda x, target: x * target, X, Y).inputs == ["x", "target"]
    assert trace(Model().loss, X, Y).inputs == ["x", "y"]
    assert trace(lambda *xs: xs[0] * xs[1], X, Y).inputs == ["input_0", "input_1"]
    assert len(trace(functools.partial(Model().loss, y=Y), X).inputs) == 1
    assert trace(Model(), X)(Y).tolist() == (Y * 2).tolist()


def test_a_program_says_what_it_takes_gives_and_reads():
    w = Tensor(Y, name="w")
    program = trace(lambda x: {"product": x * w, "sum": x + w}, X)
    assert program.inputs == ["x"] and program.outputs == ["multiply", "add"]
    assert program.reads == [w] and program.updates == []
    assert str(program) == repr(program) == program.source


def test_the_function_runs_once():
    seen = []

    def f(x):
        seen.append(x)
        return x * 2

    program = trace(f, X)
    program(X), program(Y)
    assert len(seen) == 1


def test_rows_are_unrolled():
    check(lambda x: sum([row * i for i, row in enumerate(x)], Tensor(0.0)), [np.eye(3)], [np.arange(9.0).reshape(3, 3)])
    check(lambda x: [2 * row for row in x], [np.eye(3)], [np.arange(9.0).reshape(3, 3)])
    check(lambda x: x * len(x), [X], [Y])


def test_a_deep_function():
    def f(x):
        for _ in range(1000):
            x = np.sin(x) + 0.1
        return x

    check(f, [X], [Y])


@pytest.mark.parametrize("error", ["over", "divide", "invalid"])
def test_infinities_are_silent_as_in_training(error):
    f = {"over": lambda x: np.exp(x * 1000), "divide": lambda x: 1 / (x - x), "invalid": lambda x: np.log(x)}[error]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check(f, [X], [Y])


def test_a_tensor_knows_its_signed_zeros():
    check(lambda x: x / A([0.0, -0.0, 0.0]), [X], [Y])


# -- indices ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "index",
    [
        0, -1, slice(1, None), slice(None, None, -2), (0, 1), [0, 1], ([0, 1],), (slice(None), [0, 1]), Ellipsis,
        (0, Ellipsis), (0, 1, Ellipsis), None, (None, 0), True, A([1, 0]), A([True, False, True]), np.int64(1),
        [[0, 1], [1, 0]], (slice(None, 2), slice(None, None, -1)), A(1), (A([0, 1]), A([1, 0])),
    ],
    ids=repr,
)  # fmt: skip
def test_every_kind_of_index(index):
    """Beside the value, other values are computed in between, so that a view of reused memory would show."""

    def f(x):
        entries = np.exp(x)[index]
        other = np.cos(np.sin(x * 2) + 1) * 3
        return entries, other, entries * 2, x[index], other[::-1]

    check(f, [np.arange(9.0).reshape(3, 3) / 9], [np.linspace(-1, 1, 9).reshape(3, 3)])


def test_indices_that_look_alike_are_not_alike():
    x = np.arange(9.0).reshape(3, 3)
    check(lambda x: (x[[0, 1]], x[0, 1], x[[0], [1]], x[((0, 1),)], x[1], x[True], x[1:2], x[(1, 2)]), [x], [x * 2])


def test_an_index_may_be_an_input():
    check(lambda x, i: (x[i], x[i] * 2, np.take(x, i)), [X, A([0, 2])], [Y, A([1, 1])])


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x[x > 0] * 2,
        lambda x: x[x > 0].sum(),
        lambda x: x[x > 0].mean(),
        lambda x: np.repeat(x, (x > 0).astype(int)),
        lambda x: x.reshape(3, 1)[x > 0, 0],
    ],
)
def test_a_mask_that_varies_is_refused(f):
    """The number of entries would differ from run to run; where it is 1 NumPy would even repeat it."""
    with pytest.raises(TraceError, match="number of values"):
        trace(f, X)


def test_a_mask_that_stays_is_an_index():
    check(lambda x: (x[A([True, False, True])] * 2, x[X > 0].mean()), [X], [Y])


# -- what a function returns -----------------------------------------------------------------------------------

Pair = collections.namedtuple("Pair", ["low", "high"])

STRUCTURES = {
    "tensor": lambda x: x * 2,
    "tuple": lambda x: (x * 2, x + 1),
    "tuple of one": lambda x: (x * 2,),
    "list": lambda x: [x * 2, x + 1],
    "dict": lambda x: {"a": x * 2, "b": x + 1},
    "nested": lambda x: {"a": [x * 2, (x + 1, {"c": x.sum()})], "b": ()},
    "named tuple": lambda x: Pair(x.min(), x.max()),
    "input": lambda x: x,
    "input and more": lambda x: (x, x * 2, x),
    "twice": lambda x: (lambda y: (y, y, [y]))(x * 2),
    "view": lambda x: (lambda y: (y, y[::-1], y.reshape(3, 1)))(np.exp(x)),
    "view of input": lambda x: (x[1:], x.reshape(1, 3)),
    "nothing": lambda x: (),
    "empty dict": lambda x: {},
    "equal": lambda x: (x * 2, x * 2, x + x),
    "constant": lambda x: (Tensor(3.0), x * 2),
    "constant array": lambda x: [Tensor([[1.0, 2.0]]), Tensor(np.arange(40))],
    "truth": lambda x: (x > 0, (x > 0).all()),
}


@pytest.mark.parametrize("f", STRUCTURES.values(), ids=STRUCTURES)
def test_structures(f):
    def form(x):
        if isinstance(x, dict):
            return {key: form(part) for key, part in x.items()}
        return type(x)(*map(form, x)) if isinstance(x, Pair) else (
            type(x)(map(form, x)) if isinstance(x, (tuple, list)) else "value"
        )  # fmt: skip

    program = check(f, [X], [Y])
    assert form(program(X)) == form(f(Tensor(X))) and type(program(X)) in (type(f(Tensor(X))), np.ndarray)


def test_results_of_one_call_share_no_memory():
    first, second, third = trace(lambda x: (x, x, x[::-1]), X)(Y)
    first[...] = 0
    assert second.tolist() == Y.tolist() and third.tolist() == Y[::-1].tolist()


def test_results_are_arrays_that_can_be_written_to():
    program = trace(lambda x: (np.exp(x), Tensor(np.arange(40.0)), Tensor([1.0])), X)
    for _ in range(2):
        for result, expected in zip(program(X), (np.exp(X), np.arange(40.0), A([1.0]))):
            np.testing.assert_array_equal(result, expected)
            result[...] = 7


@pytest.mark.parametrize("returned", [1.0, None, "text", X, {1.0}])
def test_what_is_no_tensor_is_refused(returned):
    for f in (lambda x: returned, lambda x: (x, returned), lambda x: {"a": [returned]}):
        with pytest.raises(TypeError, match=f"gives Tensors; received {type(returned).__name__}. Use ops"):
            trace(f, X)


# -- Tensors and arrays from outside ---------------------------------------------------------------------------


def test_tensors_from_outside_are_read_at_every_run():
    w = Tensor(Y, requires_grad=True, name="w")
    f = lambda x: (x * w, w.reshape(3, 1), w, w.sum(), tg.gradients((x * w * w).sum(), [w])[0])  # noqa: E731
    program = trace(f, X)
    changes = [
        lambda: setattr(w, "data", [4.0, 5.0, 6.0]),
        lambda: w.data.__setitem__(0, 9.0),
        lambda: w.data.__setitem__(1, 8.0),
        lambda: setattr(w, "data", w.data * 2),
        lambda: setattr(w, "data", np.arange(6.0)[::2]),
        lambda: w.data.__imul__(3),
        lambda: w.replace(A([1.0, 1.0, 2.0])),
    ]
    for change in changes:
        change()
        assert_same(program(X), f(Tensor(X)))
        assert_same(program(Y), f(Tensor(Y)))


def test_a_tensor_from_outside_in_another_order_of_memory():
    w = Tensor(np.arange(6.0).reshape(2, 3), name="w")
    f = lambda x: (w.reshape(3, 2) * x, np.ravel(w), w.T)  # noqa: E731
    program = trace(f, A(2.0))
    w.data = np.arange(6.0).reshape(3, 2).T
    for i in range(3):
        w.data[0, i] = -1.0
        assert_same(program(A(3.0)), f(Tensor(3.0)))


def test_a_number_from_outside_is_read_at_every_run():
    rate = Tensor(0.5, name="rate")
    program = trace(lambda x: x * rate, X)
    for value in (0.25, 4.0):
        rate.data = value
        assert_same(program(Y), Y * value)


def test_arrays_from_outside_are_constants_of_that_moment():
    """Small ones are printed, long ones are not; both are what they were when the function used them."""
    for size in (3, 2000):
        mask = np.ones(size)
        x = np.arange(float(size))

        def f(x, mask=mask):
            mask[:] = 1
            first = x * mask
            mask[0] = 5
            return first, x * mask

        program = trace(f, x)
        mask[:] = 7
        first, second = program(x + 1)
        assert first.tolist() == (x + 1).tolist()
        assert second[0] == 5 and second[1:].tolist() == (x + 1)[1:].tolist()


def test_assigned_tensors():
    """Running values: the program changes them as the function does, and gives the old ones where they are asked."""

    def new():
        return Tensor(A([1.0, 2.0, 3.0]), name="mean"), Tensor(A([5.0, 6.0, 7.0]), name="other"), Tensor(0.0, name="n")

    def f(mean, other, count, x):
        old, turned, number = mean * 1, mean[::-1], count * 1
        assign(mean, mean * 0.9 + x * 0.1)
        assign(count, count + 1)
        swapped = other * 1
        assign(other, old)
        return old, turned, mean, swapped, other[1:], number, count, x * mean

    traced, untraced = new(), new()
    program = trace(functools.partial(f, *traced), X)
    for tensor, start in zip(traced, new()):
        tensor.data = start.data
    for values in (X, Y, Y, X):
        assert_same(program(values), [y.numpy()[()] for y in f(*untraced, Tensor(values))])
        assert_same(traced, untraced)
    assert [id(tensor) for tensor in program.updates] == [id(tensor) for tensor in traced]  # numbers come last


def test_two_tensors_change_places():
    a, b = Tensor(X, name="a"), Tensor(Y, name="b")

    def f(x):
        old = a * 1
        assign(a, b)
        assign(b, old)
        return x * 2

    program = trace(f, X)  # once
    program(X), program(X)  # and twice
    assert_same((a, b), (Y, X))


# -- derivatives -----------------------------------------------------------------------------------------------


def rosenbrock(x):
    return (100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2).sum()


def rosenbrock_gradient(x):
    g = np.zeros_like(x)
    g[:-1] = -400 * x[:-1] * (x[1:] - x[:-1] ** 2) - 2 * (1 - x[:-1])
    g[1:] += 200 * (x[1:] - x[:-1] ** 2)
    return g


def rosenbrock_hessian(x):
    h = np.diag(-400 * x[:-1], 1) + np.diag(-400 * x[:-1], -1)
    h[np.arange(len(x) - 1), np.arange(len(x) - 1)] += 1200 * x[:-1] ** 2 - 400 * x[1:] + 2
    h[np.arange(1, len(x)), np.arange(1, len(x))] += 200
    return h


def test_gradient_and_hessian_of_rosenbrock():
    value = lambda x: np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)  # noqa: E731
    for f, closed in [
        (rosenbrock, value),
        (tg.grad(rosenbrock), rosenbrock_gradient),
        (tg.hessian(rosenbrock), rosenbrock_hessian),
        (tg.value_and_grad(rosenbrock), lambda x: (value(x), rosenbrock_gradient(x))),
    ]:
        program = trace(f, X)
        for x in (X, Y, Y * 2):
            np.testing.assert_allclose(leaves(program(x))[-1], leaves(closed(x))[-1], rtol=1e-12, atol=1e-9)


def test_derivatives_of_the_sine():
    f = np.sin
    for expected in (np.sin, np.cos, lambda x: -np.sin(x), lambda x: -np.cos(x), np.sin):
        program = trace(f, A(0.3))
        for x in (0.3, 1.1, -2.0):
            np.testing.assert_allclose(program(A(x)), expected(x), rtol=1e-12, atol=1e-15)
        f = tg.grad(f)


def test_jacobian_of_polar_coordinates():
    f = tg.jacobian(lambda p: np.stack([p[0] * np.cos(p[1]), p[0] * np.sin(p[1])]))
    program = trace(f, A([1.0, 0.5]))
    for r, t in ((1.0, 0.5), (2.0, -1.0)):
        expected = [[np.cos(t), -r * np.sin(t)], [np.sin(t), r * np.cos(t)]]
        np.testing.assert_allclose(program(A([r, t])), expected, rtol=1e-12)


def test_gradients_for_several_arguments():
    f = tg.value_and_grad(lambda x, y: (x * y**2).sum(), argnums=(0, 1))
    value, (gx, gy) = trace(f, X, Y)(Y, X)
    np.testing.assert_allclose(value, np.sum(Y * X**2), rtol=1e-12)
    np.testing.assert_allclose(gx, X**2, rtol=1e-12)
    np.testing.assert_allclose(gy, 2 * X * Y, rtol=1e-12)


def test_gradient_for_a_tensor_from_outside():
    w = Tensor(Y, requires_grad=True, name="w")
    program = trace(lambda x: tg.gradients(((x @ w) ** 2), [w])[0], X)
    for values in (Y, A([1.0, 0.0, 2.0])):
        w.data = values
        np.testing.assert_allclose(program(X), 2 * (X @ values) * X, rtol=1e-12)


def test_derivative_of_a_program_like_function():
    """Descent unrolled, and the gradient through all its steps."""

    def after_descent(rate):
        x = A([1.0, 2.0])
        for _ in range(3):
            x = x - rate * tg.grad(lambda v: (v * v).sum() / 2)(x)
        return (x * x).sum()

    program = trace(tg.grad(after_descent), A(0.1))
    for rate in (0.1, 0.3):
        np.testing.assert_allclose(program(A(rate)), -6 * (1 - rate) ** 5 * 5, rtol=1e-12)


def test_no_grad_inside():
    def f(x):
        v = Tensor(x, requires_grad=True)
        with tg.no_grad():
            frozen = np.exp(v)
        return tg.gradients((frozen * v).sum(), v)

    check(f, [X], [Y])
    np.testing.assert_allclose(trace(f, X)(Y), np.exp(Y), rtol=1e-12)


# -- ops of users ----------------------------------------------------------------------------------------------


@primitive(lambda g, out, a: g * 3 * a**2, method=False)
def cube(a):
    return a**3


@primitive(lambda g, out, a: g * 3 * a**2, method=False)
def strict_cube(a):
    assert not isinstance(a, Tensor)
    return a**3


def named(name, function):
    function.__name__ = name
    return primitive(lambda g, out, a: g, method=False)(function)


@pytest.mark.parametrize("op", [cube, strict_cube])
def test_ops_of_users(op):
    check(lambda x: op(x) + op(2 * x), [X], [Y])
    check(tg.grad(lambda x: op(x).sum()), [X], [Y])
    check(tg.grad(lambda x: tg.grad(lambda v: op(v).sum())(x).sum()), [X], [Y])


@pytest.mark.parametrize("name", ["round", "sort", "clip", "exp", "astype", "np", "copy", "reshape", "slice"])
def test_an_op_of_a_user_is_not_numpys_of_that_name(name):
    mantissa = named(name, lambda a: np.frexp(np.asarray(a))[0])
    check(lambda x: (mantissa(x) * 2, mantissa(x[0]), mantissa(np.exp(x))), [X], [Y])


def test_two_ops_of_one_name():
    first, second = named("twist", lambda a: np.frexp(np.asarray(a))[0]), named("twist", lambda a: np.frexp(a)[1] * 1.0)
    check(lambda twist: (first(twist), second(twist), first(second(twist))), [X], [Y])


def test_an_input_called_like_a_function():
    check(lambda erf, np_, abs: (tg.ops.erf(erf), np_ * np.abs(abs), np.exp(abs)[::-1]), [X, Y, X], [Y, X, Y])


def test_a_function_called_np():
    def f(x):
        return np.exp(x)

    f.__name__ = "np"
    check(f, [X], [Y])


# -- refusals --------------------------------------------------------------------------------------------------

READS = {
    "bool(t)": (lambda x: x * bool(x.sum() > 0), r"bool\(t\)"),
    "if t": (lambda x: x if x.sum() > 0 else -x, r"`if t > 0`"),
    "while t": (lambda x: next(iter(() if x[0] < 0 else (x,))), r"`if t > 0`"),
    "and": (lambda x: x[0] > 0 and x, r"`if t > 0`"),
    "max(a, b)": (lambda x: x * max(x[0], x[1]), r"`if t > 0`"),
    "sorted": (lambda x: x * sorted(x)[0], r"`if t > 0`"),
    "in": (lambda x: x * (5.0 in [x[0]]), r"`if t > 0`"),
    "float(t)": (lambda x: x * float(x[0]), r"float\(t\)"),
    "int(t)": (lambda x: x * int(x[0]), r"float\(t\)"),
    "math.sin(t)": (lambda x: x * math.sin(x[0]), r"float\(t\)"),
    "range(t)": (lambda x: x * len(range(x.astype(int)[0])), r"t.item\(\)"),
    "list[t]": (lambda x: x * [1, 2, 3][x.astype(int)[0]], r"t.item\(\)"),
    "t.item()": (lambda x: x * x[0].item(), r"t.item\(\)"),
    "format": (lambda x: x * float(f"{x[0]:.2f}"), r"t.item\(\)"),
    "t.numpy()": (lambda x: x * x.numpy(), r"t.numpy\(\)"),
    "np.asarray(t)": (lambda x: x * np.asarray(x), r"np.asarray\(t\)"),
    "np.array([t])": (lambda x: x * np.array([x[0]]), r"(np.asarray|float)\(t\)"),
    "np.take(array, t)": (lambda x: np.take(X, x.astype(int)) * x, r"np.asarray\(t\)"),
    "array[t]": (lambda x: x * X[x.astype(int)[0]], r"(np.asarray\(t\)|t.item\(\))"),
    "t.data": (lambda x: x * x.data, r"t.data"),
    "t.data of a result": (lambda x: x * (x * 2).data, r"t.data"),
    "np.isclose": (lambda x: np.where(np.isclose(x, 1.0), 5.0, x), r"np.isclose"),
    "np.allclose": (lambda x: x * np.allclose(x, 1.0), r"np.allclose"),
    "np.array_equal": (lambda x: x * np.array_equal(x, X), r"np.array_equal"),
    "np.full_like": (lambda x: np.full_like(x, x.sum()) + x, r"np.full_like"),
    "copy": (lambda x: copy.copy(x) * 2, "reads a value"),
    "deepcopy": (lambda x: copy.deepcopy(x) * 2, "reads a value"),
    "pickle": (lambda x: pickle.loads(pickle.dumps(x)) * 2, "reads a value"),
    "a program": (lambda x: Tensor(trace(lambda z: z * z, X)(x)) + x, "reads a value"),
    "a trace inside that reads it": (lambda x: Tensor(trace(lambda z: z * x, X)(X)) + x, "reads a value"),
    "backward()": (lambda x: backward_of(x), "reads a value"),
}


def backward_of(x):
    v = Tensor(x, requires_grad=True)
    (v * v).sum().backward()
    return Tensor(v.grad)


@pytest.mark.parametrize(("f", "what"), READS.values(), ids=READS)
def test_what_python_reads_is_refused(f, what):
    with pytest.raises(TraceError, match=what) as told:
        trace(f, A([1.0, 2.0, 0.5]))
    assert "np.where(condition, a, b)" in str(told.value)


def test_assignment_is_refused():
    def data(x):
        y = Tensor(x)
        y.data = X
        return y

    with pytest.raises(TraceError, match=r"t.data = \.\.\."):
        trace(data, X)
    with pytest.raises(TypeError, match="Tensors are not written in place"):
        trace(lambda x: x.__setitem__(0, 1.0), X)
    w = Tensor(X, name="w")
    with pytest.raises(TraceError, match="t.data"):
        trace(lambda x: x * w.data, X)


def test_a_tensor_made_inside_is_not_written_to():
    def f(x):
        mask = Tensor([1.0, 0.0, 1.0])
        first = x * mask
        mask.data[0] = 5.0
        return first + x * mask

    with pytest.raises(TraceError, match="t.data"):
        trace(f, X)


def test_constants_may_be_read():
    def f(x):
        return x * float(Tensor(3.0)) if (Tensor([1.0, 2.0]) > 0).all() else x

    check(f, [X], [Y])


def test_shapes_may_be_read():
    check(lambda x: x * x.shape[0] * len(x) * x.ndim * x.size * np.size(x) if x.dtype == float else x, [X], [Y])
    check(lambda x: (np.zeros_like(x) + x, np.ones_like(x) * x, np.full_like(x, 3.0) - x), [X], [Y])


def test_calls_with_other_arrays_are_refused():
    program = trace(lambda x, y: x * y, X, A(2.0))
    for arrays in ((), (X,), (X, A(2.0), X)):
        with pytest.raises(TypeError, match=f"takes x, y; received {len(arrays)} arrays"):
            program(*arrays)
    for x in (np.ones(2), np.ones((3, 1)), A(1.0), np.ones(3, int), np.ones(3, np.float32), np.ones(0)):
        with pytest.raises(
            ValueError, match=r"was traced for x of shape \(3,\) and dtype float64; received shape"
        ) as told:
            program(x, A(2.0))
        assert f"shape {x.shape} and dtype {x.dtype}. Trace the function again" in str(told.value)
    with pytest.raises(ValueError, match=r"for y of shape \(\) and dtype float64; received shape \(\) and dtype int64"):
        program(X, 2)
    np.testing.assert_array_equal(program(X, 2.0), X * 2)


def test_an_error_in_the_function_comes_through():
    def f(x):
        raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match="mine"):
        trace(f, X)
    with pytest.raises(ValueError, match="matmul"):
        trace(lambda x: x @ np.ones(4), X)


def test_after_an_error_ops_work_as_before():
    for f in (lambda x: x if x[0] > 0 else -x, lambda x: 1.0, lambda x: x @ np.ones(4)):
        with pytest.raises((TypeError, ValueError)):
            trace(f, X)
        assert active() is None
        w = Tensor(X, requires_grad=True)
        (w * w).sum().backward()
        np.testing.assert_array_equal(w.grad, 2 * X)
        assert float(Tensor(1.0)) == 1.0 and bool(Tensor([1.0])[0] > 0)
    check(lambda x: x * 2, [X], [Y])


def test_a_tensor_of_a_finished_trace_is_a_plain_tensor():
    kept = []
    trace(lambda x: kept.append(x * 2) or x, X)
    assert kept[0].numpy().tolist() == (X * 2).tolist()
    check(lambda x: x + kept[0], [X], [Y])


# -- one trace in another, and beside another ------------------------------------------------------------------


def test_a_trace_inside_a_trace():
    sources = []

    def outer(x):
        y = x * 2
        inner = trace(lambda z: np.exp(z) + 1, X)
        sources.append(inner.source)
        return y + inner(Y)

    program = check(outer, [X], [Y])
    assert "exp" not in program.source and "multiply" not in sources[0]


def test_an_error_in_a_trace_inside_leaves_the_outer_one_on():
    def outer(x):
        tape = active()
        with pytest.raises(TraceError):
            trace(lambda z: z if z[0] > 0 else -z, X)
        assert active() is tape
        return x * 3

    check(outer, [X], [Y])


def test_two_threads_trace_at_once():
    barrier, found = threading.Barrier(2, timeout=20), {}

    def work(name, op):
        def f(x):
            for _ in range(20):
                barrier.wait()
                x = op(x)
            return x

        found[name] = trace(f, X)

    threads = [threading.Thread(target=work, args=pair) for pair in (("sin", np.sin), ("tanh", np.tanh))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for name, op, other in (("sin", np.sin, "tanh"), ("tanh", np.tanh, "sin")):
        program = found[name]
        assert program.source.count(f"np.{name}(") == 20 and other not in program.source
        expected = functools.reduce(lambda x, _: op(x), range(20), Y)
        np.testing.assert_allclose(program(Y), expected, rtol=1e-12)


def test_a_thread_beside_a_trace_hears_nothing_of_it():
    def f(x):
        values = []
        thread = threading.Thread(target=lambda: values.append(float(Tensor(2.0) * 3)))
        thread.start()
        thread.join()
        assert values == [6.0]
        return x * 2

    assert trace(f, X).source.count("np.multiply") == 1
