"""Softmax, its logarithm, and the crossentropy of it."""

import numpy as np

from tinygrad_edu import gradcheck

from .case import Collection, normal, one_hot, sigmoid, softmax

table = Collection()
rule, by_hand = table.rule, table.by_hand


def log_softmax(z):
    return z - np.log(np.sum(np.exp(z), axis=-1, keepdims=True))


def total(p, g):
    return np.sum(p * g, axis=-1, keepdims=True)


rule(
    "softmax: the incoming gradient passed on",
    "pjreddie/darknet#96",
    "chain: softmax|g",
    softmax,
    lambda g, out, z: g * 1.0,
    normal(3, 4),
)
rule(
    "softmax: only the diagonal",
    "Apiquet/DeepLearningFrameworkFromScratchCpp#1",
    "softmax: diagonal|other",
    softmax,
    lambda g, out, z: g * out * (1 - out),
    normal(2, 4),
)
rule(
    "softmax: only the diagonal, one row",
    "zhuozhiyongde/Fundamentals-of-Artificial-Intelligence-2024Spring-PKU#1",
    "softmax: diagonal|other",
    softmax,
    lambda g, out, z: g * softmax(z) * (1 - softmax(z)),
    normal(5),
)
rule(
    "softmax: without the dot product",
    "HomericIntelligence/Odyssey#2134",
    ("softmax: sum", "overwritten"),
    softmax,
    lambda g, out, z: g * out,
    normal(3, 4),
)
rule(
    "softmax: twice the gradient",
    "markroxor/fromscratchtoml#65",
    "factor: 1/2",
    softmax,
    lambda g, out, z: 2 * out * (g - total(out, g)),
    normal(3, 4),
)
rule(
    "softmax: the sum over the whole batch",
    "wkcn/mobula#3",
    "softmax: all|batch|rows",
    softmax,
    lambda g, out, z: out * (g - np.sum(g * out)),
    normal(3, 4),
)
rule(
    "softmax: the sum over the wrong axis",
    "deeplearning4j/deeplearning4j#345",
    "softmax: axis",
    softmax,
    lambda g, out, z: out * (g - np.sum(g * out, axis=0, keepdims=True)),
    normal(4, 4),
)
rule(
    "softmax: the incoming gradient not weighted in the sum",
    "apache/tvm#1201",
    ("softmax", "chain"),
    softmax,
    lambda g, out, z: out * (g - np.sum(g, axis=-1, keepdims=True)),
    normal(3, 4),
)
rule(
    "softmax: only the part through the sum",
    "gorgonia/tensor#119",
    ("softmax", "overwritten"),
    softmax,
    lambda g, out, z: -out * total(out, g),
    normal(3, 4),
)
rule(
    "log softmax: the incoming gradient added in place of the one-hot",
    "mlpack/mlpack#2360",
    ("softmax", "part", "chain", "sign"),
    log_softmax,
    lambda g, out, z: g + np.exp(out) * np.sum(g, axis=-1, keepdims=True),
    normal(3, 4),
)
rule(
    "log softmax: without the sum of the incoming gradient",
    "pytorch/pytorch log_softmax backward, mlpack/mlpack#2360",
    ("softmax", "chain"),
    log_softmax,
    lambda g, out, z: g - np.exp(out) * g,
    normal(3, 4),
)
table.cases[-1] = table.cases[-1]._replace(source="mlpack/mlpack#2360")


def entropies(rng):
    z = rng.normal(size=(4, 3))
    return z, one_hot(rng.integers(0, 3, 4), 3)


def crossentropy(z, y):
    return -np.mean(np.sum(y * np.log(softmax(z)), axis=1))


def entropy_case(name, source, accept, gradient, loss=crossentropy):
    def check(rng):
        z, y = entropies(rng)
        return gradcheck(lambda z: loss(z, y), z, gradient=lambda z: gradient(z, y))

    table(name, source, *([accept] if isinstance(accept, str) else accept))(check)


entropy_case(
    "crossentropy: the −1 at the true class left out",
    "aroetter/cs231n-assignment1#1",
    ("softmax: −1|true", "overwritten"),
    lambda z, y: softmax(z) / len(z),
)
entropy_case(
    "crossentropy: labels − p", "deeplearning4j/deeplearning4j#345", "sign", lambda z, y: (y - softmax(z)) / len(z)
)
entropy_case(
    "crossentropy: not divided by the batch",
    "eriklindernoren/ML-From-Scratch#124",
    "factor: 4",
    lambda z, y: softmax(z) - y,
)
entropy_case(
    "crossentropy: softmax′ once more on p − y",
    "rasbt/python-machine-learning-book-2nd-edition#54",
    ("chain: too often|too many|once more|twice", "softmax: once more|twice|too often|too many"),
    lambda z, y: (softmax(z) - y) * softmax(z) * (1 - softmax(z)) / len(z),
)
entropy_case(
    "crossentropy: p (1 − p) for the Jacobian",
    "srvk/eesen#29",
    "softmax: diagonal|other",
    lambda z, y: -y / softmax(z) * softmax(z) * (1 - softmax(z)) / len(z),
)
entropy_case(
    "crossentropy: the gradient stops at p",
    "hankcs/CS224n#17",
    ("chain: softmax", "softmax"),
    lambda z, y: -y / softmax(z) / len(z),
)
entropy_case(
    "crossentropy: divided by p (1 − p) as for a sigmoid",
    "fetchai/ledger#1580",
    ("chain", "softmax", "factor"),
    lambda z, y: (softmax(z) - y) / (softmax(z) * (1 - softmax(z))) / len(z),
)
entropy_case(
    "crossentropy: batch and classes divided",
    "samxuxiang center loss, jxgu1016/MNIST_center_loss_pytorch#9",
    "factor: 3|1/3",
    lambda z, y: (softmax(z) - y) / z.size,
)
table.cases[-1] = table.cases[-1]._replace(source="jxgu1016/MNIST_center_loss_pytorch#9")


@table(
    "softmax regression: one bias gradient for all classes",
    "rasbt/stat453-deep-learning-ss21#5",
    "not summed: too many",
)
def regression_bias(rng):
    x, y = rng.normal(size=(6, 4)), one_hot(rng.integers(0, 3, 6), 3)

    def loss(w, b):
        return -np.sum(y * np.log(softmax(x @ w + b)))

    def gradient(w, b):
        d = softmax(x @ w + b) - y
        return x.T @ d, np.full(3, np.sum(d))

    return gradcheck(loss, rng.normal(size=(4, 3)), rng.normal(size=3), gradient=gradient)


@table(
    "softmax in a network, its derivative taken for that of a sigmoid",
    "jorgenkg/python-neural-network#6",
    "softmax: diagonal|other",
)
def in_a_network(rng):
    x, y = rng.normal(size=(5, 4)), one_hot(rng.integers(0, 3, 5), 3)

    def loss(w, v):
        return 0.5 * np.sum((softmax(sigmoid(x @ w) @ v) - y) ** 2)

    def gradient(w, v):
        h = sigmoid(x @ w)
        p = softmax(h @ v)
        d = (p - y) * p * (1 - p)
        return x.T @ (d @ v.T * h * (1 - h)), h.T @ d

    return gradcheck(loss, rng.normal(size=(4, 3)), rng.normal(size=(3, 3)), gradient=gradient)


@table(
    "REINFORCE: one-hot minus probabilities without the advantage",
    "rohitg00/ai-engineering-from-scratch#54",
    "chain: factor|multiply|advantage",
)
def reinforce(rng):
    state, action = rng.normal(size=(5, 3)), one_hot(rng.integers(0, 4, 5), 4)
    advantage = rng.normal(size=5) + 2

    def loss(theta):
        return -np.sum(advantage * np.sum(action * np.log(softmax(state @ theta)), axis=1))

    return gradcheck(loss, rng.normal(size=(3, 4)), gradient=lambda theta: state.T @ (softmax(state @ theta) - action))
