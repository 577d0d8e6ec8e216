"""Models as estimators of scikit-learn, by Keras's names."""

# Written by .ci/make_keras.py

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..nn.scikit import SKLearnClassifier, SKLearnRegressor, SKLearnTransformer

__all__ = [
    "SKLearnClassifier", "SKLearnRegressor", "SKLearnTransformer",
]
