"""The parts of networks as functions, by Keras's names."""

# Written by .ci/make_keras.py

from ...nn.operations.networks import (
    batch_normalization, binary_crossentropy, categorical_crossentropy, celu, elu, gelu, glu, hard_shrink,
    hard_sigmoid, hard_silu, hard_swish, hard_tanh, layer_normalization, leaky_relu, log_sigmoid, log_softmax,
    moments, multi_hot, normalize, one_hot, relu, relu6, rms_normalization, selu, sigmoid, silu, soft_shrink, softmax,
    softplus, softsign, sparse_categorical_crossentropy, sparse_plus, sparse_sigmoid, squareplus, swish, tanh_shrink,
    threshold,
)

__all__ = [
    "batch_normalization", "binary_crossentropy", "categorical_crossentropy", "celu", "elu", "gelu", "glu",
    "hard_shrink", "hard_sigmoid", "hard_silu", "hard_swish", "hard_tanh", "layer_normalization", "leaky_relu",
    "log_sigmoid", "log_softmax", "moments", "multi_hot", "normalize", "one_hot", "relu", "relu6",
    "rms_normalization", "selu", "sigmoid", "silu", "soft_shrink", "softmax", "softplus", "softsign",
    "sparse_categorical_crossentropy", "sparse_plus", "sparse_sigmoid", "squareplus", "swish", "tanh_shrink",
    "threshold",
]
