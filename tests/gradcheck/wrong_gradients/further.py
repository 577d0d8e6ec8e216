"""Further wrong gradients, of models and losses that the other files do not have."""

import math

import numpy as np

from tinygrad_edu import gradcheck

from .case import Collection, one_hot, sigmoid, softmax

table = Collection()


def checked(name, source, *accept):
    return table(name, source, *accept)


@checked("GRU: the update gate as a tanh", "rsokl/MyGrad#4", "chain: 1 − out²|tanh")
def gru_gate(rng):
    x, h = rng.normal(size=(4, 2)), rng.normal(size=(4, 3))

    def loss(wz, wn):
        z = sigmoid(x @ wz)
        n = np.tanh(x @ wn)
        return np.sum(((1 - z) * n + z * h) ** 2)

    def gradient(wz, wn):
        z, n = sigmoid(x @ wz), np.tanh(x @ wn)
        d = 2 * ((1 - z) * n + z * h)
        return x.T @ (d * (h - n) * (1 - z**2)), x.T @ (d * (1 - z) * (1 - n**2))

    return gradcheck(loss, rng.normal(size=(2, 3)), rng.normal(size=(2, 3)), gradient=gradient)


@checked("GRU: the part through 1 − z forgotten", "open-lm-engine/accelerated-model-architectures#249", "overwritten")
def gru_path(rng):
    x, h = rng.normal(size=(4, 2)), rng.normal(size=(4, 3))

    def loss(wz, wn):
        z = sigmoid(x @ wz)
        n = np.tanh(x @ wn)
        return np.sum(((1 - z) * n + z * h) ** 2)

    def gradient(wz, wn):
        z, n = sigmoid(x @ wz), np.tanh(x @ wn)
        d = 2 * ((1 - z) * n + z * h)
        return x.T @ (d * h * z * (1 - z)), x.T @ (d * (1 - z) * (1 - n**2))

    return gradcheck(loss, rng.normal(size=(2, 3)), rng.normal(size=(2, 3)), gradient=gradient)


@checked("a network of loops and math.exp: sigmoid′ forgotten", "NetLogo/models#162", "chain: sigmoid|exp")
def loops(rng):
    xs, ys = rng.normal(size=(4, 2)), rng.random(4)

    def f(w):
        total = 0.0
        for x, y in zip(xs, ys):
            out = 1 / (1 + math.exp(-(w[0] * x[0] + w[1] * x[1])))
            total += (out - y) ** 2
        return total

    def gradient(w):
        found = np.zeros(2)
        for x, y in zip(xs, ys):
            out = 1 / (1 + math.exp(-(w[0] * x[0] + w[1] * x[1])))
            found += 2 * (out - y) * x
        return found

    return gradcheck(f, rng.normal(size=2), gradient=gradient)


@checked("hidden layer in arrays filled by loops: no tanh′", "davidrmiller/neural2d#36", "chain: tanh")
def filled(rng):
    x, y = rng.normal(size=3), rng.normal(size=2)

    def forward(w):
        h = np.zeros(4)
        for j in range(4):
            s = 0.0
            for i in range(3):
                s += x[i] * w[i, j]
            h[j] = np.tanh(s)
        return h

    v = rng.normal(size=(4, 2))

    def f(w):
        return np.sum((forward(w) @ v - y) ** 2)

    def gradient(w):
        d = 2 * (forward(w) @ v - y) @ v.T
        return np.outer(x, d)

    return gradcheck(f, rng.normal(size=(3, 4)), gradient=gradient)


@checked(
    "layer sizes: the gradient transposed",
    "albermax/convolution transposed, qiskit-community/qiskit-aqua#1449",
    "transposed",
)
def turned(rng):
    x = rng.normal(size=(5, 3))
    return gradcheck(
        lambda w: np.sum(np.sin(x @ w)), rng.normal(size=(3, 3)), gradient=lambda w: (x.T @ np.cos(x @ w)).T
    )


table.cases[-1] = table.cases[-1]._replace(source="qiskit-community/qiskit-aqua#1449")


@checked(
    "contrastive: the margin branch with the wrong sign",
    "VecherVhatuX/learning_data_science_in_prison#3441",
    "part: sign",
    "somewhere",
    "overwritten",
    "chain",
)
def contrastive(rng):
    other, same = rng.normal(size=(4, 3)), np.array([1.0, 0, 1, 0])

    def f(x):
        d = np.sum((x - other) ** 2, axis=1)
        return np.sum(same * d + (1 - same) * np.maximum(0, 9 - d))

    def gradient(x):
        d = np.sum((x - other) ** 2, axis=1)
        return (2 * (same + (1 - same) * (d < 9)))[:, None] * (x - other)

    return gradcheck(f, rng.normal(size=(4, 3)), gradient=gradient)


@checked("cosine similarity: the norm of x as a constant", "ddbourgin/numpy-ml#30", "overwritten")
def cosine(rng):
    y = rng.normal(size=4)

    def f(x):
        return np.sum(x * y) / (np.sqrt(np.sum(x**2)) * np.sqrt(np.sum(y**2)))

    return gradcheck(f, rng.normal(size=4), gradient=lambda x: y / (np.sqrt(np.sum(x**2)) * np.sqrt(np.sum(y**2))))


@checked(
    "Gaussian likelihood: the sign of the exponent", "zg9uagfv likelihood, kashefy/mi1notes#7", "sign", "part: sign"
)
def likelihood(rng):
    x = rng.normal(size=6)

    def f(mu, s):
        return np.sum(0.5 * ((x - mu) / s) ** 2 + np.log(s))

    return gradcheck(f, 0.3, 1.4, gradient=lambda mu, s: (-np.sum(x - mu) / s**2, np.sum((x - mu) ** 2 / s**3 + 1 / s)))


table.cases[-1] = table.cases[-1]._replace(source="kashefy/mi1notes#7")


@checked(
    "label smoothing: one-hot targets in the gradient",
    "unsky/focal-loss#21",
    "value",
    "overwritten",
    "part",
    "factor",
    "chain",
)
def smoothing(rng):
    y = one_hot(rng.integers(0, 3, 4), 3)
    smooth = 0.9 * y + 0.1 / 3
    return gradcheck(
        lambda z: -np.sum(smooth * np.log(softmax(z))), rng.normal(size=(4, 3)), gradient=lambda z: softmax(z) - y
    )


@checked(
    "momentum's velocity for the gradient", "reddyrohith49471 momentum, eriklindernoren/ML-From-Scratch#126", "factor"
)
def velocity(rng):
    x, y = rng.normal(size=(8, 3)), rng.normal(size=8)
    return gradcheck(
        lambda w: np.mean((x @ w - y) ** 2), rng.normal(size=3), gradient=lambda w: 0.1 * (2 * x.T @ (x @ w - y) / 8)
    )


table.cases[-1] = table.cases[-1]._replace(source="eriklindernoren/ML-From-Scratch#126")


@checked("autoencoder with tied weights: only the decoder's part", "guevara tied, hughperkins/DeepCL#62", "overwritten")
def tied(rng):
    x = rng.normal(size=(5, 4))

    def f(w):
        return np.sum((np.tanh(x @ w) @ w.T - x) ** 2)

    def gradient(w):
        h = np.tanh(x @ w)
        return 2 * (h @ w.T - x).T @ h

    return gradcheck(f, rng.normal(size=(4, 3)), gradient=gradient)


table.cases[-1] = table.cases[-1]._replace(source="KotlinNLP/SimpleDNN#4")


@checked("polynomial: the exponents not lowered", "JuliaMath/Calculus.jl#6", "chain", "value", "somewhere")
def polynomial(rng):
    return gradcheck(lambda x: np.sum(x**4), rng.uniform(0.5, 2, 4), gradient=lambda x: 4 * x**4)


@checked("logistic with labels ±1: y for −y", "apache/spark#3325", "sign")
def margin(rng):
    x, y = rng.normal(size=(8, 3)), 2.0 * rng.integers(0, 2, 8) - 1
    return gradcheck(
        lambda w: np.mean(np.log1p(np.exp(-y * (x @ w)))),
        rng.normal(size=3),
        gradient=lambda w: x.T @ (y / (1 + np.exp(y * (x @ w)))) / 8,
    )


@checked(
    "three layers of relu: the masks of the activations' gradients",
    "amber-kshz relu_grad, oreilly-japan/deep-learning-from-scratch#43",
    "chain: relu|maximum",
)
def relu_three(rng):
    x = rng.normal(size=(6, 4))

    def f(a, b, c):
        return np.sum(np.maximum(np.maximum(x @ a, 0) @ b, 0) @ c)

    def gradient(a, b, c):
        h1 = np.maximum(x @ a, 0)
        h2 = np.maximum(h1 @ b, 0)
        d3 = np.ones((6, 2))
        d2 = d3 @ c.T
        d1 = d2 @ b.T
        return x.T @ d1, h1.T @ d2, h2.T @ d3

    return gradcheck(f, rng.normal(size=(4, 5)), rng.normal(size=(5, 5)), rng.normal(size=(5, 2)), gradient=gradient)


table.cases[-1] = table.cases[-1]._replace(source="oreilly-japan/deep-learning-from-scratch#43")


@checked(
    "layer norm, scale and shift: gamma left out in dx",
    "candle gamma, huggingface/candle#3613",
    "chain: multiply|factor",
)
def scaled_norm(rng):
    y = rng.normal(size=(4, 5))

    def norm(x):
        return (x - np.mean(x, axis=1, keepdims=True)) / np.sqrt(np.var(x, axis=1, keepdims=True) + 1e-5)

    def f(x, gamma):
        return 0.5 * np.sum((norm(x) * gamma - y) ** 2)

    def gradient(x, gamma):
        n, s = norm(x), np.sqrt(np.var(x, axis=1, keepdims=True) + 1e-5)
        d = n * gamma - y
        return (d - np.mean(d, axis=1, keepdims=True) - n * np.mean(d * n, axis=1, keepdims=True)) / s, np.sum(
            d * n, axis=0
        )

    return gradcheck(f, rng.normal(size=(4, 5)), rng.normal(size=5) + 2, gradient=gradient)


table.cases[-1] = table.cases[-1]._replace(source="huggingface/candle#3613")


@checked(
    "attention: values' gradient without the transpose of the weights", "AlphaGPU/leetgpu-challenges#265", "transposed"
)
def values_of_attention(rng):
    s, target = rng.normal(size=(4, 4)), rng.normal(size=(4, 3))
    return gradcheck(
        lambda v: np.sum((softmax(s) @ v - target) ** 2),
        rng.normal(size=(4, 3)),
        gradient=lambda v: 2 * softmax(s) @ (softmax(s) @ v - target),
    )


@checked("elastic net: the L1 part forgotten", "lisaong/mldds-courseware#80", "overwritten")
def elastic(rng):
    x, y = rng.normal(size=(8, 3)), rng.normal(size=8)
    return gradcheck(
        lambda w: np.mean((x @ w - y) ** 2) + 0.2 * np.sum(w**2) + 0.3 * np.sum(np.abs(w)),
        rng.normal(size=3),
        gradient=lambda w: 2 * x.T @ (x @ w - y) / 8 + 0.4 * w,
    )


@checked(
    "a column of ones: the bias row of the gradient left 0",
    "malsabbagh bias, maddin79/darch#2",
    "somewhere: row|last|first",
)
def bias_row(rng):
    x = np.c_[rng.normal(size=(6, 3)), np.ones(6)]

    def gradient(w):
        found = 2 * x.T @ (x @ w)
        found[-1] = 0
        return found

    return gradcheck(lambda w: np.sum((x @ w) ** 2), rng.normal(size=(4, 2)), gradient=gradient)


table.cases[-1] = table.cases[-1]._replace(source="maddin79/darch#2")


@checked(
    "dice with squares: the derivative of the square forgotten", "faustomilletari/VNet#13", "chain", "part", "factor"
)
def dice_squares(rng):
    y = rng.integers(0, 2, 6).astype(float)

    def gradient(p):
        i, u = np.sum(p * y), np.sum(p**2) + np.sum(y)
        return 2 * (y * u - i * 1.0) / u**2

    return gradcheck(
        lambda p: 2 * np.sum(p * y) / (np.sum(p**2) + np.sum(y)), rng.uniform(0.1, 0.9, 6), gradient=gradient
    )


@checked("two uses of an embedding, of which the second overwrites", "arunmallya/arunmallya.github.io#3", "overwritten")
def two_lookups(rng):
    d = rng.normal(size=(2, 3, 2))
    left, right = np.array([0, 1, 2]), np.array([2, 3, 0])

    def gradient(e):
        found = np.zeros(e.shape)
        found[left] = d[0]
        found[right] = d[1]
        return found

    return gradcheck(
        lambda e: np.sum(e[left] * d[0]) + np.sum(e[right] * d[1]), rng.normal(size=(4, 2)), gradient=gradient
    )
