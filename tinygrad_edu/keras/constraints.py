"""Constraints, by Keras's names."""

from ..nn.constraints import Constraint, MaxNorm, MinMaxNorm, NonNeg, UnitNorm, get
from ..nn.saving import serialize
from ..nn.saving.kinds import deserializer

deserialize = deserializer(get)

max_norm, min_max_norm, non_neg, unit_norm = MaxNorm, MinMaxNorm, NonNeg, UnitNorm

__all__ = [
    "Constraint",
    "MaxNorm",
    "MinMaxNorm",
    "NonNeg",
    "UnitNorm",
    "deserialize",
    "get",
    "max_norm",
    "min_max_norm",
    "non_neg",
    "serialize",
    "unit_norm",
]
