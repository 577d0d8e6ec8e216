"""NumPy's functions on Tensors, by Keras's names."""

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

__all__ = [
    "abs", "absolute", "add", "all", "allclose", "amax", "amin", "any", "append", "arange", "arccos", "arccosh",
    "arcsin", "arcsinh", "arctan", "arctan2", "arctanh", "argmax", "argmin", "argpartition", "argsort", "array",
    "array_split", "average", "bincount", "bitwise_and", "bitwise_invert", "bitwise_not", "bitwise_or", "bitwise_xor",
    "broadcast_to", "cbrt", "ceil", "clip", "concatenate", "copy", "cos", "cosh", "count_nonzero", "cross", "cumprod",
    "cumsum", "deg2rad", "diag", "diagonal", "diff", "digitize", "divide", "divide_no_nan", "dot", "dsplit", "dstack",
    "einsum", "empty", "empty_like", "equal", "exp", "exp2", "expand_dims", "expm1", "eye", "fabs", "flip", "fliplr",
    "flipud", "floor", "floor_divide", "fmax", "fmin", "full", "full_like", "get_item", "greater", "greater_equal",
    "hsplit", "hstack", "hypot", "identity", "inner", "isclose", "isfinite", "isinf", "isnan", "kron", "less",
    "less_equal", "linspace", "log", "log10", "log1p", "log2", "logaddexp", "logaddexp2", "logical_and",
    "logical_not", "logical_or", "logical_xor", "logspace", "matmul", "max", "maximum", "mean", "median", "meshgrid",
    "min", "minimum", "mod", "moveaxis", "multiply", "nan_to_num", "ndim", "negative", "nonzero", "not_equal", "ones",
    "ones_like", "outer", "pad", "power", "prod", "ptp", "rad2deg", "ravel", "reciprocal", "repeat", "reshape",
    "roll", "rot90", "round", "searchsorted", "select", "sign", "sin", "sinc", "sinh", "size", "sort", "split",
    "sqrt", "square", "squeeze", "stack", "std", "subtract", "sum", "swapaxes", "take", "take_along_axis", "tan",
    "tanh", "tensordot", "tile", "trace", "transpose", "trapezoid", "tri", "tril", "triu", "true_divide", "trunc",
    "var", "vdot", "vsplit", "vstack", "where", "zeros", "zeros_like",
]
