"""Constraints, by Keras's names."""

# Written by .ci/make_keras.py

from ..common.deserialization import deserializer
from ..common.serialization import serialize
from ..nn.constraints import (
    Constraint, MaxNorm, MaxNorm as max_norm, MinMaxNorm, MinMaxNorm as min_max_norm, NonNeg, NonNeg as non_neg,
    UnitNorm, UnitNorm as unit_norm, get,
)

deserialize = deserializer(get)

__all__ = [
    "Constraint", "MaxNorm", "MinMaxNorm", "NonNeg", "UnitNorm", "deserialize", "get", "max_norm", "min_max_norm",
    "non_neg", "serialize", "unit_norm",
]
