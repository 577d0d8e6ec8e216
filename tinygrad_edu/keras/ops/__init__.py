"""Functions of Tensors, by Keras's names."""

# Written by .ci/make_keras.py

from ...nn.operations.arrays import (
    abs, absolute, add, all, allclose, amax, amin, any, append, arange, arccos, arccosh, arcsin, arcsinh, arctan,
    arctan2, arctanh, argmax, argmin, argpartition, argsort, array, array_split, average, bincount, bitwise_and,
    bitwise_invert, bitwise_not, bitwise_or, bitwise_xor, broadcast_to, cbrt, ceil, clip, concatenate, copy, cos,
    cosh, count_nonzero, cross, cumprod, cumsum, deg2rad, diag, diagonal, diff, digitize, divide, divide_no_nan, dot,
    dsplit, dstack, einsum, empty, empty_like, equal, exp, exp2, expand_dims, expm1, eye, fabs, flip, fliplr, flipud,
    floor, floor_divide, fmax, fmin, full, full_like, get_item, greater, greater_equal, hsplit, hstack, hypot,
    identity, inner, isclose, isfinite, isinf, isnan, kron, less, less_equal, linspace, log, log10, log1p, log2,
    logaddexp, logaddexp2, logical_and, logical_not, logical_or, logical_xor, logspace, matmul, max, maximum, mean,
    median, meshgrid, min, minimum, mod, moveaxis, multiply, nan_to_num, ndim, negative, nonzero, not_equal, ones,
    ones_like, outer, pad, power, prod, ptp, rad2deg, ravel, reciprocal, repeat, reshape, roll, rot90, round,
    searchsorted, select, sign, sin, sinc, sinh, size, sort, split, sqrt, square, squeeze, stack, std, subtract, sum,
    swapaxes, take, take_along_axis, tan, tanh, tensordot, tile, trace, transpose, trapezoid, tri, tril, triu,
    true_divide, trunc, var, vdot, vsplit, vstack, where, zeros, zeros_like,
)
from ...nn.operations.core import (
    cast, cond, convert_to_numpy, convert_to_tensor, dtype, erf, erfc, fori_loop, in_top_k, is_tensor, logdet,
    logsumexp, map, rsqrt, saturate_cast, scan, scatter, scatter_update, segment_sum, shape, slice, slice_update,
    slogdet, stop_gradient, switch, top_k, unstack, vectorized_map, while_loop,
)
from ...nn.operations.matrices import cholesky, det, eigh, inv, lstsq, norm, pinv, solve, svd
from ...nn.operations.networks import (
    batch_normalization, binary_crossentropy, categorical_crossentropy, celu, elu, gelu, glu, hard_shrink,
    hard_sigmoid, hard_silu, hard_swish, hard_tanh, layer_normalization, leaky_relu, log_sigmoid, log_softmax,
    moments, multi_hot, normalize, one_hot, relu, relu6, rms_normalization, selu, sigmoid, silu, soft_shrink, softmax,
    softplus, softsign, sparse_categorical_crossentropy, sparse_plus, sparse_sigmoid, squareplus, swish, tanh_shrink,
    threshold,
)
from . import linalg, nn, numpy

__all__ = [
    "abs", "absolute", "add", "all", "allclose", "amax", "amin", "any", "append", "arange", "arccos", "arccosh",
    "arcsin", "arcsinh", "arctan", "arctan2", "arctanh", "argmax", "argmin", "argpartition", "argsort", "array",
    "array_split", "average", "batch_normalization", "binary_crossentropy", "bincount", "bitwise_and",
    "bitwise_invert", "bitwise_not", "bitwise_or", "bitwise_xor", "broadcast_to", "cast", "categorical_crossentropy",
    "cbrt", "ceil", "celu", "cholesky", "clip", "concatenate", "cond", "convert_to_numpy", "convert_to_tensor",
    "copy", "cos", "cosh", "count_nonzero", "cross", "cumprod", "cumsum", "deg2rad", "det", "diag", "diagonal",
    "diff", "digitize", "divide", "divide_no_nan", "dot", "dsplit", "dstack", "dtype", "eigh", "einsum", "elu",
    "empty", "empty_like", "equal", "erf", "erfc", "exp", "exp2", "expand_dims", "expm1", "eye", "fabs", "flip",
    "fliplr", "flipud", "floor", "floor_divide", "fmax", "fmin", "fori_loop", "full", "full_like", "gelu", "get_item",
    "glu", "greater", "greater_equal", "hard_shrink", "hard_sigmoid", "hard_silu", "hard_swish", "hard_tanh",
    "hsplit", "hstack", "hypot", "identity", "in_top_k", "inner", "inv", "is_tensor", "isclose", "isfinite", "isinf",
    "isnan", "kron", "layer_normalization", "leaky_relu", "less", "less_equal", "linalg", "linspace", "log", "log10",
    "log1p", "log2", "log_sigmoid", "log_softmax", "logaddexp", "logaddexp2", "logdet", "logical_and", "logical_not",
    "logical_or", "logical_xor", "logspace", "logsumexp", "lstsq", "map", "matmul", "max", "maximum", "mean",
    "median", "meshgrid", "min", "minimum", "mod", "moments", "moveaxis", "multi_hot", "multiply", "nan_to_num",
    "ndim", "negative", "nn", "nonzero", "norm", "normalize", "not_equal", "numpy", "one_hot", "ones", "ones_like",
    "outer", "pad", "pinv", "power", "prod", "ptp", "rad2deg", "ravel", "reciprocal", "relu", "relu6", "repeat",
    "reshape", "rms_normalization", "roll", "rot90", "round", "rsqrt", "saturate_cast", "scan", "scatter",
    "scatter_update", "searchsorted", "segment_sum", "select", "selu", "shape", "sigmoid", "sign", "silu", "sin",
    "sinc", "sinh", "size", "slice", "slice_update", "slogdet", "soft_shrink", "softmax", "softplus", "softsign",
    "solve", "sort", "sparse_categorical_crossentropy", "sparse_plus", "sparse_sigmoid", "split", "sqrt", "square",
    "squareplus", "squeeze", "stack", "std", "stop_gradient", "subtract", "sum", "svd", "swapaxes", "swish", "switch",
    "take", "take_along_axis", "tan", "tanh", "tanh_shrink", "tensordot", "threshold", "tile", "top_k", "trace",
    "transpose", "trapezoid", "tri", "tril", "triu", "true_divide", "trunc", "unstack", "var", "vdot",
    "vectorized_map", "vsplit", "vstack", "where", "while_loop", "zeros", "zeros_like",
]
