"""Every registered op against central differences, and against wrong versions of its rules.

The tests read the registry: an op is tested on the calls that its own `sample=` gives, at orders 1 and 2, in
float64 against differences and in float32 against float64, with random incoming gradients.
"""

import inspect

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import Tensor
from tinygrad_edu.engine.derivatives import derivatives, summary
from tinygrad_edu.engine.op import primitive, registry
from tinygrad_edu.engine.tensor import numpy_functions
from tinygrad_edu.gradcheck import gradcheck

OPS = {name: op for name, op in registry.items() if not name.startswith("_")}
DIFFERENTIABLE = {name: op for name, op in OPS.items() if op.differentiable}


def samples(op):
    return op.sample(np.random.default_rng(0)) if op.sample else []


def cases(ops):
    return [
        pytest.param(op, args, options, id=f"{name}-{i}")
        for name, op in ops.items()
        for i, (args, options) in enumerate(samples(op))
    ]


def is_float(x):
    """Whether a gradient is expected: floating NumPy values, unlike Python floats, which are options."""
    return isinstance(x, (np.ndarray, np.floating)) and x.dtype.kind == "f"


def floats(args):
    return [i for i, x in enumerate(args) if is_float(x)]


def with_values(args, values):
    """The arguments with the floating ones replaced by `values`."""
    values = iter(values)
    return [next(values) if is_float(x) else x for x in args]


def check(op, args, options, order=1):
    names = [f"{op.name} argument {i}" for i in floats(args)]
    return gradcheck(
        lambda *values: op.call(*with_values(args, values), **options),
        *(args[i] for i in floats(args)),
        names=names,
        order=order,
    )


# -- the matrix ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("op", "args", "options"), cases(DIFFERENTIABLE))
@pytest.mark.matrix("op")
def test_gradient_and_its_gradient_in_float64(op, args, options):
    report = check(op, args, options, order=2)
    assert report, f"\n{report}"
    assert {row.verdict for row in report} == {"ok"}, "a sample stays away from kinks"


@pytest.mark.parametrize(("op", "args", "options"), cases(DIFFERENTIABLE))
@pytest.mark.matrix("op")
def test_gradient_and_its_gradient_in_float32(op, args, options):
    single = [np.float32(args[i]) for i in floats(args)]
    found = {}
    for dtype in (np.float32, np.float64):
        variables = [Tensor(x.astype(dtype), requires_grad=True) for x in single]
        y = op.call(*with_values(args, variables), **options)
        outputs = y if isinstance(y, (list, tuple)) else [y]
        if dtype == np.float32 and not any(isinstance(x, type) for x in args):
            assert all(y.dtype == np.float32 for y in outputs)
        first = tg.gradients(outputs, variables, incoming(outputs, 1), create_graph=True)
        second = tg.gradients(first, variables, incoming(first, 2))
        found[dtype] = [g.array for g in first], second
    largest = max([np.max(np.abs(g), initial=0) for order in found[np.float64] for g in order], default=0)
    for order in (0, 1):
        for g32, g64 in zip(found[np.float32][order], found[np.float64][order]):
            assert g32.dtype == np.float32 and np.shape(g32) == np.shape(g64)
            np.testing.assert_allclose(g32, g64, rtol=1e-4, atol=1e-5 * largest)


def incoming(outputs, seed):
    """Random gradients that float32 holds exactly, for Tensors of either dtype."""
    rng = np.random.default_rng(seed)
    return [np.float32(rng.uniform(0.5, 1.5, y.shape) * rng.choice([-1, 1], y.shape)) for y in outputs]


@pytest.mark.parametrize(("op", "args", "options"), cases(DIFFERENTIABLE))
@pytest.mark.matrix("op")
def test_rules_write_into_nothing(op, args, options):
    """The gradient that comes in may be shared with other ops, the values are those of the graph."""
    arrays = op.bind(args, dict(options))
    out = op.function(*arrays)
    rules = op.rules_for(len(arrays))
    g = np.ones(np.shape(out), np.result_type(out))
    for array in [g, out, *arrays]:
        if isinstance(array, np.ndarray):
            array.flags.writeable = False
    with np.errstate(all="ignore"):
        for rule, array in zip(rules, arrays):
            if rule is not None and is_float(array):
                rule(g, out, *arrays)


@pytest.mark.parametrize(
    ("op", "args", "options"), cases({name: op for name, op in OPS.items() if not op.differentiable})
)
def test_ops_without_rules_give_constants(op, args, options):
    values = [Tensor(args[i], requires_grad=True) for i in floats(args)]
    tensors = with_values(args, values) if values else [Tensor(x) for x in args]
    y = op.call(*tensors, **options)
    assert type(y) is Tensor and not y.requires_grad and y.op is None
    np.testing.assert_array_equal(y.numpy(), op.call(*args, **options))


# -- what every op has --------------------------------------------------------------------------------


def test_the_registry_is_not_empty():
    assert len(DIFFERENTIABLE) > 80 and len(OPS) > 100


@pytest.mark.parametrize("op", OPS.values(), ids=OPS)
def test_every_op_has_a_sample_and_an_example(op):
    assert samples(op), f"{op.name} has no sample="
    documentation = inspect.cleandoc(op.function.__doc__ or "")
    assert "Example:" in documentation and ">>>" in documentation
    assert summary(op).endswith((".", ":")) and len(summary(op)) > 10


@pytest.mark.parametrize("op", DIFFERENTIABLE.values(), ids=DIFFERENTIABLE)
def test_every_sample_set_reaches_every_rule(op):
    reached = {i for args, options in samples(op) for i, x in enumerate(op.bind(args, dict(options))) if is_float(x)}
    if op.each is None:
        assert {i for i, rule in enumerate(op.rules) if rule is not None} <= reached
    else:
        assert any(i >= len(op.parameters) for i in reached)


@pytest.mark.parametrize("op", DIFFERENTIABLE.values(), ids=DIFFERENTIABLE)
def test_the_rules_can_be_printed(op):
    texts = derivatives(op)
    if op.each is None:
        assert list(texts) == [name for name, rule in zip(op.parameters, op.rules) if rule is not None]
    else:
        assert list(texts) == ["each input"]
    assert all(text and text in str(op) for text in texts.values())


# -- NumPy --------------------------------------------------------------------------------------------


def of_numpy(op):
    return op.numpy if isinstance(op.numpy, tuple) else (op.numpy,) if op.numpy else ()


@pytest.mark.parametrize(("op", "args", "options"), cases({n: op for n, op in OPS.items() if op.numpy}))
@pytest.mark.matrix("op")
def test_numpy_functions_on_tensors(op, args, options):
    """np.f(Tensor) is the op, and has the values of np.f(array)."""
    variables = [Tensor(args[i], requires_grad=True) for i in floats(args)]
    tensors = with_values(args, variables) if variables else [Tensor(x) for x in args]
    accepted = 0
    for function in of_numpy(op):
        try:
            expected = function(*args, **options)
        except (TypeError, ValueError):
            continue  # one of several functions takes less than the op
        accepted += 1
        y = function(*tensors, **options)
        assert type(y) is Tensor
        np.testing.assert_allclose(y.numpy(), expected, rtol=1e-13, atol=1e-15)
        if op.differentiable:
            assert y.op is op
    old = np.lib.NumpyVersion(np.__version__) < "2.3.0"  # its take_along_axis has no axis by default
    assert accepted or (old and op.name == "take_along_axis")


def test_no_numpy_function_is_claimed_twice():
    claimed = [function for op in OPS.values() for function in of_numpy(op)]
    assert len(claimed) == len(set(claimed))
    assert set(claimed) <= set(numpy_functions)


# -- a check must be able to fail ---------------------------------------------------------------------

WRONG = {
    "sign": lambda rule: lambda *args: -rule(*args),
    "factor": lambda rule: lambda *args: rule(*args) * 2,
    "zero": lambda rule: lambda *args: rule(*args) * 0,
}


@pytest.mark.parametrize("change", WRONG)
@pytest.mark.parametrize("op", DIFFERENTIABLE.values(), ids=DIFFERENTIABLE)
@pytest.mark.matrix
def test_the_samples_expose_a_wrong_rule(op, change, monkeypatch):
    """Each rule in turn is made wrong; some sample must show it."""
    wrong = WRONG[change]
    if op.each is not None:
        monkeypatch.setattr(op, "each", wrong(op.each))
        assert not all(check(op, args, options) for args, options in samples(op))
        return
    for i, rule in enumerate(op.rules):
        if rule is not None:
            monkeypatch.setattr(op, "rules", (*op.rules[:i], wrong(rule), *op.rules[i + 1 :]))
            assert not all(check(op, args, options) for args, options in samples(op)), f"rule {i}"
            monkeypatch.undo()


def softmax(a):
    e = np.exp(a - np.max(a, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)


M = np.random.default_rng(3).uniform(0.4, 1.6, (3, 3))
N = np.random.default_rng(4).uniform(0.4, 1.6, (3, 3))

MUTANTS = {
    "wrong sign": (
        lambda a, b: a - b,
        (lambda g, out, a, b: g, lambda g, out, a, b: -g),
        (lambda g, out, a, b: g, lambda g, out, a, b: g),
        (M, N),
    ),
    "missing factor": (
        lambda a: a**3,
        (lambda g, out, a: g * 3 * a**2,),
        (lambda g, out, a: g * a**2,),
        (M,),
    ),
    "multiplied in place of divided": (
        lambda a, b: a / b,
        (lambda g, out, a, b: g / b, lambda g, out, a, b: -g * a / b**2),
        (lambda g, out, a, b: g * b, lambda g, out, a, b: -g * a / b**2),
        (M, N),
    ),
    "incoming gradient divides": (
        lambda a: 2 * a,
        (lambda g, out, a: g * 2,),
        (lambda g, out, a: 2 / g,),
        (M,),
    ),
    "incoming gradient forgotten": (
        lambda a: a**2,
        (lambda g, out, a: g * 2 * a,),
        (lambda g, out, a: 2 * a,),
        (M,),
    ),
    "missing sum": (
        softmax,
        (lambda g, out, a: out * (g - np.sum(g * out, axis=-1, keepdims=True)),),
        (lambda g, out, a: out * (g - g * out),),
        (M,),
    ),
    "sum over the wrong axis": (
        softmax,
        (lambda g, out, a: out * (g - np.sum(g * out, axis=-1, keepdims=True)),),
        (lambda g, out, a: out * (g - np.sum(g * out, axis=0, keepdims=True)),),
        (M,),
    ),
    "transposed": (
        lambda a, b: a @ b,
        (lambda g, out, a, b: g @ b.T, lambda g, out, a, b: a.T @ g),
        (lambda g, out, a, b: g @ b.T, lambda g, out, a, b: g.T @ a),
        (M, N),
    ),
    "not transposed": (
        lambda a, b: a @ b,
        (lambda g, out, a, b: g @ b.T, lambda g, out, a, b: a.T @ g),
        (lambda g, out, a, b: g @ b, lambda g, out, a, b: a.T @ g),
        (M, N),
    ),
    "zero": (
        lambda a: np.exp(a),
        (lambda g, out, a: g * out,),
        (lambda g, out, a: g * 0,),
        (M,),
    ),
    "mean without its count": (
        lambda a: np.mean(a, axis=0),
        (lambda g, out, a: np.broadcast_to(g, a.shape) / len(a),),
        (lambda g, out, a: np.broadcast_to(g, a.shape),),
        (M,),
    ),
    "broadcast along the wrong axis": (
        lambda a: np.sum(a, axis=1),
        (lambda g, out, a: np.broadcast_to(np.reshape(g, (3, 1)), a.shape),),
        (lambda g, out, a: np.broadcast_to(g, a.shape),),
        (M,),
    ),
    "running sum not reversed": (
        lambda a: np.cumsum(a),
        (lambda g, out, a: np.flip(np.cumsum(np.flip(g))),),
        (lambda g, out, a: np.cumsum(g),),
        (M[0],),
    ),
    "an entry used twice counted once": (
        lambda a: np.stack([a[0], a[0], a[1]]),
        (lambda g, out, a: np.stack([g[0] + g[1], g[2]]),),
        (lambda g, out, a: np.stack([g[1], g[2]]),),
        (M[0, :2],),
    ),
    "derivative at the output in place of the input": (
        lambda a: np.sin(a),
        (lambda g, out, a: g * np.cos(a),),
        (lambda g, out, a: g * np.cos(out),),
        (M,),
    ),
    "right but for a thousandth": (
        lambda a: np.tanh(a),
        (lambda g, out, a: g * (1 - out**2),),
        (lambda g, out, a: g * (1.001 - out**2),),
        (M,),
    ),
    "one entry wrong": (
        lambda a: a**2,
        (lambda g, out, a: g * 2 * a,),
        (lambda g, out, a: g * 2 * a * np.where(a == M[1, 2], -1.0, 1.0),),
        (M,),
    ),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_gradcheck_refuses_a_wrong_rule(name):
    function, right, wrong, inputs = MUTANTS[name]
    report = gradcheck(primitive(*right, method=False)(function), *inputs, order=2)
    assert report, f"\n{report}"
    assert not gradcheck(primitive(*wrong, method=False)(function), *inputs)


def test_gradcheck_refuses_a_rule_that_leaves_the_graph():
    """Its values are right, but the gradient of the gradient is lost."""

    def values(x):
        return x.numpy() if isinstance(x, Tensor) else x

    @primitive(lambda g, out, a: g * 3 * values(a) ** 2, method=False)
    def cube(a):
        return a**3

    assert gradcheck(cube, M)
    assert not gradcheck(cube, M, order=2)
