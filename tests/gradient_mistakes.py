"""Wrong gradients whose mistake is known, over many functions, ops and shapes: what a diagnosis must name.

Each is written as a student would write it, a rule of an op or a gradient by hand, with the one mistake in it.
`mutants(seed)` gives them as (kind, label, check), where `check()` gives the row of the report to be explained.
"""

import numpy as np

import tinygrad_edu as tg
from tinygrad_edu import Tensor, gradcheck, primitive
from tinygrad_edu.engine.op import registry

SHAPES = [(), (3,), (2, 3), (4, 4)]


def mutants(seed):
    """All the wrong gradients, on values and shapes drawn from a seed."""
    rng = np.random.default_rng(seed)
    for family in FAMILIES:
        yield from family(rng)


def first_wrong(report):
    return next(row for row in report if not row.ok)


def with_rule(function, rule):
    @primitive(rule, method=False)
    def student(a):
        return function(a)

    return student


# -- rules of ops with one argument -----------------------------------------------------------------------


def smooth_ops():
    """Registered ops of one argument that work on each number, with the shape of a derivative that is not constant."""
    for op in registry.values():
        if op.differentiable and op.each is None and op.parameters == ("a",) and not op.name.startswith("_"):
            shapes = [np.shape(args[0]) for args, _ in op.sample(np.random.default_rng(0))]
            if shapes == [(), (3,), (2, 3), (0, 3)]:
                yield op


def sampled(op, rng, shape):
    """Values that the op takes: those of its own sample, put in another shape."""
    values = np.concatenate([np.ravel(args[0]) for _ in range(4) for args, _ in op.sample(rng)])
    return rng.choice(values, shape, replace=False)


def rules_of_one(rng):
    for op in smooth_ops():
        rule = op.rules[0]
        shape = SHAPES[rng.integers(len(SHAPES))]
        a = sampled(op, rng, shape)
        slopes = derivatives_of(op, a)
        if np.any(np.abs(slopes) < 1e-3):
            continue
        number = rng.choice([2.0, 0.5, 3.0, 4.0])
        changes = {
            "sign": lambda g, out, a, rule=rule: -rule(g, out, a),
            "factor": lambda g, out, a, rule=rule, number=number: rule(g, out, a) * number,
            "zero": lambda g, out, a, rule=rule: rule(g, out, a) * 0,
        }
        if a.size > 5:  # fewer may be numbers that float32 holds
            changes["precision"] = lambda g, out, a, rule=rule: in_float32(rule(g, out, a))
        if np.unique(np.round(derivatives_of(op, sampled(op, rng, (10,))), 9)).size > 3:  # not of straight pieces
            changes["chain"] = lambda g, out, a: g * 1.0
        if shape == (4, 4):
            changes["transposed"] = lambda g, out, a, rule=rule: rule(g, out, a).T
        for kind, change in changes.items():
            rtol = 1e-8 if kind == "precision" else 1e-6
            yield (
                kind,
                f"{op.name} {shape}",
                lambda op=op, change=change, a=a, rtol=rtol: first_wrong(
                    gradcheck(with_rule(op.function, change), a, rtol=rtol)
                ),
            )


def derivatives_of(op, a):
    return np.asarray(op.rules[0](np.ones(np.shape(a)), op.function(a), a)) + 0 * a


def in_float32(x):
    return np.float64(np.float32(x)) if isinstance(x, (np.ndarray, np.generic)) else x


# -- rules of ops with two arguments -----------------------------------------------------------------------


def product(*rules):
    @primitive(*rules, method=False)
    def student_product(a, b):
        return a * b

    return student_product


def quotient(*rules):
    @primitive(*rules, method=False)
    def student_quotient(a, b):
        return a / b

    return student_quotient


def rules_of_two(rng):
    right = {
        product: (lambda g, out, a, b: g * b, lambda g, out, a, b: g * a),
        quotient: (lambda g, out, a, b: g / b, lambda g, out, a, b: -g * out / b),
    }
    for make, (of_a, of_b) in right.items():
        for one, other in [((3,), (3,)), ((2, 3), (2, 3)), ((4, 3), (3,)), ((2, 1), (2, 5)), ((3, 3), (3, 3))]:
            a, b = rng.uniform(0.5, 2, one), rng.uniform(0.5, 2, other)
            wrong = {
                "sign": (of_a, lambda g, out, a, b, of_b=of_b: -of_b(g, out, a, b)),
                "factor": (lambda g, out, a, b, of_a=of_a: of_a(g, out, a, b) * 2, of_b),
                "swapped": (of_b, of_a),
                "chain": (lambda g, out, a, b: g + 0 * b, of_b),
                "zero": (of_a, lambda g, out, a, b: g * 0),
            }
            if one == other == (3, 3):
                wrong["transposed"] = (lambda g, out, a, b, of_a=of_a: of_a(g, out, a, b).T, of_b)
            for kind, rules in wrong.items():
                yield (
                    kind,
                    f"{make.__name__} {one} {other}",
                    lambda make=make, rules=rules, a=a, b=b: first_wrong(gradcheck(make(*rules), a, b)),
                )
    a, b = rng.uniform(0.5, 2, (3, 4)), rng.uniform(0.5, 2, (3, 4))
    same = right[product][1], right[product][1]
    yield "swapped", "product, twice the same rule", lambda: first_wrong(gradcheck(product(*same), a, b))


# -- rules that lack a part of the derivative --------------------------------------------------------------


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


INCOMPLETE = {
    "sigmoid, g·out": ("chain", sigmoid, lambda g, out, a: g * out),
    "sigmoid, g·(1 − out)": ("chain", sigmoid, lambda g, out, a: g * (1 - out)),
    "sigmoid at the result": ("chain", sigmoid, lambda g, out, a: g * sigmoid(out) * (1 - sigmoid(out))),
    "sigmoid squared": ("chain", sigmoid, lambda g, out, a: g * out * out * (1 - out)),
    "tanh, g·out": ("chain", np.tanh, lambda g, out, a: g * out),
    "tanh, 1 − out": ("chain", np.tanh, lambda g, out, a: g * (1 - out)),
    "tanh, as a sigmoid": ("chain", np.tanh, lambda g, out, a: g * out * (1 - out)),
    "square, 2": ("chain", lambda a: a * a, lambda g, out, a: g * 2),
    "square, a": ("factor", lambda a: a * a, lambda g, out, a: g * a),
    "cube, 3a": ("chain", lambda a: a**3, lambda g, out, a: g * 3 * a),
    "cube, a²": ("factor", lambda a: a**3, lambda g, out, a: g * a**2),
    "log, a": ("chain", np.log, lambda g, out, a: g * a),
    "log, −1 / a": ("sign", np.log, lambda g, out, a: -g / a),
    "square root, 1 / out": ("factor", np.sqrt, lambda g, out, a: g / out),
    "exp, a": ("chain", np.exp, lambda g, out, a: g * a),
    "exp, a·eᵃ": ("chain", np.exp, lambda g, out, a: g * a * out),
    "sin, −cos": ("sign", np.sin, lambda g, out, a: -g * np.cos(a)),
    "cos, sin": ("sign", np.cos, lambda g, out, a: g * np.sin(a)),
    "sin, out": ("chain", np.sin, lambda g, out, a: g * out),
    "1 / a, 1 / a": ("chain", lambda a: 1 / a, lambda g, out, a: -g / a),
    "tanh without g": ("chain", np.tanh, lambda g, out, a: 1 - out**2),
    "exp without g": ("chain", np.exp, lambda g, out, a: out),
    "softplus, out": ("chain", lambda a: np.log1p(np.exp(a)), lambda g, out, a: g * out),
}


def incomplete_rules(rng):
    for label, (kind, function, rule) in INCOMPLETE.items():
        for shape in [(4,), (3, 2)] if "without g" in label else [(), (4,), (3, 2)]:  # of one value, g is 1
            a = rng.uniform(0.3, 1.5, shape)
            yield (
                kind,
                f"{label} {shape}",
                lambda function=function, rule=rule, a=a: gradcheck(with_rule(function, rule), a)["a"],
            )


# -- rules of ops that know axes ------------------------------------------------------------------------------


def add_bias(*rules):
    @primitive(*rules, method=False)
    def add_bias(x, b):
        return x + b

    @primitive(*rules, method=False)
    def add_bias_in_place(x, b):
        y = np.array(x)
        y += b  # which no Tensor allows: this function has no graph
        return y

    return add_bias, add_bias_in_place


def rules_with_axes(rng):
    for n, k in [(4, 3), (5, 5), (3, 2)]:
        x, b = rng.normal(size=(n, k)), rng.normal(size=k)
        w = rng.normal(size=(k, k))

        biases = {
            "first row": lambda g, out, x, b: g[0],
            "last row": lambda g, out, x, b: g[-1],
            "everything": lambda g, out, x, b: np.sum(g) + 0 * b,
            "other axis": (lambda g, out, x, b: np.sum(g, axis=1)) if n == k else None,
        }
        for label, rule in biases.items():
            for student in add_bias(lambda g, out, x, b: g, rule) if rule is not None else ():
                yield "not summed", f"bias ({n}, {k}) {label}", lambda f=student, x=x, b=b: gradcheck(f, x, b)["b"]
        for student in add_bias(lambda g, out, x, b: g, lambda g, out, x, b: np.mean(g, axis=0)):
            yield "factor", f"bias ({n}, {k}) mean", lambda f=student, x=x, b=b: gradcheck(f, x, b)["b"]

        @primitive(lambda g, out, x, w: g @ w.T, lambda g, out, x, w: (x.T @ g).T, method=False)
        def turned(x, w):
            return x @ w

        @primitive(lambda g, out, x: g + 0 * x, method=False)
        def average(x):
            return np.mean(x)

        yield "transposed", f"matmul ({n}, {k})", lambda turned=turned, x=x, w=w: gradcheck(turned, x, w)["w"]
        yield from rules_of_matmul(rng.normal(size=(k, k)), w)
        yield "factor", f"mean ({n}, {k})", lambda average=average, x=x: gradcheck(average, x)["x"]


def rules_of_matmul(a, b):
    of_a, of_b = lambda g, out, a, b: g @ b.T, lambda g, out, a, b: a.T @ g
    wrong = {
        "no .T": ("transposed", lambda g, out, a, b: g @ b, of_b),
        "order": ("swapped", of_b, of_a),
        "no g": ("chain", of_a, lambda g, out, a, b: a.T @ np.ones_like(g)),
        "out for g": ("chain", lambda g, out, a, b: out @ b.T, of_b),
        "sign": ("sign", of_a, lambda g, out, a, b: -a.T @ g),
        "half": ("factor", lambda g, out, a, b: g @ b.T / 2, of_b),
    }
    for label, (kind, *rules) in wrong.items():

        @primitive(*rules, method=False)
        def student_matmul(a, b):
            return a @ b

        yield kind, f"matmul {a.shape} {label}", lambda student=student_matmul: first_wrong(gradcheck(student, a, b))


# -- gradients by hand of a regression: linear or logistic ------------------------------------------------------


def regressions(rng):
    for _ in range(4):
        n, k = int(rng.integers(5, 10)), int(rng.integers(2, 5))
        x, y = rng.normal(size=(n, k)), rng.integers(0, 2, n).astype(float)
        w, b = rng.normal(size=k), 0.3
        yield from linear(x, y, w, b, n)
        yield from logistic(x, y, w, b, n)
        yield from ridge(x, y, w, n)


def checked(f, inputs, name, gradient, rtol=1e-6):
    return lambda: gradcheck(f, *inputs, gradient=gradient, rtol=rtol)[name]


def linear(x, y, w, b, n):
    def f(w, b):
        return np.mean((x @ w + b - y) ** 2)

    def residual(w, b):
        return 2 * (x @ w + b - y) / n

    wrong = {
        ("sign", "w"): lambda w, b: (-x.T @ residual(w, b), residual(w, b).sum()),
        ("sign", "b"): lambda w, b: (x.T @ residual(w, b), -residual(w, b).sum()),
        ("factor", "w"): lambda w, b: (x.T @ residual(w, b) / 2, residual(w, b).sum()),
        ("factor", "b"): lambda w, b: (x.T @ residual(w, b), residual(w, b).sum() * n),
        ("not summed", "b"): lambda w, b: (x.T @ residual(w, b), residual(w, b)),
        ("zero", "w"): lambda w, b: (0 * w, residual(w, b).sum()),
        ("precision", "w"): lambda w, b: (np.float32(x).T @ np.float32(residual(w, b)), residual(w, b).sum()),
    }
    for (kind, name), gradient in wrong.items():
        rtol = 1e-8 if kind == "precision" else 1e-6
        yield kind, f"linear {x.shape} {name}", checked(f, (w, b), name, gradient, rtol)
    yield (
        "not summed",
        f"linear {x.shape} b, one row",
        checked(f, (w, b), "b", lambda w, b: (x.T @ residual(w, b), residual(w, b)[0])),
    )


def logistic(x, y, w, b, n):
    def sigmoid(z):
        return 1 / (1 + np.exp(-z))

    def f(w, b):
        return np.sum((sigmoid(x @ w + b) - y) ** 2)

    def parts(w, b):
        p = sigmoid(x @ w + b)
        return 2 * (p - y), p * (1 - p), p

    def forgets_sigmoid(w, b):
        d, _, _ = parts(w, b)
        return x.T @ d, d.sum()

    def sigmoid_of_sigmoid(w, b):
        d, _, p = parts(w, b)
        d = d * sigmoid(p) * (1 - sigmoid(p))
        return x.T @ d, d.sum()

    def forgets_square(w, b):
        _, slope, _ = parts(w, b)
        return x.T @ slope, slope.sum()

    def opposite(w, b):
        d, slope, _ = parts(w, b)
        return -x.T @ (d * slope), (d * slope).sum()

    def halved(w, b):
        d, slope, _ = parts(w, b)
        return x.T @ (d * slope) / 2, (d * slope).sum()

    def averaged(w, b):
        d, slope, _ = parts(w, b)
        return x.T @ (d * slope), (d * slope).mean()

    for kind, gradient, name in [
        ("chain", forgets_sigmoid, "w"),
        ("chain", forgets_sigmoid, "b"),
        ("chain", forgets_square, "w"),
        ("sign", opposite, "w"),
        ("factor", halved, "w"),
        ("factor", averaged, "b"),
    ]:
        yield kind, f"logistic {x.shape} {gradient.__name__} {name}", checked(f, (w, b), name, gradient)

    def with_op(w, b):
        return np.sum((tg.ops.sigmoid(x @ w + b) - y) ** 2)

    yield "chain", f"logistic {x.shape} at the result", checked(with_op, (w, b), "w", sigmoid_of_sigmoid)


def ridge(x, y, w, n):
    """Mean squared error and a penalty: two parts, of which one is wrong."""
    rate = 0.37

    def f(w):
        return np.mean((x @ w - y) ** 2) + rate * np.sum(w**2)

    def fit(w):
        return 2 * x.T @ (x @ w - y) / n

    yield "overwritten", f"ridge {x.shape} only the penalty", checked(f, (w,), "w", lambda w: 2 * rate * w)
    yield "overwritten", f"ridge {x.shape} only the fit", checked(f, (w,), "w", fit)
    yield "part", f"ridge {x.shape} half the penalty", checked(f, (w,), "w", lambda w: fit(w) + rate * w)
    yield "part", f"ridge {x.shape} penalty subtracted", checked(f, (w,), "w", lambda w: fit(w) - 2 * rate * w)


# -- gradients by hand of a network with a hidden layer ---------------------------------------------------------


def networks(rng):
    for m in (3, 4, 5):
        n = int(rng.integers(5, 9))
        x, y = rng.normal(size=(n, m)), rng.normal(size=(n, 2))
        inputs = {"w": rng.normal(size=(m, m)), "b": rng.normal(size=m), "v": rng.normal(size=(m, 2))}
        yield from network(x, y, list(inputs.values()))


def network(x, y, inputs):
    def f(w, b, v):
        return np.sum((np.tanh(x @ w + b) @ v - y) ** 2) / 2

    def backward(w, b, v, forget=(), turn=(), wrong_sign=()):
        hidden = np.tanh(x @ w + b)
        d = hidden @ v - y
        to_v = hidden.T @ d
        d = d @ v.T
        if "tanh" not in forget:
            d = d * (1 - hidden**2)
        if "v" in wrong_sign:
            to_v = -to_v
        to_w = x.T @ d
        to_b = d[0] if "sum" in forget else d if "any sum" in forget else d.sum(axis=0)
        return (to_w.T if "w" in turn else to_w), to_b, to_v

    cases = [
        ("chain", "w", {"forget": ["tanh"]}),
        ("chain", "b", {"forget": ["tanh"]}),
        ("transposed", "w", {"turn": ["w"]}),
        ("not summed", "b", {"forget": ["sum"]}),
        ("not summed", "b", {"forget": ["any sum"]}),
        ("sign", "v", {"wrong_sign": ["v"]}),
    ]
    for kind, name, options in cases:
        yield (
            kind,
            f"network {x.shape} {options}",
            checked(f, inputs, name, lambda *values, options=options: backward(*values, **options)),
        )

    def square_v(w, b, v):
        return np.sum(np.tanh(x @ w) @ v)

    square = inputs[0].T + np.eye(len(inputs[0]))

    def without_transpose(w, b, v):
        hidden = np.tanh(x @ w)
        d = (np.ones_like(hidden) * b) @ v * (1 - hidden**2)
        return x.T @ d, 0 * b, hidden.T @ (np.ones_like(hidden) * b)

    def weighted(w, b, v):
        return np.sum(np.tanh(x @ w) @ v * b.copy()) if isinstance(b, np.ndarray) else np.sum(np.tanh(x @ w) @ v * b)

    yield (
        "transposed",
        f"network {x.shape} v without .T",
        checked(weighted, (inputs[0], inputs[1], square), "w", without_transpose),
    )


# -- values used twice ------------------------------------------------------------------------------------------


def used_twice(rng):
    cases = {
        "x·sin x, only sin": (lambda x: np.sum(x * np.sin(x)), lambda x: np.sin(x)),
        "x·sin x, only x cos": (lambda x: np.sum(x * np.sin(x)), lambda x: x * np.cos(x)),
        "x² + eˣ, only eˣ": (lambda x: np.sum(x**2 + np.exp(x)), lambda x: np.exp(x)),
        "h = x², h + sin h": (lambda x: _h_and_sine(x**2), lambda x: 2 * x * np.cos(x**2)),
        "h = eˣ, h · tanh h": (lambda x: _h_times_tanh(np.exp(x)), lambda x: np.exp(x) * np.tanh(np.exp(x))),
        "x / (1 + x)": (lambda x: np.sum(x / (1 + x)), lambda x: 1 / (1 + x)),
    }
    for label, (f, gradient) in cases.items():
        for shape in [(), (3,), (2, 3), (3, 1, 2)]:
            x = rng.uniform(0.3, 1.5, shape)
            yield "overwritten", f"{label} {shape}", checked(f, (x,), "x", gradient)


def _h_and_sine(h):
    return np.sum(h + np.sin(h))


def _h_times_tanh(h):
    return np.sum(h * np.tanh(h))


# -- kinks, extremes ----------------------------------------------------------------------------------------------


def at_kinks(rng):
    for shape in [(4,), (2, 3), (3, 3)]:
        x = rng.normal(size=shape)
        x.flat[:3] = 0.8, 0.0, 0.0
        for slope in (1.5, -0.7):

            @primitive(lambda g, out, a, slope=slope: g * np.where(a == 0, slope, a > 0), method=False)
            def ramp(a):
                return np.maximum(a, 0)

            yield "kink", f"ramp {shape} {slope}", lambda ramp=ramp, x=x: gradcheck(ramp, x)["a"]
            yield (
                "kink",
                f"size {shape} {slope}",
                checked(
                    lambda x: np.sum(np.abs(x)),
                    (x,),
                    "x",
                    lambda x, slope=slope: np.where(x == 0, 2 * slope, np.sign(x)),
                ),
            )

        @primitive(lambda g, out, a: -g * (a > 0), method=False)
        def turned(a):
            return np.maximum(a, 0)

        yield "sign", f"ramp {shape} with kinks", lambda turned=turned, x=x: gradcheck(turned, x)["a"]
        large = x.copy()
        large.flat[0] = 800.0

        @primitive(lambda g, out, a: g * np.exp(a) / (1 + np.exp(a)), method=False)
        def softplus(a):
            return np.logaddexp(0, a)

        yield "not finite", f"softplus {shape}", lambda softplus=softplus, x=large: gradcheck(softplus, x)["a"]
        root = np.abs(x)
        yield "not finite", f"root {shape}", lambda x=root: gradcheck(lambda a: a**0.5, x)["a"]


# -- graphs that are cut, in functions and in models ----------------------------------------------------------------


def cut(rng):
    for shape in [(3,), (2, 3), (4, 2)]:
        x = rng.normal(size=shape)
        yield "zero", f"detached {shape}", lambda x=x: gradcheck(lambda a: (a.detach() ** 2 + 0 * a).sum(), x)["a"]
        yield "cut", f"half detached {shape}", lambda x=x: gradcheck(lambda a: (a * a.detach()).sum(), x)["a"]
        yield (
            "cut",
            f"one way detached {shape}",
            lambda x=x: gradcheck(lambda a: (a**3 + np.exp(a.detach())).sum(), x)["a"],
        )
        yield (
            "zero",
            f"through floor {shape}",
            lambda x=x: gradcheck(lambda a: (Tensor(np.sin(a.numpy())) + 0 * a).sum(), x)["a"],
        )
    yield from models(rng)


def models(rng):
    from tinygrad_edu.nn import Dense, Input, Sequential

    activations = {
        "sign": lambda g, out, a: -g * (1 - out**2),
        "factor": lambda g, out, a: 2 * g * (1 - out**2),
        "chain": lambda g, out, a: g * 1.0,
        "zero": lambda g, out, a: g * 0.0,
    }
    for kind, rule in activations.items():
        for n, k in [(5, 3), (4, 2)]:

            @primitive(rule, method=False)
            def squash(a):
                return np.tanh(a)

            def check(squash=squash, n=n, k=k):
                tg.random.seed(n)
                model = Sequential([Input((k,)), Dense(4, activation=squash), Dense(2)])
                model.compile(loss="mse")
                return first_wrong(gradcheck(model, rng.normal(size=(n, k)), rng.normal(size=(n, 2))))

            yield kind, f"model ({n}, {k})", check


# -- functions that do not run on Tensors -----------------------------------------------------------------------------


def loop(x):
    """Σ xᵢ³ wᵢ + sin xᵢ in a loop that writes into an array."""
    terms = np.empty(x.size)
    for i, value in enumerate(x.ravel()):
        terms[i] = value**3 / (i + 1) + np.sin(value)
    return terms.sum()


def without_graph(rng):
    for shape in [(4,), (2, 3), (3, 3)]:
        x = rng.uniform(0.5, 2, shape)

        def right(x, shape=shape):
            return 3 * x**2 / (np.arange(x.size).reshape(shape) + 1) + np.cos(x)

        wrong = {
            "sign": lambda x, right=right: -right(x),
            "factor": lambda x, right=right: 2 * right(x),
            "zero": lambda x: 0 * x,
            "precision": lambda x, right=right: right(np.float32(x)),
            "chain": lambda x, right=right: right(x) / x,
        }
        if len(shape) == 2:
            wrong["transposed"] = lambda x, right=right: right(x).T.reshape(x.shape)
        for kind, gradient in wrong.items():
            rtol = 1e-8 if kind == "precision" else 1e-6
            yield kind, f"loop {shape}", checked(loop, (x,), "x", gradient, rtol)

        def both(a, b):
            return sum(p**2 * q for p, q in zip(a.ravel(), b.ravel(), strict=True))

        yield "swapped", f"loop {shape}", checked(both, (x, x[::-1] + 1), "a", lambda a, b: (a**2, 2 * a * b))


FAMILIES = (
    rules_of_one,
    rules_of_two,
    incomplete_rules,
    rules_with_axes,
    regressions,
    networks,
    used_twice,
    at_kinks,
    cut,
    without_graph,
)
