"""Activations, by Keras's names."""

# Written by .ci/make_keras.py

from ..common.deserialization import deserializer
from ..common.serialization import serialize
from ..nn.activations import (
    celu, exponential, get, glu, hard_shrink, hard_tanh, relu, soft_shrink, sparse_plus, sparse_sigmoid, squareplus,
    tanh, tanh_shrink, threshold,
)
from ..ops import (
    elu, gelu, hard_sigmoid, hard_silu, hard_silu as hard_swish, leaky_relu, linear, log_sigmoid, log_softmax, mish,
    relu6, selu, sigmoid, silu, silu as swish, softmax, softplus, softsign,
)

deserialize = deserializer(get)

__all__ = [
    "celu", "deserialize", "elu", "exponential", "gelu", "get", "glu", "hard_shrink", "hard_sigmoid", "hard_silu",
    "hard_swish", "hard_tanh", "leaky_relu", "linear", "log_sigmoid", "log_softmax", "mish", "relu", "relu6", "selu",
    "serialize", "sigmoid", "silu", "soft_shrink", "softmax", "softplus", "softsign", "sparse_plus", "sparse_sigmoid",
    "squareplus", "swish", "tanh", "tanh_shrink", "threshold",
]
