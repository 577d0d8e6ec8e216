"""A third look: wrong gradients of boosting, kernels, splines, engines and sequences."""

import numpy as np

from tinygrad_edu import gradcheck

from .case import Collection, normal, one_hot, sigmoid, softmax

table = Collection()
rule, by_hand, checked = table.rule, table.by_hand, table

STACK = "a question page ({})"


@checked(
    "MNIST: the error itself goes back, without sigmoid′ on the way",
    STACK.format("stackoverflow 53287032"),
    "chain: sigmoid",
)
def error_itself(rng):
    a0, y = rng.random((4, 6)), rng.random((2, 6))

    def gradient(w0, w1, w2):
        a = [a0]
        for w in (w0, w1, w2):
            a.append(sigmoid(w @ a[-1]))
        delta, found = a[3] - y, []
        for k, w in ((2, w2), (1, w1), (0, w0)):
            tmp = delta * a[k + 1] * (1 - a[k + 1])
            found.append(tmp @ a[k].T)
            delta = w.T @ delta
        return tuple(found[::-1])

    return gradcheck(
        lambda w0, w1, w2: 0.5 * np.sum((sigmoid(w2 @ sigmoid(w1 @ sigmoid(w0 @ a0))) - y) ** 2),
        rng.normal(size=(3, 4)),
        rng.normal(size=(3, 3)),
        rng.normal(size=(2, 3)),
        gradient=gradient,
    )


@checked("MNIST: z (1 − z) of the sums", STACK.format("stackoverflow 53287032, the helper"), "chain: a · \\(1 − a\\)")
def of_sums(rng):
    a0, y = rng.random((4, 6)), rng.random((2, 6))

    def gradient(w0, w1):
        z0 = w0 @ a0
        z1 = w1 @ sigmoid(z0)
        d = (sigmoid(z1) - y) * z1 * (1 - z1)
        return (w1.T @ d * z0 * (1 - z0)) @ a0.T, d @ sigmoid(z0).T

    return gradcheck(
        lambda w0, w1: 0.5 * np.sum((sigmoid(w1 @ sigmoid(w0 @ a0)) - y) ** 2),
        rng.normal(size=(3, 4)),
        rng.normal(size=(2, 3)),
        gradient=gradient,
    )


@checked("pairs: the weight of the pair left out", "dmlc/xgboost#119", "chain", "factor")
def pairs(rng):
    w = 1 + rng.random(5)
    return gradcheck(
        lambda s, t: np.sum(w * np.log(1 + np.exp(-(s - t)))),
        rng.normal(size=5),
        rng.normal(size=5),
        gradient=lambda s, t: (-sigmoid(-(s - t)), sigmoid(-(s - t))),
    )


@checked("LambdaMART: ρ of the labels, not of the scores", "discobot/LambdaMart#1", "value")
def rho(rng):
    y, t = rng.normal(size=5), rng.normal(size=5)

    def gradient(s):
        return -sigmoid(-(y - t)) + 0 * s

    return gradcheck(lambda s: np.sum(np.log(1 + np.exp(-(s - t)))), rng.normal(size=5), gradient=gradient)


by_hand(
    "log loss: label − prediction",
    "dmlc/xgboost#1060",
    "sign",
    lambda f: np.sum(np.log(1 + np.exp(f)) - np.array([1.0, 0.0, 1.0, 1.0]) * f),
    lambda f: np.array([1.0, 0.0, 1.0, 1.0]) - sigmoid(f),
    normal(4),
)
by_hand(
    "exponential loss: the labels 0 and 1 in the gradient",
    "dmlc/xgboost#2072",
    ("value", "somewhere", "chain"),
    lambda f: np.sum(np.exp(-(2 * np.array([1.0, 0.0, 1.0, 0.0, 1.0]) - 1) * f)),
    lambda f: -np.array([1.0, 0.0, 1.0, 0.0, 1.0]) * np.exp(-np.array([1.0, 0.0, 1.0, 0.0, 1.0]) * f),
    normal(5),
)
by_hand(
    "fair loss: the difference the other way round",
    "dmlc/xgboost#3037",
    "sign",
    lambda p: np.sum(np.abs(np.array([0.2, 1.0, -0.7]) - p) - np.log(1 + np.abs(np.array([0.2, 1.0, -0.7]) - p))),
    lambda p: (np.array([0.2, 1.0, -0.7]) - p) / (np.abs(np.array([0.2, 1.0, -0.7]) - p) + 1),
    normal(3),
)


@checked(
    "a value with two ways to the loss goes back twice", "sebgao/cTensor#5", "part", "overwritten", "factor", "value"
)
def twice(rng):
    a = rng.normal()
    return gradcheck(
        lambda x: x * (x * a) + x * x * a + x * (x * a),
        rng.normal(size=4)[0],
        gradient=lambda x: 7 * a * x,
    )


rule(
    "einsum bnij,bnjc: the first factor not turned",
    "apache/mxnet#18102",
    ("transposed", "value"),
    lambda a, b: a @ b,
    (lambda g, out, a, b: g @ b, lambda g, out, a, b: a.T @ g),
    lambda rng: (rng.normal(size=(3, 3)), rng.normal(size=(3, 3))),
)
rule(
    "einsum ij→: the incoming gradient not spread",
    "LinjianMa/AutoHOOT#69",
    ("value", "chain", "not summed", "factor"),
    lambda a: np.sum(a, axis=0),
    lambda g, out, a: np.ones((3, 1)) * (g * out),
    normal(3, 4),
)
rule(
    "logsumexp: a one for the greatest",
    "TuringLang/Turing.jl#781",
    ("softmax", "somewhere", "chain", "value"),
    lambda a: np.log(np.sum(np.exp(a), axis=1)),
    lambda g, out, a: g[:, None] * (a == np.max(a, axis=1, keepdims=True)),
    normal(3, 4),
)
by_hand(
    "logaddexp of equal inputs: 1 for ½",
    "tensorflow/tensorflow#127232",
    ("somewhere", "value", "part", "factor"),
    lambda t: np.sum(np.array([1.0, 0.4, -0.3]) * np.logaddexp(t, np.array([-4.0, 0.0, 5.0]))),
    lambda t: (
        np.sum(np.array([1.0, 0.4, -0.3]) * np.array([1.0, 1 / (1 + np.exp(4.0)), 1 / (1 + np.exp(9.0))])) + 0 * t
    ),
    lambda rng: (-4.0,),
)


@checked(
    "multiplications in a linear layer: the elementwise product with the weight",
    STACK.format("discuss.pytorch.org 139574"),
    "chain: g|factor g|incoming",
)
def local_only(rng):
    x, w, t = rng.normal(size=(4, 3)), rng.normal(size=(3, 2)), rng.normal(size=(4, 2))
    return gradcheck(
        lambda x: np.sum((x @ w - t) ** 2), x, gradient=lambda x: np.repeat(w.sum(axis=1)[None], 4, axis=0)
    )


@checked("normalised splines: the row sum as a constant", "SauersML/gam#193", "overwritten")
def renormalised(rng):
    t = rng.normal(size=4)

    def gradient(x):
        e = np.exp(-((x - np.arange(4.0)) ** 2))
        return np.sum(t * -2 * (x - np.arange(4.0)) * e) / np.sum(e)

    def f(x):
        e = np.exp(-((x - np.arange(4.0)) ** 2))
        return np.sum(t * e) / np.sum(e)

    return gradcheck(f, 1.3, gradient=gradient)


@checked("roughness: W for its inverse", "s-watanabe-jhod/garpos#1", "value", "chain", "transposed")
def roughness(rng):
    a, d = rng.normal(size=(3, 3)), rng.normal(size=(3, 4))
    w = a @ a.T + np.eye(3)

    def gradient(x):
        return 2 * d.T @ w @ d @ x

    return gradcheck(lambda x: x @ d.T @ np.linalg.inv(w) @ d @ x, rng.normal(size=4), gradient=gradient)


by_hand(
    "rational quadratic kernel: the exponent not lowered by one",
    "SheffieldML/GPy#75",
    ("chain", "value"),
    lambda r: np.sum((1 + r**2 / 2.8) ** -1.4),
    lambda r: -r * (1 + r**2 / 2.8) ** -1.4,
    normal(5),
)
rule(
    "nearest upsampling: one of the copies comes back",
    "davisking/dlib#336",
    ("not summed", "value", "overwritten", "somewhere"),
    lambda x: np.repeat(x, 2),
    lambda g, out, x: g[::2],
    normal(4),
)
rule(
    "nearest upsampling: the mean of the copies",
    "huggingface/candle#3507",
    ("factor", "not summed"),
    lambda x: np.repeat(x, 2),
    lambda g, out, x: g.reshape(-1, 2).mean(axis=1),
    normal(4),
)
rule(
    "a layer that takes its output for its input",
    "mlpack/mlpack#2005",
    ("chain: result|taken at",),
    lambda x: np.log(1 + np.exp(x)),
    lambda g, out, x: g / (1 + np.exp(-out)),
    normal(5),
)
rule(
    "relu: the sign of the output's slope",
    "Oneflow-Inc/oneflow#5914",
    ("chain", "sign", "somewhere"),
    lambda x: np.maximum(x, 0),
    lambda g, out, x: g * np.sign(x),
    normal(7),
)


@checked(
    "characters: dhnext before tanh′, for that after Whh",
    STACK.format("shreyashkar-ml min-char-rnn"),
    "chain",
    "overwritten",
    "transposed",
)
def dhnext(rng):
    xs, h0, ts = rng.normal(size=(3, 2, 1)), rng.normal(size=(3, 1)), rng.normal(size=(3, 3, 1))

    def run(wx, wh):
        hs = [h0]
        for x in xs:
            hs.append(np.tanh(wx @ x + wh @ hs[-1]))
        return hs

    def gradient(wx, wh):
        hs = run(wx, wh)
        dwx, dwh, dhnext = np.zeros_like(wx), np.zeros_like(wh), np.zeros((3, 1))
        for t in (2, 1, 0):
            dh = 2 * (hs[t + 1] - ts[t]) + dhnext
            draw = (1 - hs[t + 1] ** 2) * dh
            dwx += draw @ xs[t].T
            dwh += draw @ hs[t].T
            dhnext = wh.T @ dh
        return dwx, dwh

    return gradcheck(
        lambda wx, wh: sum(np.sum((h - t) ** 2) for h, t in zip(run(wx, wh)[1:], ts)),
        rng.normal(size=(3, 2)),
        0.7 * rng.normal(size=(3, 3)),
        gradient=gradient,
    )


@checked(
    "characters: += written as = for the recurrent weights", STACK.format("KenPerry/Notebooks, a copy"), "overwritten"
)
def assigned(rng):
    xs, h0, t = rng.normal(size=(3, 2)), rng.normal(size=3), rng.normal(size=3)

    def run(wh):
        hs = [h0]
        for x in xs:
            hs.append(np.tanh(np.append(x, 0.3) + wh @ hs[-1]))
        return hs

    def gradient(wh):
        hs = run(wh)
        dh, dwh = 2 * (hs[-1] - t), None
        for k in (2, 1, 0):
            draw = (1 - hs[k + 1] ** 2) * dh
            dwh = np.outer(draw, hs[k])
            dh = wh.T @ draw
        return dwh

    return gradcheck(lambda wh: np.sum((run(wh)[-1] - t) ** 2), 0.7 * rng.normal(size=(3, 3)), gradient=gradient)


@checked(
    "linear recurrence: the weight's gradient with the last input every time",
    "peterroelants/peterroelants.github.io#14 (part 1 of the same pages)",
    "value",
)
def last_state(rng):
    x, t = rng.normal(size=(4, 5)), rng.normal(size=5)

    def run(w):
        s = [np.zeros(5)]
        for k in range(4):
            s.append(x[k] * w[0] + s[-1] * w[1])
        return s

    def gradient(w):
        s = run(w)
        d, gx, gr = 2 * (s[-1] - t), 0.0, 0.0
        for k in (3, 2, 1, 0):
            gx += d @ x[3]
            gr += d @ s[k]
            d = d * w[1]
        return np.array([gx, gr])

    return gradcheck(lambda w: np.sum((run(w)[-1] - t) ** 2), rng.normal(size=2), gradient=gradient)


# -- courses -------------------------------------------------------------------------------------------------------


@checked("C1W3: dj_dw divided by m, dj_db not", "greyhatguy007/Machine-Learning-Specialization-Coursera#50", "factor")
def not_db(rng):
    x, y = rng.normal(size=(7, 2)), (rng.random(7) > 0.5) * 1.0

    def loss(w, b):
        p = sigmoid(x @ w + b)
        return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))

    def gradient(w, b):
        e = sigmoid(x @ w + b) - y
        return x.T @ e / 7, np.sum(e)

    return gradcheck(loss, rng.normal(size=2), rng.normal(), gradient=gradient)


@checked(
    "Gaussian likelihood: Σ for its inverse in the mean's gradient",
    "iacopomasi/AI-ML-Unit-2#65",
    "value",
    "chain",
    "transposed",
)
def not_inverted(rng):
    a, x = rng.normal(size=(2, 2)), rng.normal(size=(6, 2))
    s = a @ a.T + np.eye(2)
    return gradcheck(
        lambda m: 0.5 * np.sum(((x - m) @ np.linalg.inv(s)) * (x - m)),
        rng.normal(size=2),
        gradient=lambda m: -np.sum((x - m) @ s, axis=0),
    )


@checked(
    "Gaussian likelihood: the sum over the samples left out",
    "iacopomasi/AI-ML-Unit-2#73",
    "not summed",
    "value",
    "factor",
)
def no_sum(rng):
    x = rng.normal(size=(6, 3))
    return gradcheck(lambda m: 0.5 * np.sum((x - m) ** 2), rng.normal(size=3), gradient=lambda m: -(x[-1] - m))


@checked("mixture: the responsibilities left out", "iacopomasi/AI-ML-Unit-2#39", "chain", "value", "softmax")
def responsibilities(rng):
    x = rng.normal(size=8)

    def gradient(m):
        return -np.sum(x[:, None] - m, axis=0)

    return gradcheck(
        lambda m: -np.sum(np.log(np.sum(np.exp(-0.5 * (x[:, None] - m) ** 2), axis=1))),
        rng.normal(size=3),
        gradient=gradient,
    )


@checked("factorisation: W H for V in one of the two terms", "ipsorakis/commDetNMF#2", "value", "part", "overwritten")
def nmf(rng):
    v = rng.random((4, 5))
    return gradcheck(
        lambda w, h: 0.5 * np.sum((v - w @ h) ** 2),
        rng.random((4, 2)),
        rng.random((2, 5)),
        gradient=lambda w, h: (-(v - w @ h) @ h.T, w.T @ (w @ h)),
    )


@checked("reconstruction by W Wᵀ: only the outer W", "nyu-dl/Intro_to_ML_Lecture_Note#14", "overwritten")
def only_outer(rng):
    x = rng.normal(size=(6, 4))
    return gradcheck(
        lambda w: np.sum((x @ w @ w.T - x) ** 2),
        0.5 * rng.normal(size=(4, 2)),
        gradient=lambda w: 2 * (x @ w @ w.T - x).T @ (x @ w),
    )


@checked(
    "Lagrangian dual of a quadratic: the linear term twice",
    "purushottamkar/ml19-20a#5 (the bias of the same notes)",
    "part",
    "factor",
)
def linear_twice(rng):
    a, c = rng.normal(size=(3, 3)), rng.normal(size=3)
    q = a @ a.T
    return gradcheck(lambda x: 0.5 * x @ q @ x - c @ x, rng.normal(size=3), gradient=lambda x: q @ x - 2 * c)


@checked(
    "hinge, squared: the 2 and the margin left out",
    "JuliaML/LossFunctions.jl#135 (squared hinge of the same file)",
    "chain",
    "factor",
)
def squared_hinge(rng):
    x, y = rng.normal(size=(8, 3)), rng.choice([-1.0, 1.0], 8)

    def gradient(w):
        m = 1 - y * (x @ w)
        return -x.T @ (y * (m > 0))

    return gradcheck(lambda w: np.sum(np.maximum(0, 1 - y * (x @ w)) ** 2), rng.normal(size=3), gradient=gradient)


@checked("quantile loss: τ on both sides", "catboost/catboost#1909", "somewhere", "chain")
def quantile(rng):
    y = rng.normal(size=7)
    return gradcheck(
        lambda p: np.sum(np.maximum(0.8 * (y - p), -0.2 * (y - p))),
        y + np.array([0.3, -0.4, 0.5, -0.6, 0.7, -0.2, 0.9]),
        gradient=lambda p: -0.8 * np.sign(y - p),
    )


by_hand(
    "log cosh: the hyperbolic tangent's derivative",
    "wandb/senpai#3076",
    ("chain", "value"),
    lambda p: np.sum(np.log(np.cosh(p - np.array([0.2, 1.0, -0.7])))),
    lambda p: 1 - np.tanh(p - np.array([0.2, 1.0, -0.7])) ** 2,
    normal(3),
)


@checked(
    "knowledge distillation: the temperature forgotten on the way back",
    "wandb/senpai#3076 (the softened targets)",
    "factor",
)
def temperature(rng):
    y = softmax(rng.normal(size=(4, 3)))
    return gradcheck(
        lambda z: -np.sum(y * np.log(softmax(z / 3.0))),
        rng.normal(size=(4, 3)),
        gradient=lambda z: softmax(z / 3.0) - y,
    )


@checked("label smoothing: the smoothed loss's mean with the wrong sign", "ml-explore/mlx#166", "part: sign", "part")
def smoothing(rng):
    y = one_hot(np.array([0, 2, 1, 1]), 3)

    def loss(z):
        return np.sum(np.log(np.sum(np.exp(z), axis=1)) - 0.9 * np.sum(y * z, axis=1) - 0.1 * np.mean(z, axis=1))

    return gradcheck(loss, rng.normal(size=(4, 3)), gradient=lambda z: softmax(z) - 0.9 * y + 0.1 / 3)


@checked(
    "log-probability of the chosen token: the one-hot row with a plus",
    "RL-Align/RL-Kernel#315",
    "part: sign",
    "sign",
    "softmax",
    "part",
)
def chosen(rng):
    labels, a = np.array([0, 2, 1, 1]), rng.normal(size=4)

    def gradient(z):
        p = softmax(z)
        p[np.arange(4), labels] += 1.0
        return -a[:, None] * p

    return gradcheck(
        lambda z: np.sum(a * (np.sum(one_hot(labels, 3) * z, axis=1) - np.log(np.sum(np.exp(z), axis=1)))),
        rng.normal(size=(4, 3)),
        gradient=gradient,
    )


@checked(
    "attention: dropout's scale in the weights but not on the way back",
    "HKUSTDial/flash-sparse-attention#109",
    "factor",
    "chain",
    "part",
)
def scaled_dropout(rng):
    k, v, t = rng.normal(size=(4, 3)), rng.normal(size=(4, 2)), rng.normal(size=(3, 2))
    mask = (rng.random((3, 4)) > 0.3) / 0.7

    def gradient(q):
        p = softmax(q @ k.T / np.sqrt(3))
        dp = 2 * ((p * mask) @ v - t) @ v.T * (mask > 0)
        return p * (dp - np.sum(dp * p, axis=1, keepdims=True)) @ k / np.sqrt(3)

    return gradcheck(
        lambda q: np.sum(((softmax(q @ k.T / np.sqrt(3)) * mask) @ v - t) ** 2),
        rng.normal(size=(3, 3)),
        gradient=gradient,
    )


@checked(
    "gated unit: the gate's own derivative forgotten", "fla-org/flash-linear-attention#384 (a gate)", "chain: sigmoid"
)
def gated(rng):
    x, t = rng.normal(size=(5, 3)), rng.normal(size=(5, 4))

    def gradient(w, v):
        a, s = x @ w, sigmoid(x @ v)
        d = 2 * (a * s - t)
        return x.T @ (d * s), x.T @ (d * a)

    return gradcheck(
        lambda w, v: np.sum(((x @ w) * sigmoid(x @ v) - t) ** 2),
        rng.normal(size=(3, 4)),
        rng.normal(size=(3, 4)),
        gradient=gradient,
    )
