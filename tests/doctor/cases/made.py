"""The data and the models that the cases are made of, in a few words each."""

import numpy as np

import tinygrad_edu as tg
from tinygrad_edu import keras
from tinygrad_edu.keras.layers import Dense, Input


def compiled(layers, loss, optimizer="adam", metrics=None, **options):
    """A compiled Sequential of these layers."""
    model = keras.Sequential(list(layers))
    model.compile(optimizer=optimizer, loss=loss, metrics=metrics, **options)
    return model


def network(features, hidden, units, last=None, activation="relu", **options):
    """Input, hidden layers of these widths, and a last layer."""
    layers = [Input((features,))]
    layers += [Dense(n, activation=activation, **options) for n in hidden]
    return [*layers, Dense(units, activation=last)]


def standard(x):
    """Each column with mean 0 and standard deviation 1."""
    return (x - x.mean(0)) / (x.std(0) + 1e-9)


def one_hot(y, classes=None):
    """Rows with a single 1."""
    return np.eye(classes or int(y.max()) + 1)[y]


def blobs(rng, n=300, features=4, classes=2, gap=2.0):
    """Gaussian clouds, their rows mixed: (x, class numbers)."""
    centres = rng.normal(size=(classes, features))
    centres *= gap / np.linalg.norm(centres, axis=1, keepdims=True) * np.sqrt(2)
    y = rng.integers(classes, size=n)
    return centres[y] + rng.normal(size=(n, features)), y


def rings(rng, n=400, noise=0.06):
    """One circle in another."""
    x, y = tg.datasets.circles(n=n, noise=noise, seed=int(rng.integers(1000)))
    return x, y


def moons(rng, n=300, noise=0.12):
    """Two half moons."""
    x, y = tg.datasets.moons(n=n, noise=noise, seed=int(rng.integers(1000)))
    return x, y


def digits(rng, n=700, scale=16.0):
    """Handwritten digits as rows of 64 numbers up to 16 / scale."""
    x, y = tg.datasets.digits()
    rows = rng.permutation(len(x))[:n]
    return x[rows].reshape(n, 64) / scale, y[rows]


def iris(rng):
    """The iris, mixed, each column standardised."""
    x, y = tg.datasets.iris()
    rows = rng.permutation(len(x))
    return standard(x)[rows], y[rows]


def raw_iris(rng):
    """The iris, mixed, in centimetres."""
    x, y = tg.datasets.iris()
    rows = rng.permutation(len(x))
    return x[rows], y[rows]


def cancer(rng):
    """The breast cancer table, standardised and mixed."""
    x, y = raw_cancer(rng)
    return standard(x), y


def raw_cancer(rng):
    """The breast cancer table as it is: columns from 0.05 to 2500."""
    x, y = tg.datasets.breast_cancer()
    rows = rng.permutation(len(x))
    return x[rows], y[rows]


def houses(rng, n=300):
    """Standardised features of houses, and prices between 10⁵ and 10⁶."""
    x = rng.normal(size=(n, 6))
    price = 480_000 + 120_000 * x[:, 0] + 60_000 * np.tanh(x[:, 1]) + 40_000 * x[:, 2] * x[:, 3]
    return x, price + 15_000 * rng.normal(size=n)


def plane(rng, n=300, features=3, noise=0.1):
    """A linear target of standardised features."""
    x = rng.normal(size=(n, features))
    return x, x @ rng.normal(size=features) + noise * rng.normal(size=n)


def bent(rng, n=300, noise=0.05):
    """A bending function of two variables."""
    x = rng.uniform(-1.5, 1.5, size=(n, 2))
    return x, np.sin(2 * x[:, 0]) + x[:, 1] ** 2 - 1 + noise * rng.normal(size=n)


def sine(rng, n=200, noise=0.05, turns=1.0):
    """A noisy sine over [−π, π]."""
    x = rng.uniform(-np.pi, np.pi, size=(n, 1))
    return x, np.sin(turns * x[:, 0]) + noise * rng.normal(size=n)


def parabola(rng):
    """50 points of 5x² up to x = 5, as SO-48934338 has them."""
    x = np.arange(0.0, 5.0, 0.1).reshape(-1, 1)
    return x, 5 * x[:, 0] ** 2 + rng.normal(size=50) ** 3


def tags(rng, n=400, features=10, labels=3):
    """Several yes-or-no labels a row."""
    x = rng.normal(size=(n, features))
    return x, (x @ rng.normal(size=(features, labels)) + 0.3 * rng.normal(size=(n, labels)) > 0).astype(float)


def words(rng, n=400, length=8, vocabulary=30):
    """Rows of word numbers; the class says whether good words (below 5) outnumber bad ones (5 to 9)."""
    x = rng.integers(0, vocabulary, size=(n, length))
    mood = rng.integers(0, 2, size=n)
    for row, good in zip(x, mood):
        row[rng.integers(length, size=3)] = rng.integers(5, size=3) + (0 if good else 5)
    return x, mood


def signals(rng, n=200, length=24):
    """Noisy waves of two frequencies: (n, length, 1) and the class."""
    y = rng.integers(0, 2, size=n)
    t = np.arange(length) / length * 2 * np.pi
    x = np.sin(t * np.where(y, 4, 2)[:, None] + rng.uniform(0, 6, size=(n, 1)))
    return (x + 0.2 * rng.normal(size=x.shape))[..., None], y


def stripes(rng, n=240, size=8, scale=1.0):
    """Small images with horizontal or vertical stripes: (n, size, size, 1) and the class."""
    y = rng.integers(0, 2, size=n)
    lines = (np.arange(size) // 2) % 2
    x = np.where(y[:, None, None] == 1, lines[None, :, None], lines[None, None, :]) * np.ones((n, size, size))
    return (np.clip(x * 0.7 + 0.3 * rng.random(x.shape), 0, 1) * scale)[..., None], y


def people(rng, n=400):
    """Age, income and number of children, as they are, and who buys: a table with columns of unlike size."""
    age, income, children = rng.uniform(18, 80, n), rng.uniform(1e4, 9e5, n), rng.integers(0, 5, n)
    says_yes = (age - 49) / 18 + (income - 4.5e5) / 2.6e5 - 0.3 * (children - 2)
    return np.stack([age, income, children], axis=1), (says_yes + 0.2 * rng.normal(size=n) > 0).astype(int)


def rare(rng, n=600, share=0.06, gap=1.2):
    """Two overlapping classes, one of them rare."""
    y = (rng.random(n) < share).astype(int)
    return rng.normal(size=(n, 5)) + gap * y[:, None] * np.array([1, 0.5, 0, 0, 0]), y


XOR_X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
XOR_Y = np.array([0.0, 1.0, 1.0, 0.0])
