"""The bundled data sets, in Keras's form: `(x_train, y_train), (x_test, y_test) = digits.load_data()`."""

from ..data.datasets import breast_cancer, diabetes, digits, iris

__all__ = ["breast_cancer", "diabetes", "digits", "iris"]
