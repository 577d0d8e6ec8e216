"""The bundled data sets, in Keras's form: `(x_train, y_train), (x_test, y_test) = digits.load_data()`."""

# Written by .ci/make_keras.py

from ..data.datasets import breast_cancer, diabetes, digits, iris

__all__ = [
    "breast_cancer", "diabetes", "digits", "iris",
]
