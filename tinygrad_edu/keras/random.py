"""Random numbers, by Keras's names."""

# Written by .ci/make_keras.py

from ..common.random import SeedGenerator
from ..nn.operations.drawing import (
    beta, binomial, categorical, dropout, gamma, normal, randint, shuffle, truncated_normal, uniform,
)

__all__ = [
    "SeedGenerator", "beta", "binomial", "categorical", "dropout", "gamma", "normal", "randint", "shuffle",
    "truncated_normal", "uniform",
]
