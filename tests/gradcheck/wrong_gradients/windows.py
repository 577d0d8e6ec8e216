"""Convolution, pooling, and rows that are used several times."""

import numpy as np

from tinygrad_edu import gradcheck

from .case import Collection, softmax

table = Collection()


def slide(x, k, stride=1):
    """A convolution as people write it: every window times the kernel."""
    n = (len(x) - len(k)) // stride + 1
    return np.stack([np.sum(x[i * stride : i * stride + len(k)] * k) for i in range(n)])


def slide_in_place(x, k, stride=1):
    n = (len(x) - len(k)) // stride + 1
    out = np.zeros(n)
    for i in range(n):
        out[i] = np.sum(x[i * stride : i * stride + len(k)] * k)
    return out


def convolution(name, source, accept, gradient, stride=1, by=slide, two=False, length=7):
    def check(rng):
        shape, kernel = ((5, 5), (3, 3)) if two else ((length,), (3,))
        f = {False: by, True: slide2}[two]
        target = rng.normal(size=f(np.zeros(shape), np.zeros(kernel), stride).shape)

        def loss(x, k):
            return np.sum(f(x, k, stride) * target)

        return gradcheck(
            loss, rng.normal(size=shape), rng.normal(size=kernel), gradient=lambda x, k: gradient(x, k, target, stride)
        )

    table(name, source, *([accept] if isinstance(accept, str) else accept))(check)


def slide2(x, k, stride=1):
    n, m = (x.shape[0] - k.shape[0]) // stride + 1, (x.shape[1] - k.shape[1]) // stride + 1
    out = np.zeros((n, m))
    for i in range(n):
        for j in range(m):
            out[i, j] = np.sum(x[i * stride : i * stride + k.shape[0], j * stride : j * stride + k.shape[1]] * k)
    return out


def back(x, k, d, stride, turn=False, put=None, step=None, place=None, scale=1.0):
    """The gradients of a convolution in one or two dimensions, with what may be wrong in them."""
    dx, dk = np.zeros(x.shape), np.zeros(k.shape)
    kernel = k[tuple([slice(None, None, -1)] * k.ndim)] if turn else k
    for index in np.ndindex(d.shape):
        window = tuple(slice(i * stride, i * stride + n) for i, n in zip(index, k.shape))
        to = tuple(slice(i * (step or stride), i * (step or stride) + n) for i, n in zip(index, k.shape))
        dk += d[index] * x[to if place == "kernel" else window]
        if put == "overwrite":
            dx[to] = d[index] * kernel
        else:
            dx[to] += d[index] * kernel
    return dx, dk * scale


convolution(
    "the kernel not turned",
    "ddbourgin/numpy-ml#27",
    "transposed: turned|flip|reverse",
    lambda x, k, d, s: back(x, k, d, s, turn=True),
)
convolution(
    "the kernel not turned, windows written in place",
    "wuziheng/CNN-Numpy#2",
    "transposed: turned|flip|reverse",
    lambda x, k, d, s: back(x, k, d, s, turn=True),
    by=slide_in_place,
)
convolution(
    "the kernel not turned, in two dimensions",
    "Site1997/LeNet-python#2",
    "transposed: turned|flip|reverse",
    lambda x, k, d, s: back(x, k, d, s, turn=True),
    two=True,
)
convolution(
    "the kernel turned by 90 degrees",
    "amsukdu/SimplePythonCNN#6",
    "transposed",
    lambda x, k, d, s: (back(x, np.rot90(k), d, s)[0], back(x, k, d, s)[1]),
    two=True,
)
convolution(
    "windows overwrite each other",
    "0809zheng/CS231n-assignment2019#19",
    "overwritten: overlap|overwrit",
    lambda x, k, d, s: back(x, k, d, s, put="overwrite"),
)
convolution(
    "windows overwrite each other, in place, in two dimensions",
    "ravin-d-27/PyDeepFlow#85",
    "overwritten: overlap|overwrit",
    lambda x, k, d, s: back(x, k, d, s, put="overwrite"),
    two=True,
)
convolution(
    "the stride left out on the way back",
    "Kulbear/deep-learning-coursera#34",
    "value: stride",
    lambda x, k, d, s: (back(x, k, d, s, step=1)[0], back(x, k, d, s)[1]),
    stride=2,
)
convolution(
    "the stride left out on the way back, in place",
    "tinygrad/tinygrad#377",
    "value: stride",
    lambda x, k, d, s: (back(x, k, d, s, step=1)[0], back(x, k, d, s)[1]),
    stride=2,
    by=slide_in_place,
)
convolution(
    "the stride left out in the kernel's gradient",
    "renmengye/np-conv2d#2",
    "value: stride",
    lambda x, k, d, s: (back(x, k, d, s)[0], back(x, k, d, s, step=1, place="kernel")[1]),
    stride=2,
)
convolution(
    "the kernel's gradient of the last window only",
    "LBANN/lbann#1022",
    "overwritten",
    lambda x, k, d, s: (back(x, k, d, s)[0], d[-1] * x[len(x) - 3 :]),
)
convolution(
    "the kernel's gradient averaged over the windows",
    "heyxhh/nnet-numpy#1",
    "factor: 5|1/5",
    lambda x, k, d, s: back(x, k, d, s, scale=1 / d.size),
)
convolution(
    "the kernel's gradient turned",
    "rasmusbergpalm/DeepLearnToolbox#169",
    "transposed: turned|flip|reverse",
    lambda x, k, d, s: (back(x, k, d, s)[0], back(x, k, d, s)[1][::-1]),
)


def pooled(x, size, stride):
    n = (len(x) - size) // stride + 1
    return np.stack([np.max(x[i * stride : i * stride + size]) for i in range(n)])


@table("max pooling: overlapping windows overwrite", "ahrefs/ocannl#512", "overwritten")
def overlapping(rng):
    x, d = rng.normal(size=8), rng.normal(size=6)
    x[3] = 3.0

    def gradient(x):
        dx = np.zeros(8)
        for i in range(6):
            dx[i + np.argmax(x[i : i + 3])] = d[i]
        return dx

    return gradcheck(lambda x: np.sum(pooled(x, 3, 1) * d), x, gradient=gradient)


@table("max pooling in place: overlapping windows overwrite", "ghosert/cmd-editor#2058", "overwritten")
def overlapping_in_place(rng):
    x, d = rng.normal(size=8), rng.normal(size=6)
    x[3] = 3.0

    def f(x):
        out = np.zeros(6)
        for i in range(6):
            out[i] = np.max(x[i : i + 3])
        return np.sum(out * d)

    def gradient(x):
        dx = np.zeros(8)
        for i in range(6):
            dx[i + np.argmax(x[i : i + 3])] = d[i]
        return dx

    return gradcheck(f, x, gradient=gradient)


@table(
    "max pooling: one for every element that wins", "FluxML/NNlib.jl#205", "overwritten", "chain", "somewhere", "value"
)
def once(rng):
    x = rng.normal(size=8)
    x[3] = 3.0
    return gradcheck(
        lambda x: np.sum(pooled(x, 3, 1)),
        x,
        gradient=lambda x: 1.0 * np.isin(x, [np.max(x[i : i + 3]) for i in range(6)]),
    )


@table("max pooling: only the first window", "riccardoandreoni0/CNN-from-scratch#1", "overwritten", "somewhere")
def first_window(rng):
    x, d = rng.normal(size=8), rng.normal(size=4)

    def gradient(x):
        dx = np.zeros(8)
        dx[np.argmax(x[:2])] = d[0]
        return dx

    return gradcheck(lambda x: np.sum(pooled(x, 2, 2) * d), x, gradient=gradient)


@table("average pooling: not divided by the window", "devitocodes/joey#5", "factor: 2|mean")
def average(rng):
    x, d = rng.normal(size=8), rng.normal(size=4)
    return gradcheck(lambda x: np.sum(np.mean(x.reshape(4, 2), axis=1) * d), x, gradient=lambda x: np.repeat(d, 2))


@table("max: all of the ties", "NervanaSystems/neon#170", "kink", "not summed", "factor")
def ties(rng):
    return gradcheck(lambda x: np.max(x), np.ones(4), gradient=lambda x: np.ones(4))


def embedding(name, source, accept, gradient):
    def check(rng):
        rows, d = np.array([1, 3, 1, 0, 3, 1]), rng.normal(size=(6, 2))
        return gradcheck(
            lambda e: np.sum(np.tanh(e[rows]) * d),
            rng.normal(size=(5, 2)),
            names=["E"],
            gradient=lambda e: gradient(e, rows, d * (1 - np.tanh(e[rows]) ** 2)),
        )

    table(name, source, *([accept] if isinstance(accept, str) else accept))(check)


def assigned(table, rows, d):
    found = np.zeros(table.shape)
    found[rows] = d
    return found


def added_at_once(table, rows, d):
    found = np.zeros(table.shape)
    found[rows] += d
    return found


def averaged(table, rows, d):
    found = np.zeros(table.shape)
    np.add.at(found, rows, d)
    return found / np.maximum(np.bincount(rows, minlength=len(table)), 1)[:, None]


embedding(
    "embedding: dE[rows] += d", "karpathy/nn-zero-to-hero#57", "overwritten: repeat|several|overwrit", added_at_once
)
embedding("embedding: dE[rows] = d", "HIPS/autograd#136", "overwritten: repeat|several|overwrit", assigned)
embedding(
    "embedding: the mean of the uses of a row", "nadavbh12/VQ-VAE#4", ("overwritten", "factor", "somewhere"), averaged
)
embedding(
    "embedding: rows shifted by one",
    "ooples/AiDotNet.Tensors#894",
    ("value", "somewhere", "transposed"),
    lambda e, rows, d: np.roll(
        averaged(e, rows, d) * np.maximum(np.bincount(rows, minlength=5), 1)[:, None], 1, axis=0
    ),
)


@table(
    "negative samples that repeat count once", "ZacBi/CS224n-2019-solutions#5", "overwritten: repeat|several|overwrit"
)
def samples(rng):
    indices = np.array([2, 0, 2, 1, 2])

    def loss(centre, outside):
        return -np.sum(np.log(1 / (1 + np.exp(outside[indices] @ centre))))

    def gradient(centre, outside):
        s = 1 / (1 + np.exp(-(outside[indices] @ centre)))
        found = np.zeros(outside.shape)
        found[indices] += np.outer(s, centre)
        return outside[indices].T @ s, found

    return gradcheck(loss, rng.normal(size=3), rng.normal(size=(4, 3)), gradient=gradient)


@table(
    "the chosen word left out of the outside vectors",
    "yasiemir/cs224n#1",
    "softmax: −1|true",
    "overwritten",
    "value: result of",
)
def outside(rng):
    word = 2

    def loss(centre, outside):
        return -np.log(softmax(outside @ centre))[word]

    def gradient(centre, outside):
        p = softmax(outside @ centre)
        d = p - np.eye(4)[word]
        return outside.T @ d, np.outer(p, centre)

    return gradcheck(loss, rng.normal(size=3), rng.normal(size=(4, 3)), gradient=gradient)
