"""The text of a program: what stands in it, what does not, that it runs by itself, and that its memory is right."""

import ast
import builtins
import re

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import tinygrad_edu as tg
from tinygrad_edu import Tensor
from tinygrad_edu.engine.op import primitive, registry
from tinygrad_edu.replay import assign, tape, trace
from tinygrad_edu.replay.numpy import writer as source

A = np.array
OPS = {name: op for name, op in registry.items() if not name.startswith("_")}
X = A([1.0, -2.0, 3.0])
Y = A([-0.5, 4.0, 2.0])
M = np.arange(12.0).reshape(3, 4)


# -- reading a source ------------------------------------------------------------------------------------------


def functions(text):
    """The outer and the inner function of a source, as syntax trees."""
    outer = next(node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef))
    return outer, next(node for node in outer.body if isinstance(node, ast.FunctionDef))


def lines(text):
    """The lines of the inner function, without its return."""
    return [ast.unparse(line) for line in functions(text)[1].body if not isinstance(line, ast.Return)]


def bound_names(text):
    """Every name that a source binds, in order, arguments and functions included."""
    names = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.alias):
            names.append(node.asname or node.name)
        elif isinstance(node, ast.FunctionDef):
            names.append(node.name)
        elif isinstance(node, ast.arg):
            names.append(node.arg)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.append(node.id)
    return names


def used_names(text):
    """The names that a source reads: being written to with out= is no use, nor is handing the function out."""
    used = set()

    def visit(node):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.keyword) and child.arg == "out":
                continue
            if isinstance(child, ast.Subscript) and isinstance(child.ctx, ast.Store):
                continue
            if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Load):
                used.add(child.id)
            visit(child)

    visit(ast.parse(text))
    return used


def assert_tidy(text):
    """No dead value, no value computed twice, no name bound twice, no number in a name that needs none."""
    outer, inner = functions(text)
    names = bound_names(text)
    assert len(names) == len(set(names))
    arguments = {a.arg for a in inner.args.args}
    assert set(names) - arguments - {"np", outer.name} <= used_names(text), "something is computed for nothing"
    for name in set(names) - arguments:
        numbered = re.fullmatch(r"(\D.*)_(\d+)", name)
        if numbered and not re.match(r"c(_?minus_)?\d", name):  # «c0_5» is the number 0.5
            before, n = numbered[1], int(numbered[2])
            assert n > 1 and {before, *[f"{before}_{k}" for k in range(2, n)]} <= set(names), f"why «{name}»?"
    values = [re.sub(r"^\w+ = |, out=\w+(?=\)$)", "", line) for line in lines(text)]
    assert len(values) == len(set(values)), "something is computed twice"


def only_numpy(name, *rest):
    assert name.split(".")[0] == "numpy", f"the source imports {name}"
    return builtins.__import__(name, *rest)


def run_as_printed(program, *arrays):
    """What the printed text gives, run where there is nothing but NumPy."""
    namespace = {"__builtins__": vars(builtins) | {"__import__": only_numpy}}
    exec(str(program), namespace)
    outer, _ = functions(str(program))
    given = {a.arg: program._arguments[a.arg] for a in outer.args.args}
    run = namespace[outer.name](**{k: x.array if isinstance(x, Tensor) else x for k, x in given.items()})
    with np.errstate(all="ignore"):
        results = run(*arrays)
    results = results if isinstance(results, tuple) else (results,)
    return program.structure([results[i] for i in program.output_places])


def flat(x):
    return [leaf for part in x for leaf in flat(part)] if isinstance(x, (tuple, list)) else [x]


def plain(x):
    """Copies of the arrays in a structure of Tensors."""
    if isinstance(x, (tuple, list)):
        return [array for part in x for array in plain(part)]
    return [np.array(x.array if isinstance(x, Tensor) else x)]


# -- every op --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("op", OPS.values(), ids=OPS)
@pytest.mark.matrix(one_in=3)
def test_the_source_of_every_op_and_its_gradient(op):
    """It is tidy, the same each time, and runs alone if it imports nothing of ours."""
    for args, options in op.sample(np.random.default_rng(0)):
        places = [i for i, x in enumerate(args) if isinstance(x, (np.ndarray, np.floating)) and x.dtype.kind == "f"]
        if not places:
            continue

        def f(*values, args=args, options=options, places=places):
            variables = [Tensor(x, requires_grad=True) for x in values]
            given = dict(zip(places, variables))
            y = op.call(*[given.get(i, x) for i, x in enumerate(args)], **options)
            outputs = list(y) if isinstance(y, (tuple, list)) else [y]
            if not op.differentiable:
                return outputs
            total = sum([(y * y).sum() for y in outputs], Tensor(0.0))
            return [*outputs, *tg.gradients(total, variables, create_graph=True)]

        arrays = [args[i] for i in places]
        program = trace(f, *arrays)
        assert_tidy(program.source)
        assert trace(f, *arrays).source == program.source
        if "from tinygrad_edu" not in program.source:
            for found, expected in zip(flat(run_as_printed(program, *arrays)), flat(program(*arrays))):
                np.testing.assert_array_equal(found, expected)


# -- it runs as printed ----------------------------------------------------------------------------------------


def test_the_printed_text_is_a_program():
    w = Tensor(Y, name="w")

    def affine(x, bias):
        return x * w + bias

    program = trace(affine, X, A(2.0))
    namespace = {}
    exec(str(program), namespace)
    step = namespace["make_affine"](w=Y)
    np.testing.assert_array_equal(step(X, 2.0), X * Y + 2.0)
    np.testing.assert_array_equal(step(Y, 1.0), Y * Y + 1.0)
    assert str(program) == (
        "import numpy as np\n"
        "\n"
        "\n"
        "def make_affine(w):\n"
        "    # memory, laid out once\n"
        "    multiply = add = np.empty((3,), np.float64)\n"
        "\n"
        "    def affine(x, bias):\n"
        "        # forward\n"
        "        np.multiply(x, w, out=multiply)\n"
        "        np.add(multiply, bias, out=add)\n"
        "        return add\n"
        "\n"
        "    return affine\n"
    )


CONSTANTS = {
    "whole": 3,
    "half": 0.5,
    "negative": -0.25,
    "tiny": 1e-300,
    "infinite": np.inf,
    "minus infinite": -np.inf,
    "nan": np.nan,
    "single": np.float32(0.1),
    "short": np.int8(3),
    "truth": np.bool_(True),
    "array": A([1.5, -2.0, 0.1]),
    "single array": A([1.5, -2.0, 0.1], np.float32),
    "infinite array": A([np.inf, 1.0, -np.inf]),
    "nan array": A([np.nan, 1.0, 2.0]),
    "signed zeros": A([0.0, -0.0, 1.0]),
    "whole array": A([1, 2, 3], np.int16),
    "truths": A([True, False, True]),
    "long": np.linspace(0.0, 1.0, 60).reshape(20, 3),
    "empty": np.zeros((0, 3)),
}


@pytest.mark.parametrize("constant", CONSTANTS.values(), ids=CONSTANTS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_every_constant_can_be_printed(constant, dtype):
    """Alone it is a result; with an array and with a number it computes in NumPy's dtype."""
    x = X.astype(dtype)
    f = lambda x: (x * constant, constant / x[0], x[1] + constant, Tensor(constant), x > constant)  # noqa: E731
    program = trace(f, x)
    with np.errstate(all="ignore"):
        expected = [y.numpy() for y in f(Tensor(x))]
    for results in (program(x), run_as_printed(program, x)):
        for found, value in zip(results, expected):
            assert found.dtype == value.dtype and np.shape(found) == value.shape
            np.testing.assert_array_equal(found, value)
            np.testing.assert_array_equal(np.signbit(found), np.signbit(value))


def test_ops_without_numpy_are_imported():
    program = trace(lambda x: tg.ops.erf(x) * tg.ops.erf(x[::-1]), X)
    (line,) = [line for line in program.source.splitlines() if "tinygrad_edu" in line]
    assert line.startswith("from tinygrad_edu.ops.special import erf")
    namespace = {}
    exec(program.source, namespace)
    np.testing.assert_array_equal(namespace["make_program"]()(Y), program(Y))


def test_ops_of_users_are_given():
    @primitive(lambda g, out, a: g, method=False)
    def mantissa(a):
        return np.frexp(np.asarray(a))[0]

    program = trace(lambda x: mantissa(x) * 2, X)
    (given,) = functions(program.source)[0].args.args
    assert "mantissa" in given.arg and program.source.count("import") == 1
    np.testing.assert_array_equal(run_as_printed(program, Y), np.frexp(Y)[0] * 2)


# -- names -----------------------------------------------------------------------------------------------------


def test_names_are_those_of_ops_and_numbered_only_when_taken():
    program = trace(lambda x: np.exp(np.sin(x)) + np.sin(np.exp(x)), X)
    assert [line.rsplit("out=")[1] for line in lines(program.source)] == ["sin)", "exp)", "exp_2)", "sin_2)", "add)"]


def test_names_of_tensors():
    names = ["weights", "my weights!", "2nd", "lambda", "np", "weights", "", None, "größe"]
    tensors = [Tensor(X, name=name) for name in names]
    program = trace(lambda weights_3: sum([t * weights_3 for t in tensors], Tensor(0.0)), X)
    given = [a.arg for a in functions(program.source)[0].args.args]
    assert given[0] == "weights" and given[4] == "np_2" and given[5] == "weights_2" and given[8] == "größe"
    assert all(name.isidentifier() for name in given) and len(set(given)) == len(given)
    np.testing.assert_allclose(run_as_printed(program, Y), 9 * X * Y, rtol=1e-12)


def test_the_function_gives_the_name():
    def loss_of_batch(x):
        return (x * x).sum()

    assert "def make_loss_of_batch():" in trace(loss_of_batch, X).source
    assert "def make_program():" in trace(lambda x: x * 2, X).source


def test_gradients_are_named_after_values():
    def f(x):
        hidden = np.tanh(x)
        return (hidden * hidden * 0.5).sum()

    text = trace(tg.grad(f), X).source
    assert "tanh_gradient" in text
    assert_tidy(text)


def test_integers_of_numpy_are_plain_in_an_index():
    text = trace(lambda x: [x[i] * 2 for i in np.arange(2)], X).source
    assert "x[0]" in text and "x[1]" in text


# -- what is not in it -----------------------------------------------------------------------------------------


def test_dead_values_are_not_computed():
    program = trace(lambda x: (np.sin(x), np.exp(np.cos(x)), x * 2)[2], X)
    assert lines(program.source) == ["np.multiply(x, c2, out=multiply)"]
    program = trace(tg.grad(lambda x: (x * x).sum()), X)
    assert "reduce" not in program.source and "dot" not in program.source


def test_unused_tensors_are_not_read():
    w, v = Tensor(X, name="w"), Tensor(X, name="v")
    program = trace(lambda x: (x * w, x * v)[0], X)
    assert program.reads == [w] and "v" not in bound_names(program.source)


@pytest.mark.parametrize(
    "f",
    [
        lambda: np.exp(Tensor([1.0, 2.0])) * 2 + np.arange(2),
        lambda: (Tensor(2.0) * 3 + 1) / 4,
        lambda: tg.grad(lambda x: (x * x).sum())(Tensor(X)),
        lambda: [Tensor(M) @ M.T, Tensor(M).sum(axis=0)],
    ],
)
def test_constants_are_folded(f):
    program = trace(f)
    assert lines(program.source) == [] and program.reads == []
    for found, expected in zip(flat(program()), plain(f())):
        np.testing.assert_array_equal(found, expected)


def test_constants_among_variables_are_folded():
    program = trace(lambda x: x * (np.exp(Tensor(Y)) * 2 + 1), X)
    assert len(lines(program.source)) == 1
    np.testing.assert_allclose(program(Y), Y * (np.exp(Y) * 2 + 1), rtol=1e-15)


def test_constants_of_one_value_are_laid_out_once():
    program = trace(lambda x: (x * 0.5 + 0.5) * 0.5, X)
    assert program.source.count("np.array(0.5, np.float64)") == 1
    program = trace(lambda x: (x * A([1.0, 2.0, 3.0]) + A([1.0, 2.0, 3.0]), x * A([1.0, 2.0, 4.0])), X)
    assert program.source.count("np.array([1.0, 2.0, 3.0], np.float64)") == 1


def test_common_values_are_computed_once():
    def f(x):
        return np.exp(x) * 2 + np.exp(x) * 2, x.T @ x, x.T @ x, (x - x.mean()) / x.std(), x.mean(), np.exp(x).sum()

    program = trace(f, M)
    assert_tidy(program.source)
    assert program.source.count("np.exp(") == 1 and program.source.count(".dot(x") == 1
    for a, b in zip(program(M / 12), f(Tensor(M / 12))):
        np.testing.assert_allclose(a, b.numpy(), rtol=1e-12)


def test_values_that_differ_in_an_option_are_not_common():
    f = lambda x: (x.sum(axis=0), x.sum(axis=1), x.sum(axis=0, keepdims=True), x[0], x[True], x[:1], x[[0]], x * 1.0)  # noqa: E731
    program = trace(f, M)
    for a, b in zip(program(M), f(Tensor(M))):
        np.testing.assert_array_equal(a, b.numpy())


def test_one_computation_of_two_shapes():
    """The square of a repeated row needs no repeated row, and is not the square of the row."""

    def f(x):
        rows = np.broadcast_to(x, (2, 3))
        return (rows * rows).mean() + (x * x).mean(), x * x, rows * rows, rows + rows, x + x

    for a, b in zip(trace(f, X)(Y), f(Tensor(Y))):
        assert a.shape == b.shape
        np.testing.assert_allclose(a, b.numpy(), rtol=1e-12)


@pytest.mark.parametrize("name", ["sum", "mean", "max", "min", "prod"])
@pytest.mark.parametrize(("shape", "axis"), [((3, 1), 1), ((1, 4), 0), ((1, 1), None), ((1, 3, 1), (0, 2)), ((1,), -1)])
@pytest.mark.parametrize("keepdims", [False, True])
def test_reductions_over_single_values_vanish(name, shape, axis, keepdims):
    f = lambda x: getattr(np, name)(np.exp(x), axis=axis, keepdims=keepdims) * 2  # noqa: E731
    x = np.linspace(-1, 1, int(np.prod(shape))).reshape(shape)
    program = trace(f, x)
    assert "reduce" not in program.source and "dot" not in program.source and "/" not in program.source
    np.testing.assert_allclose(program(x), f(Tensor(x)).numpy(), rtol=1e-15)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x - 0.0,
        lambda x: x * 1,
        lambda x: 1.0 * x,
        lambda x: x / 1,
        lambda x: x**1,
        lambda x: +x,
        lambda x: x.reshape(3, 4),
        lambda x: np.broadcast_to(x, (3, 4)),
        lambda x: np.ones((3, 4)) * x,
        lambda x: np.squeeze(x),
    ],
)  # fmt: skip
def test_steps_that_do_nothing_vanish(f):
    program = trace(f, M)
    assert lines(program.source) == []
    np.testing.assert_array_equal(program(M + 1), M + 1)


@pytest.mark.parametrize(
    "f",
    [lambda x: 0 - x, lambda x: 1 / x, lambda x: 2**x, lambda x: x * 0, lambda x: x + 1, lambda x: x.T, lambda x: x**2],
)
def test_steps_that_do_something_stay(f):
    program, x = trace(f, M), M + 1
    assert len(lines(program.source)) + program.source.count("transpose") > 0
    np.testing.assert_allclose(program(x), f(Tensor(x)).numpy(), rtol=1e-12)


def test_zero_is_not_neutral_where_it_broadens():
    """A sum with zeros of a larger shape, or of a wider dtype, is more than its argument; 0 is not −0."""
    for x, f in [
        (A([-0.0, 0.0]), lambda x: 1 / (x + 0)),
        (A([-0.0, 0.0]), lambda x: 1 / (0.0 + x)),
        (X, lambda x: x + np.zeros((2, 3))),
        (X.astype(np.float32), lambda x: x + np.zeros(3)),
        (A([1, 2, 3]), lambda x: x * 1.0),
    ]:
        with np.errstate(divide="ignore"):
            found, expected = trace(f, x)(x), f(Tensor(x)).numpy()
        assert found.shape == expected.shape and found.dtype == expected.dtype
        np.testing.assert_array_equal(found, expected)


# -- memory ----------------------------------------------------------------------------------------------------


def buffers(program):
    return program.source.count("np.empty(")


def test_a_chain_needs_little_memory():
    def chain(step, times=8):
        def f(x):
            for _ in range(times):
                x = step(x)
            return x

        return buffers(trace(f, M))

    assert chain(np.sin) == 1
    assert chain(lambda x: np.exp(np.sin(x) * 2)) == 1
    assert chain(lambda x: np.cumsum(np.sin(x), axis=0)) == 2
    assert chain(lambda x: np.sin(x).T) == 2
    assert chain(lambda x: np.sin(x).reshape(4, 3).reshape(3, 4)) <= 2


def test_a_view_keeps_its_memory():
    """What a view shows is not written over while the view is needed, however far away that is."""

    def f(x):
        y = np.exp(x)
        views = [y.T, y[1:], y[0], y[0, ...], y[0, 1, ...], y.reshape(-1), np.expand_dims(y, 0), y[::-1].T[1:]]
        z = x
        for _ in range(5):
            z = np.sin(z * 2) + 1
        return [*views, z, np.tanh(z), *[v * 2 for v in views]]

    program = trace(f, M / 12)
    for x in (M / 12, -M / 7, M / 12):
        for a, b in zip(program(x), f(Tensor(x))):
            np.testing.assert_allclose(a, b.numpy(), rtol=1e-12)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.exp(x.T).T.reshape(-1),
        lambda x: np.exp(np.swapaxes(x, 0, 1)).T.reshape(2, 6),
        lambda x: np.ravel((x.T * 2).T),
        lambda x: (x.T + x.T).T.reshape(2, 2, 3)[1],
    ],
)
def test_views_do_not_depend_on_numpys_order_of_memory(f):
    """NumPy gives np.exp(x.T) the order of x.T; the memory of a program is laid out by rows."""
    program = trace(f, M)
    for x in (M, M / 7, np.asfortranarray(M * 2)):
        np.testing.assert_allclose(program(x), f(Tensor(x)).numpy(), rtol=1e-12)


# -- random functions: the memory plan as a property -----------------------------------------------------------

SHAPES = [(3, 3), (3, 3), (3,), (3, 4), (3, 1), ()]
STATES = [(3, 3), (3,), ()]
ONE = {
    "tanh": np.tanh,
    "sin": np.sin,
    "affine": lambda a: a * 0.5 + 0.1,
    "square": lambda a: a * a,
    "transpose": lambda a: a.T,
    "flatten": lambda a: a.reshape(-1),
    "turn shape": lambda a: a.reshape(a.shape[::-1]),
    "reverse": lambda a: a[::-1] if a.ndim else None,
    "rest": lambda a: a[1:] if a.ndim and len(a) > 1 else None,
    "first": lambda a: a[0] if a.ndim else None,
    "first as a view": lambda a: a[(0,) * a.ndim + (Ellipsis,)] if a.ndim else None,
    "column": lambda a: a[..., :1] if a.ndim else None,
    "sum of rows": lambda a: a.sum(axis=0) * 0.2 if a.ndim else None,
    "mean kept": lambda a: a.mean(axis=-1, keepdims=True) if a.ndim else None,
    "max": lambda a: a.max(),
    "sum": lambda a: a.sum() * 0.1,
    "running": lambda a: np.cumsum(a, axis=0) * 0.2 if a.ndim else None,
    "repeated": lambda a: np.broadcast_to(a, (2, *a.shape)),
}
TWO = {
    "add": np.add,
    "subtract": np.subtract,
    "multiply": np.multiply,
    "divide": lambda a, b: a / (1 + b * b),
    "maximum": np.maximum,
    "where": lambda a, b: np.where(a > 0.1, a, b),
}


def applied(name, a, b):
    """The result of a random step, or None where the shapes do not allow it."""
    if name in ONE:
        return ONE[name](a) if a.ndim < 3 else None
    if name in TWO:
        matches = all(m == n or 1 in (m, n) for m, n in zip(a.shape[::-1], b.shape[::-1]))
        return TWO[name](a, b) if matches else None
    if name == "matmul":
        return a @ b * 0.2 if a.ndim == b.ndim == 2 and a.shape[1] == b.shape[0] else None
    if name == "concatenate":
        return np.concatenate([a, b]) if a.ndim == b.ndim > 0 and a.shape[1:] == b.shape[1:] else None
    return np.stack([a, b])[::-1] if a.shape == b.shape else None


def random_function(steps, states):
    """The function of some Tensors that these steps make, on its inputs, on states that it changes, and on results."""

    def f(*inputs):
        values = [*inputs, *states]
        for name, i, j in steps:
            if name == "assign":
                state = states[i % len(states)]
                fitting = [v for v in values if v.shape == state.shape]
                values.append(state * 1)
                assign(state, fitting[j % len(fitting)] * (1 if j % 3 else 0.5))
                continue
            y = applied(name, values[-1 - i % len(values)], values[-1 - j % len(values)])
            if y is not None and y.size <= 48:
                values.append(y)
        return values

    return f


def scalarised(f):
    """The gradient of a sum over the last results."""

    def loss(*inputs):
        return sum([(y * y).mean() for y in f(*inputs)[-3:]], Tensor(0.0))

    return tg.value_and_grad(loss, argnums=tuple(range(len(SHAPES))))


def numbers(seed, shapes):
    rng = np.random.default_rng(seed)
    return [rng.uniform(-1, 1, shape) for shape in shapes]


steps = st.lists(
    st.tuples(
        st.sampled_from([*ONE, *TWO, *TWO, "matmul", "matmul", "concatenate", "stack", "assign"]),
        st.integers(0, 15),
        st.integers(0, 15),
    ),
    min_size=5,
    max_size=40,
)


def check_random_functions(examples):
    """Raise where the program of a random function differs from the function, in a result or in a state."""

    @settings(max_examples=examples, phases=[Phase.generate], derandomize=True)
    @given(steps, st.integers(0, 2**16), st.booleans())
    def check(steps, returned, differentiate):
        start = numbers(0, STATES)
        ours, theirs = ([Tensor(x, name=f"state_{'abc'[i]}") for i, x in enumerate(start)] for _ in range(2))

        def results(f):
            chosen = lambda values: [y for k, y in enumerate(values) if returned >> k % 16 & 1] + values[-2:]  # noqa: E731
            return lambda *inputs: chosen(f(*inputs))

        if differentiate:
            steps = [step for step in steps if step[0] != "assign"]
            traced, eager = (scalarised(random_function(steps, states)) for states in (ours, theirs))
        else:
            traced, eager = (results(random_function(steps, states)) for states in (ours, theirs))
        program = trace(traced, *numbers(1, SHAPES))
        for state, values in zip(ours, start):
            state.data = values
        handed_out = []
        for seed in (1, 2, 3, 1):
            arrays = numbers(seed, SHAPES)
            found, expected = program(*arrays), plain(eager(*map(Tensor, arrays)))
            handed_out.append((flat(found), expected))
            handed_out.append((plain(ours), plain(theirs)))
        for found, expected in handed_out:
            assert len(found) == len(expected)
            for a, b in zip(found, expected):
                assert a.shape == b.shape and a.dtype == b.dtype
                np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-11)

    check()


@pytest.mark.full
def test_the_memory_of_random_functions():
    check_random_functions(300)


def last_uses_without_views(body, statements, wanted):
    last = dict.fromkeys(wanted, len(statements))
    for i in reversed(range(len(statements))):
        for node in statements[i].inputs():
            last[node] = max(last.get(node, 0), i)
    return last


def last_uses_without_results(body, statements, wanted):
    return dict.fromkeys(wanted, 0) | LAST_USES(body, statements, [])


LAST_USES, COMPUTE = source._Body._last_uses, source._Body.compute


def compute_and_forget(body, i, node):
    COMPUTE(body, i, node)
    body._release(list(body._held))


def key_without_options(x):
    return None if isinstance(x, (int, type(None))) else KEY(x)


KEY = tape._key

MUTANTS = {
    "targets are written too early": (source.Target, "takes", lambda *args: not args[0].written),
    "views keep nothing": (source._Body, "_last_uses", last_uses_without_views),
    "results keep nothing": (source._Body, "_last_uses", last_uses_without_results),
    "all memory is free at once": (source._Body, "compute", compute_and_forget),
    "every reshape is made once": (source._Body, "_view", lambda body, node, base: base and node.array),
    "options make no difference": (tape, "_key", key_without_options),
}


@pytest.mark.parametrize("mutant", MUTANTS)
@pytest.mark.matrix(one_in=6)
def test_a_wrong_plan_is_noticed(mutant, monkeypatch):
    monkeypatch.setattr(*MUTANTS[mutant])
    with pytest.raises((AssertionError, NameError, ValueError, ExceptionGroup)):
        check_random_functions(150)


def test_products_where_numpy_has_no_blas(monkeypatch):
    """In a browser `dot` copies a transposed matrix entry by entry."""
    f = tg.value_and_grad(lambda w: np.sum(np.tanh(np.ones((4, 3)) @ w) ** 2))
    with_blas = tg.replay.trace(f, np.full((3, 2), 0.5))
    monkeypatch.setattr("tinygrad_edu.replay.numpy.spelling.has_blas", lambda: False)
    without = tg.replay.trace(f, np.full((3, 2), 0.5))
    assert "np.matmul(" not in str(with_blas) and ".dot(" in str(with_blas)
    assert str(without).count("np.matmul(") == 2
    for mine, theirs in zip(without(np.full((3, 2), 0.5)), with_blas(np.full((3, 2), 0.5)), strict=True):
        np.testing.assert_allclose(mine, theirs)
