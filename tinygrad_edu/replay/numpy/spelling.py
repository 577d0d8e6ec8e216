"""How the value of a Node is written in NumPy: the line of source, with `out=` where NumPy has it."""

from functools import cache

import numpy as np

from ..step import Number, number_text, numpy_function

# A reduction is a method of its elementwise function, and twice as fast when it is called there.
REDUCTIONS = {
    np.sum: "np.add.reduce",
    np.prod: "np.multiply.reduce",
    np.max: "np.maximum.reduce",
    np.min: "np.minimum.reduce",
    np.all: "np.logical_and.reduce",
    np.any: "np.logical_or.reduce",
}
_FEW_ROWS = 4096  # beyond, NumPy's pairwise sum is more exact than BLAS
_WITH_OUT = {np.clip, np.dot, np.cumsum, np.cumprod, np.outer}
# Faster as methods of the array.
_METHODS = {np.reshape, np.transpose, np.swapaxes, np.astype, np.ravel, np.squeeze}
_INFIX = {
    "add": "+", "sub": "-", "mul": "*", "truediv": "/", "floordiv": "//", "mod": "%", "pow": "**", "matmul": "@",
    "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!=", "and": "&", "or": "|", "xor": "^",
}  # fmt: skip


@cache
def has_blas():
    """True if NumPy was built with a BLAS; without one, as in a browser, `dot` is slow with a transposed matrix."""
    found = np.show_config(mode="dicts") or {}
    return bool(found.get("Build Dependencies", {}).get("blas", {}).get("found", True))


def is_copy(node):
    """True if the op only writes its argument elsewhere: repeated, or in another dtype."""
    return numpy_function(node.op) is np.broadcast_to or _is_cast(node)


def _is_cast(node):
    return numpy_function(node.op) is np.astype


def has_out(node):
    """True if the value can be written into memory that is there already."""
    function = numpy_function(node.op)
    if not node.ndim:
        return False
    if isinstance(function, np.ufunc):
        return function.nout == 1
    return function in REDUCTIONS or function in _WITH_OUT or is_copy(node)


def is_count(node):
    """True if the value is the number of entries that are true."""
    return numpy_function(node.op) is np.sum and not node.ndim and node.args[0].ndim and node.args[0].dtype.kind == "b"


def reshapes(node):
    """True if the value is the argument in another shape, read in the same order."""
    return numpy_function(node.op) in (np.reshape, np.ravel, np.expand_dims, np.squeeze)


def spelled(node, writer, out=None):
    """The line that computes a Node.

    Args:
        node: a Node of kind "op".
        writer: the Writer, which has the names of arguments and of constants.
        out: the name of the memory to write into.
    """
    function, args = numpy_function(node.op), node.args
    if out and is_copy(node):
        return f"{out}[...] = {writer.text(args[0])}"
    if out:
        return f"{_call(node, function, writer)[:-1]}, out={out})"
    return _value(node, function, writer)


def _call(node, function, writer):
    """The call of a NumPy function, as «np.add(a, b)», in the spelling that NumPy computes fastest."""
    op, args, text = node.op, node.args, writer.text
    if is_product_with_ones(node, function):
        return f"{writer.filled(1.0, args[0].shape[:1], node.dtype)}.dot({text(args[0])})"
    if function in REDUCTIONS:
        a, axis, keepdims = args
        options = f", axis={text(axis)}" + (", keepdims=True" if keepdims else "")
        options += "" if a.dtype == node.dtype else f", dtype={text(node.dtype)}"
        return f"{REDUCTIONS[function]}({text(a)}{options})"
    if function is np.matmul and all(getattr(a, "ndim", 0) == 2 for a in args):
        if has_blas():
            return f"{text(args[0])}.dot({text(args[1])})"  # the same for two matrices, with less ado
        return f"np.matmul({text(args[0])}, {text(args[1])})"
    if function in _WITH_OUT:
        return f"{_path(function)}({', '.join(text(x) for x in args)})"
    if not node.elementwise or not node.ndim:
        return f"{_path(function)}({_arguments(op, args, text)})"
    if function in (np.maximum, np.minimum) and _operand_dtype(node) == node.dtype:
        return f"{_path(function)}({_arguments(op, args, lambda x: _filled(x, node, writer))})"
    return f"{_path(function)}({_arguments(op, args, lambda x: _operand(x, node, writer))})"


def _filled(x, node, writer):
    """A number as an array of the result's shape: extremes are three times faster with one."""
    if type(x) in (int, float) and not writer.in_blocks:
        return writer.filled(x, node.shape, node.dtype)
    return writer.text(x, node.dtype)


def _operand(x, node, writer):
    """An argument of an elementwise function: numbers, and weights of one value, as arrays without axes."""
    if getattr(x, "kind", None) == "read" and x.ndim and x.array.size == 1 < node.array.size:
        return writer.named_once(f"{writer.text(x)}_value", f"{writer.text(x)}.reshape(())")
    return writer.text(x, _operand_dtype(node))


def is_product_with_ones(node, function):
    """True if the value is a sum over the rows of a small array of floats: 1ᵀ · a, which BLAS computes."""
    if function is not np.sum or node.dtype.kind != "f":
        return False
    a, axis, keepdims = node.args
    rows = axis in (0, (0,)) or (axis is None and a.ndim == 1)
    return rows and not keepdims and a.dtype == node.dtype and a.ndim in (1, 2) and 0 < a.shape[0] <= _FEW_ROWS


def _value(node, function, writer):
    """An expression for the value, in memory of its own or as a view."""
    op, args, text = node.op, node.args, writer.text
    first = text(args[0]) if args else ""
    if is_count(node):
        return f"np.count_nonzero({first})"
    if reshapes(node):
        return f"{first}.reshape({text(node.shape)})" + ("" if node.ndim else "[()]")
    if _is_cast(node) and not node.ndim:
        return f"{text(node.dtype)}({first})"
    if op.operator == "getitem":
        whole = isinstance(args[1], tuple) and Ellipsis in [x for x in args[1] if not hasattr(x, "array")]
        return f"{first}[{_index(args[1], text)}]" + ("[()]" if whole and not node.ndim else "")
    if op.operator in _INFIX and not node.ndim:
        weak = any(hasattr(a, "array") and a.kind != "constant" and a.dtype == node.dtype for a in args)
        first, second = (text(a, weak=weak) for a in args)
        first = f"({first})" if first.startswith("-") else first
        return f"{first} {_INFIX[op.operator]} {second}"
    if isinstance(function, np.ufunc) or function in REDUCTIONS:
        return _call(node, function, writer)
    if function in _METHODS and hasattr(args[0], "array"):
        rest = ", ".join(text(x) for i, x in enumerate(args) if i and not _is_default(op, i, x))
        return f"{first}.{function.__name__}({rest})" + ("" if node.ndim else "[()]")
    name = _path(function) if function is not None else writer.function(op)
    return f"{name}({_arguments(op, args, text, function)})" + ("" if node.ndim else "[()]")


def _arguments(op, args, text, function=None):
    """The arguments of a call: positions first, options by name where they are not the default."""
    written = []
    for i, x in enumerate(args):
        name = op.parameters[i] if i < len(op.parameters) else None
        if not _is_default(op, i, x) or _requires(function, name):
            written.append(f"{name}={text(x)}" if name in op.defaults else text(x))
    return ", ".join(written)


def _is_default(op, i, x):
    """True if the i-th argument of a call is its default."""
    name = op.parameters[i] if i < len(op.parameters) else None
    return name in op.defaults and _same(x, op.defaults[name])


@cache
def _requires(function, name):
    """True if a function of NumPy has no default for an argument: older ones want the axis of `take_along_axis`."""
    from inspect import signature

    try:
        argument = signature(function).parameters.get(name)
    except (TypeError, ValueError):  # None, or a function of C
        return False
    return (
        argument is not None and argument.default is argument.empty and argument.kind is argument.POSITIONAL_OR_KEYWORD
    )


def _same(x, y):
    return type(x) is type(y) and isinstance(x, (int, float, str, bool, type(None), tuple)) and x == y


def _operand_dtype(node):
    """The dtype in which numbers meet the arrays of an elementwise function; None where NumPy should choose."""
    kinds = {a.dtype for a in node.args if hasattr(a, "array") and a.ndim}
    return next(iter(kinds)) if len(kinds) == 1 and next(iter(kinds)).kind == "f" else None


def _path(function):
    """A NumPy function as «np.linalg.inv»."""
    module = getattr(function, "__module__", None) or "numpy"
    inner = module.removeprefix("numpy").replace("._core", "")
    inner = ".linalg" if inner.startswith(".linalg") else ""
    return f"np{inner}.{function.__name__}"


def _index(index, text):
    if isinstance(index, tuple) and index:
        parts = [text(part) if isinstance(part, tuple) else _index(part, text) for part in index]
        return ", ".join(parts) + ("," if len(index) == 1 else "")
    if isinstance(index, slice):
        start, stop, step = ("" if part is None else text(part) for part in (index.start, index.stop, index.step))
        return f"{start}:{stop}" + (f":{step}" if step else "")
    return text(index, weak=True)


def literal(x):
    """A plain value as Python writes it."""
    if isinstance(x, Number) or (isinstance(x, float) and not np.isfinite(x)):
        return number_text(x)
    if isinstance(x, list):
        return f"[{', '.join(map(literal, x))}]"
    if isinstance(x, slice):
        return f"slice({literal(x.start)}, {literal(x.stop)}, {literal(x.step)})"
    if x is Ellipsis:
        return "..."
    if isinstance(x, np.integer):
        return repr(int(x))
    if isinstance(x, np.dtype) or (isinstance(x, type) and x not in (int, float, bool)):
        return f"np.{np.dtype(x).name}" if np.dtype(x).name != "bool" else "np.bool_"
    if isinstance(x, type):
        return x.__name__
    return repr(x)
