"""Regularizers, by Keras's names."""

# Written by .ci/make_keras.py

from ..common.deserialization import deserializer
from ..common.serialization import serialize
from ..nn.regularizers import (
    L1, L1 as l1, L1L2, L1L2 as l1_l2, L2, L2 as l2, OrthogonalRegularizer,
    OrthogonalRegularizer as orthogonal_regularizer, Regularizer, get,
)

deserialize = deserializer(get)

__all__ = [
    "L1", "L1L2", "L2", "OrthogonalRegularizer", "Regularizer", "deserialize", "get", "l1", "l1_l2", "l2",
    "orthogonal_regularizer", "serialize",
]
