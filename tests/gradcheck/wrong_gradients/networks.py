"""Gradients by hand of networks with a hidden layer or two."""

import numpy as np

from tinygrad_edu import gradcheck

from .case import Collection, one_hot, sigmoid, softmax

table = Collection()

SIGMOID = (sigmoid, lambda z, a: a * (1 - a))
TANH = (np.tanh, lambda z, a: 1 - a**2)
RELU = (lambda z: np.maximum(z, 0), lambda z, a: 1.0 * (z > 0))
LEAKY = (lambda z: np.where(z > 0, z, 0.1 * z), lambda z, a: np.where(z > 0, 1, 0.1))


def network(
    name, source, accept, wrong, hidden=SIGMOID, last=SIGMOID, loss="mse", layers=2, sizes=(4, 5, 3), penalty=0.0
):
    """A case of a network; `wrong(net)` changes the right backward pass of it."""

    def check(rng):
        net = Network(rng, hidden, last, loss, layers, sizes, penalty)
        wrong(net)
        return gradcheck(net.loss, *net.parameters, gradient=net.gradient, names=net.names)

    table(name, source, *([accept] if isinstance(accept, str) else accept))(check)


class Network:
    """Dense layers, with every step of the backward pass open to change."""

    def __init__(self, rng, hidden, last, loss, layers, sizes, penalty):
        m, h, k = sizes
        widths = [m] + [h] * (layers - 1) + [k]
        self.x = rng.normal(size=(6, m))
        self.y = one_hot(rng.integers(0, k, 6), k) if k > 1 else rng.integers(0, 2, (6, 1)).astype(float)
        self.f, self.slopes = [hidden[0]] * (layers - 1) + [last[0]], [hidden[1]] * (layers - 1) + [last[1]]
        self.parameters = [
            p
            for i, o in zip(widths, widths[1:])
            for p in (rng.normal(size=(i, o)) / np.sqrt(i), 0.1 * rng.normal(size=o))
        ]
        self.names = [f"{kind}{i + 1}" for i in range(layers) for kind in "Wb"]
        self.kind, self.penalty, self.layers = loss, penalty, layers
        self.delta = self.first_delta
        self.back = lambda d, w, i: d @ w.T
        self.of_w = lambda a, d, i: a.T @ d
        self.of_b = lambda d, i: np.sum(d, axis=0)
        self.slope = lambda z, a, i: self.slopes[i](z, a)
        self.of_penalty = lambda w: 2 * self.penalty * w
        self.weights = lambda w, gradient, i: w

    def forward(self, parameters):
        zs, activations = [], [self.x]
        for i in range(self.layers):
            zs.append(activations[-1] @ parameters[2 * i] + parameters[2 * i + 1])
            activations.append(self.f[i](zs[-1]))
        return zs, activations

    def loss(self, *parameters):
        p = self.forward(parameters)[1][-1]
        if self.kind == "mse":
            value = 0.5 * np.sum((p - self.y) ** 2) / len(self.x)
        elif self.kind == "crossentropy":
            value = -np.sum(self.y * np.log(p) + (1 - self.y) * np.log(1 - p)) / len(self.x)
        else:
            value = -np.sum(self.y * np.log(p)) / len(self.x)
        return value + self.penalty * sum(np.sum(w**2) for w in parameters[::2]) if self.penalty else value

    def first_delta(self, z, p):
        """The gradient of the loss at the last sum."""
        d = (p - self.y) / len(self.x)
        return d * self.slope(z, p, self.layers - 1) if self.kind == "mse" else d

    def gradient(self, *parameters):
        zs, activations = self.forward(parameters)
        d, found = self.delta(zs[-1], activations[-1]), []
        for i in reversed(range(self.layers)):
            w = parameters[2 * i]
            of_w = self.of_w(activations[i], d, i) + (self.of_penalty(w) if self.penalty else 0)
            found = [of_w, self.of_b(d, i), *found]
            if i:
                d = self.back(d, self.weights(w, of_w, i), i) * self.slope(zs[i - 1], activations[i], i - 1)
        return tuple(found)


def with_(**changes):
    """A change of the backward pass: each given as a function of the network."""

    def wrong(net):
        for name, make in changes.items():
            setattr(net, name, make(net))

    return wrong


def delta(change):
    return with_(delta=lambda net: lambda z, p: change(net, z, p))


def slope(change):
    return with_(slope=lambda net: lambda z, a, i: change(net, z, a, i))


network(
    "no sigmoid′ at the output",
    "jiexunsee/Neural-Network-with-Python#1",
    "chain: sigmoid",
    delta(lambda net, z, p: (p - net.y) / len(net.x)),
)
network(
    "no sigmoid′ at the output, one unit",
    "louisjc/mnist-neural-network#1",
    "chain: sigmoid",
    delta(lambda net, z, p: (p - net.y) / len(net.x)),
    sizes=(3, 4, 1),
)
network(
    "hidden errors without sigmoid′",
    "makeyourownneuralnetwork/makeyourownneuralnetwork#88",
    "chain: sigmoid",
    slope(lambda net, z, a, i: a * (1 - a) if i else 1.0),
)
network(
    "no sigmoid′ in any layer",
    "ujjwalkarn/Machine-Learning-Tutorials#16",
    "chain: sigmoid",
    slope(lambda net, z, a, i: 1.0),
    layers=3,
)
network(
    "sigmoid′ at the activation in both layers",
    "liashchynskyi/skynet#1",
    "chain: at its result",
    slope(lambda net, z, a, i: sigmoid(a) * (1 - sigmoid(a))),
)
network(
    "sigmoid′ at the activation in the hidden layer",
    "benoitfragit/libBrain#78",
    "chain: at its result",
    slope(lambda net, z, a, i: sigmoid(a) * (1 - sigmoid(a)) if i == 0 else a * (1 - a)),
)
network(
    "z (1 − z) of the sum",
    "Rahul Ramesh interviews, BoltzmannEntropy/interviews.ai#15",
    "chain: 1 −",
    slope(lambda net, z, a, i: z * (1 - z)),
)
table.cases[-1] = table.cases[-1]._replace(source="BoltzmannEntropy/interviews.ai#15")
network(
    "z (1 − z) in the hidden layer",
    "PacktPublishing/Neural-Network-Projects-with-Python#4",
    "chain: 1 −",
    slope(lambda net, z, a, i: z * (1 - z) if i == 0 else a * (1 - a)),
)
network(
    "crossentropy with sigmoid′ once too often",
    "rasbt/python-machine-learning-book-2nd-edition#54",
    "chain: too often|too many|once more|twice",
    delta(lambda net, z, p: (p - net.y) * p * (1 - p) / len(net.x)),
    loss="crossentropy",
)
network(
    "crossentropy with sigmoid′ once too often, one unit",
    "udacity/deep-learning-v2-pytorch#409",
    "chain: too often|too many|once more|twice",
    delta(lambda net, z, p: (p - net.y) * p * (1 - p) / len(net.x)),
    loss="crossentropy",
    sizes=(3, 4, 1),
)
network(
    "σ for σ′ in the hidden layer",
    "CaptainE/RNN-LSTM-in-numpy#1",
    "chain: sigmoid",
    slope(lambda net, z, a, i: a if i == 0 else a * (1 - a)),
)
network(
    "1 − h for 1 − h²",
    "karpathy/nn-zero-to-hero#45",
    "chain: 1 −",
    slope(lambda net, z, a, i: 1 - a if i == 0 else net.slopes[i](z, a)),
    hidden=TANH,
)
network(
    "1 − h for 1 − h² in every layer",
    "scutan90/DeepLearning-500-questions#466",
    "chain: 1 −",
    slope(lambda net, z, a, i: 1 - a),
    hidden=TANH,
    last=TANH,
    layers=3,
)
network(
    "1 + h²",
    "nicodjimenez/lstm#41",
    "chain: 1 \\+",
    slope(lambda net, z, a, i: 1 + a**2 if i == 0 else net.slopes[i](z, a)),
    hidden=TANH,
)
network(
    "a relu mask for tanh′",
    "OpenMined/UnityWorker#250",
    "chain: relu|> 0",
    slope(lambda net, z, a, i: 1.0 * (a > 0) if i == 0 else net.slopes[i](z, a)),
    hidden=TANH,
)
network(
    "tanh layers differentiated as sigmoids",
    "ttezel/nn#8",
    "chain: · \\(1 −|sigmoid",
    slope(lambda net, z, a, i: a * (1 - a)),
    hidden=TANH,
)
network(
    "tanh′ without the square, of the sum",
    "andersbll/nnet#4",
    "chain: tanh",
    slope(lambda net, z, a, i: np.tanh(z) if i == 0 else net.slopes[i](z, a)),
    hidden=TANH,
)
network(
    "relu not differentiated",
    "iamtrask/Grokking-Deep-Learning#9",
    "chain: relu|maximum",
    slope(lambda net, z, a, i: 1.0 if i == 0 else net.slopes[i](z, a)),
    hidden=RELU,
)
network(
    "relu in place of its derivative",
    "denggaoshan/DeepLearningStudy#1",
    "chain: relu|maximum",
    slope(lambda net, z, a, i: a if i == 0 else net.slopes[i](z, a)),
    hidden=RELU,
)
network(
    "relu′ the wrong way round",
    "scikit-learn/scikit-learn#14244",
    "chain: relu|maximum|0",
    slope(lambda net, z, a, i: 1.0 * (z < 0) if i == 0 else net.slopes[i](z, a)),
    hidden=RELU,
)
network(
    "leaky relu as a relu",
    "SilasMarvin/dnns-from-scratch-in-zig#5",
    ("chain: relu|0", "overwritten: where"),
    slope(lambda net, z, a, i: 1.0 * (z > 0) if i == 0 else net.slopes[i](z, a)),
    hidden=LEAKY,
)
network(
    "W2 updated before it carries the error back",
    "joelgrus/data-science-from-scratch#31",
    "value: update|after",
    with_(weights=lambda net: lambda w, gradient, i: w - 0.5 * gradient),
)
network(
    "W2 updated first, with another rate",
    "kim-marcel/basic_neural_network#7",
    "value: update|after",
    with_(weights=lambda net: lambda w, gradient, i: w - 0.1 * gradient),
    hidden=TANH,
)
network(
    "dW2 for W2 on the way back",
    "Bot-Academy/NeuralNetworkFromScratch#3",
    "value: gradient of 'W2'|gradient of W2",
    with_(weights=lambda net: lambda w, gradient, i: gradient),
)
network(
    "the bias gradients averaged",
    "kvfrans/notes#5",
    "factor: 6",
    with_(of_b=lambda net: lambda d, i: np.mean(d, axis=0)),
)
network(
    "the hidden bias summed over everything",
    "deeplearning4j/deeplearning4j#364",
    "not summed: too many",
    with_(of_b=lambda net: lambda d, i: np.full(d.shape[1], np.sum(d)) if i == 0 else np.sum(d, axis=0)),
)
network(
    "the bias of the first row", "mlpack/mlpack#3679", "not summed: first", with_(of_b=lambda net: lambda d, i: d[0])
)
network(
    "input times the activation for the delta",
    "karpathy/nn-zero-to-hero dW, udacity/deep-learning-v2-pytorch#409",
    "value",
    with_(of_w=lambda net: lambda a, d, i: net.x.T @ d if i == 0 else np.maximum(a, 0).T @ (d * 0 + 1)),
    sizes=(4, 4, 3),
)
table.cases.pop()
network(
    "the pre-activation for the activation in dW2",
    "jorgenkg/python-neural-network#2",
    "value",
    with_(of_w=lambda net: lambda a, d, i: a.T @ d if i == 0 else (np.log(a / (1 - a))).T @ d),
)
network(
    "the penalty without its 2",
    "jingtinghuang/CS231n-Spring-2017#3",
    ("part: square|multiply|power|penalty|0\\.5",),
    with_(of_penalty=lambda net: lambda w: net.penalty * w),
    penalty=0.3,
)
network(
    "the penalty with a minus",
    "andersbll/nnet#4",
    "part: sign",
    with_(of_penalty=lambda net: lambda w: -2 * net.penalty * w),
    penalty=0.3,
)
network(
    "no penalty in the gradient",
    "omar-florez/scratch_mlp#4",
    "overwritten",
    with_(of_penalty=lambda net: lambda w: 0 * w),
    penalty=0.3,
)
network(
    "the penalty itself for its gradient",
    "omar-florez/scratch_mlp#5",
    ("part", "value", "chain", "overwritten"),
    with_(of_penalty=lambda net: lambda w: net.penalty * np.sum(w**2)),
    penalty=0.3,
)
network(
    "the gradient times the learning rate",
    "andersbll/nnet#4 (division by n)",
    "factor: 0\\.01|100",
    lambda net: net.__setattr__("gradient", lambda *p, g=net.gradient: tuple(0.01 * a for a in g(*p))),
)
table.cases[-1] = table.cases[-1]._replace(source="oxford-cs-deepnlp-2017/lectures#10")
network(
    "the sign of the first delta",
    "oxford-cs-deepnlp-2017/lectures#10",
    "sign",
    delta(lambda net, z, p: -(p - net.y) * p * (1 - p) / len(net.x)),
)
network(
    "not divided by the batch",
    "jxgu1016/MNIST_center_loss_pytorch#9",
    "factor: 6",
    delta(lambda net, z, p: (p - net.y) * p * (1 - p)),
)
network(
    "divided by the batch twice",
    "fetchai/ledger#1580",
    "factor: 6",
    delta(lambda net, z, p: (p - net.y) * p * (1 - p) / len(net.x) ** 2),
)
network(
    "the two parts of the crossentropy, only where y is 1",
    "dl4j eraly, deeplearning4j/nd4j#1320",
    ("overwritten", "somewhere"),
    delta(lambda net, z, p: -net.y * (1 - p) / len(net.x)),
    loss="crossentropy",
)
table.cases[-1] = table.cases[-1]._replace(source="deeplearning4j/nd4j#1320")
network(
    "W2 not transposed on the way back",
    "tile-ai/TileOPs#54",
    "transposed",
    with_(back=lambda net: lambda d, w, i: d @ w),
    sizes=(4, 4, 4),
)
network(
    "dW transposed",
    "qiskit-community/qiskit-aqua#1449",
    "transposed",
    with_(of_w=lambda net: lambda a, d, i: d.T @ a if i == 1 else a.T @ d),
    sizes=(4, 4, 4),
)
network(
    "the delta of the wrong layer in the first bias",
    "dibgerge/ml-coursera-python-assignments#120",
    ("value", "chain"),
    with_(slope=lambda net: lambda z, a, i: net.slopes[i](z, a)),
    sizes=(4, 4, 4),
)
table.cases.pop()


def linear_net(rng):
    x, y = rng.normal(size=(6, 3)), rng.normal(size=(6, 4))
    return x, y, rng.normal(size=(3, 4)), rng.normal(size=4), rng.normal(size=(4, 4)), rng.normal(size=4)


@table(
    "db1 from the delta of the output layer", "dibgerge/ml-coursera-python-assignments#120", "value", "chain", "swapped"
)
def wrong_delta(rng):
    x, y, w, b, v, c = linear_net(rng)

    def loss(w, b, v, c):
        return 0.5 * np.sum((np.tanh(x @ w + b) @ v + c - y) ** 2)

    def gradient(w, b, v, c):
        h = np.tanh(x @ w + b)
        d2 = h @ v + c - y
        d1 = d2 @ v.T * (1 - h**2)
        return x.T @ d1, d2.sum(axis=0), h.T @ d2, d2.sum(axis=0)

    return gradcheck(loss, w, b, v, c, gradient=gradient)


@table("dropout: the mask not applied on the way back", "ddbourgin/numpy-ml#94", "chain: mask|multiply")
def dropout(rng):
    x, y, w, b, v, c = linear_net(rng)
    mask = (rng.random((6, 4)) < 0.7) * 1.0

    def loss(w, b, v, c):
        return 0.5 * np.sum(((np.tanh(x @ w + b) * mask / 0.7) @ v + c - y) ** 2)

    def gradient(w, b, v, c):
        h = np.tanh(x @ w + b)
        d2 = (h * mask / 0.7) @ v + c - y
        d1 = d2 @ v.T / 0.7 * (1 - h**2)
        return x.T @ d1, d1.sum(axis=0), (h * mask / 0.7).T @ d2, d2.sum(axis=0)

    return gradcheck(loss, w, b, v, c, gradient=gradient)


@table(
    "dropout: the scale forgotten on the way back",
    "kaldi-asr/kaldi#3890",
    "chain: divide|scale|multiply",
    "factor",
    "part",
)
def dropout_scale(rng):
    x, y, w, b, v, c = linear_net(rng)
    mask = (rng.random((6, 4)) < 0.7) * 1.0

    def loss(w, b, v, c):
        return 0.5 * np.sum(((np.tanh(x @ w + b) * mask / 0.7) @ v + c - y) ** 2)

    def gradient(w, b, v, c):
        h = np.tanh(x @ w + b)
        d2 = (h * mask / 0.7) @ v + c - y
        d1 = d2 @ v.T * mask * (1 - h**2)
        return x.T @ d1, d1.sum(axis=0), (h * mask / 0.7).T @ d2, d2.sum(axis=0)

    return gradcheck(loss, w, b, v, c, gradient=gradient)


@table("a skip connection that carries no gradient", "jakeret/tf_unet#9", "overwritten")
def skip(rng):
    x, y, w, b, v, c = linear_net(rng)

    def loss(w, b, v, c):
        h = np.tanh(x @ w + b)
        return 0.5 * np.sum((np.tanh(h @ v + c) + h - y) ** 2)

    def gradient(w, b, v, c):
        h = np.tanh(x @ w + b)
        r = np.tanh(h @ v + c)
        d = r + h - y
        d2 = d * (1 - r**2)
        d1 = d2 @ v.T * (1 - h**2)
        return x.T @ d1, d1.sum(axis=0), h.T @ d2, d2.sum(axis=0)

    return gradcheck(loss, w, b, v, c, gradient=gradient)


@table(
    "the weight for the input, in one-neuron layers",
    "Backpropagation Demo Gives Always the Same Result (huggingface.co/datasets/nvidia/Nemotron-CC-Math-v1)",
    "value",
    "swapped",
    "chain",
)
def weight_for_input(rng):
    x, y = 0.8, 0.3

    def loss(w1, b1, w2, b2):
        return (sigmoid(sigmoid(x * w1 + b1) * w2 + b2) - y) ** 2

    def gradient(w1, b1, w2, b2):
        h = sigmoid(x * w1 + b1)
        p = sigmoid(h * w2 + b2)
        e = 2 * (p - y)
        d2 = e * p * (1 - p)
        d1 = d2 * w2 * h * (1 - h)
        return d1 * x, d1, d2 * w2, d2

    return gradcheck(loss, 0.5, 0.1, -0.7, 0.2, gradient=gradient)


@table(
    "no sigmoid′ of the output on the way to the hidden unit",
    "Backpropagation Demo Gives Always the Same Result (huggingface.co/datasets/nvidia/Nemotron-CC-Math-v1)",
    "chain: sigmoid",
    "value: gradient of",
)
def skipped_once(rng):
    x, y = rng.normal(size=(5, 2)), rng.random((5, 1))

    def loss(w1, w2):
        return np.sum((sigmoid(sigmoid(x @ w1) @ w2) - y) ** 2)

    def gradient(w1, w2):
        h = sigmoid(x @ w1)
        p = sigmoid(h @ w2)
        e = 2 * (p - y)
        return x.T @ (e @ w2.T * h * (1 - h)), h.T @ (e * p * (1 - p))

    return gradcheck(loss, rng.normal(size=(2, 3)), rng.normal(size=(3, 1)), gradient=gradient)


@table(
    "the weights of the path left out of the chain",
    "Is my back propagation math correct? (huggingface.co/datasets/nvidia/Nemotron-CC-Math-v1)",
    "chain",
    "value",
)
def weights_left_out(rng):
    x = rng.normal(size=(4, 1))

    def f(w1, w2):
        return np.sum(sigmoid(sigmoid(x * w1 + 1) * w2 + 1))

    def gradient(w1, w2):
        h = sigmoid(x * w1 + 1)
        o = sigmoid(h * w2 + 1)
        return np.sum(o * (1 - o) * h * (1 - h) * x), np.sum(o * (1 - o) * h)

    return gradcheck(f, 0.5, 0.7, gradient=gradient)


@table(
    "crossentropy and relu: the softmax part right, relu′ at the wrong layer",
    "andersy005/deep-learning-specialization-coursera#5",
    "value",
    "chain",
)
def relu_of_another_layer(rng):
    x, y = rng.normal(size=(6, 4)), one_hot(rng.integers(0, 3, 6), 3)

    def loss(w, u, v):
        return -np.sum(y * np.log(softmax(np.maximum(np.maximum(x @ w, 0) @ u, 0) @ v))) / 6

    def gradient(w, u, v):
        z1 = x @ w
        h1 = np.maximum(z1, 0)
        z2 = h1 @ u
        h2 = np.maximum(z2, 0)
        d3 = (softmax(h2 @ v) - y) / 6
        d2 = d3 @ v.T * (z2 > 0)
        d1 = d2 @ u.T * (z2 > 0)
        return x.T @ d1, h1.T @ d2, h2.T @ d3

    return gradcheck(loss, rng.normal(size=(4, 4)), rng.normal(size=(4, 4)), rng.normal(size=(4, 3)), gradient=gradient)
