"""Data sets in Keras's form: `(x_train, y_train), (x_test, y_test) = digits.load_data()`."""

# Written by .ci/make_keras.py

from ..data.cached import boston_housing, california_housing, fashion_mnist, mnist
from ..data.datasets import breast_cancer, diabetes, digits, iris

__all__ = [
    "boston_housing", "breast_cancer", "california_housing", "diabetes", "digits", "fashion_mnist", "iris", "mnist",
]
