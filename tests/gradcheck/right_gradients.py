"""Right gradients that are hard to check: what cancels, what is saturated, what has a kink; and random ones."""

import numpy as np

import tinygrad_edu as tg
from tinygrad_edu import Tensor, gradcheck
from tinygrad_edu.nn import Conv2D, Dense, Flatten, Input, Sequential

RNG = np.random.default_rng(12)
X = RNG.normal(size=(8, 3))


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softmax(z):
    e = np.exp(z - np.max(z, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)


def standardised(x, axis=0):
    return (x - np.mean(x, axis=axis, keepdims=True)) / np.std(x, axis=axis, keepdims=True)


def by_rules(f):
    """The gradient of the rules, as a function that a student could have written."""

    def gradient(*inputs):
        variables = [Tensor(x, requires_grad=True) for x in inputs]
        return tuple(tg.gradients(f(*variables), variables))

    return gradient


def hard():
    """(name, report of a right gradient)."""
    yield from saturated()
    yield from cancelling()
    yield from at_kinks()
    yield from models()
    yield from further()


def saturated():
    for x in np.arange(14.0, 19.5, 0.5):
        yield f"tanh({x})", lambda x=x: gradcheck(np.tanh, x)
        yield f"tanh(−{x}), by hand", lambda x=x: gradcheck(np.tanh, -x, gradient=lambda x: 1 - np.tanh(x) ** 2)
        yield (
            f"tanh({x}) by its exponentials",
            lambda x=x: gradcheck(lambda x: (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x)), x),
        )
    for x in np.arange(29.0, 38.5, 0.5):
        yield f"sigmoid({x})", lambda x=x: gradcheck(sigmoid, x)
        yield f"the op sigmoid({x})", lambda x=x: gradcheck(tg.ops.sigmoid, x)
        yield (
            f"sigmoid({x}), by hand",
            lambda x=x: gradcheck(sigmoid, x, gradient=lambda x: sigmoid(x) * (1 - sigmoid(x))),
        )
        yield f"softplus(−{x})", lambda x=x: gradcheck(lambda x: np.log1p(np.exp(x)), -x)
        yield f"log sigmoid({x})", lambda x=x: gradcheck(lambda x: np.log(sigmoid(x)), x)
    for scale in (20, 40, 200):
        z = np.array([1.0, 0.3, -0.5]) * scale
        yield f"softmax, logits × {scale}", lambda z=z: gradcheck(softmax, z)
        yield f"crossentropy, logits × {scale}", lambda z=z: gradcheck(lambda z: -np.log(softmax(z))[0], z)
        yield f"logsumexp, × {scale}", lambda z=z: gradcheck(tg.ops.logsumexp, z)
    for x in (4.0, 5.5, 6.5):
        yield f"erf({x})", lambda x=x: gradcheck(tg.ops.erf, x)
    yield (
        "a saturated network",
        lambda: gradcheck(lambda w, v: np.sum(np.tanh(X @ w) @ v), 8 * RNG.normal(size=(3, 4)), RNG.normal(size=4)),
    )


def cancelling():
    w = np.ones(3)
    y = X @ w

    def mse(w):
        return np.mean((X @ w - y) ** 2)

    yield "mse at its optimum", lambda: gradcheck(mse, w)
    yield "mse at its optimum, by hand", lambda: gradcheck(mse, w, gradient=lambda w: 2 * X.T @ (X @ w - y) / 8)
    yield (
        "mse of two arguments at its optimum",
        lambda: gradcheck(
            lambda w, b: np.mean((X @ w + b - y) ** 2),
            w,
            0.0,
            gradient=lambda w, b: (2 * X.T @ (X @ w + b - y) / 8, 2 * np.mean(X @ w + b - y)),
        ),
    )
    for shape in ((6,), (6, 3), (50, 2)):
        x = np.random.default_rng(3).normal(size=shape)
        yield f"sum(x − mean(x)) {shape}", lambda x=x: gradcheck(lambda x: np.sum(x - np.mean(x)), x)
        yield (
            f"sum(x − mean(x)) {shape}, by hand",
            lambda x=x: gradcheck(lambda x: np.sum(x - np.mean(x)), x, gradient=lambda x: np.zeros(x.shape)),
        )
        yield f"sum of standardised columns {shape}", lambda x=x: gradcheck(lambda x: np.sum(standardised(x)), x)
        yield (
            f"sum of squares of standardised columns {shape}",
            lambda x=x: gradcheck(lambda x: np.sum(standardised(x) ** 2), x),
        )
        yield f"sum of standardised rows {shape}", lambda x=x: gradcheck(lambda x: np.sum(standardised(x, -1)), x)
        yield f"sum of softmax {shape}", lambda x=x: gradcheck(lambda x: np.sum(softmax(x)), x)
        yield f"sum of softmax − 1 {shape}", lambda x=x: gradcheck(lambda x: np.sum(softmax(x)) - 1, x)
        yield (
            f"sin² + cos² − 1 {shape}",
            lambda x=x: gradcheck(lambda x: np.sum(np.sin(x) ** 2 + np.cos(x) ** 2 - 1), x),
        )
        yield f"log exp x − x {shape}", lambda x=x: gradcheck(lambda x: np.sum(np.log(np.exp(x)) - x), x)
        yield (
            f"a norm of a normed vector {shape}",
            lambda x=x: gradcheck(lambda x: np.sum((x / np.linalg.norm(x)) ** 2), x),
        )
        yield f"x / x {shape}", lambda x=x: gradcheck(lambda x: np.sum(x / x), x)
        yield f"variance of an offset {shape}", lambda x=x: gradcheck(lambda x: np.var(x), x + 1e5)
    p = np.array([0.2, 0.3, 0.5])

    def kl(q):
        return np.sum(p * np.log(p / q))

    yield "KL(p‖q) at q = p", lambda: gradcheck(lambda q: kl(q) + 0.0, p, gradient=lambda q: -p / q)
    yield "KL(p‖softmax(z)) at its optimum", lambda: gradcheck(lambda z: kl(softmax(z)), np.log(p))
    yield (
        "KL(p‖softmax(z)) at its optimum, by hand",
        lambda: gradcheck(lambda z: kl(softmax(z)), np.log(p), gradient=lambda z: softmax(z) - p),
    )
    yield "KL of p to itself", lambda: gradcheck(lambda q: np.sum(q * np.log(q / p)), p)
    yield "√(x² + 1) − x at 1e4", lambda: gradcheck(lambda x: np.sqrt(x * x + 1) - x, 1e4)
    yield "(1 − cos x) / x² at 1e-3", lambda: gradcheck(lambda x: (1 - np.cos(x)) / x**2, 1e-3)
    yield "log(1 + x) at 1e-10", lambda: gradcheck(lambda x: np.log(1 + x), 1e-10)
    yield "a square at 0", lambda: gradcheck(lambda x: np.sum(x**2), np.zeros(4))
    yield "an eighth power near 0", lambda: gradcheck(lambda x: np.sum(x**8), np.full(3, 1e-3))
    yield (
        "a determinant near 0",
        lambda: gradcheck(np.linalg.det, np.outer([1.0, 2, 3], [2.0, 1, 1]) + 1e-6 * np.eye(3)),
    )
    yield (
        "a sum of a thousand",
        lambda: gradcheck(lambda x: np.sum(np.sin(x)) - np.sum(np.sin(x)), np.linspace(0, 9, 300)),
    )
    yield "a large offset", lambda: gradcheck(lambda x: np.sum(np.sin(x)) + 1e8 - 1e8, np.linspace(0, 1, 4))
    yield "a deep chain", lambda: gradcheck(deep, 0.5)


def deep(x):
    for _ in range(60):
        x = np.sin(x) * 1.1
    return x


def at_kinks():
    yield "max of equal values", lambda: gradcheck(lambda x: np.max(x), np.ones(4))
    yield (
        "max of equal values, by hand",
        lambda: gradcheck(lambda x: np.max(x), np.ones(4), gradient=lambda x: np.eye(4)[0]),
    )
    yield (
        "max of equal values, shared",
        lambda: gradcheck(lambda x: np.max(x), np.ones(4), gradient=lambda x: np.full(4, 0.25)),
    )
    yield (
        "max of two equal in rows",
        lambda: gradcheck(lambda x: np.sum(np.max(x, axis=1)), np.array([[1.0, 1, 0], [2, 3, 3]])),
    )
    yield "min of equal values", lambda: gradcheck(lambda x: np.min(x), np.zeros(3))
    yield "|x| at 0", lambda: gradcheck(lambda x: np.sum(np.abs(x)), np.array([0.0, 1.0, 0.0]))
    yield (
        "relu at 0, by hand",
        lambda: gradcheck(
            lambda x: np.sum(np.maximum(x, 0)), np.array([0.0, 1.0, -1.0]), gradient=lambda x: 1.0 * (x > 0)
        ),
    )
    yield (
        "relu at 0 with slope 1, by hand",
        lambda: gradcheck(
            lambda x: np.sum(np.maximum(x, 0)), np.array([0.0, 1.0, -1.0]), gradient=lambda x: 1.0 * (x >= 0)
        ),
    )
    yield "clip at its ends", lambda: gradcheck(lambda x: np.sum(np.clip(x, 0, 1)), np.array([0.0, 0.5, 1.0]))
    yield "relu6 at its ends", lambda: gradcheck(lambda x: np.sum(tg.ops.relu6(x) ** 2), np.array([0.0, 6.0, 3.0]))
    yield (
        "the norm of nothing",
        lambda: gradcheck(lambda x: tg.ops.norm(x), np.zeros(3), gradient=lambda x: np.zeros(3)),
    )
    yield (
        "a sort with ties",
        lambda: gradcheck(lambda x: np.sum(np.sort(x) * np.arange(4.0)), np.array([1.0, 0.0, 1.0, 2.0])),
    )
    yield (
        "hinge at its corner",
        lambda: gradcheck(
            lambda w: np.mean(np.maximum(0, 1 - X @ w)), np.zeros(3) + 0.0, gradient=lambda w: -X.T @ (X @ w < 1) / 8
        ),
    )
    yield (
        "a hidden relu of zeros, by hand",
        lambda: gradcheck(hidden, np.zeros((3, 4)), np.ones((4, 2)), gradient=hidden_gradient),
    )


def hidden(w, v):
    return np.sum((np.maximum(X @ w, 0) @ v - 1) ** 2)


def hidden_gradient(w, v):
    z = X @ w
    d = 2 * (np.maximum(z, 0) @ v - 1)
    return X.T @ (d @ v.T * (z > 0)), np.maximum(z, 0).T @ d


def models():
    targets = RNG.normal(size=(8, 2))
    for activation in ("relu", "leaky_relu", "relu6", "elu", "selu", "hard_sigmoid", "softsign", "gelu", "silu"):
        yield (
            f"Dense of zeros, {activation}",
            lambda activation=activation: of_model(
                [Input((3,)), Dense(4, activation=activation, kernel_initializer="zeros"), Dense(2)], X, targets
            ),
        )
        yield (
            f"two Dense of zeros, {activation}",
            lambda activation=activation: of_model(
                [
                    Input((3,)),
                    Dense(4, activation, kernel_initializer="zeros"),
                    Dense(4, activation, kernel_initializer="zeros"),
                    Dense(2),
                ],
                X,
                targets,
            ),
        )
    images = RNG.normal(size=(4, 5, 5, 1))
    for initializer in ("zeros", "glorot_uniform"):
        yield (
            f"Conv2D of {initializer}",
            lambda initializer=initializer: of_model(
                [
                    Input((5, 5, 1)),
                    Conv2D(2, 3, activation="relu", kernel_initializer=initializer),
                    Flatten(),
                    Dense(2),
                ],
                images,
                targets[:4],
            ),
        )


def of_model(layers, x, y):
    tg.random.seed(1)
    model = Sequential(layers)
    model.compile(loss="mse")
    return gradcheck(model, x, y)


# -- random compositions -----------------------------------------------------------------------------------


UNARY = [
    np.tanh, sigmoid, np.sin, np.cos, tg.ops.relu, tg.ops.softplus, np.square, np.abs, tg.ops.silu, tg.ops.elu,
    lambda x: np.exp(np.minimum(x, 3.0)), lambda x: np.log(x * x + 0.1), lambda x: np.sqrt(x * x + 1e-3),
    lambda x: 1 / (x * x + 0.3),
    lambda x: x - np.mean(x), lambda x: np.cumsum(x, axis=-1), lambda x: x**3, lambda x: np.arctan(x), np.negative,
    lambda x: x * 1e3, lambda x: x * 1e-3, lambda x: x + 100.0, tg.ops.gelu, tg.ops.leaky_relu,
    lambda x: x / (1 + np.abs(x)),
]  # fmt: skip
ROWS = [
    softmax, lambda x: (x - np.mean(x, axis=-1, keepdims=True)) / np.sqrt(np.var(x, axis=-1, keepdims=True) + 1e-3),
    lambda x: x / np.sqrt(np.sum(x**2, axis=-1, keepdims=True) + 1e-2), lambda x: tg.ops.log_softmax(x),
    lambda x: x - np.max(x, axis=-1, keepdims=True), lambda x: np.sort(x, axis=-1),
]  # fmt: skip
PAIRS = [
    np.add,
    np.subtract,
    np.multiply,
    lambda a, b: a / (b * b + 0.2),
    np.maximum,
    np.hypot,
    np.logaddexp,
    np.minimum,
]
ENDS = [
    np.sum,
    np.mean,
    np.max,
    lambda x: np.sum(x * x),
    lambda x: np.sum(x * x) ** 0.5,
    np.std,
    tg.ops.logsumexp,
    np.prod,
]


def composition(seed):
    """A random function of one to three arrays, and where to check it."""
    rng = np.random.default_rng(seed)
    shape = [(), (1,), (3,), (2, 3), (3, 3), (4, 2)][rng.integers(6)]
    values = [rng.normal(size=shape) * 10 ** rng.uniform(-2, 1.5) for _ in range(rng.integers(1, 4))]
    if rng.random() < 0.3:  # some ties; at many at once the rules themselves are wrong
        values[0] = np.round(3 + 2 * rng.normal(size=shape), 1)
    plan = [
        (rng.random(), rng.integers(1000), rng.integers(1000), rng.integers(1000)) for _ in range(rng.integers(1, 8))
    ]
    end, square = ENDS[rng.integers(len(ENDS))], len(shape) == 2 and shape[0] == shape[1]

    def f(*inputs):
        made = [x * 1.0 for x in inputs]
        for kind, i, j, k in plan:
            x, y = made[-1 - i % min(3, len(made))], made[j % len(made)]
            if kind < 0.4:
                made.append(UNARY[k % len(UNARY)](x))
            elif kind < 0.6 and len(shape):
                made.append(ROWS[k % len(ROWS)](x))
            elif kind < 0.7 and square:
                made.append(x @ y)
            else:
                made.append(PAIRS[k % len(PAIRS)](x, y))
        return end(made[-1]) + 0.0 * sum(np.sum(x) for x in inputs)

    return f, values


def random_right(seed):
    """The report of a random right gradient, by rules or by hand; None where the function is not finite there."""
    f, values = composition(seed)
    with np.errstate(all="ignore"):
        found = by_rules(f)(*values)
        if not all(np.all(np.isfinite(x)) for x in [f(*values), *found]):
            return None
        return gradcheck(f, *values) if seed % 2 else gradcheck(f, *values, gradient=by_rules(f))


def further():
    """Further right gradients of every hard kind: kinks, ties, cancellation, large and small scales, jumps nearby."""
    rng = np.random.default_rng(31)
    x = rng.normal(size=(4, 3))
    yield from _of_scales(x)
    yield from _of_ties(rng)
    yield from _cancelled(x)
    yield from _beside_jumps()


def _of_scales(x):
    for scale in (1e-8, 1e-4, 1e4, 1e8):
        for name, f, gradient in (
            ("mse", lambda w, s: np.mean((x @ w * s) ** 2), lambda w, s: 2 * s**2 * x.T @ (x @ w) / 4),
            ("tanh", lambda w, s: np.sum(np.tanh(x @ w)) * s, lambda w, s: s * x.T @ (1 - np.tanh(x @ w) ** 2)),
            ("norm", lambda w, s: s * np.sqrt(np.sum(w * w)), lambda w, s: s * w / np.sqrt(np.sum(w * w))),
            (
                "logistic",
                lambda w, s: s * np.sum(np.logaddexp(0, x @ w)),
                lambda w, s: s * x.T @ (1 / (1 + np.exp(-(x @ w)))),
            ),
        ):
            yield (
                f"{name} × {scale:g}",
                lambda f=f, g=gradient, s=scale: gradcheck(
                    lambda w: f(w, s), np.array([0.3, -1.2, 0.7]), gradient=lambda w: g(w, s)
                ),
            )
        yield f"a square at {scale:g}", lambda s=scale: gradcheck(lambda w: w * w, s, gradient=lambda w: 2 * w)
    for scale in (1e-5, 1e-4, 1e4, 1e8):
        yield (
            f"a ratio of arguments × {scale:g}",
            lambda s=scale: gradcheck(
                lambda a, b: np.sum(a / b), x[0] * s, x[1] * s, gradient=lambda a, b: (1 / b, -a / b**2)
            ),
        )
    half = x.astype(np.float32)
    yield (
        "a float32 argument, by hand in float32",
        lambda: gradcheck(
            lambda w: np.sum(np.tanh(w) ** 2),
            half[0],
            gradient=lambda w: 2 * np.tanh(w) * (1 - np.tanh(w) ** 2),
        ),
    )


def _of_ties(rng):
    ties = np.array([1.0, 3.0, 3.0, 0.5])
    for name, share in (("first", [0, 1.0, 0, 0]), ("last", [0, 0, 1.0, 0]), ("halves", [0, 0.5, 0.5, 0])):
        yield (
            f"the greatest of ties: the {name}",
            lambda s=share: gradcheck(lambda a: np.max(a), ties, gradient=lambda a: np.array(s)),
        )
    for at in (0.0, 1.0):
        yield (
            f"relu at 0 with the slope {at}",
            lambda at=at: gradcheck(
                lambda a: np.sum(np.maximum(a, 0)),
                np.array([0.0, 1.0, -1.0]),
                gradient=lambda a: np.where(a > 0, 1.0, np.where(a == 0, at, 0.0)),
            ),
        )
    for slope in (-1.0, 0.0, 0.4, 1.0):
        yield (
            f"|x| at 0 with the slope {slope}",
            lambda s=slope: gradcheck(
                lambda a: np.sum(np.abs(a)),
                np.array([0.0, 2.0]),
                gradient=lambda a: np.where(a == 0, s, np.sign(a)),
            ),
        )
    w = rng.normal(size=(3, 2))
    yield (
        "a hinge exactly at its margin",
        lambda: gradcheck(
            lambda a: np.sum(np.maximum(0, 1 - a)), np.array([1.0, 0.2, 3.0]), gradient=lambda a: -1.0 * (a < 1)
        ),
    )
    yield (
        "clipped at its edge",
        lambda: gradcheck(
            lambda a: np.sum(np.clip(a, 0, 1)),
            np.array([0.0, 0.5, 1.0, 2.0]),
            gradient=lambda a: 1.0 * ((a > 0) & (a < 1)),
        ),
    )
    yield (
        "a network of relus on zeros",
        lambda: gradcheck(
            lambda v: np.sum(np.maximum(np.zeros((4, 3)) @ w, 0) @ v),
            rng.normal(size=2),
            gradient=lambda v: np.zeros(2),
        ),
    )


def _cancelled(x):
    for shift in (1e3, 1e6):
        yield (
            f"a softmax of logits + {shift:g}",
            lambda s=shift: gradcheck(lambda z: -np.log(softmax(z + s))[0, 1], x, gradient=_crossentropy_slope(s)),
        )
        yield (
            f"the variance of values + {shift:g}, by hand",
            lambda s=shift: gradcheck(lambda a: np.var(a + s), x, gradient=lambda a: 2 * (a - np.mean(a)) / a.size),
        )
    for n in (3, 30):
        a = np.linspace(-1, 1, n)
        yield (
            f"a sum that is nothing, of {n}",
            lambda a=a: gradcheck(lambda x: np.sum(x) - np.sum(x[::-1]), a, gradient=lambda x: np.zeros(x.size)),
        )
        yield (
            f"a likelihood ratio of the same model, of {n}",
            lambda a=a: gradcheck(
                lambda x: np.sum(np.log(np.exp(x) / np.exp(x).sum())) - np.sum(x - np.log(np.exp(x).sum())),
                a,
                gradient=lambda x: np.zeros(x.size),
            ),
        )
        yield (
            f"1 − cos x near 0, of {n}",
            lambda a=a: gradcheck(lambda x: np.sum(1 - np.cos(x)), a * 1e-4, gradient=lambda x: np.sin(x)),
        )
        yield (
            f"√(1 + x) − 1 near 0, of {n}",
            lambda a=a: gradcheck(
                lambda x: np.sum(np.sqrt(1 + x) - 1), a * 1e-6, gradient=lambda x: 0.5 / np.sqrt(1 + x)
            ),
        )


def _crossentropy_slope(shift):
    def gradient(z):
        found = np.zeros_like(z)
        p = softmax(z + shift)[0]
        found[0] = p
        found[0, 1] -= 1
        return found

    return gradient


def _beside_jumps():
    for away in (1e-3, 0.01, 0.1, 0.3):
        yield (
            f"a step {away} beside the jump",
            lambda d=away: gradcheck(
                lambda a: np.sum(np.where(a > 1, a + 5, a)),
                np.array([1 + d, 1 - d, 3.0]),
                gradient=lambda a: np.ones(3),
            ),
        )
        yield (
            f"a floor {away} beside the jump",
            lambda d=away: gradcheck(
                lambda a: np.sum(a * np.floor(a)), np.array([2 + d, 3 - d]), gradient=lambda a: np.floor(a)
            ),
        )
        yield (
            f"a rounding {away} beside ½",
            lambda d=away: gradcheck(
                lambda a: np.sum(np.round(a) * a), np.array([0.5 + d, 1.5 - d]), gradient=lambda a: np.round(a)
            ),
        )
