"""The data sets of Keras that are too large to come with the package: read from the files that Keras keeps.

Keras downloads them once into the folder `.keras/datasets` of the user's home; here nothing is downloaded. Where such a
file is, `(x_train, y_train), (x_test, y_test) = mnist.load_data()` is what it is in Keras, else the error says how to
get it.
"""

from __future__ import annotations

import gzip
import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..common.arguments import checked
from .splitting import shuffled_as_keras

if TYPE_CHECKING:
    from typing import Any, Literal

    from ..common.types import Seed

_SOURCE = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
_IMAGES = ("train-labels-idx1-ubyte.gz", "train-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz",
           "t10k-images-idx3-ubyte.gz")  # fmt: skip


def _found(name, path, instead):
    """The path of a file: as it was given, or in Keras's folder.

    Raises:
        FileNotFoundError: it is in neither; the message says how to get it.
    """
    home = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
    kept = home / "datasets" / path
    for place in (Path(path), kept):
        if place.is_file():
            return place
    raise FileNotFoundError(
        f"keras.datasets.{name} reads the file {str(kept)!r}, which is not there: nothing is downloaded. Where Keras "
        f"is installed, keras.datasets.{name}.load_data() puts it there; or put {_SOURCE}{Path(path).name} there. "
        f"keras.datasets.{instead} comes with the package."
    )


def _arrays(place, *names):
    """Arrays of an .npz file by name; nothing in it is unpickled."""
    try:
        with np.load(place, allow_pickle=False) as file:
            return [file[name] for name in names]
    except (ValueError, KeyError, OSError) as error:
        raise ValueError(f"{place} should be an .npz file with the arrays {', '.join(names)}: {error}") from None


class mnist:  # noqa: N801 a module in Keras
    """70 000 images of handwritten digits, 28 × 28 pixels from 0 to 255.

    Source: LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document recognition" (1998).
    """

    @staticmethod
    @checked
    def load_data(path: str = "mnist.npz") -> Any:
        """The images and their classes, 60 000 to train on and 10 000 to test on.

        Args:
            path: the file, or its name in Keras's folder.

        Returns:
            (x_train, y_train), (x_test, y_test), of uint8.

        Raises:
            FileNotFoundError: it is not there; the message says how to get it.
        """
        found = _arrays(_found("mnist", path, "digits"), "x_train", "y_train", "x_test", "y_test")
        return tuple(found[:2]), tuple(found[2:])


class fashion_mnist:  # noqa: N801
    """70 000 images of clothes in ten kinds, 28 × 28 pixels from 0 to 255.

    Source: Xiao, Rasul and Vollgraf, "Fashion-MNIST" (2017).
    """

    @staticmethod
    def load_data() -> Any:
        """The images and their classes, 60 000 to train on and 10 000 to test on; as `mnist.load_data`."""
        places = [_found("fashion_mnist", os.path.join("fashion-mnist", name), "digits") for name in _IMAGES]
        parts = []
        for labels, images in (places[:2], places[2:]):
            with gzip.open(labels) as file:
                y = np.frombuffer(file.read(), np.uint8, offset=8)
            with gzip.open(images) as file:
                parts.append((np.frombuffer(file.read(), np.uint8, offset=16).reshape(len(y), 28, 28), y))
        return tuple(parts)


class boston_housing:  # noqa: N801
    """506 districts of Boston, 13 features each, and the median price of their houses in thousands of dollars.

    One of the features is racially biased; `california_housing` is another regression.

    Source: Harrison and Rubinfeld, "Hedonic housing prices and the demand for clean air" (1978).
    """

    @staticmethod
    @checked
    def load_data(path: str = "boston_housing.npz", test_split: float = 0.2, seed: Seed = 113) -> Any:
        """The districts, shuffled as in Keras; path, returns and errors are those of `mnist.load_data`."""
        x, y = _arrays(_found("boston_housing", path, "diabetes"), "x", "y")
        return shuffled_as_keras(x, y, test_split, seed)


class california_housing:  # noqa: N801
    """20 640 districts of California, 8 features each, and the median price of their houses in dollars.

    Source: Pace and Barry, "Sparse spatial autoregressions" (1997).
    """

    @staticmethod
    @checked
    def load_data(
        version: Literal["large", "small"] = "large",
        path: str = "california_housing.npz",
        test_split: float = 0.2,
        seed: Seed = 113,
    ) -> Any:
        """The districts, or 600 of them, shuffled as in Keras; the rest is as for `mnist.load_data`."""
        x, y = _arrays(_found("california_housing", path, "diabetes"), "x", "y")
        count = 600 if version == "small" else len(x)
        return shuffled_as_keras(x[:count], y[:count], test_split, seed)
