"""Wrong gradients from course forums, question pages and trackers, judged at first sight before any mending."""

import numpy as np

from tinygrad_edu import gradcheck

from .case import Collection, normal, one_hot, sigmoid, softmax

table = Collection()
rule, by_hand, checked = table.rule, table.by_hand, table

FORUM = "a thread of the deeplearning.ai community ({})"
STACK = "a question page ({})"


# -- two layers, as the courses have them: columns are samples -----------------------------------------------------


def course(name, source, *accept, wrong, cost="crossentropy"):
    """The network of the planar data: tanh, then a sigmoid, with `wrong` making (dW1, db1, dW2, db2)."""

    def check(rng):
        x, y = rng.normal(size=(2, 6)), (rng.random((1, 6)) > 0.5) * 1.0

        def run(w1, b1, w2, b2):
            a1 = np.tanh(w1 @ x + b1)
            return a1, sigmoid(w2 @ a1 + b2)

        def loss(w1, b1, w2, b2):
            a2 = run(w1, b1, w2, b2)[1]
            if cost == "squares":
                return np.sum((a2 - y) ** 2) / 12
            return -np.mean(y * np.log(a2) + (1 - y) * np.log(1 - a2))

        def gradient(w1, b1, w2, b2):
            return wrong(x, y, *run(w1, b1, w2, b2), w1, w2)

        shapes = ((4, 2), (4, 1), (1, 4), (1, 1))
        return gradcheck(loss, *(rng.normal(size=shape) for shape in shapes), gradient=gradient)

    table(name, source, *accept)(check)


def parts(dz1, dz2, x, a1, m=6):
    return dz1 @ x.T / m, dz1.sum(1, keepdims=True) / m, dz2 @ a1.T / m, dz2.sum(1, keepdims=True) / m


def divided_twice(x, y, a1, a2, w1, w2):
    dz2 = a2 - y
    return parts(w2.T @ dz2 * (1 - a1**2) / 6, dz2, x, a1)


def gradient_for_weight(x, y, a1, a2, w1, w2):
    dz2 = a2 - y
    return parts((dz2 @ a1.T / 6).T @ dz2 * (1 - a1**2), dz2, x, a1)


def matrix_for_square(x, y, a1, a2, w1, w2):
    dz2 = a2 - y
    return parts((w2.T @ dz2) @ (1 - a1.T @ a1), dz2, x, a1)


def square_of_z(x, y, a1, a2, w1, w2):
    dz2 = a2 - y
    return parts(w2.T @ dz2 * (1 - np.arctanh(a1) ** 2), dz2, x, a1)


def bias_not_divided(x, y, a1, a2, w1, w2):
    dz2 = a2 - y
    dw1, db1, dw2, db2 = parts(w2.T @ dz2 * (1 - a1**2), dz2, x, a1)
    return dw1, db1 * 6, dw2, db2 * 6


def error_without_weight(x, y, a1, a2, w1, w2):
    error = a2 - y
    return parts(error * (1 - a1**2), error, x, a1)


def sigmoid_hidden(x, y, a1, a2, w1, w2):
    dz2 = a2 - y
    return parts(w2.T @ dz2 * a1 * (1 - a1), dz2, x, a1)


def logs_not_joined(x, y, a1, a2, w1, w2):
    dz2 = -(y / a2) - (1 - y) / (1 - a2)
    dz2 = dz2 * a2 * (1 - a2)
    return parts(w2.T @ dz2 * (1 - a1**2), dz2, x, a1)


def second_only_first_sample(x, y, a1, a2, w1, w2):
    dz2 = a2 - y
    dw1, db1, dw2, db2 = parts(w2.T @ dz2 * (1 - a1**2), dz2, x, a1)
    return dw1, db1, dw2, dz2[:, :1] / 6


def hidden_bias_before_slope(x, y, a1, a2, w1, w2):
    dz2 = a2 - y
    dw1, db1, dw2, db2 = parts(w2.T @ dz2 * (1 - a1**2), dz2, x, a1)
    return dw1, (w2.T @ dz2).sum(1, keepdims=True) / 6, dw2, db2


def sigmoid_slope_in_loss(x, y, a1, a2, w1, w2):
    dz2 = a2 - y
    return parts(w2.T @ (dz2 * a2 * (1 - a2)) * (1 - a1**2), dz2, x, a1)


course("planar data: dZ1 divided by m, and dW1 once more", FORUM.format("63071"), "factor", wrong=divided_twice)
course("planar data: dW2 for w2 in dZ1", FORUM.format("402919, 5th post"), "value: gradient", wrong=gradient_for_weight)
course(
    "planar data: dot products for the square and the product of dZ1",
    FORUM.format("402919, 8th post"),
    "chain: tanh",
    "value: order|matrix|product",
    wrong=matrix_for_square,
)
course("planar data: 1 − Z1² for 1 − A1²", FORUM.format("63071, answer"), "chain: 1 − a²", wrong=square_of_z)
course(
    "planar data: the sums of the biases not divided by m", FORUM.format("165"), "factor: sum|6", wrong=bias_not_divided
)
course(
    "planar data: the error itself goes to the hidden units, without W2",
    STACK.format("whosebug.com/question/2948401"),
    "chain: taken for 1|forgotten|matmul|missing",
    wrong=error_without_weight,
)
course(
    "planar data: the sigmoid's derivative on a tanh layer",
    "rust0258/Deeplearning.ai-Natural-Language-Processing-Specialization#64",
    "chain: tanh",
    wrong=sigmoid_hidden,
)
course(
    "planar data: minus before the second log part",
    "peterroelants/peterroelants.github.io#24",
    "part: sign",
    "somewhere: sign",
    wrong=logs_not_joined,
)
course(
    "planar data: db2 of the first sample",
    FORUM.format("71024"),
    "not summed: first|sum",
    wrong=second_only_first_sample,
)
course(
    "planar data: the hidden bias before tanh′",
    "arthurdouillard/deepcourse#9",
    "chain: tanh",
    wrong=hidden_bias_before_slope,
)
course(
    "planar data: sigmoid′ with the crossentropy, but only on the way to the hidden layer",
    "haifengl/smile#151",
    "chain: sigmoid.*twice|sigmoid",
    wrong=sigmoid_slope_in_loss,
)


def no_slope_of_output(x, y, a1, a2, w1, w2):
    dz2 = a2 - y
    return parts(w2.T @ dz2 * (1 - a1**2), dz2, x, a1)


course(
    "squares: out − y, as if it were a crossentropy",
    "llSourcell/recurrent_neural_net_demo#2",
    "chain: sigmoid",
    wrong=no_slope_of_output,
    cost="squares",
)


def deriv_of_deriv(x, y, a1, a2, w1, w2):
    s = sigmoid(a2) * (1 - sigmoid(a2))
    dz2 = (a2 - y) * s
    return parts(w2.T @ dz2 * (1 - a1**2), dz2, x, a1)


course(
    "squares: sigmoid′ of the output, which is a sigmoid already",
    "davidrmiller/neural2d#40",
    "chain: result",
    wrong=deriv_of_deriv,
    cost="squares",
)


# -- networks of other shapes -----------------------------------------------------------------------------------


@checked("two activations: relu′ taken of the layer after", "unda-ml/unda#1", "chain: relu|tanh", "value")
def mixed(rng):
    x, t = rng.normal(size=(5, 3)), rng.normal(size=(5, 4))

    def gradient(w, v):
        h = np.maximum(x @ w, 0)
        out = np.tanh(h @ v)
        d = 2 * (out - t) * (1 - out**2)
        return x.T @ (d @ v.T * (1 - h**2)), h.T @ d

    return gradcheck(
        lambda w, v: np.sum((np.tanh(np.maximum(x @ w, 0) @ v) - t) ** 2),
        rng.normal(size=(3, 4)),
        rng.normal(size=(4, 4)),
        gradient=gradient,
    )


@checked("relu differentiated as a sigmoid", "jeffheaton/encog-dotnet-core#124", "chain: relu|maximum")
def encog(rng):
    x, t = rng.normal(size=(6, 3)), rng.normal(size=(6, 2))

    def gradient(w, v):
        h = np.maximum(x @ w, 0)
        d = 2 * (h @ v - t) / 6
        return x.T @ (d @ v.T * h * (1 - h)), h.T @ d

    return gradcheck(
        lambda w, v: np.sum((np.maximum(x @ w, 0) @ v - t) ** 2) / 6,
        rng.normal(size=(3, 4)),
        rng.normal(size=(4, 2)),
        gradient=gradient,
    )


@checked(
    "five weights, one path: the weights of the path left out",
    STACK.format("Is my back propagation math correct?"),
    "chain",
)
def five(rng):
    s, i = sigmoid, 1.0

    def f(w):
        a = s(i * w[0] + 1)
        b, c = s(a * w[1] + 1), s(a * w[2] + 1)
        return s(b * w[3] + c * w[4] + 1)

    def gradient(w):
        a = s(i * w[0] + 1)
        b, c = s(a * w[1] + 1), s(a * w[2] + 1)
        o = s(b * w[3] + c * w[4] + 1)
        d = o * (1 - o)
        db, dc = b * (1 - b), c * (1 - c)
        return np.array([
            d * (db * a * (1 - a) + dc * a * (1 - a)) * i,
            d * w[3] * db * a,
            d * w[4] * dc * a,
            d * b,
            d * c,
        ])  # fmt: skip

    return gradcheck(f, 0.5 + 0.3 * rng.random(5), gradient=gradient)


@checked(
    "logistic: the product with x outside the loop over samples",
    STACK.format("GD for logistic regression isn't stable"),
    "value",
    "chain",
    "not summed",
)
def outside(rng):
    x, y = rng.normal(size=(8, 3)), (rng.random(8) > 0.5) * 1.0

    def gradient(b):
        g = np.zeros(3)
        for j in range(3):
            for i in range(8):
                g[j] += sigmoid(x[i] @ b) - y[i]
            g[j] *= x[i, j]
        return g

    def loss(b):
        p = sigmoid(x @ b)
        return -np.sum(y * np.log(p) + (1 - y) * np.log(1 - p))

    return gradcheck(loss, rng.normal(size=3), gradient=gradient)


@checked(
    "biases: the sum of the weight's gradient",
    "rust0258/Deeplearning.ai-Natural-Language-Processing-Specialization#62",
    "value",
    "chain",
    "not summed",
)
def sum_of_weights(rng):
    x, t = rng.normal(size=(4, 7)), rng.normal(size=(3, 7))

    def gradient(w, b):
        d = (w @ x + b - t) / 7
        return d @ x.T, np.sum(d @ x.T, axis=1, keepdims=True)

    return gradcheck(
        lambda w, b: np.sum((w @ x + b - t) ** 2) / 14,
        rng.normal(size=(3, 4)),
        rng.normal(size=(3, 1)),
        gradient=gradient,
    )


@checked("regularised biases whose penalty has no gradient", "Burton2000/CS231n-2017#9", "overwritten", "part")
def biases(rng):
    x, y, reg = rng.normal(size=(6, 4)), rng.integers(0, 3, 6), 0.3

    def forward(w1, b1, w2, b2):
        h = np.maximum(x @ w1 + b1, 0)
        return h, softmax(h @ w2 + b2)

    def loss(w1, b1, w2, b2):
        p = forward(w1, b1, w2, b2)[1]
        return -np.mean(np.log(p[np.arange(6), y])) + reg * (
            np.sum(w1 * w1) + np.sum(w2 * w2) + np.sum(b1 * b1) + np.sum(b2 * b2)
        )

    def gradient(w1, b1, w2, b2):
        h, p = forward(w1, b1, w2, b2)
        d = (p - one_hot(y, 3)) / 6
        e = d @ w2.T * (h > 0)
        return x.T @ e + 2 * reg * w1, e.sum(axis=0), h.T @ d + 2 * reg * w2, d.sum(axis=0)

    return gradcheck(
        loss,
        rng.normal(size=(4, 5)),
        rng.normal(size=5),
        rng.normal(size=(5, 3)),
        rng.normal(size=3),
        gradient=gradient,
    )


@checked(
    "the penalty is λ Σ W² , its gradient λ Σ W",
    STACK.format("CS231n – Assignment 1 Tutorial – Q2"),
    "value",
    "not summed",
    "chain",
    "part",
)
def penalty_sum(rng):
    x, t = rng.normal(size=(6, 4)), rng.normal(size=(6, 3))
    return gradcheck(
        lambda w: np.mean((x @ w - t) ** 2) + 0.5 * 0.2 * np.sum(w**2),
        rng.normal(size=(4, 3)),
        gradient=lambda w: 2 * x.T @ (x @ w - t) / 18 + 0.2 * np.sum(w),
    )


@checked(
    "svm: the true class without the count of its margins", "purushottamkar/ml19-20a#5", "factor", "chain", "not summed"
)
def missing_n(rng):
    x, y = rng.normal(size=(9, 2)), rng.choice([-1.0, 1.0], 9)
    margins = lambda w, b: np.maximum(0, 1 - y * (x @ w + b))  # noqa: E731

    def gradient(w, b):
        g = -y * (margins(w, b) > 0)
        return w + 9 * np.mean(g[:, None] * x, axis=0), np.mean(g)

    return gradcheck(
        lambda w, b: 0.5 * w @ w + np.sum(margins(w, b)), rng.normal(size=2), rng.normal(), gradient=gradient
    )


# -- engines and ops ------------------------------------------------------------------------------------------------

rule("cosh: −sinh", "casadi/casadi#2585", "sign", lambda x: np.cosh(x), lambda g, out, x: -g * np.sinh(x), normal(5))
rule(
    "arctan2: the two gradients flipped",
    "getkeops/keops#155",
    ("swapped",),
    lambda a, b: np.arctan2(a, b),
    (lambda g, out, a, b: -g * a / (a**2 + b**2), lambda g, out, a, b: g * b / (a**2 + b**2)),
    lambda rng: (rng.normal(size=4), rng.normal(size=4)),
)
rule(
    "division: g / a and g · b",
    "apache/singa#484",
    ("chain", "value", "swapped"),
    lambda a, b: np.divide(a, b),
    (lambda g, out, a, b: g / a, lambda g, out, a, b: g * b),
    lambda rng: (1 + rng.random(4), 1 + rng.random(4)),
)
by_hand(
    "atanh of 2x: the inner 2 forgotten",
    "autodiff/autodiff#396",
    "factor",
    lambda x: np.sum(np.arctanh(2 * x)),
    lambda x: 1 / (1 - (2 * x) ** 2),
    lambda rng: (0.4 * rng.random(4),),
)
by_hand(
    "asinh of a tangent: its derivative forgotten",
    "autodiff/autodiff#395",
    "chain: tan",
    lambda x: np.sum(np.arcsinh(np.tan(x))),
    lambda x: 1 / np.sqrt(1 + np.tan(x) ** 2),
    lambda rng: (rng.uniform(-1, 1, 5),),
)
by_hand(
    "asin of x/2: divided by the inner derivative",
    "autodiff/autodiff#205",
    "factor",
    lambda x: np.sum(np.arcsin(0.5 * x)),
    lambda x: 1 / np.sqrt(1 - (0.5 * x) ** 2),
    lambda rng: (rng.uniform(-1, 1, 5),),
)
rule(
    "arccosh: the derivative of arcsinh",
    "ai-on-browser/ai-on-browser.github.io#802",
    "chain: arcsinh|x² \\+ 1|another function",
    lambda x: np.arccosh(x),
    lambda g, out, x: g / np.sqrt(x**2 + 1),
    lambda rng: (1.2 + rng.random(5),),
)
rule(
    "relu and sigmoid without the incoming tangent",
    "DiffSharp/DiffSharp#16",
    "chain: g forgotten|factor g",
    sigmoid,
    lambda g, out, x: out * (1 - out),
    normal(5),
)
rule(
    "swish: x and out exchanged in the sum",
    "pytorch/pytorch#110815",
    ("chain",),
    lambda x: x * sigmoid(x),
    lambda g, out, x: g * (x + sigmoid(x) * (1 - x)),
    normal(6),
)
rule(
    "elu: α for α eˣ below zero",
    "eriklindernoren/ML-From-Scratch#73",
    ("somewhere: negative|< 0", "chain"),
    lambda x: np.where(x > 0, x, 0.7 * (np.exp(x) - 1)),
    lambda g, out, x: g * np.where(x > 0, 1.0, 0.7),
    normal(8),
)
rule(
    "softmax: the inputs for the outputs in the Jacobian",
    STACK.format("newbe.dev/numpy-calculate-the-derivative-of-the-softmax-function"),
    ("value", "chain", "softmax"),
    softmax,
    lambda g, out, x: out * (g - np.sum(g * x, axis=-1, keepdims=True)),
    normal(3, 4),
)
rule(
    "normalised rows: ε only in the forward pass",
    "chainer/chainer#4190",
    ("value", "chain", "part", "overwritten"),
    lambda x: x / (np.sqrt(np.sum(x * x, axis=1, keepdims=True)) + 0.3),
    lambda g, out, x: (
        (g - x * np.sum(g * x, axis=1, keepdims=True) / np.sum(x * x, axis=1, keepdims=True))
        / (np.sqrt(np.sum(x * x, axis=1, keepdims=True)) + 0.3)
    ),
    normal(4, 3),
)
rule(
    "a product with a power of itself: n − 1 for n",
    "tinygrad/tinygrad#9217 (the power as an integer)",
    ("factor", "chain"),
    lambda x: x**3,
    lambda g, out, x: g * 2 * x**2,
    normal(5),
)
rule(
    "sort: the gradient gathered, and not put back",
    "PaddlePaddle/Paddle#22739",
    ("value", "chain", "transposed", "swapped"),
    lambda x: np.sort(x),
    lambda g, out, x: g[np.argsort(x)],
    normal(6),
)
rule(
    "gather: the rows read again in place of added",
    "ooples/AiDotNet.Tensors#894 (the other half)",
    ("value", "chain", "overwritten", "transposed"),
    lambda x: x[np.array([2, 0, 2, 1])],
    lambda g, out, x: g[np.array([2, 0, 2, 1])],
    normal(4, 3),
)
rule(
    "mean along an axis: divided by all that there is",
    "tensorflow/tensorflow#369",
    "factor",
    lambda x: np.mean(x, axis=1),
    lambda g, out, x: np.repeat(g[:, None], 4, axis=1) / x.size,
    normal(3, 4),
)
rule(
    "quotient along rows: the second not summed but averaged",
    "apache/tvm#1512",
    ("factor", "not summed"),
    lambda a, b: np.divide(a, b),
    (lambda g, out, a, b: g / b, lambda g, out, a, b: np.mean(-g * a / b**2, axis=0)),
    lambda rng: (rng.normal(size=(4, 3)), 1 + rng.random(3)),
)
rule(
    "tanh: tanh itself, by its exponentials",
    "andersbll/nnet#4 (second comment)",
    "chain: out|tanh",
    lambda x: np.tanh(x),
    lambda g, out, x: g * (np.exp(2 * x) - 1) / (np.exp(2 * x) + 1),
    normal(5),
)


# -- matrices -------------------------------------------------------------------------------------------------------

by_hand(
    "xᵀ A x: 2 A x though A is not symmetric",
    STACK.format("math.stackexchange 3222371"),
    ("transposed", "overwritten", "value", "part"),
    lambda x: x @ np.array([[1.0, 2.0, 0.5], [-1.0, 0.7, 0.2], [0.3, 1.5, -0.4]]) @ x,
    lambda x: 2 * np.array([[1.0, 2.0, 0.5], [-1.0, 0.7, 0.2], [0.3, 1.5, -0.4]]) @ x,
    normal(3),
)
by_hand(
    "xᵀ A x: the product rule used on one x only",
    STACK.format("math.techqa.club 4563568"),
    "overwritten",
    lambda x: x @ np.array([[1.0, 2.0, 0.5], [-1.0, 0.7, 0.2], [0.3, 1.5, -0.4]]) @ x,
    lambda x: np.array([[1.0, 2.0, 0.5], [-1.0, 0.7, 0.2], [0.3, 1.5, -0.4]]) @ x,
    normal(3),
)


@checked(
    "tr A B Aᵀ C: one rule for a product with A twice",
    STACK.format("math.stackexchange 2342457"),
    "overwritten",
)
def trace_once(rng):
    b, c = rng.normal(size=(3, 3)), rng.normal(size=(3, 3))
    return gradcheck(lambda a: np.trace(a @ b @ a.T @ c), rng.normal(size=(3, 3)), gradient=lambda a: c.T @ a @ b.T)


by_hand(
    "tr X A X: A X + X A, not turned",
    STACK.format("math.techqa.club 4563568, the question"),
    "transposed",
    lambda x: np.trace(x @ np.array([[1.0, 2.0], [-1.0, 0.7]]) @ x),
    lambda x: np.array([[1.0, 2.0], [-1.0, 0.7]]) @ x + x @ np.array([[1.0, 2.0], [-1.0, 0.7]]),
    normal(2, 2),
)
by_hand(
    "a quadratic form without its 2, the linear part right",
    "mml-book/mml-book.github.io#226",
    ("part: 0.5|factor", "overwritten", "chain", "factor"),
    lambda x: x @ np.array([[2.0, 1.0], [1.0, 20.0]]) @ x - np.array([5.0, 3.0]) @ x,
    lambda x: np.array([[2.0, 1.0], [1.0, 20.0]]) @ x - np.array([5.0, 3.0]),
    normal(2),
)


@checked(
    "log det of a symmetric matrix: twice off the diagonal",
    "pytorch/pytorch#137284",
    "somewhere: off the diagonal",
)
def symmetric(rng):
    a = rng.normal(size=(3, 3))
    return gradcheck(
        lambda s: np.log(np.linalg.det(s)),
        a @ a.T + np.eye(3),
        gradient=lambda s: 2 * np.linalg.inv(s).T - np.diag(np.diag(np.linalg.inv(s))),
    )


@checked("log det by Cholesky: nothing above the diagonal", "HIPS/autograd#56", "somewhere", "value", "transposed")
def lower(rng):
    a = rng.normal(size=(3, 3))
    return gradcheck(
        lambda s: np.log(np.linalg.det(s)),
        a @ a.T + np.eye(3),
        gradient=lambda s: np.tril(np.linalg.inv(s) + np.linalg.inv(s).T - np.diag(np.diag(np.linalg.inv(s)))),
    )


@checked("a unit quaternion: qq for its square root", "hanmekim/SceneLib2#22", "value", "chain", "factor")
def quaternion(rng):
    t = rng.normal(size=4)

    def gradient(q):
        n = q @ q
        return t / n - q * (q @ t) / n**2

    return gradcheck(lambda q: t @ (q / np.sqrt(q @ q)), rng.normal(size=4), gradient=gradient)


@checked(
    "projection: the part through the depth with one coordinate too many",
    "WebODM/OpenSplat#185",
    "chain",
    "value",
    "somewhere: last",
)
def projection(rng):
    t = rng.normal(size=2)

    def gradient(p):
        d = 2 * (p[:2] / p[2] - t)
        return np.array([d[0] / p[2], d[1] / p[2], -(d[0] + d[1]) / p[2]])

    return gradcheck(lambda p: np.sum((p[:2] / p[2] - t) ** 2), np.append(rng.normal(size=2), 1.7), gradient=gradient)


# -- statistics and physics -------------------------------------------------------------------------------------------


@checked("Gaussian process: the sign of the mean's gradient", "STOR-i/GaussianProcesses.jl#26", "sign", "part: sign")
def gp_mean(rng):
    x = np.sort(rng.normal(size=5))
    k = np.exp(-0.5 * (x[:, None] - x) ** 2) + 0.2 * np.eye(5)
    y = np.sin(x)

    def loss(mean, scale):
        r = y - mean
        return -0.5 * r @ np.linalg.inv(scale * k) @ r - 0.5 * np.log(np.linalg.det(scale * k))

    def gradient(mean, scale):
        alpha = np.linalg.inv(scale * k) @ (y - mean)
        return -np.sum(alpha), 0.5 * alpha @ k @ alpha - 2.5 / scale

    return gradcheck(loss, 0.3, 1.4, gradient=gradient)


by_hand(
    "kernel: the derivative by the logarithm of the length scale",
    "scikit-learn/scikit-learn#31366",
    ("factor", "chain", "value"),
    lambda s: np.sum(np.exp(-0.5 * np.array([0.4, 1.2, 2.0]) ** 2 / s**2)),
    lambda s: np.sum(np.exp(-0.5 * np.array([0.4, 1.2, 2.0]) ** 2 / s**2) * np.array([0.4, 1.2, 2.0]) ** 2 / s**2),
    lambda rng: (1.37,),
)


@checked("linearised Poisson: η for exp η in the second sum", "glm-tools/pyglmnet#181", "value", "chain")
def poisson(rng):
    x, y = rng.normal(size=(8, 3)), rng.integers(0, 4, 8) * 1.0

    def gradient(b):
        return x.T @ (x @ b - y)

    return gradcheck(lambda b: np.sum(np.exp(x @ b) - y * (x @ b)), 0.4 * rng.normal(size=3), gradient=gradient)


@checked("score of ln α: without α", "statsmodels/statsmodels#7522", "chain: exp", "value", "factor")
def log_alpha(rng):
    y = rng.gamma(2.0, size=6)

    def gradient(mu, la):
        a = np.exp(la)
        return np.sum(2 * a * (mu - y)), np.sum((mu - y) ** 2 - 1 / a)

    return gradcheck(lambda mu, la: np.sum(np.exp(la) * (mu - y) ** 2 - la), 1.1, 0.4, gradient=gradient)


@checked(
    "recommender: the penalty inside the product with the error",
    "dandxy89/BellkorAlgorithm#3",
    "chain",
    "value",
    "part",
)
def times_error(rng):
    r, m = rng.normal(size=(4, 5)), (rng.random((4, 5)) > 0.3) * 1.0

    def gradient(p, q):
        e = m * (p @ q.T - r)
        return 2 * e @ q + 2 * 0.1 * np.sum(e, axis=1, keepdims=True) * p, 2 * e.T @ p + 0.2 * q

    return gradcheck(
        lambda p, q: np.sum(m * (p @ q.T - r) ** 2) + 0.1 * np.sum(p**2) + 0.1 * np.sum(q**2),
        rng.normal(size=(4, 2)),
        rng.normal(size=(5, 2)),
        gradient=gradient,
    )


@checked(
    "recommender: unrated pairs counted too",
    STACK.format("soopsaram.com ex8"),
    "chain: multipl|mask|taken for 1|missing",
    "value",
    "overwritten",
)
def unrated(rng):
    r, m = rng.normal(size=(4, 5)), (rng.random((4, 5)) > 0.3) * 1.0

    def gradient(p, q):
        e = p @ q.T - r
        return e @ q + 0.3 * p, e.T @ p + 0.3 * q

    return gradcheck(
        lambda p, q: 0.5 * np.sum(m * (p @ q.T - r) ** 2) + 0.15 * np.sum(p**2) + 0.15 * np.sum(q**2),
        rng.normal(size=(4, 2)),
        rng.normal(size=(5, 2)),
        gradient=gradient,
    )


@checked("recommender: implicit factors not divided by √n", "mlpack/mlpack#1458", "factor", "chain")
def implicit(rng):
    t = rng.normal(size=3)
    return gradcheck(
        lambda p, y: 0.5 * np.sum((p + np.sum(y, axis=0) / np.sqrt(5) - t) ** 2),
        rng.normal(size=3),
        rng.normal(size=(5, 3)),
        gradient=lambda p, y: (
            p + np.sum(y, axis=0) / np.sqrt(5) - t,
            np.tile(p + np.sum(y, axis=0) / np.sqrt(5) - t, (5, 1)),
        ),
    )


@checked(
    "Rosenbrock: 200 x₀ for −400 x₀",
    "pytorch/pytorch#3881",
    "somewhere: first",
    "chain",
    "part",
    "factor",
    "value: power",
)
def rosenbrock(rng):
    return gradcheck(
        lambda x: (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2,
        rng.normal(size=2),
        gradient=lambda x: np.array(
            [
                -400 * x[0] * (x[1] - x[0] ** 2) - 2 * (1 - x[0]),
                200 * (x[1] - x[0]),
            ]
        ),  # fmt: skip
    )


@checked("Rosenbrock of several: the part of the next term forgotten", "jax-ml/jax#14951", "overwritten", "somewhere")
def rosenbrock_sum(rng):
    def gradient(x):
        g = np.zeros(5)
        g[:-1] = -400 * x[:-1] * (x[1:] - x[:-1] ** 2) - 2 * (1 - x[:-1])
        return g

    return gradcheck(
        lambda x: np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2), rng.normal(size=5), gradient=gradient
    )


by_hand(
    "Lennard-Jones: the potential's powers not lowered",
    "Chelsea486MHz/SENPAI#7",
    ("chain", "factor", "value"),
    lambda r: np.sum(4 * (r**-12 - r**-6)),
    lambda r: 4 * (-12 * r**-12 + 6 * r**-6),
    lambda rng: (1 + rng.random(4),),
)
by_hand(
    "Lennard-Jones: the force for the derivative",
    "disorderedmaterials/dissolve#1852",
    "sign",
    lambda r: np.sum(4 * (r**-12 - r**-6)),
    lambda r: 24 * (2 * r**-13 - r**-7),
    lambda rng: (1 + rng.random(4),),
)
by_hand(
    "Lennard-Jones: the potential itself",
    "mrsonandrade/pyswarming#10",
    ("chain", "value"),
    lambda r: np.sum((1 / r) ** 12 - 2 * (1 / r) ** 6),
    lambda r: (1 / r) ** 12 - 2 * (1 / r) ** 6,
    lambda rng: (1 + rng.random(4),),
)
by_hand(
    "screened charge: the sign of both parts",
    "openmm/NNPOps#130",
    "sign",
    lambda r: np.sum(np.exp(-0.7 * r) / r),
    lambda r: np.exp(-0.7 * r) / r**2 + 0.7 * np.exp(-0.7 * r) / r,
    lambda rng: (1 + rng.random(4),),
)


@checked("a sum of three channels, two of them with the sign turned", "SauersML/gam#2623", "part: sign", "value")
def channels(rng):
    a, b, c = rng.normal(size=4), rng.normal(size=4), rng.normal(size=4)
    return gradcheck(
        lambda x: np.sum(a * x**2) - np.sum(b * np.sin(x)) - np.sum(c * np.exp(x)),
        rng.normal(size=4),
        gradient=lambda x: 2 * a * x - b * np.cos(x) + c * np.exp(x),
    )


by_hand(
    "binomial loss: y for 2y in the numerator",
    "schalkdaniel/compboost#260",
    "factor",
    lambda f: np.sum(np.log(1 + np.exp(-2 * np.array([1.0, -1.0, 1.0, 1.0]) * f))),
    lambda f: -np.array([1.0, -1.0, 1.0, 1.0]) / (1 + np.exp(2 * np.array([1.0, -1.0, 1.0, 1.0]) * f)),
    normal(4),
)
by_hand(
    "crossentropy of probabilities: p (1 − p) for its gradient",
    "JuliaML/LossFunctions.jl#135",
    ("chain", "value"),
    lambda p: -np.sum(np.array([1.0, 0.0, 1.0]) * np.log(p) + np.array([0.0, 1.0, 0.0]) * np.log(1 - p)),
    lambda p: p * (1 - p),
    lambda rng: (0.2 + 0.6 * rng.random(3),),
)
by_hand(
    "focal loss: the sign of all of it",
    "jsboige/CoursIA#16165",
    "sign",
    lambda p: np.sum(-((1 - p) ** 2) * np.log(p)),
    lambda p: -(2 * (1 - p) * np.log(p) - (1 - p) ** 2 / p),
    lambda rng: (0.2 + 0.6 * rng.random(4),),
)
by_hand(
    "focal loss: (1 − p)² taken for a constant",
    "fudannlp16/focal-loss#7",
    ("overwritten",),
    lambda p: np.sum(-((1 - p) ** 2) * np.log(p)),
    lambda p: -((1 - p) ** 2) / p,
    lambda rng: (0.2 + 0.6 * rng.random(4),),
)


@checked(
    "triplets: the margin decides nothing in the gradient",
    "luhaofang/tripletloss#56",
    "chain: maximum|relu",
    "somewhere",
)
def margin(rng):
    p, n = rng.normal(size=(6, 3)), rng.normal(size=(6, 3))

    def gradient(a):
        return 2 * (n - p) + 0 * a

    return gradcheck(
        lambda a: np.sum(np.maximum(0, np.sum((a - p) ** 2, axis=1) - np.sum((a - n) ** 2, axis=1) + 0.5)),
        rng.normal(size=(6, 3)),
        gradient=gradient,
    )


@checked("triplet ranking: nothing for the query", "BVLC/caffe#603", "zero")
def ranking(rng):
    q, p, n = (rng.normal(size=(5, 3)) for _ in range(3))
    active = lambda q, p, n: np.sum((q - p) ** 2, axis=1) - np.sum((q - n) ** 2, axis=1) + 9.0  # noqa: E731

    def gradient(q, p, n):
        m = (active(q, p, n) > 0)[:, None]
        return 0 * q, -2 * m * (q - p), 2 * m * (q - n)

    return gradcheck(lambda q, p, n: np.sum(np.maximum(0, active(q, p, n))), q, p, n, gradient=gradient)


@checked("cosine similarity: not multiplied by 1 / ‖x‖", "tyandzx/caffe#3", "chain", "factor", "value")
def cosine(rng):
    y = rng.normal(size=4)
    y = y / np.sqrt(y @ y)

    def gradient(x):
        u = x / np.sqrt(x @ x)
        return y - (u @ y) * u

    return gradcheck(lambda x: x @ y / np.sqrt(x @ x), rng.normal(size=4), gradient=gradient)


@checked(
    "negative sampling: σ for 1 − σ at the chosen word",
    "hankcs/CS224n#5",
    "chain: sigmoid",
    "part",
    "value",
    "overwritten",
)
def sampling(rng):
    u = rng.normal(size=(4, 3))

    def loss(v):
        return -np.log(sigmoid(u[0] @ v)) - np.sum(np.log(sigmoid(-(u[1:] @ v))))

    def gradient(v):
        return -sigmoid(u[0] @ v) * u[0] + sigmoid(u[1:] @ v) @ u[1:]

    return gradcheck(loss, rng.normal(size=3), gradient=gradient)


@checked("policy: entropy of the chosen action only", "noahfarr/rlx#3", "value", "overwritten", "chain", "softmax")
def entropy(rng):
    a = np.array([0, 2, 1, 0])

    def gradient(z):
        p = softmax(z)
        d = np.zeros_like(p)
        rows = np.arange(4)
        d[rows, a] = np.log(p[rows, a]) + 1
        return p * (d - np.sum(p * d, axis=1, keepdims=True))

    return gradcheck(lambda z: np.sum(softmax(z) * np.log(softmax(z))), rng.normal(size=(4, 3)), gradient=gradient)


@checked("policy: + for − before the entropy", "tensorflow/models#5058", "part: sign")
def entropy_sign(rng):
    y = one_hot(np.array([0, 2, 1, 0]), 3)

    def gradient(z):
        p = softmax(z)
        h = -np.sum(p * np.log(p), axis=1, keepdims=True)
        return p - y + 0.1 * -p * (np.log(p) + h)

    return gradcheck(
        lambda z: -np.sum(y * np.log(softmax(z))) - 0.1 * -np.sum(softmax(z) * np.log(softmax(z))),
        rng.normal(size=(4, 3)),
        gradient=gradient,
    )


# -- windows and sequences --------------------------------------------------------------------------------------------


@checked(
    "average pooling with an overhanging window: divided by the full size",
    "tracel-ai/burn#5604",
    "somewhere: last",
    "factor",
)
def overhang(rng):
    t = rng.normal(size=3)

    def pooled(x):
        return np.stack([(x[0] + x[1]) / 2, (x[2] + x[3]) / 2, x[4]])

    def gradient(x):
        d = 2 * (pooled(x) - t)
        return np.repeat(d, 2)[:5] / 2

    return gradcheck(lambda x: np.sum((pooled(x) - t) ** 2), rng.normal(size=5), gradient=gradient)


@checked(
    "correlation: the arguments in the wrong order, so that the kernel's gradient is reversed",
    STACK.format("end-to-end-machine-learning 322, 2.5"),
    "transposed",
    "value",
)
def reversed_kernel(rng):
    x, t = rng.normal(size=7), rng.normal(size=5)

    def run(k):
        return np.stack([x[i : i + 3] @ k for i in range(5)])

    def gradient(k):
        d = 2 * (run(k) - t)
        return np.array([d @ x[i : i + 5] for i in range(3)])[::-1].copy()

    return gradcheck(lambda k: np.sum((run(k) - t) ** 2), rng.normal(size=3), gradient=gradient)


@checked(
    "convolution: stride and dilation exchanged on the way back",
    "huggingface/candle#2337",
    "value",
    "stride",
    "somewhere",
    "transposed",
)
def dilation(rng):
    x, t = rng.normal(size=9), rng.normal(size=4)

    def run(k):
        return np.stack([k[0] * x[2 * i] + k[1] * x[2 * i + 1] + k[2] * x[2 * i + 2] for i in range(4)])

    def gradient(k):
        d = 2 * (run(k) - t)
        return np.array([sum(d[i] * x[i + 2 * j] for i in range(4)) for j in range(3)])

    return gradcheck(lambda k: np.sum((run(k) - t) ** 2), rng.normal(size=3), gradient=gradient)


@checked(
    "grouped channels: every output with the first group's input",
    "pytorch/pytorch#51430",
    "value",
    "somewhere",
    "overwritten",
)
def groups(rng):
    x, t = rng.normal(size=(2, 6)), rng.normal(size=(2, 6))

    def gradient(k):
        d = 2 * (k[:, None] * x - t)
        return np.array([d[0] @ x[0], d[1] @ x[0]])

    return gradcheck(lambda k: np.sum((k[:, None] * x - t) ** 2), rng.normal(size=2), gradient=gradient)


@checked("LSTM step: the memory's gradient without what comes through a", FORUM.format("67533"), "overwritten")
def memory(rng):
    x, c0 = rng.normal(size=(3, 2)), rng.normal(size=(3, 2))
    ta, tc = rng.normal(size=(3, 2)), rng.normal(size=(3, 2))

    def run(wf, wi, wc, wo):
        f, i, g, o = sigmoid(x @ wf), sigmoid(x @ wi), np.tanh(x @ wc), sigmoid(x @ wo)
        c = f * c0 + i * g
        return f, i, g, o, c, o * np.tanh(c)

    def loss(wf, wi, wc, wo):
        *_, c, a = run(wf, wi, wc, wo)
        return np.sum((a - ta) ** 2) + np.sum((c - tc) ** 2)

    def gradient(wf, wi, wc, wo):
        f, i, g, o, c, a = run(wf, wi, wc, wo)
        da, dc = 2 * (a - ta), 2 * (c - tc)
        do = da * np.tanh(c) * o * (1 - o)
        return x.T @ (dc * c0 * f * (1 - f)), x.T @ (dc * g * i * (1 - i)), x.T @ (dc * i * (1 - g**2)), x.T @ do

    return gradcheck(loss, *(rng.normal(size=(2, 2)) for _ in range(4)), gradient=gradient)


@checked(
    "LSTM step: 1 − c² for tanh of the memory, and its product with the output gate",
    FORUM.format("22398"),
    "chain: tanh",
)
def memory_slope(rng):
    x, c0, t = rng.normal(size=(3, 2)), rng.normal(size=(3, 2)), rng.normal(size=(3, 2))

    def run(wf, wi, wc):
        f, i, g = sigmoid(x @ wf), sigmoid(x @ wi), np.tanh(x @ wc)
        return f, i, g, f * c0 + i * g

    def gradient(wf, wi, wc):
        f, i, g, c = run(wf, wi, wc)
        d = 2 * (np.tanh(c) - t) * (1 - c**2)
        return x.T @ (d * c0 * f * (1 - f)), x.T @ (d * g * i * (1 - i)), x.T @ (d * i * (1 - g**2))

    return gradcheck(
        lambda wf, wi, wc: np.sum((np.tanh(run(wf, wi, wc)[3]) - t) ** 2),
        *(rng.normal(size=(2, 2)) for _ in range(3)),
        gradient=gradient,
    )


@checked("LSTM notes: the old memory one step too early", STACK.format("lzwjava.github.io LSTM bugs"), "value")
def early(rng):
    xs, t = rng.normal(size=(3, 4, 2)), rng.normal(size=(4, 2))

    def run(w, v):
        cs, fs, gs = [np.zeros((4, 2))], [], []
        for x in xs:
            fs.append(sigmoid(x @ w))
            gs.append(np.tanh(x @ v))
            cs.append(fs[-1] * cs[-1] + gs[-1])
        return cs, fs, gs

    def gradient(w, v):
        cs, fs, gs = run(w, v)
        d, dw, dv = 2 * (cs[-1] - t), 0, 0
        for k in (2, 1, 0):
            dw = dw + xs[k].T @ (d * cs[k - 1] * fs[k] * (1 - fs[k]))
            dv = dv + xs[k].T @ (d * (1 - gs[k] ** 2))
            d = d * fs[k]
        return dw, dv

    return gradcheck(
        lambda w, v: np.sum((run(w, v)[0][-1] - t) ** 2),
        rng.normal(size=(2, 2)),
        rng.normal(size=(2, 2)),
        gradient=gradient,
    )


@checked(
    "LSTM notes: the gate's function again in place of its derivative",
    STACK.format("lzwjava.github.io LSTM bugs, 2"),
    "chain: sigmoid",
)
def again(rng):
    x, h = rng.normal(size=(4, 2)), rng.normal(size=(4, 3))

    def gradient(w, v):
        f, g = sigmoid(x @ w), np.tanh(x @ v)
        d = 2 * (f * h + g)
        return x.T @ (d * h * sigmoid(f)), x.T @ (d * (1 - g**2))

    return gradcheck(
        lambda w, v: np.sum((sigmoid(x @ w) * h + np.tanh(x @ v)) ** 2),
        rng.normal(size=(2, 3)),
        rng.normal(size=(2, 3)),
        gradient=gradient,
    )


@checked("GRU: the reset gate not on the way to the old state", "zhiyongc/GRU-D#2", "chain", "value", "overwritten")
def reset(rng):
    u, x = rng.normal(size=(3, 3)), rng.normal(size=(4, 3))
    r, t = rng.random((4, 3)), rng.normal(size=(4, 3))

    def gradient(h):
        n = np.tanh((r * h) @ u + x)
        return (2 * (n - t) * (1 - n**2)) @ u.T

    return gradcheck(lambda h: np.sum((np.tanh((r * h) @ u + x) - t) ** 2), rng.normal(size=(4, 3)), gradient=gradient)


@checked(
    "batch norm in the forward pass, a plain layer in the backward pass",
    STACK.format("stats.stackexchange 328242"),
    "chain",
    "overwritten",
)
def plain(rng):
    t = rng.normal(size=(6, 3))

    def normed(x):
        return (x - np.mean(x, axis=0)) / np.std(x, axis=0)

    return gradcheck(
        lambda x: np.sum((normed(x) - t) ** 2), rng.normal(size=(6, 3)), gradient=lambda x: 2 * (normed(x) - t)
    )


@checked(
    "batch norm: the mean of ŷ counted in the variance's part",
    "BVLC/caffe#4110",
    "part",
    "value",
    "overwritten",
    "not summed",
)
def mean_of_out(rng):
    t = rng.normal(size=(6, 3))

    def out(x):
        return (x - np.mean(x, axis=0)) / np.std(x, axis=0) + 0.5

    def gradient(x):
        y, g = out(x), 2 * (out(x) - t)
        return (g - np.mean(g, axis=0) - y * np.mean(g * y, axis=0)) / np.std(x, axis=0)

    return gradcheck(lambda x: np.sum((out(x) - t) ** 2), rng.normal(size=(6, 3)), gradient=gradient)
