"""Datasets to learn with: four small real ones that come with the package, and synthetic ones made by formula.

Each is a function that gives a fresh `Dataset`: `x, y = iris()`. The real ones also have Keras's spelling,
`(x_train, y_train), (x_test, y_test) = iris.load_data()`. Their files are gzipped CSV tables; files/SOURCES.md
says where they come from.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np

from ..common.arguments import checked
from ..common.batching import train_test_split
from ..common.types import Count, Inside, NotNegative, Pair, Seed
from .splitting import shuffled_as_keras

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any, Protocol

    from numpy.typing import NDArray

    class _Bundled(Protocol):
        """A function that gives a bundled data set."""

        def __call__(self) -> Dataset: ...

        def load_data(self, test_split: float = 0.2, seed: int = 113) -> Any: ...


class Dataset:
    """Samples with what they mean; unpacks as `x, y`.

    Attributes:
        x: the samples, float64, one a row (for images: one an entry of the first axis).
        y: the targets, one a sample: class numbers (int64), or values to predict (float64).
        feature_names: what the columns of x hold; for images, the pixels row by row.
        target_names: the name of each class; empty where y holds values to predict.
        description: what the data are, in a sentence or two.
        weights, bias: the true ones, where the data were made with them (`linear_regression`); else `None`.

    Example:
        >>> data = iris()
        >>> data
        Dataset(x: (150, 4), y: (150,), 3 classes: setosa, versicolor, virginica)
        >>> x, y = data
        >>> x.shape, data.target_names[y[0]]
        ((150, 4), 'setosa')
    """

    def __init__(
        self,
        x: NDArray[Any],
        y: NDArray[Any],
        feature_names: Iterable[str],
        target_names: Iterable[str] = (),
        description: str = "",
        weights: NDArray[Any] | None = None,
        bias: float | None = None,
    ):
        self.x = x
        self.y = y
        self.feature_names = tuple(feature_names)
        self.target_names = tuple(target_names)
        self.description = description
        self.weights = weights
        self.bias = bias

    @checked
    def split(
        self, test_fraction: Inside = 0.2, seed: Seed | None = 0, stratify: bool | None = None
    ) -> tuple[tuple[NDArray[Any], NDArray[Any]], tuple[NDArray[Any], NDArray[Any]]]:
        """Two random parts, to train on and to test on, in the form of Keras's `load_data()`.

        Args:
            test_fraction: the share of the samples in the test part, between 0 and 1.
            seed: the same seed gives the same parts; `None` gives new ones each time.
            stratify: whether both parts have each class in the same proportion; by default where y holds classes.

        Returns:
            (x_train, y_train), (x_test, y_test).

        Raises:
            ValueError: the fraction leaves a part empty, or a class is too small to be in both.

        Example:
            >>> (x_train, y_train), (x_test, y_test) = iris().split(test_fraction=0.2)
            >>> x_train.shape, np.bincount(y_test)
            ((120, 4), array([10, 10, 10]))
        """
        if stratify is None:
            stratify = bool(self.target_names)
        labels = self.y if stratify else None
        x_train, x_test, y_train, y_test = train_test_split(
            self.x, self.y, test_fraction=test_fraction, seed=seed, stratify=labels
        )
        return (x_train, y_train), (x_test, y_test)

    def __iter__(self) -> Iterator[NDArray[Any]]:
        return iter((self.x, self.y))

    def __repr__(self):
        names = self.target_names
        classes = f", {len(names)} classes: {', '.join(names)}" if names else ""
        return f"Dataset(x: {self.x.shape}, y: {self.y.shape}{classes})"


# -- real data ----------------------------------------------------------------------------------------


def _with_load_data(dataset: Any) -> _Bundled:
    """Give a function that returns a Dataset the `load_data` of Keras's dataset modules."""

    def load_data(test_split=0.2, seed=113):
        """The data shuffled and cut in two, with the rule and the defaults of Keras: the classes are not balanced.

        Args:
            test_split: the share of the samples in the test part, from 0 up to but not including 1.
            seed: of the shuffle, as in Keras.

        Returns:
            (x_train, y_train), (x_test, y_test).

        Raises:
            ValueError: test_split is not in that range.
        """
        return shuffled_as_keras(*dataset(), test_split, seed)

    load_data.__qualname__ = f"{dataset.__name__}.load_data"
    dataset.load_data = load_data
    return dataset


def _read(name, target_names, description):
    """The table files/NAME.csv.gz: a line of column names, then one sample a line with its target last."""
    import gzip

    path = os.path.join(os.path.dirname(__file__), "files", f"{name}.csv.gz")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        names = next(lines).rstrip("\n").split(",")
        table = np.loadtxt(lines, delimiter=",")
    x, y = table[:, :-1].copy(), table[:, -1].copy()
    return Dataset(x, y.astype(np.int64) if target_names else y, names[:-1], target_names, description)


@_with_load_data
def breast_cancer() -> Dataset:
    """Wisconsin diagnostic breast cancer: is the tumour malignant (0) or benign (1)? 569 patients, 30 features.

    The features describe the cell nuclei in the image of a needle biopsy: the mean, the standard error and
    the worst value of ten measures. Their scales differ by a factor of 10⁵: normalise them.

    Returns:
        A `Dataset`: x (569, 30), y (569,) with 212 malignant and 357 benign.

    Source: Wolberg, Mangasarian, Street and Street (1993), UCI Machine Learning Repository. CC BY 4.0.

    Example:
        >>> data = breast_cancer()
        >>> data.x.shape, data.feature_names[0], data.target_names
        ((569, 30), 'mean radius', ('malignant', 'benign'))
        >>> np.bincount(data.y)
        array([212, 357])
    """
    description = "Whether a breast tumour is malignant or benign, from 30 measures of cell nuclei of 569 patients."
    return _read("breast_cancer", ("malignant", "benign"), description)


@_with_load_data
def diabetes() -> Dataset:
    """How far diabetes has progressed after one year: a regression on 442 patients, 10 features.

    The features are as measured, not scaled: age in years, sex (coded 1 and 2), body mass index in kg/m²,
    mean blood pressure, and six blood serum measures s1 to s6. The target lies between 25 and 346.

    Returns:
        A `Dataset`: x (442, 10), y (442,).

    Source: Efron, Hastie, Johnstone and Tibshirani, «Least Angle Regression», Annals of Statistics 32 (2004).

    Example:
        >>> x, y = diabetes()
        >>> x.shape, y.min(), y.max()
        ((442, 10), np.float64(25.0), np.float64(346.0))
    """
    description = "Progression of diabetes one year after 10 measurements (not scaled) of 442 patients."
    return _read("diabetes", (), description)


@_with_load_data
def digits() -> Dataset:
    """Handwritten digits: 1797 images of 8 × 8 pixels with grey values from 0 to 16, in 10 classes.

    As with Keras's MNIST, x holds images: start a network with `Flatten`, or write x.reshape(-1, 64).

    Returns:
        A `Dataset`: x (1797, 8, 8), y (1797,).

    Source: Alpaydin and Kaynak (1998), UCI Machine Learning Repository, test set. CC BY 4.0.

    Example:
        >>> x, y = digits()
        >>> x.shape, y[:5]
        ((1797, 8, 8), array([0, 1, 2, 3, 4]))
    """
    description = "1797 handwritten digits as images of 8 × 8 grey values from 0 to 16, by 13 writers."
    data = _read("digits", tuple("0123456789"), description)
    data.x = data.x.reshape(-1, 8, 8)
    return data


@_with_load_data
def iris() -> Dataset:
    """Fisher's iris flowers: which of three species, from the length and width of sepals and petals in cm?

    The samples are sorted by species: shuffle them, or use `split`.

    Returns:
        A `Dataset`: x (150, 4), y (150,) with 50 flowers of each species.

    Source: Fisher, «The use of multiple measurements in taxonomic problems» (1936). CC BY 4.0 (UCI).

    Example:
        >>> data = iris()
        >>> data.feature_names[0], np.bincount(data.y)
        ('sepal length (cm)', array([50, 50, 50]))
    """
    description = "Four lengths in cm of 150 iris flowers of three species, as published by Fisher in 1936."
    return _read("iris", ("setosa", "versicolor", "virginica"), description)


# -- synthetic data -----------------------------------------------------------------------------------


@checked
def linear_regression(n: Count = 100, features: Count = 1, noise: NotNegative = 0.1, seed: Seed | None = 0) -> Dataset:
    """Samples around a straight line, or a hyperplane: y = bias + x · weights + noise · ε.

    x and ε are standard normal, the true weights and the bias uniform in (−3, 3). They come with the data,
    to compare what was learnt.

    Args:
        n: the number of samples.
        features: the number of columns of x.
        noise: the standard deviation of the error in y.
        seed: the same seed gives the same data; `None` gives new ones each time.

    Returns:
        A `Dataset`: x (n, features), y (n,), with `weights` (features,) and `bias`.

    Raises:
        ValueError: n or features is below 1, or the noise is negative.

    Example:
        >>> data = linear_regression(n=50, features=3, noise=0)
        >>> np.allclose(data.y, data.bias + data.x @ data.weights)
        True
    """
    rng = np.random.default_rng(seed)
    weights, bias = rng.uniform(-3, 3, features), rng.uniform(-3, 3)
    x = rng.normal(size=(n, features))
    y = bias + x @ weights + noise * rng.normal(size=n)
    names = [f"x{i + 1}" for i in range(features)]
    return Dataset(x, y, names, (), "y = bias + x · weights + noise.", weights, bias)


@checked
def moons(n: Pair = 200, noise: NotNegative = 0.1, seed: Seed | None = 0) -> Dataset:
    """Two half circles that reach into each other: the upper (cos t, sin t), the lower (1 − cos t, ½ − sin t).

    t runs evenly from 0 to π; then each coordinate gets normal noise.

    Args:
        n: the number of samples, half of each class.
        noise: the standard deviation of the noise.
        seed: the same seed gives the same data; `None` gives new ones each time.

    Returns:
        A `Dataset`: x (n, 2), y (n,) with 0 for the upper and 1 for the lower moon, shuffled.

    Raises:
        ValueError: n is below 2, or the noise is negative.

    Example:
        >>> moons(n=100)
        Dataset(x: (100, 2), y: (100,), 2 classes: upper, lower)
    """
    y, position = _along_curves(n, 2)
    t = np.pi * position
    upper, lower = np.stack([np.cos(t), np.sin(t)], axis=1), np.stack([1 - np.cos(t), 0.5 - np.sin(t)], axis=1)
    return _in_the_plane(np.where(y[:, None] == 0, upper, lower), y, noise, seed, ("upper", "lower"), "Two moons.")


@checked
def circles(n: Pair = 200, factor: Inside = 0.5, noise: NotNegative = 0.05, seed: Seed | None = 0) -> Dataset:
    """Two circles around the origin: r · (cos t, sin t) with r = 1 outside and r = factor inside.

    t runs evenly around; then each coordinate gets normal noise.

    Args:
        n: the number of samples, half of each class.
        factor: the radius of the inner circle, between 0 and 1.
        noise: the standard deviation of the noise.
        seed: the same seed gives the same data; `None` gives new ones each time.

    Returns:
        A `Dataset`: x (n, 2), y (n,) with 0 for the outer and 1 for the inner circle, shuffled.

    Raises:
        ValueError: n is below 2, the factor is not between 0 and 1, or the noise is negative.

    Example:
        >>> circles(n=100)
        Dataset(x: (100, 2), y: (100,), 2 classes: outer, inner)
    """
    y, position = _along_curves(n, 2, closed=True)
    x = _polar(np.where(y == 0, 1.0, factor), 2 * np.pi * position)
    return _in_the_plane(x, y, noise, seed, ("outer", "inner"), "One circle inside another.")


@checked
def spirals(
    n: Pair = 200, classes: Pair = 2, turns: float = 1.0, noise: NotNegative = 0.02, seed: Seed | None = 0
) -> Dataset:
    """Arms that wind around the origin: arm k is r · (cos t, sin t) with t = 2π · (turns · r + k / classes).

    r runs evenly from 0 to 1; then each coordinate gets normal noise.

    Args:
        n: the number of samples, in equal parts for the classes.
        classes: the number of arms.
        turns: how often each arm winds around.
        noise: the standard deviation of the noise.
        seed: the same seed gives the same data; `None` gives new ones each time.

    Returns:
        A `Dataset`: x (n, 2), y (n,) with the number of the arm, shuffled.

    Raises:
        ValueError: there are fewer samples than classes, classes is below 2, or the noise is negative.

    Example:
        >>> spirals(n=90, classes=3)
        Dataset(x: (90, 2), y: (90,), 3 classes: arm 0, arm 1, arm 2)
    """
    _check_count("spirals", n, classes)
    y, r = _along_curves(n, classes)
    x = _polar(r, 2 * np.pi * (turns * r + y / classes))
    return _in_the_plane(x, y, noise, seed, [f"arm {k}" for k in range(classes)], "Spirals around each other.")


@checked
def xor(n: Count = 200, noise: NotNegative = 0.0, seed: Seed | None = 0) -> Dataset:
    """The exclusive or: points uniform in the square (−1, 1)², class 1 where exactly one coordinate is positive.

    No straight line separates the classes. With noise, the points move after the class is decided.

    Args:
        n: the number of samples.
        noise: the standard deviation of the noise.
        seed: the same seed gives the same data; `None` gives new ones each time.

    Returns:
        A `Dataset`: x (n, 2), y (n,).

    Raises:
        ValueError: n is below 1, or the noise is negative.

    Example:
        >>> x, y = xor(n=100)
        >>> np.array_equal(y, (x[:, 0] > 0) ^ (x[:, 1] > 0))
        True
    """
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1, 1, (n, 2))
    y = ((x[:, 0] > 0) ^ (x[:, 1] > 0)).astype(np.int64)
    names = ("equal signs", "different signs")
    return _in_the_plane(x, y, noise, rng, names, "The exclusive or of two signs.")


@checked
def blobs(n: Pair = 200, classes: Pair = 2, noise: NotNegative = 0.2, seed: Seed | None = 0) -> Dataset:
    """Clouds of points around centres that stand evenly on the unit circle: class k at angle π/4 + 2π · k / classes.

    Args:
        n: the number of samples, in equal parts for the classes.
        classes: the number of clouds.
        noise: the standard deviation of a cloud, in each direction.
        seed: the same seed gives the same data; `None` gives new ones each time.

    Returns:
        A `Dataset`: x (n, 2), y (n,) with the number of the cloud, shuffled.

    Raises:
        ValueError: there are fewer samples than classes, classes is below 2, or the noise is negative.

    Example:
        >>> blobs(n=90, classes=3)
        Dataset(x: (90, 2), y: (90,), 3 classes: blob 0, blob 1, blob 2)
    """
    _check_count("blobs", n, classes)
    y, _ = _along_curves(n, classes)
    x = _polar(np.ones(n), np.pi / 4 + 2 * np.pi * y / classes)
    return _in_the_plane(x, y, noise, seed, [f"blob {k}" for k in range(classes)], "Clouds around their centres.")


@checked
def hills(n: Count = 200, noise: NotNegative = 0.0, seed: Seed | None = 0) -> Dataset:
    """A regression: heights of a landscape of two hills and two hollows, at points uniform in the square (−1, 1)².

    y = Σ s · exp(−‖x − c‖² / 0.1) over the centres c = (±½, ±½); the sign s is that of the product of c's coordinates.

    Args:
        n: the number of samples.
        noise: the standard deviation of the error in y.
        seed: the same seed gives the same data; `None` gives new ones each time.

    Returns:
        A `Dataset`: x (n, 2), y (n,).

    Raises:
        ValueError: n is below 1, or the noise is negative.

    Example:
        >>> x, y = hills(n=1000)
        >>> bool(y.max() > 0.9), bool(y.min() < -0.9)
        (True, True)
    """
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1, 1, (n, 2))
    centres = np.array([(-0.5, -0.5), (-0.5, 0.5), (0.5, -0.5), (0.5, 0.5)])
    squares = ((x[:, None, :] - centres) ** 2).sum(axis=-1)
    y = np.exp(-squares / 0.1) @ np.sign(centres.prod(axis=1)) + noise * rng.normal(size=n)
    return Dataset(x, y, ("x1", "x2"), (), "Two hills and two hollows.")


def _check_count(name, n, classes):
    """Raise a ValueError where there are fewer samples than classes."""
    if n < classes:
        raise ValueError(f"{name}: n should be a whole number ≥ {classes}, the number of classes; received {n}.")


def _along_curves(n, classes, closed=False):
    """The class of each sample, and where it stands on the curve of its class: evenly spaced from 0 to 1."""
    counts = [len(part) for part in np.array_split(np.arange(n), classes)]
    position = np.concatenate([np.linspace(0, 1, count, endpoint=not closed) for count in counts])
    return np.repeat(np.arange(classes), counts), position


def _polar(r, t):
    return np.stack([r * np.cos(t), r * np.sin(t)], axis=1)


def _in_the_plane(x, y, noise, seed, target_names, description):
    """The points in random order, moved by the noise."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(x))
    x = x[order] + noise * rng.normal(size=x.shape)
    return Dataset(x, y[order], ("x1", "x2"), target_names, description)
