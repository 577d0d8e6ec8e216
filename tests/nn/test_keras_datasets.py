"""The data sets that Keras keeps in its folder: read as they are there, and never downloaded."""

import gzip

import numpy as np
import pytest

from tinygrad_edu.keras import datasets

RNG = np.random.default_rng(0)
TABLE = RNG.normal(size=(700, 8)), RNG.normal(size=700)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    (tmp_path / "datasets" / "fashion-mnist").mkdir(parents=True)
    return tmp_path / "datasets"


def images(count):
    return RNG.integers(0, 255, (count, 28, 28)).astype("uint8"), RNG.integers(0, 10, count).astype("uint8")


def test_digits_of_keras(folder):
    (x, y), (x_test, y_test) = images(6), images(2)
    np.savez(folder / "mnist.npz", x_train=x, y_train=y, x_test=x_test, y_test=y_test)
    found = datasets.mnist.load_data()
    for mine, theirs in zip((*found[0], *found[1]), (x, y, x_test, y_test), strict=True):
        np.testing.assert_array_equal(mine, theirs)
    assert found[0][0].dtype == np.uint8
    assert datasets.mnist.load_data(str(folder / "mnist.npz"))[1][1].shape == (2,)


def test_clothes_of_keras(folder):
    """The idx format: a head of 8 bytes before labels, of 16 before images."""
    for name, (x, y) in {"train": images(5), "t10k": images(3)}.items():
        for kind, head, values in (("labels-idx1", 8, y), ("images-idx3", 16, x)):
            with gzip.open(folder / "fashion-mnist" / f"{name}-{kind}-ubyte.gz", "wb") as file:
                file.write(bytes(head) + values.tobytes())
    (x_train, _), (x_test, y_test) = datasets.fashion_mnist.load_data()
    np.testing.assert_array_equal(x_test, x)
    np.testing.assert_array_equal(y_test, y)
    assert x_train.shape == (5, 28, 28)


@pytest.mark.parametrize(("name", "options", "rows"), [("boston_housing", {}, 700), ("california_housing", {}, 700),
                                                       ("california_housing", {"version": "small"}, 600)])  # fmt: skip
def test_tables_of_keras(name, options, rows, folder):
    """Shuffled by RandomState(113), four fifths to train on, as in Keras's source."""
    x, y = TABLE
    np.savez(folder / f"{name}.npz", x=x, y=y)
    (x_train, y_train), (x_test, _) = getattr(datasets, name).load_data(**options)
    order = np.arange(rows)
    np.random.RandomState(113).shuffle(order)
    np.testing.assert_array_equal(x_train, x[order[: rows * 4 // 5]])
    np.testing.assert_array_equal(y_train, y[order[: rows * 4 // 5]])
    assert len(x_test) == rows // 5
    with pytest.raises(ValueError, match="test_split"):
        getattr(datasets, name).load_data(test_split=1.0)


def test_a_file_that_is_not_there_says_how_to_get_it(folder):
    for name, other in (("mnist", "digits"), ("fashion_mnist", "digits"), ("boston_housing", "diabetes")):
        with pytest.raises(FileNotFoundError, match=f"nothing is downloaded.*keras.datasets.{other} comes with"):
            getattr(datasets, name).load_data()


def test_a_file_with_code_or_without_the_arrays_is_refused(folder):
    np.savez(folder / "mnist.npz", x_train=np.array([{"a": 1}], dtype=object))
    with pytest.raises(ValueError, match="should be an .npz file with the arrays x_train"):
        datasets.mnist.load_data()
