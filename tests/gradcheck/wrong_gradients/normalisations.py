"""Batch norm, layer norm, standardisation, norms, variance."""

import numpy as np

from tinygrad_edu import gradcheck

from .case import Collection, normal

table = Collection()
rule = table.rule
EPS = 1e-5


def batch_norm(x):
    return (x - np.mean(x, axis=0)) / np.sqrt(np.var(x, axis=0) + EPS)


def batch_norm_by_steps(x):
    centred = x - np.mean(x, axis=0)
    variance = np.mean(centred**2, axis=0)
    return centred / np.sqrt(variance + EPS)


def layer_norm(x):
    centred = x - np.mean(x, axis=-1, keepdims=True)
    return centred / np.sqrt(np.mean(centred**2, axis=-1, keepdims=True) + EPS)


def scale(x, axis=0):
    return np.sqrt(np.var(x, axis=axis, keepdims=True) + EPS)


for norm in (batch_norm, batch_norm_by_steps):
    extra = "" if norm is batch_norm else ", by steps"
    rule(
        "batch norm: mean and variance as constants" + extra,
        "mlpack/mlpack#1923",
        "overwritten: constant|mean|var|one of the",
        norm,
        lambda g, out, x: g / scale(x),
        normal(6, 3),
    )
    rule(
        "batch norm: the variance as a constant" + extra,
        "BVLC/caffe#1891",
        "overwritten: constant|var|square|mean|sqrt",
        norm,
        lambda g, out, x: (g - np.mean(g, axis=0)) / scale(x),
        normal(6, 3),
    )
    rule(
        "batch norm: the mean as a constant" + extra,
        "pjreddie/darknet#29",
        "overwritten: constant|mean|one of the",
        norm,
        lambda g, out, x: (g - out * np.mean(g * out, axis=0)) / scale(x),
        normal(6, 3),
    )
rule(
    "batch norm: sums where there are means",
    "pjreddie/darknet#1634",
    ("part", "factor", "not summed", "overwritten"),
    batch_norm_by_steps,
    lambda g, out, x: (g - np.sum(g, axis=0) - out * np.sum(g * out, axis=0)) / scale(x),
    normal(6, 3),
)
rule(
    "batch norm: the sign of the variance part",
    "mlpack/mlpack#1327",
    "part: sign",
    batch_norm_by_steps,
    lambda g, out, x: (g - np.mean(g, axis=0) + out * np.mean(g * out, axis=0)) / scale(x),
    normal(6, 3),
)
rule(
    "batch norm: half the variance part",
    "mlpack/mlpack#2474",
    "part",
    batch_norm_by_steps,
    lambda g, out, x: (g - np.mean(g, axis=0) - 0.5 * out * np.mean(g * out, axis=0)) / scale(x),
    normal(6, 3),
)
rule(
    "layer norm: the gradient before it for that after it",
    "deeplearning4j/deeplearning4j#3195",
    ("chain", "overwritten"),
    layer_norm,
    lambda g, out, x: g * 1.0,
    normal(3, 5),
)
rule(
    "layer norm: over the batch",
    "mlpack/mlpack#1389",
    ("not summed: axis", "value", "overwritten", "part"),
    layer_norm,
    lambda g, out, x: (g - np.mean(g, axis=0) - out * np.mean(g * out, axis=0)) / scale(x, -1),
    normal(4, 4),
)
rule(
    "layer norm: no gradient at all",
    "huggingface/candle#3613",
    "zero",
    layer_norm,
    lambda g, out, x: 0 * g,
    normal(3, 5),
)
rule(
    "centring: 1 − 1/n",
    "pytorch/pytorch#107007",
    ("not summed", "chain", "somewhere", "factor", "part"),
    lambda x: x - np.mean(x),
    lambda g, out, x: g * (1 - 1 / x.size),
    normal(5),
)
rule(
    "a norm squared for the norm",
    "dchetelat/acer#1",
    ("chain", "value"),
    lambda x: x / np.sqrt(np.sum(x**2)),
    lambda g, out, x: g / np.sum(x**2) - x * np.sum(x * g) / np.sum(x**2) ** 1.5,
    normal(5),
)
rule(
    "normalising: the norm as a constant",
    "ddbourgin/numpy-ml#30",
    "overwritten: constant|norm|sqrt|sum|divide",
    lambda x: x / np.sqrt(np.sum(x**2)),
    lambda g, out, x: g / np.sqrt(np.sum(x**2)),
    normal(5),
)
rule(
    "normalising rows: the norm as a constant",
    "pytorch/pytorch#29513",
    "overwritten: constant|norm|sqrt|sum|divide",
    lambda x: x / np.linalg.norm(x, axis=1, keepdims=True),
    lambda g, out, x: g / np.linalg.norm(x, axis=1, keepdims=True),
    normal(3, 4),
)
rule(
    "variance: without 2",
    "relf/EGObox#177",
    "factor: 1/2|2",
    lambda x: np.var(x, axis=0),
    lambda g, out, x: g * (x - np.mean(x, axis=0)) / len(x),
    normal(6, 3),
)
rule(
    "variance: not centred",
    "metatensor/metatensor#113",
    ("overwritten", "value", "chain"),
    lambda x: np.mean((x - np.mean(x, axis=0)) ** 2, axis=0),
    lambda g, out, x: g * 2 * x / len(x),
    normal(6, 3),
)
rule(
    "variance: divided by n − 1",
    "tinygrad/tinygrad#881",
    "factor: 5/6|6/5|1\\.2|0\\.83",
    lambda x: np.var(x, axis=0),
    lambda g, out, x: 2 * g * (x - np.mean(x, axis=0)) / (len(x) - 1),
    normal(6, 3),
)
rule(
    "standard deviation: the derivative of the variance",
    "pytorch/pytorch#9238",
    "chain",
    lambda x: np.sqrt(np.mean((x - np.mean(x, axis=0)) ** 2, axis=0)),
    lambda g, out, x: g * 2 * (x - np.mean(x, axis=0)) / len(x),
    normal(6, 3),
)


@table("batch norm: the input for the normalised input in the scale", "pytorch/pytorch#2330", "value", "chain")
def gamma(rng):
    x, y = rng.normal(size=(6, 3)), rng.normal(size=(6, 3))

    def loss(gamma, beta):
        return 0.5 * np.sum((gamma * batch_norm(x) + beta - y) ** 2)

    def gradient(gamma, beta):
        d = gamma * batch_norm(x) + beta - y
        return np.sum(d * x, axis=0), np.sum(d, axis=0)

    return gradcheck(loss, rng.normal(size=3), rng.normal(size=3), gradient=gradient)


@table("batch norm: the input summed for the shift", "pytorch/pytorch#2330", "value", "chain")
def beta(rng):
    x, y = rng.normal(size=(6, 3)), rng.normal(size=(6, 3))

    def loss(gamma, beta):
        return 0.5 * np.sum((gamma * batch_norm(x) + beta - y) ** 2)

    def gradient(gamma, beta):
        d = gamma * batch_norm(x) + beta - y
        return np.sum(d * batch_norm(x), axis=0), np.sum(x, axis=0)

    return gradcheck(loss, rng.normal(size=3), rng.normal(size=3), gradient=gradient)


@table("batch norm: gamma not on the way to the input", "HomericIntelligence/Odyssey#2724", "chain: multiply|factor")
def without_gamma(rng):
    y = rng.normal(size=(6, 3))

    def loss(x, gamma, beta):
        return 0.5 * np.sum((gamma * batch_norm(x) + beta - y) ** 2)

    def gradient(x, gamma, beta):
        n = batch_norm(x)
        d = gamma * n + beta - y
        dx = (d - np.mean(d, axis=0) - n * np.mean(d * n, axis=0)) / scale(x)
        return dx, np.sum(d * n, axis=0), np.sum(d, axis=0)

    return gradcheck(loss, rng.normal(size=(6, 3)), rng.normal(size=3) + 2, rng.normal(size=3), gradient=gradient)
