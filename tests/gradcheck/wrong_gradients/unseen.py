"""Wrong gradients that were collected when the diagnosis was written already, and judged once before it was mended."""

import numpy as np

from tinygrad_edu import gradcheck

from .case import Collection, normal, one_hot, sigmoid, softmax

table = Collection()
rule, by_hand, checked = table.rule, table.by_hand, table


def softplus(x):
    return np.log(1 + np.exp(x))


def layer_norm(x):
    centred = x - np.mean(x, axis=-1, keepdims=True)
    return centred / np.sqrt(np.mean(centred**2, axis=-1, keepdims=True) + 1e-5)


def deviation(x):
    return np.sqrt(np.var(x, axis=-1, keepdims=True) + 1e-5)


rule(
    "softplus: the sigmoid of the output",
    "zserge/nanonn#4",
    ("chain: at its result|σ|sigmoid|taken at",),
    softplus,
    lambda g, out, x: g / (1 + np.exp(-out)),
    normal(5),
)
rule(
    "layer norm of sequences: the means over steps and features",
    "flagos-ai/FlagGems#5392",
    ("not summed", "overwritten"),
    layer_norm,
    lambda g, out, x: (
        (g - np.mean(g, axis=(1, 2), keepdims=True) - out * np.mean(g * out, axis=(1, 2), keepdims=True)) / deviation(x)
    ),
    normal(2, 3, 4),
)
rule(
    "layer norm: the means over all rows of a block",
    "flagos-ai/FlagGems#59",
    ("not summed", "overwritten"),
    layer_norm,
    lambda g, out, x: (g - np.mean(g) - out * np.mean(g * out)) / deviation(x),
    normal(4, 5),
)
rule(
    "layer norm: the sum over the batch in place of the features",
    "Oneflow-Inc/oneflow#6149",
    ("not summed", "value", "overwritten"),
    layer_norm,
    lambda g, out, x: (g - np.mean(g, axis=0) - out * np.mean(g * out, axis=0)) / deviation(x),
    normal(5, 4),
)


@checked("layer norm: the gradients of weight and bias exchanged", "Oneflow-Inc/oneflow#6149", "swapped")
def exchanged(rng):
    x, t = rng.normal(size=(6, 4)), rng.normal(size=(6, 4))

    def loss(weight, bias):
        return np.sum((layer_norm(x) * weight + bias - t) ** 2)

    def gradient(weight, bias):
        d = 2 * (layer_norm(x) * weight + bias - t)
        return d.sum(axis=0), (d * layer_norm(x)).sum(axis=0)

    return gradcheck(loss, rng.normal(size=4), rng.normal(size=4), gradient=gradient)


by_hand(
    "Gaussian likelihood: −¼ for −½ in log σ²",
    "y0ast/VAE-Torch#5",
    ("part", "factor"),
    lambda v: np.sum(0.5 * v + 0.5 * np.array([0.3, 2.0, 1.1, 0.6]) * np.exp(-v)),
    lambda v: 0.25 - 0.5 * np.array([0.3, 2.0, 1.1, 0.6]) * np.exp(-v),
    normal(4),
)
by_hand(
    "categorical VAE: the gradient of KL with the sign turned",
    "Kaixhin/Autoencoders#9",
    "sign",
    lambda z: np.sum(softmax(z) * np.log(softmax(z) * 3)),
    lambda z: (
        -softmax(z) * (np.log(softmax(z) * 3) - np.sum(softmax(z) * np.log(softmax(z) * 3), axis=-1, keepdims=True))
    ),
    normal(4, 3),
)


@checked(
    "logistic, regularised: the factor x forgotten", "fengdu78/Coursera-ML-AndrewNg-Notes#82", "chain", "overwritten"
)
def without_x(rng):
    x, y = rng.normal(size=(9, 3)), (rng.random(9) > 0.5) * 1.0

    def loss(w):
        p = sigmoid(x @ w)
        return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)) + 0.1 * np.sum(w**2)

    def gradient(w):
        return np.mean(sigmoid(x @ w) - y) + 0.2 * w

    return gradcheck(loss, rng.normal(size=3), gradient=gradient)


@checked(
    "network: the bias column is regularised as 1", "JWarmenhoven/Coursera-Machine-Learning#3", "somewhere: column 0"
)
def ones_penalised(rng):
    x, y = np.c_[np.ones(8), rng.normal(size=(8, 2))], rng.random((8, 3))

    def loss(t):
        return np.mean((sigmoid(x @ t.T) - y) ** 2) + 0.05 * np.sum(t[:, 1:] ** 2)

    def gradient(t):
        p = sigmoid(x @ t.T)
        d = (2 * (p - y) / p.size * p * (1 - p)).T @ x
        return d + 0.1 * np.c_[np.ones(3), t[:, 1:]]

    return gradcheck(loss, rng.normal(size=(3, 3)), gradient=gradient)


@checked(
    "linear regression: the penalty on θ₀ too",
    "trekhleb/homemade-machine-learning#63",
    "somewhere: first|row 0",
    "part",
)
def bias_penalised(rng):
    x, y = np.c_[np.ones(8), rng.normal(size=(8, 3))], rng.normal(size=8)
    return gradcheck(
        lambda t: np.mean((x @ t - y) ** 2) / 2 + 0.3 * np.sum(t[1:] ** 2),
        rng.normal(size=4),
        gradient=lambda t: x.T @ (x @ t - y) / 8 + 0.6 * t,
    )


@checked(
    "ridge: the ½ disappeared from the loss's derivative",
    "thejakeyboy/umich-eecs545-lectures#2",
    "part: 2 ×|0.5 ×",
    "factor",
    "chain: multiply",
)
def half_gone(rng):
    x, y = rng.normal(size=(8, 3)), rng.normal(size=8)
    return gradcheck(
        lambda w: 0.5 * np.sum((x @ w - y) ** 2) + 0.5 * 0.4 * np.sum(w**2),
        rng.normal(size=3),
        gradient=lambda w: 2 * x.T @ (x @ w - y) + 0.4 * w,
    )


@checked("ridge: the penalty subtracted", "thejakeyboy/umich-eecs545-lectures#2", "part: sign")
def penalty_subtracted(rng):
    x, y = rng.normal(size=(8, 3)), rng.normal(size=8)
    return gradcheck(
        lambda w: 0.5 * np.sum((x @ w - y) ** 2) + 0.5 * 0.4 * np.sum(w**2),
        rng.normal(size=3),
        gradient=lambda w: x.T @ (x @ w - y) - 0.4 * w,
    )


by_hand(
    "the norm penalised, the gradient of its square",
    "ddbourgin/numpy-ml#53",
    ("chain", "factor", "value"),
    lambda w: 0.3 * np.sqrt(w @ w),
    lambda w: 0.3 * w,
    normal(5),
)
by_hand(
    "quadratic form: a row's sum for the diagonal",
    "AndreiChertkov/fpcross#2",
    ("value", "somewhere", "chain", "overwritten", "not summed", "diagonal"),
    lambda x: np.sum(np.array([[2.0, 0.3, -1.0], [0.5, 1.0, 0.2], [-0.7, 0.1, 3.0]]).diagonal() * x**2) / 2,
    lambda x: np.array([[2.0, 0.3, -1.0], [0.5, 1.0, 0.2], [-0.7, 0.1, 3.0]]).sum(axis=1) * x,
    normal(3),
)


@checked("a value and its transpose: the second use overwrites", "facebookresearch/beanmachine#1782", "overwritten")
def transposed_overwrites(rng):
    c, d = rng.normal(size=(3, 3)), rng.normal(size=(3, 3))
    return gradcheck(
        lambda x: np.sum(c * x**2) + np.sum(d * np.sin(x.T)),
        rng.normal(size=(3, 3)),
        gradient=lambda x: (d * np.cos(x.T)).T,
    )


@checked(
    "convolution in depth: at the output's index for the input's",
    "NervanaSystems/neon#111",
    "value",
    "overlap",
    "overwritten",
)
def output_index(rng):
    k = rng.normal(size=2)

    def f(x):
        return sum(np.sum((x[m] * k[0] + x[m + 1] * k[1]) ** 2) for m in range(4))

    def gradient(x):
        found = np.zeros(x.shape)
        for m in range(4):
            e = 2 * (x[m] * k[0] + x[m + 1] * k[1])
            for d in range(2):
                found[m] += k[d] * e
        return found

    return gradcheck(f, rng.normal(size=(5, 2)), gradient=gradient)


@checked("displacement: cos ϕ made in NumPy breaks the chain", "XanaduAI/MrMustard#176", "overwritten", "cut", "zero")
def numpy_breaks(rng):
    c = rng.normal(size=4)

    def f(r, phi):
        return np.sum(c * np.array([1.0, 2.0, 3.0, 4.0]) * r * np.cos(phi)) + np.sum(r**2 * np.sin(phi))

    def gradient(r, phi):
        k = np.array([1.0, 2.0, 3.0, 4.0])
        return c * k * np.cos(phi) + 2 * r * np.sin(phi), r**2 * np.cos(phi)

    return gradcheck(f, rng.normal(size=4), rng.normal(size=4), gradient=gradient)


by_hand(
    "multivariate normal: the covariance's gradient with the wrong sign",
    "HIPS/autograd#412",
    "sign",
    lambda s: 0.5 * np.log(s[0, 0] * s[1, 1] - s[0, 1] * s[1, 0]) + 0.5 * (s[0, 0] + s[1, 1]),
    lambda s: -0.5 * (np.linalg.inv(s).T + np.eye(2)),
    lambda rng: (np.array([[2.0, 0.3], [0.4, 1.5]]) + 0.1 * rng.random((2, 2)),),
)
rule(
    "normalised rows: each entry divided, the norm taken for a constant",
    "tensorflow/tensorflow#41959",
    ("overwritten",),
    lambda x: x / np.sqrt(np.sum(x**2, axis=-1, keepdims=True) + 1e-12),
    lambda g, out, x: g / np.sqrt(np.sum(x**2, axis=-1, keepdims=True)),
    normal(3, 4),
)


def pool(x):
    return np.mean(x.reshape(x.shape[0], -1, 2), axis=-1)


rule(
    "mean pooling: not divided by the size of the window",
    "mlpack/mlpack#2865",
    "factor",
    pool,
    lambda g, out, x: np.repeat(g, 2, axis=1),
    normal(3, 6),
)
rule(
    "mean pooling passes no gradient",
    "mashmawy/AlbiruniML#2",
    "zero",
    pool,
    lambda g, out, x: np.zeros(x.shape),
    normal(3, 6),
)
rule(
    "power with the gradient of relu",
    "ahrefs/ocannl#73",
    ("chain",),
    lambda x: x**3,
    lambda g, out, x: g * (x > 0),
    normal(6),
)
rule(
    "minus: g for the second",
    "KhawajaAbaid/micrograd_c#1",
    "sign",
    lambda a, b: a - b,
    (lambda g, out, a, b: g, lambda g, out, a, b: g),
    lambda rng: (rng.normal(size=4), rng.normal(size=4)),
)
rule(
    "exp: the input for the output",
    "karpathy/nn-zero-to-hero#52",
    "chain",
    lambda x: np.exp(x),
    lambda g, out, x: g * x,
    normal(5),
)
by_hand(
    "pseudo-Huber: α missing in the numerator",
    "RubixML/ML#446",
    ("factor",),
    lambda e: np.sum(0.7**2 * (np.sqrt(1 + (e / 0.7) ** 2) - 1)),
    lambda e: e / np.sqrt(e**2 + 0.7**2),
    normal(5),
)


@checked(
    "modified Huber: 2 missing in the middle, and the flat part forgotten",
    "stdlib-js/stdlib#13111",
    "somewhere",
    "part",
    "factor",
    "chain",
)
def modified_huber(rng):
    p = np.array([-2.0, -1.5, -0.5, 0.2, 0.6, 0.9])
    return gradcheck(
        lambda p: np.sum(np.where(p < -1, -4 * p, np.maximum(0, 1 - p) ** 2)),
        p + 0.01 * rng.random(6),
        gradient=lambda p: np.where(p < -1, -4.0, -(1 - p)),
    )


by_hand(
    "Huber: the linear part not seen where e < −d",
    "marlbenchmark/on-policy#47",
    "somewhere",
    lambda e: np.sum(np.where(np.abs(e) <= 1, e**2 / 2, np.abs(e) - 0.5)),
    lambda e: np.where(np.abs(e) <= 1, e, 1.0 * (e > 1)),
    lambda rng: (np.array([-3.0, -2.0, -1.5, -0.3, 0.4, 1.2, 2.5]) + 0.01 * rng.random(7),),
)
rule(
    "cumulative product: without the part of what comes after",
    "tensorflow/tensorflow#119430",
    ("chain", "overwritten", "not summed", "diagonal"),
    lambda x: np.cumprod(x),
    lambda g, out, x: g * out / x,
    lambda rng: (1 + rng.random(5),),
)
rule(
    "cumulative sum: summed from the front",
    "PaddlePaddle/Paddle#50997",
    ("value", "transposed", "chain: cumsum' itself is applied"),
    lambda x: np.cumsum(x),
    lambda g, out, x: np.cumsum(g),
    normal(5),
)
rule(
    "cumulative sum: the sum not turned back",
    "FluxML/Zygote.jl#294",
    ("value", "transposed"),
    lambda x: np.cumsum(x),
    lambda g, out, x: np.cumsum(g[::-1]),
    normal(5),
)


@checked(
    "hinge: the 1 of the margin left out", "scikit-learn/scikit-learn#20075 again", "somewhere", "chain", "overwritten"
)
def no_margin(rng):
    x, y = rng.normal(size=(10, 3)), np.sign(rng.normal(size=10))

    def gradient(w):
        active = y * (x @ w) < 0
        return -(x * (y * active)[:, None]).sum(axis=0)

    return gradcheck(lambda w: np.sum(np.maximum(0, 1 - y * (x @ w))), 0.4 * rng.normal(size=3), gradient=gradient)


table.cases[-1] = table.cases[-1]._replace(source="scikit-learn/scikit-learn#3607")


@checked(
    "metric learning: L forgotten in the update",
    "scikit-learn-contrib/metric-learn#201",
    "chain",
    "value",
    "order",
    "overwritten",
)
def metric(rng):
    d = rng.normal(size=(6, 3))
    return gradcheck(lambda m: np.sum((d @ m.T) ** 2), rng.normal(size=(3, 3)), gradient=lambda m: 2 * d.T @ d)


def skip_gram(centre, context, negative):
    return -np.log(sigmoid(context @ centre)) - np.sum(np.log(sigmoid(-(negative @ centre))))


def words(rng):
    return rng.normal(size=3), rng.normal(size=3), rng.normal(size=(4, 3))


by_hand(
    "negative samples added as if they were positive",
    "thinxer/go-word2vec#1",
    ("part: sign", "sign", "chain"),
    skip_gram,
    lambda c, o, k: (
        (sigmoid(o @ c) - 1) * o - sigmoid(k @ c) @ k,
        (sigmoid(o @ c) - 1) * c,
        -np.outer(sigmoid(k @ c), c),
    ),
    words,
)
by_hand(
    "negative samples: the sign of the codes always −1",
    "piskvorky/gensim#653",
    ("part: sign", "sign", "chain"),
    skip_gram,
    lambda c, o, k: (
        sigmoid(o @ c) * o + sigmoid(k @ c) @ k,
        sigmoid(o @ c) * c,
        np.outer(sigmoid(k @ c), c),
    ),
    words,
)


def batch_norm(x, gain):
    centred = x - np.mean(x, axis=0)
    return gain * centred / np.sqrt(np.mean(centred**2, axis=0) + 1e-3)


@checked("batch norm: the scale not counted in dx", "denizyuret/Knet.jl#288", "chain", "factor", "overwritten")
def no_scale(rng):
    t = rng.normal(size=(6, 3))

    def gradient(x, gain):
        s = np.sqrt(np.var(x, axis=0) + 1e-3)
        h = (x - np.mean(x, axis=0)) / s
        d = 2 * (gain * h - t)
        return (d - d.mean(axis=0) - h * (d * h).mean(axis=0)) / s, (d * h).sum(axis=0)

    return gradcheck(
        lambda x, gain: np.sum((batch_norm(x, gain) - t) ** 2),
        rng.normal(size=(6, 3)),
        1 + rng.random(3),
        gradient=gradient,
    )


@checked("batch norm: the mean's part has another term", "apache/mxnet#1053", "part", "overwritten", "factor")
def mean_twice(rng):
    t = rng.normal(size=(6, 3))

    def gradient(x, gain):
        s = np.sqrt(np.var(x, axis=0) + 1e-3)
        h = (x - np.mean(x, axis=0)) / s
        d = 2 * (gain * h - t) * gain
        return (d - 2 * d.mean(axis=0) - h * (d * h).mean(axis=0)) / s, (d / gain * h).sum(axis=0)

    return gradcheck(
        lambda x, gain: np.sum((batch_norm(x, gain) - t) ** 2),
        rng.normal(size=(6, 3)),
        1 + rng.random(3),
        gradient=gradient,
    )


@checked("batch norm: the variance not centred", "pjreddie/darknet#1723", "value", "chain", "part", "overwritten")
def not_centred(rng):
    t = rng.normal(size=(6, 3))

    def gradient(x, gain):
        s = np.sqrt(np.var(x, axis=0) + 1e-3)
        h = (x - np.mean(x, axis=0)) / s
        d = 2 * (gain * h - t)
        dh = d * gain
        return (dh - dh.mean(axis=0)) / s - x * (dh * h).mean(axis=0) / s**2, (d * h).sum(axis=0)

    return gradcheck(
        lambda x, gain: np.sum((batch_norm(x, gain) - t) ** 2),
        rng.normal(size=(6, 3)),
        1 + rng.random(3),
        gradient=gradient,
    )


@checked("recurrent: the hidden gradient set to 0 at every step", "ooples/AiDotNet#722", "overwritten")
def no_time(rng):
    xs, t = rng.normal(size=(3, 4, 2)), rng.normal(size=(4, 3))

    def run(w, u):
        hs = [np.zeros((4, 3))]
        for x in xs:
            hs.append(np.tanh(x @ w + hs[-1] @ u))
        return hs

    def gradient(w, u):
        hs = run(w, u)
        d = 2 * (hs[-1] - t) * (1 - hs[-1] ** 2)
        return xs[-1].T @ d, hs[-2].T @ d

    return gradcheck(
        lambda w, u: np.sum((run(w, u)[-1] - t) ** 2),
        rng.normal(size=(2, 3)),
        rng.normal(size=(3, 3)),
        gradient=gradient,
    )


@checked("RBF kernel: ℓ² for ℓ³", "scikit-learn/scikit-learn#26502", "factor", "chain")
def kernel(rng):
    x = rng.normal(size=5)
    r = (x[:, None] - x[None, :]) ** 2
    return gradcheck(
        lambda scale: np.sum(np.exp(-0.5 * r / scale**2)),
        1.7,
        gradient=lambda scale: np.sum(np.exp(-0.5 * r / scale**2) * r / scale**2),
    )


@checked("RBF kernel: each length scale, ℓ² for ℓ³", "scikit-learn/scikit-learn#11113", "chain")
def kernels(rng):
    r = rng.normal(size=(6, 3)) ** 2
    return gradcheck(
        lambda scale: np.sum(np.exp(-0.5 * np.sum(r / scale**2, axis=1))),
        1 + rng.random(3),
        gradient=lambda s: np.exp(-0.5 * np.sum(r / s**2, axis=1)) @ r / s**2,
    )


@checked("attention: the scale of the scores left out", "AlphaGPU/leetgpu-challenges#302", "factor", "chain")
def unscaled(rng):
    k, v, t = rng.normal(size=(5, 4)), rng.normal(size=(5, 2)), rng.normal(size=(3, 2))

    def gradient(q):
        p = softmax(q @ k.T / 2)
        d = 2 * (p @ v - t) @ v.T
        return p * (d - np.sum(d * p, axis=-1, keepdims=True)) @ k

    return gradcheck(lambda q: np.sum((softmax(q @ k.T / 2) @ v - t) ** 2), rng.normal(size=(3, 4)), gradient=gradient)


@checked("attention with one input: what flows through the keys forgotten", "mlpack/mlpack#2375 self", "overwritten")
def self_attention(rng):
    c = rng.normal(size=(4, 3))

    def gradient(x):
        p = softmax(x @ x.T)
        d = c @ x.T
        d = p * (d - np.sum(d * p, axis=-1, keepdims=True))
        return p.T @ c + d @ x

    return gradcheck(lambda x: np.sum(c * (softmax(x @ x.T) @ x)), rng.normal(size=(4, 3)), gradient=gradient)


table.cases[-1] = table.cases[-1]._replace(source="mlpack/mlpack#2375")


@checked(
    "CBOW: the gradient of the first layer before relu′",
    "rust0258/Deeplearning.ai-Natural-Language-Processing-Specialization#70",
    "chain",
)
def cbow(rng):
    x, y = rng.random((4, 6)), one_hot(rng.integers(0, 4, 6), 4).T

    def loss(w1, w2):
        z = w2 @ np.maximum(w1 @ x, 0)
        e = np.exp(z - np.max(z, axis=0))
        return -np.sum(y * np.log(e / np.sum(e, axis=0))) / 6

    def gradient(w1, w2):
        h = np.maximum(w1 @ x, 0)
        d = softmax((w2 @ h).T).T - y
        return (w2.T @ d) @ x.T / 6, d @ h.T / 6

    return gradcheck(loss, rng.normal(size=(3, 4)), rng.normal(size=(4, 3)), gradient=gradient)


# -- collected after the first of these were mended -------------------------------------------------------------


def rms_norm(x, weight):
    return weight * x / np.sqrt(np.mean(x**2, axis=-1, keepdims=True) + 1e-5)


def rms_case(name, source, accept, back):
    """RMS normalisation with the loss Σ (y − t)²; `back(d, x, weight, r)` is the gradient of x, r being 1 / rms."""

    def check(rng):
        t = rng.normal(size=(4, 5))

        def gradient(x, weight):
            r = 1 / np.sqrt(np.mean(x**2, axis=-1, keepdims=True) + 1e-5)
            d = 2 * (rms_norm(x, weight) - t)
            return back(d, x, weight, r), (d * x * r).sum(axis=0)

        loss = lambda x, weight: np.sum((rms_norm(x, weight) - t) ** 2)  # noqa: E731
        return gradcheck(loss, rng.normal(size=(4, 5)), 1 + rng.random(5), gradient=gradient)

    table(name, source, *accept)(check)


def row_mean(a):
    return np.mean(a, axis=-1, keepdims=True)


rms_case(
    "RMS norm: not multiplied by the weight",
    "karpathy/llm.c#763",
    ("chain", "factor"),
    lambda d, x, w, r: d * r - x * r**3 * row_mean(d * x),
)
rms_case(
    "RMS norm: the weight twice in the part of the mean square",
    "NVIDIA/Megatron-LM#6859",
    ("chain", "value", "part"),
    lambda d, x, w, r: d * w * r - w * x * r**3 * row_mean(d * w * x),
)
rms_case(
    "RMS norm: the mean square in place of 1 / rms",
    "flagos-ai/FlagGems#5771",
    ("chain", "value", "factor"),
    lambda d, x, w, r: d * w / r**2 - x / r**6 * row_mean(d * w * x),
)


@checked("residual: added before the normalisation's derivative", "Dao-AILab/quack#53", "chain", "value", "overwritten")
def residual(rng):
    c, d = rng.normal(size=(3, 5)), rng.normal(size=(3, 5))

    def gradient(x):
        r = 1 / np.sqrt(row_mean(x**2) + 1e-5)
        return (c + d) * r - x * r**3 * row_mean((c + d) * x)

    return gradcheck(
        lambda x: np.sum(c * x) + np.sum(d * x / np.sqrt(row_mean(x**2) + 1e-5)),
        rng.normal(size=(3, 5)),
        gradient=gradient,
    )


@checked("dice: the gradient of the score for that of the loss", "faustomilletari/VNet#32", "sign")
def dice(rng):
    t = (rng.random(8) > 0.5) * 1.0

    def gradient(p):
        both, all_ = np.sum(p * t), np.sum(p**2) + np.sum(t)
        return 2 * (t * all_ - 2 * p * both) / all_**2

    return gradcheck(lambda p: 1 - 2 * np.sum(p * t) / (np.sum(p**2) + np.sum(t)), rng.random(8), gradient=gradient)


@checked(
    "dropout: the mask only in the gradient of the weights",
    "foundation-model-stack/fms-acceleration#97",
    "chain",
    "factor",
)
def mask_for_weights(rng):
    m, t = (rng.random((6, 4)) > 0.4) / 0.6, rng.normal(size=(6, 3))

    def gradient(x, a):
        d = 2 * ((x * m) @ a - t)
        return d @ a.T, (x * m).T @ d

    return gradcheck(
        lambda x, a: np.sum(((x * m) @ a - t) ** 2), rng.normal(size=(6, 4)), rng.normal(size=(4, 3)), gradient=gradient
    )


@checked("dropout: hidden gradients as if all were kept", "rohitg00/ai-engineering-from-scratch#17", "chain", "factor")
def mask_ignored(rng):
    x, t = rng.normal(size=(6, 3)), rng.normal(size=(6, 1))
    m = (rng.random((6, 5)) > 0.3) / 0.7

    def gradient(w, v):
        h = np.maximum(x @ w, 0)
        d = 2 * ((h * m) @ v - t)
        return x.T @ (d @ v.T * (h > 0)), (h * m).T @ d

    return gradcheck(
        lambda w, v: np.sum(((np.maximum(x @ w, 0) * m) @ v - t) ** 2),
        rng.normal(size=(3, 5)),
        rng.normal(size=(5, 1)),
        gradient=gradient,
    )


@checked("ranking: the user's vector missing in the gradient of the items", "guoguibing/librec#16", "chain")
def without_user(rng):
    return gradcheck(
        lambda u, v: np.sum(np.log(1 + np.exp(-(v @ u)))),
        rng.normal(size=3),
        rng.normal(size=(5, 3)),
        gradient=lambda u, v: (-sigmoid(-(v @ u)) @ v, np.repeat(-sigmoid(-(v @ u))[:, None], 3, axis=1)),
    )


by_hand(
    "Bayesian ranking: −e⁻ˣ / (1 + e⁻ˣ) for the slope of ln σ",
    "benfred/implicit#716",
    "sign",
    lambda x: np.sum(np.log(sigmoid(x))),
    lambda x: -np.exp(-x) / (1 + np.exp(-x)),
    normal(6),
)


@checked("factors: the sum over the batch for the mean", "apache/spark#18337", "factor")
def sum_for_mean(rng):
    r = rng.normal(size=(4, 6))
    return gradcheck(
        lambda p, q: np.mean((p @ q.T - r) ** 2),
        rng.normal(size=(4, 2)),
        rng.normal(size=(6, 2)),
        gradient=lambda p, q: (2 * (p @ q.T - r) @ q, 2 * (p @ q.T - r).T @ p),
    )


def network(activation, slope_1, name, source, accept):
    """Two layers, Σ (y − t)², with what is taken for the slope of the first layer from (z1, a1, z2)."""

    def check(rng):
        x, t = rng.normal(size=(5, 3)), rng.normal(size=(5, 4))

        def gradient(w, v):
            z, a = x @ w, activation(x @ w)
            d = 2 * (a @ v - t)
            return x.T @ (d @ v.T * slope_1(z, a, a @ v)), a.T @ d

        loss = lambda w, v: np.sum((activation(x @ w) @ v - t) ** 2)  # noqa: E731
        return gradcheck(loss, rng.normal(size=(3, 4)), rng.normal(size=(4, 4)), gradient=gradient)

    table(name, source, *accept)(check)


network(
    sigmoid,
    lambda z, a, z2: sigmoid(a) * (1 - sigmoid(a)),
    "sigmoid′ of the activation for that of the sum before it",
    "tsoding/nn.h#18",
    ("chain: result",),
)
network(
    np.tanh,
    lambda z, a, z2: 1 - np.tanh(a) ** 2,
    "tanh′ applied to the output y",
    "OpenANN/OpenANN#164",
    ("chain: result",),
)
network(
    np.tanh,
    lambda z, a, z2: 1 - np.tanh(z2) ** 2,
    "1 − tanh²(z2) for 1 − tanh²(z1)",
    "dennybritz/nn-from-scratch#3",
    ("chain: taken at",),
)


@checked("a row that was repeated: its gradient not summed", "deeplearning4j/nd4j#2424", "not summed", "shape")
def not_reduced(rng):
    a, t = rng.normal(size=(3, 4)), rng.normal(size=(3, 4))
    return gradcheck(lambda b: np.sum((a + b - t) ** 2), rng.normal(size=(1, 4)), gradient=lambda b: 2 * (a + b - t))


@checked("a row that was repeated: the mean for the sum", "tensorflow/tfjs-core#398", "factor", "not summed")
def averaged(rng):
    a, t = rng.normal(size=(3, 4)), rng.normal(size=(3, 4))
    return gradcheck(
        lambda a, b: np.sum((a + b - t) ** 2),
        a,
        rng.normal(size=4),
        gradient=lambda a, b: (2 * (a + b - t), np.mean(2 * (a + b - t), axis=0)),
    )


def triplet(a, p, n):
    return 0.5 * np.sum((a - p) ** 2) - 0.5 * np.sum((a - n) ** 2)


def three(rng):
    return rng.normal(size=4), rng.normal(size=4), rng.normal(size=4)


by_hand(
    "triplets: only the anchor has a gradient",
    "jhjin/triplet-criterion#2",
    "zero",
    triplet,
    lambda a, p, n: (n - p, np.zeros(4), np.zeros(4)),
    three,
)
by_hand(
    "triplets: −a for p − a",
    "luhaofang/tripletloss#41",
    ("overwritten", "chain", "part", "value"),
    triplet,
    lambda a, p, n: (n - p, -a, a),
    three,
)


@checked(
    "LSTM cell: the gates take the gradient of h for that of c",
    "lhnguyen102/cuTAGI#77",
    "value",
    "chain",
    "overwritten",
)
def gates(rng):
    x, c0, t = rng.normal(size=(4, 3)), rng.normal(size=(4, 2)), rng.normal(size=(4, 2))

    def parts(wi, wf, wg, wo):
        return sigmoid(x @ wi), sigmoid(x @ wf), np.tanh(x @ wg), sigmoid(x @ wo)

    def loss(wi, wf, wg, wo):
        i, f, g, o = parts(wi, wf, wg, wo)
        return np.sum((o * np.tanh(f * c0 + i * g) - t) ** 2)

    def gradient(wi, wf, wg, wo):
        i, f, g, o = parts(wi, wf, wg, wo)
        c = np.tanh(f * c0 + i * g)
        d = 2 * (o * c - t)
        return (
            x.T @ (d * g * i * (1 - i)),
            x.T @ (d * c0 * f * (1 - f)),
            x.T @ (d * i * (1 - g**2)),
            x.T @ (d * c * o * (1 - o)),
        )

    return gradcheck(loss, *(rng.normal(size=(3, 2)) for _ in range(4)), gradient=gradient)


@checked(
    "LSTM: the peephole weights exchanged in the gradient of the cell",
    "tensorflow/tensorflow#34171",
    "value",
    "swapped",
)
def peephole(rng):
    z, y, g, t = (rng.normal(size=(4, 2)) for _ in range(4))
    wi, wf = rng.normal(size=2), rng.normal(size=2)

    def gates_of(c):
        return sigmoid(z + wi * c), sigmoid(y + wf * c)

    def gradient(c):
        i, f = gates_of(c)
        d = 2 * (f * c + i * g - t)
        return d * f + d * c * f * (1 - f) * wi + d * g * i * (1 - i) * wf

    def loss(c):
        i, f = gates_of(c)
        return np.sum((f * c + i * g - t) ** 2)

    return gradcheck(loss, rng.normal(size=(4, 2)), gradient=gradient)


by_hand(
    "VAE: the sign of log σ in the divergence",
    "FluxML/model-zoo#147",
    "part: sign",
    lambda m, s: 0.5 * np.sum(np.exp(2 * s) + m**2 - 1 - 2 * s),
    lambda m, s: (m, np.exp(2 * s) + 1),
    lambda rng: (rng.normal(size=4), rng.normal(size=4)),
)


# -- a third look --------------------------------------------------------------------------------------------------


@checked(
    "three layers: twice the second kernel's, four times the first bias's",
    "bighuang624/Andrew-Ng-Deep-Learning-notes#10",
    "factor",
    "part",
)
def two_factors(rng):
    x, y = rng.normal(size=(3, 6)), (rng.random((1, 6)) > 0.5) * 1.0

    def run(w1, b1, w2, b2, w3):
        a1 = np.maximum(w1 @ x + b1, 0)
        a2 = np.maximum(w2 @ a1 + b2, 0)
        return a1, a2, sigmoid(w3 @ a2)

    def loss(*p):
        a3 = run(*p)[2]
        return -np.mean(y * np.log(a3) + (1 - y) * np.log(1 - a3))

    def gradient(w1, b1, w2, b2, w3):
        a1, a2, a3 = run(w1, b1, w2, b2, w3)
        d3 = (a3 - y) / 6
        d2 = w3.T @ d3 * (a2 > 0)
        d1 = w2.T @ d2 * (a1 > 0)
        return d1 @ x.T, 4 * d1.sum(1, keepdims=True), 2 * d2 @ a1.T, d2.sum(1, keepdims=True), d3 @ a2.T

    shapes = ((5, 3), (5, 1), (4, 5), (4, 1), (1, 4))
    return gradcheck(loss, *(rng.normal(size=shape) for shape in shapes), gradient=gradient)


@checked("the derivative notes: xᵀ for wᵀ", "cs231n/cs231n.github.io#229", "value")
def x_for_w(rng):
    t = rng.normal(size=(3, 3))

    def gradient(x, w):
        d = 2 * (x @ w - t)
        return d @ x.T, x.T @ d

    return gradcheck(
        lambda x, w: np.sum((x @ w - t) ** 2), rng.normal(size=(3, 3)), rng.normal(size=(3, 3)), gradient=gradient
    )


network(
    np.tanh,
    lambda z, a, z2: 1.0,
    "the local gradient without φ′",
    "filipecalasans/mlp#1",
    ("chain: tanh",),
)


@checked("a sum over the rows that should not be there", "sdrangan/introml#16", "not summed", "value")
def summed_over_rows(rng):
    t = rng.normal(size=(4, 3))
    return gradcheck(
        lambda u: np.sum((np.exp(u) - t) ** 2),
        rng.normal(size=(4, 3)),
        gradient=lambda u: np.ones((4, 1)) * np.sum(2 * (np.exp(u) - t) * np.exp(u), axis=0),
    )


by_hand(
    "a shallow narrow network: the minus forgotten",
    "NeuromatchAcademy/course-content-dl#176",
    "sign",
    lambda w1, w2: np.sum((np.array([0.3, -1.0, 2.0]) - w1 * w2 * np.array([1.0, 2.0, -0.5])) ** 2),
    lambda w1, w2: (
        2 * w2 * np.array([1.0, 2.0, -0.5]) @ (np.array([0.3, -1.0, 2.0]) - w1 * w2 * np.array([1.0, 2.0, -0.5])),
        2 * w1 * np.array([1.0, 2.0, -0.5]) @ (np.array([0.3, -1.0, 2.0]) - w1 * w2 * np.array([1.0, 2.0, -0.5])),
    ),
    lambda rng: (rng.normal(), rng.normal()),
)


@checked("filters: channels and filters in each other's order", "nntrainer/nntrainer#705", "transposed")
def order_of_channels(rng):
    x, t = rng.normal(size=(3, 3, 7)), rng.normal(size=(3, 7))

    def gradient(k):
        d = 2 * (np.sum(k[:, :, None] * x, axis=1) - t)
        return np.sum(d[:, None] * x, axis=2).T

    return gradcheck(
        lambda k: np.sum((np.sum(k[:, :, None] * x, axis=1) - t) ** 2), rng.normal(size=(3, 3)), gradient=gradient
    )


@checked("a stride of two left out on the way back", "pytorch/pytorch#63314", "value", "stride", "chain", "somewhere")
def stride_left_out(rng):
    t = rng.normal(size=8)
    spread = np.zeros((8, 4))
    spread[::2] = np.eye(4)

    def gradient(x):
        d = 2 * (spread @ x * 0.7 - t)
        return 0.7 * d[:4]

    return gradcheck(lambda x: np.sum((spread @ x * 0.7 - t) ** 2), rng.normal(size=4), gradient=gradient)


@checked("weighted least squares: the weights left out", "attack68/book_irds3#3", "chain", "factor")
def unweighted(rng):
    a, s, weights = rng.normal(size=(6, 3)), rng.normal(size=6), 1 + 3 * rng.random(6)
    return gradcheck(
        lambda v: np.sum(weights * (np.exp(a @ v) - s) ** 2),
        0.3 * rng.normal(size=3),
        gradient=lambda v: 2 * a.T @ ((np.exp(a @ v) - s) * np.exp(a @ v)),
    )


@checked("recurrent notes: W for Wᵀ", "stanfordnlp/cs224n-winter17-notes#1", "transposed")
def not_turned(rng):
    x = rng.normal(size=4)

    def run(w, h):
        return np.tanh(w @ np.tanh(w @ h + x) + x)

    def gradient(h, w):
        a = np.tanh(w @ h + x)
        b = np.tanh(w @ a + x)
        d = 2 * b * (1 - b**2)
        e = (w @ d) * (1 - a**2)
        return w.T @ e, np.outer(d, a) + np.outer(e, h)

    return gradcheck(
        lambda h, w: np.sum(run(w, h) ** 2), rng.normal(size=4), rng.normal(size=(4, 4)), gradient=gradient
    )


@checked("the step without Δ: the weights themselves for their gradient", "udacity/sdc-issue-reports#469", "value")
def weights_themselves(rng):
    x, t = rng.normal(size=(6, 3)), rng.normal(size=(6, 2))
    return gradcheck(lambda w: np.mean((np.tanh(x @ w) - t) ** 2), rng.normal(size=(3, 2)), gradient=lambda w: w + 0.0)
