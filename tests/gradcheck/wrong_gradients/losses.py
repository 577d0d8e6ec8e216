"""Losses, regressions, recommenders and other models without hidden layers."""

import numpy as np

from tinygrad_edu import gradcheck

from .case import Collection, one_hot, sigmoid

table = Collection()


def linear(name, source, accept, gradient, loss=None, n=8, k=3, labels=False):
    """A regression of y on x: `loss(x, y, w, b)` and `gradient(x, y, w, b)`."""
    loss = loss or (lambda x, y, w, b: np.mean((x @ w + b - y) ** 2))

    def check(rng):
        x, y = rng.normal(size=(n, k)), rng.integers(0, 2, n).astype(float) if labels else rng.normal(size=n)
        return gradcheck(
            lambda w, b: loss(x, y, w, b), rng.normal(size=k), 0.3, gradient=lambda w, b: gradient(x, y, w, b)
        )

    table(name, source, *([accept] if isinstance(accept, str) else accept))(check)


def residual(x, y, w, b):
    return x @ w + b - y


def bce(x, y, w, b):
    p = sigmoid(x @ w + b)
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))


def logistic(change):
    def gradient(x, y, w, b):
        d = change(sigmoid(x @ w + b), y) / len(y)
        return x.T @ d, np.sum(d)

    return gradient


linear(
    "mse without its 2",
    "davisking/dlib#1169",
    "factor: 2",
    lambda x, y, w, b: (x.T @ residual(x, y, w, b) / 8, residual(x, y, w, b).mean()),
)
linear(
    "mse: −2 (out − y) x",
    "oxford-cs-deepnlp-2017/lectures#10",
    "sign",
    lambda x, y, w, b: (-2 * x.T @ residual(x, y, w, b) / 8, -2 * residual(x, y, w, b).mean()),
)
linear(
    "mse: a sum for a mean",
    "acids-ircam/creative_ml#6",
    "factor: 8",
    lambda x, y, w, b: (2 * x.T @ residual(x, y, w, b), 2 * residual(x, y, w, b).sum()),
)
linear(
    "mse: divided by 2n for n",
    "kuleshov-group/aml-book#17",
    "factor: 2",
    lambda x, y, w, b: (x.T @ residual(x, y, w, b) / 8, np.sum(residual(x, y, w, b)) / 8),
)
linear(
    "mse: the bias not averaged",
    "davharris/mistnet#33",
    "factor: 8",
    lambda x, y, w, b: (2 * x.T @ residual(x, y, w, b) / 8, 2 * residual(x, y, w, b).sum()),
)
linear(
    "mse: the bias has the value of the first row",
    "mlpack/mlpack#3679",
    "not summed: first|somewhere|copies",
    lambda x, y, w, b: (2 * x.T @ residual(x, y, w, b) / 8, 2 * residual(x, y, w, b)[0] / 8),
)
linear(
    "mse: times the learning rate in all arguments",
    "eriklindernoren/ML-From-Scratch#124",
    "factor: 0\\.05|20",
    lambda x, y, w, b: (0.05 * 2 * x.T @ residual(x, y, w, b) / 8, 0.05 * 2 * residual(x, y, w, b).mean()),
)
linear(
    "mse: the residual never squared away",
    "fastai/fastbook#327",
    ("chain: square|power|residual", "chain", "value"),
    lambda x, y, w, b: (2 * x.mean(axis=0), 2.0),
)
linear(
    "absolute error: the residual for its sign",
    "mlpack/mlpack#3144",
    "chain",
    lambda x, y, w, b: (x.T @ residual(x, y, w, b) / 8, residual(x, y, w, b).mean()),
    loss=lambda x, y, w, b: np.mean(np.abs(residual(x, y, w, b))),
)
linear(
    "root of the mse without the root's derivative",
    "fastai/fastbook#327",
    ("chain: sqrt", "factor"),
    lambda x, y, w, b: (2 * x.T @ residual(x, y, w, b) / 8, 2 * residual(x, y, w, b).mean()),
    loss=lambda x, y, w, b: np.sqrt(np.mean(residual(x, y, w, b) ** 2)),
)
linear(
    "logistic: sigmoid′ once too often",
    "rasbt/python-machine-learning-book-2nd-edition#54",
    "chain: too often|too many|once more|twice",
    logistic(lambda p, y: (p - y) * p * (1 - p)),
    loss=bce,
    labels=True,
)
linear(
    "logistic: y − p",
    "make sure the sign is correct, davharris/mistnet#29",
    "sign",
    logistic(lambda p, y: y - p),
    loss=bce,
    labels=True,
)
table.cases[-1] = table.cases[-1]._replace(source="davharris/mistnet#29")
linear(
    "logistic: without 1/n",
    "eriklindernoren/ML-From-Scratch#124",
    "factor: 8",
    logistic(lambda p, y: 8 * (p - y)),
    loss=bce,
    labels=True,
)
linear(
    "logistic: only the part of y = 1",
    "patrikeh/go-deep#12",
    ("overwritten",),
    logistic(lambda p, y: -y * (1 - p)),
    loss=bce,
    labels=True,
)
linear(
    "logistic: the sign of the part of y = 0",
    "zhufengx/SRN_multilabel#7",
    "part: sign",
    logistic(lambda p, y: -y * (1 - p) - (1 - y) * p),
    loss=bce,
    labels=True,
)
linear(
    "logistic: the gradient stops at p",
    "hankcs/CS224n#17",
    "chain: sigmoid",
    logistic(lambda p, y: (p - y) / (p * (1 - p))),
    loss=bce,
    labels=True,
)
linear(
    "logistic: the bias times the inputs",
    "SingleZombie/DL-Demos#2",
    ("value", "chain", "part", "factor"),
    lambda x, y, w, b: (logistic(lambda p, y: p - y)(x, y, w, b)[0], np.sum(w) * np.mean(sigmoid(x @ w + b) - y)),
    loss=bce,
    labels=True,
)
table.cases.pop()
linear(
    "squared error of a sigmoid, without sigmoid′",
    "Bot-Academy/NeuralNetworkFromScratch#3",
    "chain: sigmoid",
    logistic(lambda p, y: 2 * (p - y)),
    loss=lambda x, y, w, b: np.mean((sigmoid(x @ w + b) - y) ** 2),
    labels=True,
)
linear(
    "squared error of a tanh unit: derivative of the sigmoid",
    "ttezel/nn#8",
    "chain: · \\(1 −|sigmoid",
    lambda x, y, w, b: (
        x.T @ (2 * (np.tanh(x @ w + b) - y) * np.tanh(x @ w + b) * (1 - np.tanh(x @ w + b))) / 8,
        np.mean(2 * (np.tanh(x @ w + b) - y) * np.tanh(x @ w + b) * (1 - np.tanh(x @ w + b))),
    ),
    loss=lambda x, y, w, b: np.mean((np.tanh(x @ w + b) - y) ** 2),
)
linear(
    "ridge: the penalty forgotten",
    "stephencwelch/Neural-Networks-Demystified#15",
    "overwritten",
    lambda x, y, w, b: (2 * x.T @ residual(x, y, w, b) / 8, 2 * residual(x, y, w, b).mean()),
    loss=lambda x, y, w, b: np.mean(residual(x, y, w, b) ** 2) + 0.5 * np.sum(w**2),
)
linear(
    "ridge: λ w for 2 λ w",
    "NeuromatchAcademy/course-content-dl#423",
    "part",
    lambda x, y, w, b: (2 * x.T @ residual(x, y, w, b) / 8 + 0.3 * w, 2 * residual(x, y, w, b).mean()),
    loss=lambda x, y, w, b: np.mean(residual(x, y, w, b) ** 2) + 0.3 * np.sum(w**2),
)
linear(
    "ridge: the penalty divided by n only in the gradient",
    "d2l-ai/d2l-zh#517",
    "part",
    lambda x, y, w, b: (2 * x.T @ residual(x, y, w, b) / 8 + 2 * 0.3 * w / 8, 2 * residual(x, y, w, b).mean()),
    loss=lambda x, y, w, b: np.mean(residual(x, y, w, b) ** 2) + 0.3 * np.sum(w**2),
)
linear(
    "lasso: w for its sign",
    "davidrosenberg/mlcourse#33",
    "chain",
    lambda x, y, w, b: (2 * x.T @ residual(x, y, w, b) / 8 + 0.3 * w, 2 * residual(x, y, w, b).mean()),
    loss=lambda x, y, w, b: np.mean(residual(x, y, w, b) ** 2) + 0.3 * np.sum(np.abs(w)),
)


def hinge(x, y, w, b):
    return np.mean(np.maximum(0, 1 - (2 * y - 1) * (x @ w + b)))


linear(
    "hinge: every row counts",
    "chainer/chainer#546",
    ("chain: relu|maximum",),
    lambda x, y, w, b: (-x.T @ (2 * y - 1) / 8, -np.mean(2 * y - 1)),
    loss=hinge,
    labels=True,
)
linear(
    "hinge: the labels left out",
    "tom1092 scikit-learn, scikit-learn/scikit-learn#20075",
    "chain: multiply|factor|label",
    lambda x, y, w, b: (-x.T @ (1.0 * ((2 * y - 1) * (x @ w + b) < 1)) / 8, -np.mean((2 * y - 1) * (x @ w + b) < 1)),
    loss=hinge,
    labels=True,
)
table.cases[-1] = table.cases[-1]._replace(source="scikit-learn/scikit-learn#20075")


@table("svm: the margin of the true class not subtracted", "aroetter/cs231n-assignment1#1", "overwritten")
def svm(rng):
    x, labels = rng.normal(size=(5, 3)), rng.integers(0, 4, 5)
    y = one_hot(labels, 4)

    def loss(w):
        s = x @ w
        return np.sum(np.maximum(0, s - np.sum(s * y, axis=1, keepdims=True) + 1) * (1 - y)) / 5

    def gradient(w):
        s = x @ w
        hit = ((s - np.sum(s * y, axis=1, keepdims=True) + 1) > 0) * (1 - y)
        return x.T @ hit / 5

    return gradcheck(loss, rng.normal(size=(3, 4)), gradient=gradient)


@table(
    "svm: the true class subtracted once for all its margins",
    "lightaime/cs231n#9",
    "overwritten",
    "not summed",
    "chain",
    "value",
)
def svm_once(rng):
    x, labels = rng.normal(size=(5, 3)), rng.integers(0, 4, 5)
    y = one_hot(labels, 4)

    def loss(w):
        s = x @ w
        return np.sum(np.maximum(0, s - np.sum(s * y, axis=1, keepdims=True) + 3) * (1 - y)) / 5

    def gradient(w):
        s = x @ w
        hit = ((s - np.sum(s * y, axis=1, keepdims=True) + 3) > 0) * (1 - y)
        return x.T @ (hit * (1 - y)) / 5

    return gradcheck(loss, rng.normal(size=(3, 4)), gradient=gradient)


@table("KL divergence: log(p / q) without 1", "mlpack/mlpack#1365", "overwritten", "chain")
def kl(rng):
    q = rng.uniform(0.5, 2, 5)
    return gradcheck(lambda p: np.sum(p * np.log(p / q)), rng.uniform(0.5, 2, 5), gradient=lambda p: np.log(p / q))


@table("KL divergence: its gradient summed to one number", "KCL-BMEIS/niftyreg#37", "not summed: too many")
def kl_summed(rng):
    q = rng.uniform(0.5, 2, 5)
    return gradcheck(
        lambda p: np.sum(p * np.log(p) - p * np.log(q)),
        rng.uniform(0.5, 2, 5),
        gradient=lambda p: np.full(5, np.sum(np.log(p) - np.log(q) + 1)),
    )


@table("dice: a plus in the quotient rule", "milesial/Pytorch-UNet#35", "part: sign")
def dice(rng):
    y = rng.integers(0, 2, 6).astype(float)

    def gradient(p):
        inter, union = np.sum(p * y), np.sum(p) + np.sum(y)
        return 2 * (y * union + inter) / union**2

    return gradcheck(lambda p: 2 * np.sum(p * y) / (np.sum(p) + np.sum(y)), rng.uniform(0.1, 0.9, 6), gradient=gradient)


@table("dice: the derivative of the denominator forgotten", "mattmacy/torchbiomed#2", "overwritten")
def dice_denominator(rng):
    y = rng.integers(0, 2, 6).astype(float)
    return gradcheck(
        lambda p: 2 * np.sum(p * y) / (np.sum(p) + np.sum(y)),
        rng.uniform(0.1, 0.9, 6),
        gradient=lambda p: 2 * y / (np.sum(p) + np.sum(y)),
    )


@table("huber: the residual outside too", "mlpack/mlpack#3144", "somewhere", "chain")
def huber(rng):
    def loss(r):
        return np.sum(np.where(np.abs(r) <= 1, 0.5 * r**2, np.abs(r) - 0.5))

    return gradcheck(loss, np.array([0.3, -0.6, 2.0, -3.0, 1.5, 0.1]), gradient=lambda r: r)


@table("matrix factors: Q from the updated P", "albertauyeung/matrix-factorization-in-python#3", "value: update|after")
def factors(rng):
    ratings = rng.normal(size=(5, 4))

    def loss(P, Q):  # noqa: N803
        return np.sum((ratings - P @ Q.T) ** 2)

    def gradient(P, Q):  # noqa: N803
        of_p = -2 * (ratings - P @ Q.T) @ Q
        e = ratings - P @ Q.T
        return of_p, -2 * e.T @ (P - 0.02 * of_p)

    return gradcheck(loss, rng.normal(size=(5, 2)), rng.normal(size=(4, 2)), gradient=gradient)


@table(
    "matrix factors: the item's factors for the user's in the penalty",
    "muricoca/crab#74",
    "value",
    "chain",
    "part",
    "overwritten",
)
def user_factor(rng):
    def loss(u, i):
        return (3.5 - np.sum(u * i)) ** 2 + 0.1 * np.sum(u**2) + 0.1 * np.sum(i**2)

    def gradient(u, i):
        e = 3.5 - np.sum(u * i)
        return -2 * e * i + 0.2 * i, -2 * e * u + 0.2 * i

    return gradcheck(loss, rng.normal(size=3), rng.normal(size=3), gradient=gradient)


@table("t-SNE: without the 4", "pavlin-policar/openTSNE#89", "factor: 4")
def tsne(rng):
    p = rng.random((4, 4))
    p = (p + p.T) * (1 - np.eye(4))
    p = p / p.sum()
    hole = 1 - np.eye(4)

    def parts(y):
        d = np.sum((y[:, None] - y[None]) ** 2, axis=2)
        k = hole / (1 + d)
        return k, k / np.sum(k)

    def loss(y):
        return np.sum(p * np.log((p + np.eye(4)) / (parts(y)[1] + np.eye(4))))

    def gradient(y):
        k, q = parts(y)
        return np.sum(((p - q) * k)[:, :, None] * (y[:, None] - y[None]), axis=1)

    return gradcheck(loss, rng.normal(size=(4, 2)), gradient=gradient)


@table("RBF kernel: the length scale not squared", "sarmueller/gibo#3", "chain", "factor", "value: length")
def rbf(rng):
    centre = rng.normal(size=4)

    def f(x, length):
        return np.exp(-0.5 * np.sum((x - centre) ** 2) / length**2)

    def gradient(x, length):
        k = f(x, length)
        return -k * (x - centre) / length, k * np.sum((x - centre) ** 2) / length**3

    return gradcheck(f, rng.normal(size=4), 1.7, gradient=gradient)


@table("dot product kernel: for the logarithm of sigma", "scikit-learn/scikit-learn#18702", "chain", "factor")
def dot_product(rng):
    x = rng.normal(size=(3, 2))
    return gradcheck(
        lambda sigma: np.sum(np.sin(x @ x.T + sigma**2)),
        1.3,
        gradient=lambda sigma: np.sum(np.cos(x @ x.T + sigma**2)) * 2 * sigma**2,
    )


@table("a posterior on a logarithmic scale: the factor rho missing", "alan-turing-institute/stat-fem#35", "chain: exp")
def log_scale(rng):
    x, y = rng.normal(size=5), rng.normal(size=5)
    return gradcheck(
        lambda t: np.sum((y - np.exp(t) * x) ** 2), 0.4, gradient=lambda t: np.sum(-2 * x * (y - np.exp(t) * x))
    )


@table("the last entry by another formula", "scikit-learn/scikit-learn#8987", "somewhere: last")
def last_entry(rng):
    def gradient(w):
        found = 2 * w
        found[-1] = w[-1]
        return found

    return gradcheck(lambda w: np.sum(w**2), rng.normal(size=6), gradient=gradient)


@table("the first row left out", "prakashjayy/medium_blogs#2", "somewhere: row|first")
def first_row(rng):
    x = rng.normal(size=(5, 4))

    def gradient(w):
        found = 2 * x.T @ (x @ w)
        found[0] = 0
        return found

    return gradcheck(lambda w: np.sum((x @ w) ** 2), rng.normal(size=(4, 3)), gradient=gradient)


@table("the gradient of the bias for that of the weight", "xnought/backprop-explainer#18", "swapped")
def bias_for_value(rng):
    return gradcheck(
        lambda w, b: (w * 1.7 + b - 0.4) ** 2,
        0.8,
        0.3,
        gradient=lambda w, b: (2 * (w * 1.7 + b - 0.4), 2 * 1.7 * (w * 1.7 + b - 0.4)),
    )
