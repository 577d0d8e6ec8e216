"""Initializers, by Keras's names."""

# Written by .ci/make_keras.py

from ..common.deserialization import deserializer
from ..common.serialization import serialize
from ..nn.initializers import (
    Constant, Constant as constant, GlorotNormal, GlorotNormal as glorot_normal, GlorotUniform,
    GlorotUniform as glorot_uniform, HeNormal, HeNormal as he_normal, HeUniform, HeUniform as he_uniform, Identity,
    Identity as IdentityInitializer, Identity as identity, Initializer, LecunNormal, LecunNormal as lecun_normal,
    LecunUniform, LecunUniform as lecun_uniform, Ones, Ones as one, Ones as ones, Orthogonal,
    Orthogonal as OrthogonalInitializer, Orthogonal as orthogonal, RandomNormal, RandomNormal as normal,
    RandomNormal as random_normal, RandomUniform, RandomUniform as random_uniform, RandomUniform as uniform,
    TruncatedNormal, TruncatedNormal as truncated_normal, VarianceScaling, VarianceScaling as variance_scaling, Zeros,
    Zeros as zero, Zeros as zeros, get,
)

deserialize = deserializer(get)

__all__ = [
    "Constant", "GlorotNormal", "GlorotUniform", "HeNormal", "HeUniform", "Identity", "IdentityInitializer",
    "Initializer", "LecunNormal", "LecunUniform", "Ones", "Orthogonal", "OrthogonalInitializer", "RandomNormal",
    "RandomUniform", "TruncatedNormal", "VarianceScaling", "Zeros", "constant", "deserialize", "get", "glorot_normal",
    "glorot_uniform", "he_normal", "he_uniform", "identity", "lecun_normal", "lecun_uniform", "normal", "one", "ones",
    "orthogonal", "random_normal", "random_uniform", "serialize", "truncated_normal", "uniform", "variance_scaling",
    "zero", "zeros",
]
