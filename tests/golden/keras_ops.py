"""Figures of real Keras 3 for the functions of keras.ops.

    JAX_ENABLE_X64=1 KERAS_BACKEND=jax python tests/golden/keras_ops.py      (keras 3.15.1, jax 0.10.2)

writes keras_ops.json. The inputs are made here, for Keras and for the tests.
"""

import json
import sys
from pathlib import Path

import numpy as np

RNG = np.random.default_rng(7)
A, B = RNG.normal(size=(3, 4)), RNG.normal(size=(3, 4))
P = RNG.uniform(0.1, 0.9, (3, 4))  # inside every domain
S = A @ A.T + np.eye(3)
V, W = A[0], B[1]
K = np.array([2, 0, 1])
CASES = {
    **{
        name: [A]
        for name in (
            *("abs", "absolute", "arctan", "arcsinh", "cbrt", "ceil", "copy", "cos", "cosh", "deg2rad", "erf", "erfc"),
            *("exp", "exp2", "expm1", "fabs", "fliplr", "flipud", "floor", "isfinite", "isinf", "isnan", "negative"),
            *("ndim", "rad2deg", "ravel", "reciprocal", "sign", "sin", "sinc", "sinh", "size", "square", "tan", "tanh"),
            *("trunc", "all", "amax", "amin", "any", "argmax", "argmin", "max", "mean", "median", "min", "prod", "ptp"),
            *("std", "sum", "var", "argsort", "sort", "count_nonzero", "flip", "cumprod", "cumsum", "diag", "tril"),
            *("triu", "diagonal", "trace", "transpose", "ones_like", "zeros_like", "logsumexp", "nonzero", "shape"),
            *("relu", "relu6", "sigmoid", "silu", "swish", "softplus", "softsign", "selu", "gelu", "elu", "celu"),
            *("glu", "hard_shrink", "hard_sigmoid", "hard_silu", "hard_swish", "hard_tanh", "leaky_relu", "softmax"),
            *("log_sigmoid", "log_softmax", "soft_shrink", "sparse_plus", "sparse_sigmoid", "squareplus"),
            *("tanh_shrink", "normalize", "layer_normalization", "rms_normalization", "nan_to_num", "average"),
            *("convert_to_tensor", "array", "dtype"),
        )
    },
    **{name: [P] for name in ("arccos", "arcsin", "arctanh", "log", "log10", "log1p", "log2", "rsqrt", "sqrt")},
    **{
        name: [A, B]
        for name in (
            *("add", "arctan2", "divide", "divide_no_nan", "equal", "fmax", "fmin", "greater", "greater_equal"),
            *("hypot", "inner", "less", "less_equal", "logaddexp", "logaddexp2", "logical_and", "logical_or"),
            *("logical_xor", "maximum", "minimum", "mod", "multiply", "not_equal", "subtract", "true_divide", "vdot"),
            *("floor_divide", "allclose", "isclose", "append", "tensordot"),
        )
    },
    "arccosh": [P + 1.5],
    "logical_not": [A > 0],
    "power": [P, A],
    "dot": [A, B.T],
    "matmul": [A, B.T],
    "kron": [A[:2, :2], B[:2, :2]],
    "outer": [V, W],
    "cross": [A[:, :3], B[:, :3]],
    "sum axis": ["sum", A, {"axis": -1, "keepdims": True}],
    "max initial": ["max", A, {"axis": 0, "initial": 0.5}],
    "min axis": ["min", A, {"axis": 1}],
    "var axis": ["var", A, {"axis": 0}],
    "average weights": ["average", A, {"axis": 0, "weights": np.array([1.0, 2.0, 3.0])}],
    "argpartition": ["argpartition", np.array([[0.3, 0.1], [0.2, 0.9]]), 0],
    "array_split": [V, 3],
    "split": [A, 2, {"axis": 1}],
    "split places": ["split", A, [1, 3], {"axis": 1}],
    "hsplit": [A, 2],
    "vsplit": [A, 3],
    "dsplit": [A.reshape(1, 3, 4), 2],
    "hstack": [[A, B]],
    "vstack": [[A, B]],
    "dstack": [[A, B]],
    "stack": [[A, B], {"axis": 1}],
    "concatenate": [[A, B], {"axis": -1}],
    "bincount": [K, {"minlength": 5}],
    "bincount rows": ["bincount", np.array([[0, 1, 1], [2, 2, 2]]), {"minlength": 3}],
    "bitwise_and": [K, K + 1],
    "bitwise_or": [K, K + 1],
    "bitwise_xor": [K, K + 1],
    "bitwise_not": [K],
    "bitwise_invert": [K],
    "broadcast_to": [V, (2, 4)],
    "clip": [A, -0.5, 0.5],
    "cast": [A, "int32"],
    "saturate_cast": [A * 300, "uint8"],
    "diff": [A, {"n": 2}],
    "digitize": [A, np.array([-1.0, 0.0, 1.0])],
    "einsum": ["einsum", "ij,kj->ik", A, B],
    "expand_dims": [A, 1],
    "squeeze": [A.reshape(3, 1, 4)],
    "eye": [3, {"k": 1}],
    "identity": [2],
    "tri": [3],
    "zeros": [(2, 3)],
    "ones": [(2,)],
    "arange": [5],
    "arange steps": ["arange", 1.0, 2.0, 0.25],
    "linspace": [0.0, 1.0, 5],
    "linspace open": ["linspace", A[0], B[0], 3, {"endpoint": False}],
    "logspace": [0.0, 2.0, 3],
    "full": [(2, 2), 1.5],
    "full_like": [A, 2.0],
    "get_item": [A, 1],
    "meshgrid": [V, W[:3]],
    "meshgrid ij": ["meshgrid", V, W[:3], {"indexing": "ij"}],
    "moveaxis": [A.reshape(3, 2, 2), 0, -1],
    "swapaxes": [A, 0, 1],
    "pad": [A, ((1, 0), (0, 2))],
    "pad edge": ["pad", A, 1, {"mode": "edge"}],
    "repeat": [A, 2, {"axis": 1}],
    "tile": [A, (2, 1)],
    "reshape": [A, (4, 3)],
    "roll": [A, 1, {"axis": 1}],
    "rot90": [A],
    "round": [A, 1],
    "searchsorted": [np.array([0.0, 1.0, 2.0]), np.array([0.5, 2.0])],
    "select": [[A > 1, A < -1], [A, B], 0.0],
    "take": [A, K, {"axis": 0}],
    "take_along_axis": [A, np.array([[0], [3], [1]]), {"axis": 1}],
    "trapezoid": [A, {"dx": 0.5}],
    "where": [A > 0, A, B],
    "slogdet": [S],
    "logdet": [S],
    "cholesky": [S],
    "det": [S],
    "inv": [S],
    "norm": [A, {"axis": 1}],
    "pinv": [A],
    "solve": [S, A],
    "lstsq": [A.T, W],
    "eigh values": ["eigh", S],
    "svd values": ["svd", A, {"compute_uv": False}],
    "one_hot": [K, 4],
    "one_hot axis": ["one_hot", K, 4, {"axis": 0}],
    "multi_hot": [np.array([[0, 1], [2, 2]]), 4],
    "moments": [A, [0]],
    "normalize first": ["normalize", A, {"order": 1}],
    "batch_normalization": [A, V, np.abs(W), -1, {"offset": W, "scale": V}],
    "layer_normalization weights": ["layer_normalization", A, {"gamma": V, "beta": W, "axis": -1}],
    "rms_normalization scale": ["rms_normalization", A, {"scale": V}],
    "threshold": [A, 0.3, -1.0],
    "gelu exact": ["gelu", A, {"approximate": False}],
    "softmax axis": ["softmax", A, {"axis": 0}],
    "binary_crossentropy": [(A > 0).astype(float), P],
    "binary_crossentropy logits": ["binary_crossentropy", (A > 0).astype(float), B, {"from_logits": True}],
    "categorical_crossentropy": [np.eye(4)[K], P],
    "sparse_categorical_crossentropy": [K, P],
    "sparse_categorical_crossentropy logits": ["sparse_categorical_crossentropy", K, A, {"from_logits": True}],
    "top_k": [A, 2],
    "in_top_k": [K, A, 2],
    "unstack": [A],
    "slice": [A, (1, 1), (2, 2)],
    "slice_update": [A, (1, 1), B[:2, :2]],
    "scatter": [np.array([[0], [2], [0]]), B, (4, 4)],
    "scatter_update": [A, np.array([[0, 1], [2, 3]]), np.array([9.0, 8.0])],
    "segment_sum": [A, np.array([0, 1, 0]), {"num_segments": 2}],
    "is_tensor": [1.0],
    "convert_to_numpy": [A],
}


def parts(name):
    """(function, arguments, options) of a case."""
    case = CASES[name]
    case = case if isinstance(case[0], str) else [name, *case]
    *arguments, options = case[1:] if isinstance(case[-1], dict) else [*case[1:], {}]
    return case[0], arguments, options


def figure(keras, name):
    """The result of the function, as lists of numbers; of decompositions the values, whose vectors may turn."""
    function, arguments, options = parts(name)
    found = getattr(keras.ops, function)(*arguments, **options)
    return plain(found[0] if name == "eigh values" else found)


def plain(found):
    if isinstance(found, (list, tuple)):
        return [plain(part) for part in found]
    if isinstance(found, (str, bool, int)) or found is None:
        return found
    found = np.asarray(found)
    return found.tolist() if found.dtype.kind in "biu" else np.vectorize(lambda x: float(f"{x:.9g}"))(found).tolist()


if __name__ == "__main__":
    import keras

    keras.config.set_floatx("float64")
    figures = {name: figure(keras, name) for name in CASES}
    text = json.dumps(figures, separators=(",", ":")).replace('],"', '],\n"')
    Path(__file__).with_suffix(".json").write_text(text + "\n")
    print(keras.__version__, len(figures), len(text), file=sys.stderr)
