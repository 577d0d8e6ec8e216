"""Rules of activations and of other functions of one number."""

import numpy as np

from tinygrad_edu import gradcheck, ops

from .case import Collection, normal, sigmoid

table = Collection()
rule = table.rule


def tanh(a):
    return np.tanh(a)


def relu(a):
    return np.maximum(a, 0)


def leaky(a):
    return np.where(a > 0, a, 0.01 * a)


def elu(a):
    return np.where(a > 0, a, np.exp(np.minimum(a, 0)) - 1)


def gelu(a):
    return 0.5 * a * (1 + np.tanh(0.7978845608 * (a + 0.044715 * a**3)))


def softplus(a):
    return np.log1p(np.exp(a))


rule(
    "tanh: −tanh², the 1 left out",
    "scutan90/DeepLearning-500-questions#544",
    ("chain: out²|out\\*\\*2|tanh",),
    tanh,
    lambda g, out, a: -g * out**2,
    normal(7),
)
rule(
    "tanh: 1 − out for 1 − out²",
    "scutan90/DeepLearning-500-questions#466",
    "chain: 1 − out",
    tanh,
    lambda g, out, a: g * (1 - out),
    normal(6),
)
rule(
    "tanh: the derivative is tanh itself",
    "andersbll/nnet#4",
    "chain: out",
    tanh,
    lambda g, out, a: g * (np.exp(2 * a) - 1) / (np.exp(2 * a) + 1),
    normal(6),
)
rule(
    "tanh: 1 + tanh², which is that of tan",
    "gy910210/neural-network-from-scratch#2",
    "chain: 1 \\+ out²",
    tanh,
    lambda g, out, a: (1.0 + np.square(out)) * g,
    normal(3, 2),
)
rule(
    "tanh: 1 + values²",
    "nicodjimenez/lstm#41",
    ("chain: 1 \\+", "chain: tanh"),
    tanh,
    lambda g, out, a: g * (1.0 + out**2),
    normal(5),
)
rule(
    "tanh: that of arctan",
    "neowsl/rust-ml#3",
    ("chain: arctan|1 / \\(1 \\+",),
    tanh,
    lambda g, out, a: g / (1 + a**2),
    normal(5),
)
rule(
    "tanh: at the incoming gradient, and without it",
    "yizt/numpy_neural_network#6",
    ("chain: ′\\(g\\)|1 − tanh\\(g\\)²|incoming",),
    tanh,
    lambda g, out, a: 1 - np.square(np.tanh(g)),
    normal(5),
)
rule(
    "sigmoid: of what is left to 1 of the incoming gradient",
    "yizt/numpy_neural_network#3",
    ("chain: incoming|\\(g\\)", "chain"),
    sigmoid,
    lambda g, out, a: sigmoid(g) * (1 - sigmoid(g)),
    normal(5),
)
rule(
    "sigmoid: a (1 − a) of the input",
    "BoltzmannEntropy/interviews.ai#15",
    "chain: a · \\(1 − a\\)|input",
    sigmoid,
    lambda g, out, a: a * (1 - a) * g,
    normal(6),
)
rule(
    "sigmoid: x (1 − x), once more",
    "BoltzmannEntropy/interviews.ai#4",
    "chain: x · \\(1 − x\\)|input",
    lambda x: 1 / (1 + np.exp(-x)),
    lambda g, out, x: g * x * (1 - x),
    normal(3, 3),
)
rule("sigmoid: 1 − s only", "torch/torch7#232", "chain: 1 − out", sigmoid, lambda g, out, a: g * (1 - out), normal(5))
rule(
    "sigmoid: s (s − 1)",
    "JuliaAI/MLJLinearModels.jl#104",
    "sign",
    sigmoid,
    lambda g, out, a: g * out * (out - 1),
    normal(5),
)
rule(
    "sigmoid: derivative at the result",
    "PacktPublishing/Neural-Network-Projects-with-Python#4",
    "chain: at its result",
    sigmoid,
    lambda g, out, a: g * sigmoid(out) * (1 - sigmoid(out)),
    normal(6),
)
rule(
    "sigmoid: σ for σ′", "CaptainE/RNN-LSTM-in-numpy#1", "chain: out", sigmoid, lambda g, out, a: g * out, normal(4, 2)
)
rule(
    "relu: the incoming gradient overwritten by 0 or 1",
    "haifengl/smile#528",
    "chain: g|incoming gradient of 1",
    relu,
    lambda g, out, a: np.where(a > 0, 1.0, 0.0),
    normal(8),
)
rule(
    "relu: passed on where it is negative",
    "denggaoshan/DeepLearningStudy#1",
    ("somewhere: a < 0", "chain: relu"),
    relu,
    lambda g, out, a: g * (a < 0),
    normal(8),
)
rule(
    "leaky relu: slope without the incoming gradient below zero",
    "SilasMarvin/dnns-from-scratch-in-zig#5",
    ("somewhere: a < 0", "chain: factor g"),
    leaky,
    lambda g, out, a: np.where(a > 0, g, 0.01),
    normal(8),
)
rule(
    "leaky relu: 0 below zero",
    "RoboticsClubIITJ/ML-DL-implementation#126",
    "somewhere: a < 0",
    leaky,
    lambda g, out, a: np.where(a > 0, g, 0.0),
    normal(8),
)
rule(
    "elu: x + 1 below zero",
    "hughperkins/DeepCL#46",
    ("somewhere: a < 0",),
    elu,
    lambda g, out, a: g * np.where(a > 0, 1, a + 1),
    normal(9),
)
rule(
    "elu: Fn(y) + α of the value twice through",
    "mlpack/mlpack#1540",
    ("somewhere: a < 0", "chain: at its result"),
    elu,
    lambda g, out, a: g * np.where(a > 0, 1, (np.exp(np.minimum(out, 0)) - 1) + 1),
    normal(9),
)
rule(
    "gelu: only the first term",
    "ravin-d-27/PyDeepFlow#89",
    ("overwritten", "chain: tanh"),
    gelu,
    lambda g, out, a: g * 0.5 * (1 + np.tanh(0.7978845608 * (a + 0.044715 * a**3))),
    normal(6),
)
rule(
    "gelu: the inner derivative left out",
    "neoml-lib/neoml#787",
    ("chain", "part", "overwritten"),
    gelu,
    lambda g, out, a: (
        g
        * (
            0.5 * (1 + np.tanh(0.7978845608 * (a + 0.044715 * a**3)))
            + 0.5 * a * (1 - np.tanh(0.7978845608 * (a + 0.044715 * a**3)) ** 2)
        )
    ),
    normal(6),
)
rule(
    "softplus: taken for relu by its result",
    "PaddlePaddle/Paddle#18678",
    ("chain: relu|1|derivative", "somewhere"),
    softplus,
    lambda g, out, a: g * (out > 0),
    normal(6),
)
rule(
    "softplus: σ of the result",
    "NVlabs/tiny-cuda-nn#130",
    "chain: at its result",
    softplus,
    lambda g, out, a: g / (1 + np.exp(-out)),
    normal(6),
)
rule(
    "exp: the input for the result",
    "karpathy/nn-zero-to-hero#52",
    "chain: times a|chain|a\\b",
    lambda a: np.exp(a),
    lambda g, out, a: a * g,
    normal(6),
)
rule(
    "logarithm to base 10 without ln 10",
    "eggzec/ad#10",
    ("factor: ln 10|2\\.30", "factor: 0\\.4343|2\\.30"),
    lambda a: np.log10(a),
    lambda g, out, a: g / a,
    lambda rng: (rng.uniform(0.5, 3, 5),),
)
rule(
    "log2: ln 10 for ln 2",
    "novacrazy/dual_num#13",
    "factor",
    lambda a: np.log2(a),
    lambda g, out, a: g / (a * np.log(10)),
    lambda rng: (rng.uniform(0.5, 3, 5),),
)
rule(
    "log2: 50.69 for ln 2",
    "shader-slang/slang#9176",
    "factor",
    lambda a: np.log2(a),
    lambda g, out, a: g / (a * 50.69314718055994),
    lambda rng: (rng.uniform(0.5, 3, 5),),
)
rule(
    "2ˣ as if it were eˣ",
    "shader-slang/slang#9176",
    ("factor: ln 2|0\\.693|1\\.44",),
    lambda a: 2**a,
    lambda g, out, a: g * out,
    normal(5),
)
rule(
    "power: that of x ** e for e ** x",
    "tenstorrent/tt-metal#52144",
    ("chain", "swapped"),
    lambda a: 3.0**a,
    lambda g, out, a: g * a * 3.0 ** (a - 1),
    lambda rng: (rng.uniform(0.5, 3, 5),),
)
rule(
    "power: the exponent not lowered by one",
    "tinygrad/tinygrad#9217",
    ("chain: a\\b",),
    lambda a: a**3,
    lambda g, out, a: g * 3 * a**3,
    lambda rng: (rng.uniform(0.5, 3, 5),),
)
rule(
    "square root: 1 / out without the half",
    "tinygrad/tinygrad#25",
    "factor: 1/2",
    lambda a: np.sqrt(a),
    lambda g, out, a: g / out,
    lambda rng: (rng.uniform(0.5, 3, 5),),
)
rule(
    "reciprocal: the sign",
    "tinygrad/tinygrad#25",
    "sign",
    lambda a: 1 / a,
    lambda g, out, a: g / a**2,
    lambda rng: (rng.uniform(0.5, 3, 5),),
)
rule(
    "huber: the incoming gradient left out",
    "chainer/chainer#1175",
    "chain: g|incoming gradient of 1",
    lambda x: np.where(np.abs(x) < 1, 0.5 * x**2, np.abs(x) - 0.5),
    lambda g, out, x: np.clip(x, -1, 1),
    lambda rng: (2 * rng.normal(size=8),),
)
rule(
    "a sine, whose derivative is written −cos",
    "deeplearning4j/nd4j#2427",
    "sign",
    lambda a: np.sin(a),
    lambda g, out, a: -g * np.cos(a),
    normal(5),
)
rule(
    "clip: passes on outside too",
    "pytorch/pytorch#29513",
    ("somewhere", "chain: clip"),
    lambda a: np.clip(a, -1, 1),
    lambda g, out, a: g * 1.0,
    lambda rng: (2 * rng.normal(size=9),),
)
rule(
    "absolute value: always 1",
    "mlpack/mlpack#3144",
    ("somewhere: a < 0", "chain: absolute"),
    lambda a: np.abs(a),
    lambda g, out, a: g * 1.0,
    normal(8),
)
rule(
    "sigmoid: the derivative of tanh",
    "ttezel/nn#8",
    ("chain: 1 − out²|tanh",),
    sigmoid,
    lambda g, out, a: g * (1 - out**2),
    normal(6),
)
rule(
    "tanh: divided by 1 − h²",
    "oreilly-japan/deep-learning-from-scratch-2#26",
    "chain",
    tanh,
    lambda g, out, a: g / (1 - out**2),
    normal(6),
)
rule(
    "the rule of log, with the input for its inverse",
    "karpathy/micrograd#41",
    "chain: ",
    lambda a: np.log(a),
    lambda g, out, a: g * a,
    lambda rng: (rng.uniform(0.5, 3, 5),),
)
rule(
    "standard deviation 1 / σ³ without the centred square",
    "pytorch/pytorch#1076",
    ("chain", "factor", "overwritten", "part"),
    lambda s: np.log(s) + 0.5 * 2.7**2 / s**2,
    lambda g, out, s: g * (1 / s + 2.7**2 / s**3),
    lambda rng: (rng.uniform(1, 3, 5),),
)
rule(
    "straight through: a rounding differentiated as nothing",
    "jiecaoyu/XNOR-Net-PyTorch#1",
    "zero",
    lambda a: np.tanh(a),
    lambda g, out, a: 0 * g,
    normal(5),
)


@table("swish: out for the sigmoid in it", "RoboticsClubIITJ/ML-DL-implementation#126", "chain", "part", "overwritten")
def swish(rng):
    def f(x):
        return np.sum(x * sigmoid(x))

    def gradient(x):
        s = sigmoid(x)
        return s + x * s * (1 - s) * s

    return gradcheck(f, rng.normal(size=6), gradient=gradient)


@table("swish: only the sigmoid", "ravin-d-27/PyDeepFlow#89", "overwritten", "chain: sigmoid")
def swish_gate(rng):
    return gradcheck(lambda x: np.sum(x * sigmoid(x)), rng.normal(size=6), gradient=lambda x: sigmoid(x))


@table("selu: the scale only where x > 0", "f-dangel/backpack#76", "somewhere: x < 0")
def selu(rng):
    def gradient(x):
        return np.where(x > 0, 1.0507009873554805, 1.6732632423543772 * np.exp(x))

    return gradcheck(lambda x: np.sum(ops.selu(x)), rng.normal(size=8), gradient=gradient)


@table("a derivative at x where it belongs at the inner value", "Khan/khan-exercises#106911", "value", "chain: at ")
def outer_at_x(rng):
    return gradcheck(lambda x: np.sum(np.sin(x**2)), rng.normal(size=5), gradient=lambda x: 2 * x * np.cos(x))


@table("the inner derivative of sin x² left out", "CESGA-Quantum-Spain/cunqa#245", "chain: x|square|power")
def inner_left_out(rng):
    return gradcheck(lambda x: np.sum(np.sin(x**2)), rng.normal(size=5), gradient=lambda x: np.cos(x**2))
