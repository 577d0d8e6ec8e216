"""Wrong gradients from books' errata, force fields, recommenders and layers: a second look at what nobody had seen."""

import numpy as np

from tinygrad_edu import gradcheck

from .case import Collection, normal, one_hot, sigmoid, softmax

table = Collection()
rule, by_hand, checked = table.rule, table.by_hand, table

STACK = "a question page ({})"


by_hand(
    "Gaussian criterion: −1 for −½ before the square, in log σ²",
    "y0ast/VAE-Torch#13",
    "part: 2 ×|2 ×",
    lambda v: np.sum(0.5 * v + 0.5 * np.array([0.3, 2.0, 1.1, 0.6]) * np.exp(-v)),
    lambda v: 0.5 - np.array([0.3, 2.0, 1.1, 0.6]) * np.exp(-v),
    normal(4),
)
by_hand(
    "Gaussian criterion: −½ for −¼ and the square not halved",
    "y0ast/VAE-Torch#4",
    ("part", "sign", "factor"),
    lambda m, v: np.sum(0.5 * v + 0.5 * (np.array([0.3, 2.0, 1.1]) - m) ** 2 * np.exp(-v)),
    lambda m, v: (
        -(np.array([0.3, 2.0, 1.1]) - m) * np.exp(-v),
        np.exp(-v) * (np.array([0.3, 2.0, 1.1]) - m) ** 2 - 0.5,
    ),
    lambda rng: (rng.normal(size=3), rng.normal(size=3)),
)
by_hand(
    "normal density: σ for σ² under the residual",
    "beast-dev/beast-mcmc#1064 (the form that is asked about)",
    ("factor", "value", "chain"),
    lambda x, s: np.sum(-0.5 * x**2 / s**2 - np.log(s)),
    lambda x, s: (-x / s, np.sum(x**2 / s**3 - 1 / s)),
    lambda rng: (rng.normal(size=4), 1.7),
)


@checked("distorted camera: the cubic term's factor 3 is 2", "opencv/opencv#7089", "part", "factor")
def distorted(rng):
    t = rng.normal(size=5)

    def out(x):
        return x + 0.3 * x**3 - 0.1 * x**5

    return gradcheck(
        lambda x: np.sum((out(x) - t) ** 2),
        rng.normal(size=5),
        gradient=lambda x: 2 * (out(x) - t) * (1 + 2 * 0.3 * x**2 - 0.5 * x**4),
    )


@checked("reprojection: one rotation too many", "jingpang/LearnVIORB#80", "chain", "value", "transposed")
def rotations(rng):
    q, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    r, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    z = rng.normal(size=3)

    def gradient(p):
        return 2 * (q @ r).T @ (q @ (r.T @ z - p) - z) * -1

    return gradcheck(lambda p: np.sum((q @ (r.T @ z - p) - z) ** 2), rng.normal(size=3), gradient=gradient)


def sparse_autoencoder(name, source, *accept, wrong):
    """UFLDL's first exercise: σ(V σ(W x)) with a penalty on the mean activations."""

    def check(rng):
        x, rho, beta = rng.random((5, 7)), 0.1, 0.8

        def run(w, v):
            a = sigmoid(w @ x)
            return a, sigmoid(v @ a), np.mean(a, axis=1, keepdims=True)

        def loss(w, v):
            a, h, p = run(w, v)
            kl = np.sum(rho * np.log(rho / p) + (1 - rho) * np.log((1 - rho) / (1 - p)))
            return 0.5 * np.sum((h - x) ** 2) / 7 + beta * kl

        def gradient(w, v):
            a, h, p = run(w, v)
            d3 = (h - x) * h * (1 - h)
            d2 = wrong(v.T @ d3, a, p, rho, beta)
            return d2 @ x.T / 7, d3 @ a.T / 7

        return gradcheck(loss, 0.5 * rng.normal(size=(3, 5)), 0.5 * rng.normal(size=(5, 3)), gradient=gradient)

    table(name, source, *accept)(check)


sparse_autoencoder(
    "sparse autoencoder: the sparsity term after the derivative of the activation",
    STACK.format("UFLDL exercise, comments"),
    "chain: sigmoid|sum|derivative",
    "overwritten",
    wrong=lambda e, a, p, rho, beta: e * a * (1 - a) + beta * (-rho / p + (1 - rho) / (1 - p)),
)
sparse_autoencoder(
    "sparse autoencoder: no sparsity term in the hidden delta",
    STACK.format("UFLDL exercise, miaokee.com/1050621"),
    "overwritten",
    wrong=lambda e, a, p, rho, beta: e * a * (1 - a),
)
sparse_autoencoder(
    "sparse autoencoder: the second half of the sparsity term with a minus",
    STACK.format("UFLDL exercise, topic.alibabacloud.com 31440832"),
    "part: sign",
    wrong=lambda e, a, p, rho, beta: (e + beta * (-rho / p - (1 - rho) / (1 - p))) * a * (1 - a),
)
sparse_autoencoder(
    "sparse autoencoder: each activation in place of the mean activation",
    STACK.format("shuang-mei.github.io"),
    "value",
    wrong=lambda e, a, p, rho, beta: (e + beta * (-rho / a + (1 - rho) / (1 - a))) * a * (1 - a),
)


@checked("least squares: 2 (X w − y) X, nothing turned", STACK.format("math.stackexchange 2811811"), "transposed")
def nothing_turned(rng):
    x, y = rng.normal(size=(3, 3)), rng.normal(size=3)
    return gradcheck(lambda w: (y - x @ w) @ (y - x @ w), rng.normal(size=3), gradient=lambda w: 2 * x @ (x @ w - y))


@checked("least squares: the cross term once", STACK.format("math.stackexchange 1540047"), "part", "overwritten")
def cross_term(rng):
    x, y = rng.normal(size=(6, 3)), rng.normal(size=6)
    return gradcheck(
        lambda w: y @ y - 2 * y @ (x @ w) + w @ x.T @ x @ w,
        rng.normal(size=3),
        gradient=lambda w: -x.T @ y + 2 * x.T @ x @ w,
    )


@checked(
    "reverse mode notes: v̄ for r̄, so that the activation's derivative is lost", "SciML/SciMLBook#164", "chain: tanh"
)
def lost(rng):
    x = rng.normal(size=(4, 3))

    def gradient(w1, w2, w3):
        h1 = np.tanh(x @ w1)
        h2 = np.tanh(h1 @ w2)
        d2 = 2 * (h2 @ w3) @ w3.T
        r2 = d2 * (1 - h2**2)
        return x.T @ ((d2 @ w2.T) * (1 - h1**2)), h1.T @ r2, h2.T @ (2 * (h2 @ w3))

    return gradcheck(
        lambda w1, w2, w3: np.sum((np.tanh(np.tanh(x @ w1) @ w2) @ w3) ** 2),
        rng.normal(size=(3, 3)),
        rng.normal(size=(3, 3)),
        rng.normal(size=(3, 2)),
        gradient=gradient,
    )


@checked("book: ∂φ(a)/∂a for ∂φ(z)/∂z", "rasbt/python-machine-learning-book-3rd-edition#138", "chain: result")
def phi_of_a(rng):
    x, y = rng.normal(size=(5, 3)), one_hot(np.array([0, 1, 1, 0, 1]), 2)

    def gradient(w, v):
        a = sigmoid(x @ w)
        d = sigmoid(a @ v) - y
        return x.T @ (d @ v.T * sigmoid(a) * (1 - sigmoid(a))), a.T @ d

    def loss(w, v):
        p = sigmoid(sigmoid(x @ w) @ v)
        return -np.sum(y * np.log(p) + (1 - y) * np.log(1 - p))

    return gradcheck(loss, rng.normal(size=(3, 4)), rng.normal(size=(4, 2)), gradient=gradient)


@checked(
    "book: + λ for + λ W", "rasbt/python-machine-learning-book-2nd-edition#94", "part", "chain", "value", "overwritten"
)
def lam(rng):
    x, t = rng.normal(size=(6, 3)), rng.normal(size=(6, 2))
    return gradcheck(
        lambda w: 0.5 * np.sum((x @ w - t) ** 2) + 0.5 * 0.3 * np.sum(w**2),
        rng.normal(size=(3, 2)),
        gradient=lambda w: x.T @ (x @ w - t) + 0.3,
    )


by_hand(
    "book: the sign of the square root's derivative",
    "mml-book/mml-book.github.io#37",
    ("part: sign", "sign"),
    lambda x: np.sum(np.sqrt(x**2 + np.exp(x**2)) + np.cos(x**2 + np.exp(x**2))),
    lambda x: (-1 / (2 * np.sqrt(x**2 + np.exp(x**2))) - np.sin(x**2 + np.exp(x**2))) * (2 * x + 2 * x * np.exp(x**2)),
    lambda rng: (rng.uniform(-1, 1, 4),),
)
by_hand(
    "book: (t − o)² differentiated as 2 (t − o) o",
    "makeyourownneuralnetwork/makeyourownneuralnetwork#77",
    ("chain", "value"),
    lambda o: np.sum((np.array([0.2, 0.9, 0.4]) - o) ** 2),
    lambda o: 2 * (np.array([0.2, 0.9, 0.4]) - o) * o,
    lambda rng: (rng.random(3),),
)


def bag_of_words(name, source, *accept, mean, wrong):
    """CBOW: one hidden vector of the context words."""

    def check(rng):
        words = np.array([3, 0, 2, 4])

        def hidden(e):
            return np.mean(e[words], axis=0) if mean else np.sum(e[words], axis=0)

        def gradient(e, u):
            h = hidden(e)
            d = softmax(u @ h) - one_hot(1, 5)
            g = np.zeros_like(e)
            np.add.at(g, words, wrong(u.T @ d))
            return g, np.outer(d, h)

        return gradcheck(
            lambda e, u: -np.log(softmax(u @ hidden(e)))[1],
            rng.normal(size=(5, 3)),
            rng.normal(size=(5, 3)),
            gradient=gradient,
        )

    table(name, source, *accept)(check)


bag_of_words(
    "CBOW: not divided by the number of words", "facebookresearch/fastText#910", "factor", mean=True, wrong=lambda d: d
)
bag_of_words(
    "CBOW of sums: divided by the number of words", "piskvorky/gensim#697", "factor", mean=False, wrong=lambda d: d / 4
)

rule(
    "softmax of scores: p · dp, without the row's δ",
    "flagos-ai/FlagAttention#25",
    ("softmax",),
    softmax,
    lambda g, out, s: out * g,
    normal(4, 5),
)


@checked("group norm: scale and shift get nothing", "paiml/aprender#2200", "zero")
def affine(rng):
    x, t = rng.normal(size=(4, 6)), rng.normal(size=(4, 6))
    h = (x - x.mean(1, keepdims=True)) / x.std(1, keepdims=True)
    return gradcheck(
        lambda gamma, beta: np.sum((h * gamma + beta - t) ** 2),
        rng.normal(size=6),
        rng.normal(size=6),
        gradient=lambda gamma, beta: (np.zeros(6), np.zeros(6)),
    )


@checked("group norm: one scale for a group", "Oneflow-Inc/oneflow#4848", "not summed", "value")
def per_group(rng):
    x, t = rng.normal(size=(4, 6)), rng.normal(size=(4, 6))

    def gradient(gamma):
        d = np.sum(2 * (x * gamma - t) * x, axis=0)
        return np.repeat(d.reshape(2, 3).sum(1), 3)

    return gradcheck(lambda gamma: np.sum((x * gamma - t) ** 2), rng.normal(size=6), gradient=gradient)


rule(
    "a broken square: 3 x g",
    "chainer/chainer#3541",
    "factor",
    lambda x: x * x,
    lambda g, out, x: 3 * x * g,
    normal(4),
)


@checked("all of a network's gradients twice", "XingxingHuang/deeplearning.ai#4", "factor")
def doubled(rng):
    x, t = rng.normal(size=(5, 3)), rng.normal(size=(5, 2))

    def gradient(w, v):
        h = np.maximum(x @ w, 0)
        d = 2 * (h @ v - t)
        return x.T @ (d @ v.T * (h > 0)), h.T @ d

    return gradcheck(
        lambda w, v: 0.5 * np.sum((np.maximum(x @ w, 0) @ v - t) ** 2),
        rng.normal(size=(3, 4)),
        rng.normal(size=(4, 2)),
        gradient=gradient,
    )


by_hand(
    "distance of directions: the derivative of arccos left out",
    "Colvars/colvars#714",
    ("chain: arccos",),
    lambda x: np.arccos(x @ np.array([0.6, 0.0, 0.8])) ** 2,
    lambda x: 2 * np.arccos(x @ np.array([0.6, 0.0, 0.8])) * np.array([0.6, 0.0, 0.8]),
    lambda rng: (0.4 * rng.normal(size=3),),
)
by_hand(
    "distance of directions: its sign",
    "Colvars/colvars#724",
    ("sign",),
    lambda x: np.arccos(x @ np.array([0.6, 0.0, 0.8])) ** 2,
    lambda x: (
        2
        * np.arccos(x @ np.array([0.6, 0.0, 0.8]))
        / np.sqrt(1 - (x @ np.array([0.6, 0.0, 0.8])) ** 2)
        * np.array([0.6, 0.0, 0.8])
    ),
    lambda rng: (0.4 * rng.normal(size=3),),
)


@checked(
    "angle: the distances left out of the ends' gradients",
    "tmpchem/computational_chemistry#3",
    "chain",
    "value",
    "factor",
)
def angle(rng):
    def gradient(a, b, c):
        u, v = a - b, c - b
        lu, lv = np.sqrt(u @ u), np.sqrt(v @ v)
        u, v = u / lu, v / lv
        da, dc = v - (u @ v) * u, u - (u @ v) * v
        return da, -(da / lu + dc / lv), dc

    def cosine(a, b, c):
        u, v = a - b, c - b
        return u @ v / (np.sqrt(u @ u) * np.sqrt(v @ v))

    return gradcheck(cosine, *(rng.normal(size=3) for _ in range(3)), gradient=gradient)


@checked("angle: the central atom as another end", "RMeli/irc#37", "sign", "value", "part", "overwritten")
def central(rng):
    def gradient(a, b, c):
        u, v = a - b, c - b
        return v, u + v, u

    return gradcheck(lambda a, b, c: (a - b) @ (c - b), *(rng.normal(size=3) for _ in range(3)), gradient=gradient)


@checked("harmonic bond: the force of the distance in every coordinate", "openmm/openmm#4488", "chain", "value")
def bond(rng):
    y = rng.normal(size=3)

    def gradient(x):
        d = np.sqrt(np.sum((x - y) ** 2))
        return np.full(3, 3.0 * (d - 1.2))

    return gradcheck(
        lambda x: 0.5 * 3.0 * (np.sqrt(np.sum((x - y) ** 2)) - 1.2) ** 2, rng.normal(size=3), gradient=gradient
    )


@checked("x xᵀ: what comes through xᵀ not added", "NervanaSystems/neon#169", "overwritten")
def through_transpose(rng):
    t = rng.normal(size=(3, 3))
    return gradcheck(
        lambda x: np.sum((x @ x.T - t) ** 2), rng.normal(size=(3, 2)), gradient=lambda x: 2 * (x @ x.T - t) @ x
    )


@checked("two layers in NumPy: the gradient of w2 for w2", "jcjohnson/pytorch-examples#28", "value: gradient")
def gradient_of_w2(rng):
    x, y = rng.normal(size=(5, 3)), rng.normal(size=(5, 2))

    def gradient(w1, w2):
        h = np.maximum(x @ w1, 0)
        d = 2.0 * (h @ w2 - y)
        g2 = h.T @ d
        e = d @ g2.T
        e[h <= 0] = 0
        return x.T @ e, g2

    return gradcheck(
        lambda w1, w2: np.sum((np.maximum(x @ w1, 0) @ w2 - y) ** 2),
        rng.normal(size=(3, 4)),
        rng.normal(size=(4, 2)),
        gradient=gradient,
    )


@checked("linear module: Wᵀ for x in the gradient of W", "Atcold/SP19-DL-collaborative-notes#6", "value")
def w_for_x(rng):
    t = rng.normal(size=(3, 3))
    x = rng.normal(size=(3, 3))
    return gradcheck(
        lambda w: np.sum((x @ w - t) ** 2), rng.normal(size=(3, 3)), gradient=lambda w: w.T @ (2 * (x @ w - t))
    )


@checked(
    "ranking: σ(−f) not multiplied by the user's vector", "daviddwlee84/MachineLearningPractice#1", "chain", "value"
)
def climf(rng):
    u = rng.normal(size=3)

    def gradient(v):
        f = v @ u
        return -np.repeat(sigmoid(-f)[:, None], 3, axis=1) + 0.2 * v

    return gradcheck(
        lambda v: -np.sum(np.log(sigmoid(v @ u))) + 0.1 * np.sum(v**2), rng.normal(size=(4, 3)), gradient=gradient
    )


@checked(
    "total variation: the last element lacks its neighbour",
    "TomographicImaging/CCPi-Regularisation-Toolkit#152",
    "somewhere: last",
    "overwritten",
)
def boundary(rng):
    def gradient(x):
        d = x[:-1] - x[1:]
        g = np.zeros(6)
        g[:-1] += 2 * d
        g[1:-1] -= 2 * d[:-1]
        return g

    return gradcheck(lambda x: np.sum((x[:-1] - x[1:]) ** 2), rng.normal(size=6), gradient=gradient)


@checked("total variation: the same terms with other factors", "kaishengtai/neuralart#29", "part", "factor")
def tv_factors(rng):
    def gradient(x):
        d, e = x[1:] - x[:-1], x[:, 1:] - x[:, :-1]
        g = np.zeros_like(x)
        g[1:] += 2 * d
        g[:-1] -= 2 * d
        g[:, 1:] += e
        g[:, :-1] -= e
        return g

    return gradcheck(
        lambda x: np.sum((x[1:] - x[:-1]) ** 2) + np.sum((x[:, 1:] - x[:, :-1]) ** 2),
        rng.normal(size=(4, 4)),
        gradient=gradient,
    )


def machine(name, source, *accept, wrong):
    """A factorisation machine: linear terms and products of pairs."""

    def check(rng):
        x, y = rng.normal(size=(6, 4)), rng.normal(size=6)

        def out(w, v):
            return x @ w + 0.5 * np.sum((x @ v) ** 2 - (x**2) @ (v**2), axis=1)

        return gradcheck(
            lambda w, v: np.sum((out(w, v) - y) ** 2),
            rng.normal(size=4),
            rng.normal(size=(4, 2)),
            gradient=lambda w, v: wrong(x, 2 * (out(w, v) - y), w, v),
        )

    table(name, source, *accept)(check)


machine(
    "factorisation machine: without the squares of the single features",
    "apache/systemds#696",
    "overwritten",
    "part",
    wrong=lambda x, d, w, v: (x.T @ d, x.T @ (d[:, None] * (x @ v))),
)
machine(
    "factorisation machine: the linear weights by where x is, not by x",
    "apache/systemds#526",
    "value",
    "chain",
    wrong=lambda x, d, w, v: (
        (x != 0).T @ d,
        x.T @ (d[:, None] * (x @ v)) - ((x**2).T @ d)[:, None] * v,
    ),
)
machine(
    "factorisation machine: the squares not squared",
    "apache/systemds#1803",
    "value",
    "chain",
    "part",
    wrong=lambda x, d, w, v: (
        x.T @ d,
        x.T @ (d[:, None] * (x @ v)) - (x.T @ d)[:, None] * v,
    ),
)


@checked("adjoint: the sign of a(t)", "msurtsukov/neural-ode#5", "sign")
def adjoint(rng):
    a = 0.3 * rng.normal(size=(3, 3))

    def run(z):
        for _ in range(3):
            z = z + 0.1 * np.tanh(a @ z)
        return z

    def gradient(z):
        states = [z]
        for _ in range(3):
            states.append(states[-1] + 0.1 * np.tanh(a @ states[-1]))
        d = -2 * states[-1]
        for s in states[2::-1]:
            d = d + 0.1 * a.T @ (d * (1 - np.tanh(a @ s) ** 2))
        return d

    return gradcheck(lambda z: np.sum(run(z) ** 2), rng.normal(size=3), gradient=gradient)


@checked(
    "Euler steps: the identity of the step forgotten on the way back",
    "janbruedigam/ConstrainedDynamics.jl#69",
    "overwritten",
)
def no_identity(rng):
    a = rng.normal(size=(3, 3))

    def gradient(z):
        states = [z]
        for _ in range(2):
            states.append(states[-1] + 0.5 * np.tanh(a @ states[-1]))
        d = 2 * states[-1]
        for s in states[1::-1]:
            d = 0.5 * a.T @ (d * (1 - np.tanh(a @ s) ** 2))
        return d

    def run(z):
        for _ in range(2):
            z = z + 0.5 * np.tanh(a @ z)
        return z

    return gradcheck(lambda z: np.sum(run(z) ** 2), rng.normal(size=3), gradient=gradient)


@checked("highway: the carried input without a gradient", "chainer/chainer#1317", "overwritten")
def highway(rng):
    w, v, t = rng.normal(size=(3, 3)), rng.normal(size=(3, 3)), rng.normal(size=(4, 3))

    def parts(x):
        return np.tanh(x @ w), sigmoid(x @ v)

    def gradient(x):
        h, s = parts(x)
        d = 2 * (s * h + (1 - s) * x - t)
        return (d * s * (1 - h**2)) @ w.T + (d * (h - x) * s * (1 - s)) @ v.T

    def loss(x):
        h, s = parts(x)
        return np.sum((s * h + (1 - s) * x - t) ** 2)

    return gradcheck(loss, rng.normal(size=(4, 3)), gradient=gradient)


@checked(
    "softmax regression: twice the gradient, the penalty once",
    "markroxor/fromscratchtoml#65 (with a penalty)",
    "part: 2 ×|2 ×",
    "part",
)
def twice_data(rng):
    x, y = rng.normal(size=(6, 3)), one_hot(np.array([0, 2, 1, 1, 0, 2]), 3)

    def loss(w):
        return -np.sum(y * np.log(softmax(x @ w))) / 6 + 0.05 * np.sum(w**2)

    return gradcheck(loss, rng.normal(size=(3, 3)), gradient=lambda w: 2 * x.T @ (softmax(x @ w) - y) / 6 + 0.1 * w)
