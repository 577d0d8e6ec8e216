"""Regularizers, by Keras's names."""

from ..nn.regularizers import L1, L1L2, L2, OrthogonalRegularizer, Regularizer, get
from ..nn.saving import serialize
from ..nn.saving.kinds import deserializer

deserialize = deserializer(get)

l1, l2, l1_l2, orthogonal_regularizer = L1, L2, L1L2, OrthogonalRegularizer

__all__ = [
    "L1",
    "L1L2",
    "L2",
    "OrthogonalRegularizer",
    "Regularizer",
    "deserialize",
    "get",
    "l1",
    "l1_l2",
    "l2",
    "orthogonal_regularizer",
    "serialize",
]
