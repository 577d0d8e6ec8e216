"""Rules of home-made automatic differentiation: arithmetic, matrices, broadcasting, reductions, values used twice."""

import numpy as np

from tinygrad_edu import gradcheck, primitive

from .case import Collection, normal

table = Collection()
rule = table.rule


def two(a, b):
    return lambda rng: (rng.uniform(0.5, 2, a), rng.uniform(0.5, 2, b))


def times(a, b):
    return a * b


def matmul(a, b):
    return a @ b


rule(
    "product: both have the gradient of the first",
    "karpathy/micrograd#2",
    "swapped",
    times,
    (lambda g, out, a, b: g * b, lambda g, out, a, b: g * b),
    two((3,), (3,)),
)
rule(
    "product: its own value for the other's",
    "bit-soham, karpathy/micrograd#63",
    "swapped",
    times,
    (lambda g, out, a, b: g * a, lambda g, out, a, b: g * b),
    two((3,), (3,)),
)
table.cases[-1] = table.cases[-1]._replace(source="karpathy/micrograd#63")
rule(
    "quotient: the sign of the denominator",
    "tinygrad/tinygrad#25",
    "sign",
    lambda a, b: a / b,
    (lambda g, out, a, b: g / b, lambda g, out, a, b: g * a / b**2),
    two((3,), (3,)),
)
rule(
    "quotient: the denominator not squared",
    "tinygrad/tinygrad#155",
    "chain: b",
    lambda a, b: a / b,
    (lambda g, out, a, b: g / b, lambda g, out, a, b: -g * a / b),
    two((3,), (3,)),
)
rule(
    "difference: plus for the second",
    "apache/tvm#2465",
    "sign",
    lambda a, b: a - b,
    (lambda g, out, a, b: g, lambda g, out, a, b: g),
    two((3,), (3,)),
)
rule(
    "power: the exponent has no gradient",
    "karpathy/micrograd#17",
    "zero",
    lambda a, b: a**b,
    (lambda g, out, a, b: g * b * a ** (b - 1), lambda g, out, a, b: 0 * g),
    two((3,), (3,)),
)
rule(
    "power: the logarithm of the exponent for that of the base",
    "karpathy/micrograd#70",
    ("chain", "value"),
    lambda a, b: a**b,
    (lambda g, out, a, b: g * b * a ** (b - 1), lambda g, out, a, b: g * out * np.log(b)),
    two((3,), (3,)),
)
rule(
    "power: the exponent's without the logarithm",
    "karpathy/micrograd#36",
    "chain: log",
    lambda a, b: a**b,
    (lambda g, out, a, b: g * b * a ** (b - 1), lambda g, out, a, b: g * out),
    two((3,), (3,)),
)
rule(
    "power: n xⁿ divided by nothing",
    "tensorflow/tfjs-core#1376",
    "chain: a",
    lambda a, b: a**b,
    (lambda g, out, a, b: g * b * a**b, lambda g, out, a, b: g * out * np.log(a)),
    two((3,), (3,)),
)
rule(
    "matrix product: no transposes",
    "tile-ai/TileOPs#54",
    "transposed",
    matmul,
    (lambda g, out, a, b: g @ b, lambda g, out, a, b: a @ g),
    two((3, 3), (3, 3)),
)
rule(
    "matrix product: the result for its gradient",
    "Shubham-cyber-prog/100-Days-Of-Web-Development-ECWoC26#1378",
    "chain: out",
    matmul,
    (lambda g, out, a, b: out @ b.T, lambda g, out, a, b: a.T @ out),
    two((3, 3), (3, 3)),
)
rule(
    "matrix product: the order swapped",
    "lucasdelimanogueira/PyNorch#20",
    ("transposed: order", "swapped", "value: order"),
    matmul,
    (lambda g, out, a, b: b.T @ g, lambda g, out, a, b: a.T @ g),
    two((3, 3), (3, 3)),
)
rule(
    "matrix times vector: nothing for the matrix",
    "pytorch/pytorch#3303",
    "zero",
    matmul,
    (lambda g, out, a, b: np.zeros(a.shape), lambda g, out, a, b: a.T @ g),
    two((3, 2), (2,)),
)
rule(
    "inverse: not transposed",
    "pytorch/pytorch.github.io#2135",
    "transposed",
    lambda a: np.linalg.inv(a),
    lambda g, out, a: -(out @ g @ out),
    lambda rng: (rng.normal(size=(3, 3)) + 3 * np.eye(3),),
)
rule(
    "inverse: the sign",
    "Theano/Theano#2066",
    "sign",
    lambda a: np.linalg.inv(a),
    lambda g, out, a: out.T @ g @ out.T,
    lambda rng: (rng.normal(size=(3, 3)) + 3 * np.eye(3),),
)
rule(
    "determinant: the inverse not transposed",
    "pytorch/pytorch#22807",
    "transposed",
    lambda a: np.linalg.det(a),
    lambda g, out, a: g * out * np.linalg.inv(a),
    lambda rng: (rng.normal(size=(3, 3)) + 3 * np.eye(3),),
)
rule(
    "determinant: without the determinant itself",
    "pytorch/pytorch#18825",
    ("chain: out", "factor"),
    lambda a: np.linalg.det(a),
    lambda g, out, a: g * np.linalg.inv(a).T,
    lambda rng: (rng.normal(size=(3, 3)) + 3 * np.eye(3),),
)
rule(
    "bias added: the gradient of the sum averaged over rows",
    "kvfrans/notes#5",
    "factor: 5",
    lambda x, b: x + b,
    (lambda g, out, x, b: g, lambda g, out, x, b: np.mean(g, axis=0)),
    two((5, 3), (3,)),
)
rule(
    "broadcast product: not multiplied before the sum",
    "tenstorrent/tt-metal#40008",
    ("chain", "not summed", "factor"),
    times,
    (lambda g, out, a, b: g * b, lambda g, out, a, b: np.sum(g, axis=0)),
    two((5, 3), (3,)),
)
rule(
    "broadcast sum: multiplied by the number of rows",
    "pytorch/pytorch#13669",
    "factor: 5",
    lambda x, b: x + b,
    (lambda g, out, x, b: g, lambda g, out, x, b: 5 * np.sum(g, axis=0)),
    two((5, 3), (3,)),
)
rule(
    "broadcast sum: the first row only",
    "tracel-ai/burn#181",
    "not summed: first",
    lambda x, b: x + b,
    (lambda g, out, x, b: g, lambda g, out, x, b: g[0]),
    two((5, 3), (3,)),
)
rule(
    "sum over an axis, spread along the other",
    "raskr/rust-autograd#38",
    ("not summed", "transposed", "value"),
    lambda x: np.sum(x, axis=0),
    lambda g, out, x: np.ones((4, 4)) * g[:, None],
    normal(4, 4),
)
rule(
    "mean: not divided",
    "haydnv/tinychain#184",
    "factor: 4",
    lambda x: np.mean(x, axis=0),
    lambda g, out, x: g + 0 * x,
    normal(4, 3),
)
rule(
    "product of all: the product of all but by a zero",
    "tensorflow/tensorflow#2641",
    "not finite",
    lambda x: np.prod(x),
    lambda g, out, x: g * out / x,
    lambda rng: (np.array([0.0, 2.0, 3.0]),),
)
rule(
    "product of all: the product itself",
    "mcabbott/Tullio.jl#9",
    "chain: x|factor",
    lambda x: np.prod(x),
    lambda g, out, x: g * out + 0 * x,
    lambda rng: (rng.uniform(0.5, 2, 4),),
)
rule(
    "running sum: not reversed",
    "PaddlePaddle/Paddle#46408",
    ("transposed: order|reverse|turned", "value", "chain: cumsum"),
    lambda x: np.cumsum(x),
    lambda g, out, x: np.cumsum(g),
    normal(5),
)
rule(
    "running maximum: one for the winner",
    "pytorch/pytorch#26637",
    ("somewhere", "chain", "value", "overwritten", "not summed"),
    lambda x: np.stack([np.max(x[: i + 1]) for i in range(5)]),
    lambda g, out, x: g * (out == x),
    normal(5),
)


def used_twice(name, source, accept, f, gradient, make):
    table.by_hand(name, source, accept, f, gradient, make)


used_twice(
    "a value used twice: assigned, not added",
    "karpathy/micrograd#2",
    ("overwritten", "factor: overwrite"),
    lambda a, b: np.sum(a * b + a),
    lambda a, b: (np.ones(3), a),
    two((3,), (3,)),
)
used_twice(
    "a value used twice: the other use",
    "karpathy/nn-zero-to-hero#52",
    ("overwritten",),
    lambda a: np.sum(a * np.exp(a)),
    lambda a: np.exp(a),
    lambda rng: (rng.uniform(0.5, 2, 4),),
)
used_twice(
    "backward run twice without zeroing",
    "karpathy/micrograd#53",
    "factor: 1/2|0\\.5",
    lambda a, b: np.sum(np.sin(a) * b),
    lambda a, b: (2 * np.cos(a) * b, 2 * np.sin(a)),
    two((3,), (3,)),
)
used_twice(
    "gradients added twice to one of the arguments",
    "zou-group/textgrad#200",
    "factor: 1/2|0\\.5",
    lambda a, b: np.sum(np.sin(a) * b),
    lambda a, b: (2 * np.cos(a) * b, np.sin(a)),
    two((3,), (3,)),
)
used_twice(
    "an inner gradient left from the run before",
    "karpathy/micrograd#102",
    ("part", "factor", "chain"),
    lambda a: np.sum((a * a + a) ** 2),
    lambda a: 2 * 2 * (a * a + a) * (2 * a + 1),
    lambda rng: (rng.uniform(0.5, 2, 4),),
)
used_twice(
    "seven uses, of which the last one counts",
    "apache/mxnet#17989",
    "overwritten",
    lambda x: np.sum(x * 1.0 + x**2 + np.exp(x) + np.sin(x)),
    lambda x: np.cos(x),
    lambda rng: (rng.uniform(0.5, 2, 4),),
)


@table("attention: the scale left out on the way back", "mlpack/mlpack#2375", "chain: multiply|divide|scale", "factor")
def attention(rng):
    value = rng.normal(size=(4, 3))
    target = rng.normal(size=(3, 3))

    def weights(q, k):
        s = q @ k.T / np.sqrt(5.0)
        e = np.exp(s - np.max(s, axis=1, keepdims=True))
        return e / np.sum(e, axis=1, keepdims=True)

    def loss(q, k):
        return np.sum(weights(q, k) @ value * target)

    def gradient(q, k):
        p = weights(q, k)
        dp = target @ value.T
        ds = p * (dp - np.sum(dp * p, axis=1, keepdims=True))
        return ds @ k, ds.T @ q

    return gradcheck(loss, rng.normal(size=(3, 5)), rng.normal(size=(4, 5)), gradient=gradient)


@table(
    "attention: softmax differentiated as a sigmoid", "cneuralnetwork/solving-ml-papers#1", "softmax: diagonal|other"
)
def attention_diagonal(rng):
    value = rng.normal(size=(4, 3))
    target = rng.normal(size=(3, 3))

    def weights(q, k):
        s = q @ k.T / np.sqrt(5.0)
        e = np.exp(s - np.max(s, axis=1, keepdims=True))
        return e / np.sum(e, axis=1, keepdims=True)

    def loss(q, k):
        return np.sum(weights(q, k) @ value * target)

    def gradient(q, k):
        p = weights(q, k)
        ds = target @ value.T * p * (1 - p) / np.sqrt(5.0)
        return ds @ k, ds.T @ q

    return gradcheck(loss, rng.normal(size=(3, 5)), rng.normal(size=(4, 5)), gradient=gradient)


@table("the adjoint of a matrix product overwritten", "NVIDIA/warp#168", "overwritten")
def adjoint(rng):
    b = rng.normal(size=(3, 2))

    def f(a):
        return np.sum(np.sin(a @ b)) + np.sum(a**2)

    return gradcheck(f, rng.normal(size=(4, 3)), gradient=lambda a: np.cos(a @ b) @ b.T)


@table("a tensor taken out of the graph for mining", "liorshk/facenet_pytorch#6", "cut", "zero")
def detached(rng):
    def f(a, p, n):
        chosen = a.detach()
        return np.sum((chosen - p) ** 2) - np.sum((chosen - n) ** 2) + 0.1 * np.sum(a**2)

    return gradcheck(f, rng.normal(size=(3, 2)), rng.normal(size=(3, 2)), rng.normal(size=(3, 2)))


@table("a fused op without its backward pass", "huggingface/candle#3613", "zero", "cut")
def fused(rng):
    @primitive(lambda g, out, x: 0 * g, method=False)
    def normalised(x):
        return x / np.sqrt(np.sum(x**2))

    return gradcheck(lambda x: np.sum(normalised(x) ** 3), rng.normal(size=4))
