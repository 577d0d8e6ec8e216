"""Knowledge of NumPy that makes a program shorter: functions taken apart, and steps that do nothing.

The knowledge is about NumPy's functions, never about a single op: an op says which NumPy function it is.
"""

import numpy as np

from ..engine.op import registry
from ..engine.recorder import recording
from .step import Example, Node, numpy_function


def known_to_numpy(op):
    """True if NumPy has the op, as a function or an operator."""
    return numpy_function(op) is not None or op.operator is not None


# -- functions of Tensors in place of a NumPy function -------------------------------------------------


def _reduced(a, axis):
    """The lengths of the axes that a reduction goes over."""
    axes = range(a.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    return [a.shape[i] for i in axes]


def _without_axes(a, axis, keepdims):
    """The shape that is left."""
    axes = [i % a.ndim for i in (range(a.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,))]
    return tuple([1 if i in axes else n for i, n in enumerate(a.shape) if keepdims or i not in axes])


def _sum(a, axis=None, keepdims=False):
    """Counting is faster than adding up truth values that became numbers."""
    if axis is None and not keepdims and (truths := _truths_behind(a)) is not None:
        return np.sum(truths).astype(a.dtype)
    return _of_single_values(a, axis, keepdims)


def _truths_behind(a):
    """The booleans that were made numbers, and perhaps reshaped, to give the entries of a Tensor, or None."""
    node = recording.get().tape.value(a)
    while (
        node.kind == "op"
        and node.args[0].array.size == node.array.size
        and (numpy_function(node.op) is np.reshape or numpy_function(node.op) is np.astype)
    ):
        node = node.args[0]
        if node.array.dtype.kind == "b" and node.array.ndim and node.tensor is not a:
            return node.tensor
    return None


def _of_single_values(a, axis=None, keepdims=False):
    """A sum, maximum … over axes of length 1 has nothing to do."""
    if not a.ndim:
        return a
    if a.ndim and all(n == 1 for n in _reduced(a, axis)) and a.dtype.kind == "f":
        return np.reshape(a, _without_axes(a, axis, keepdims))
    return None


def _mean(a, axis=None, keepdims=False):
    if a.ndim and all(n == 1 for n in _reduced(a, axis)) and a.dtype.kind == "b":
        return np.reshape(a, _without_axes(a, axis, keepdims)).astype(float)
    total, count = np.sum(a, axis=axis, keepdims=keepdims), int(np.prod(_reduced(a, axis)))
    return total if count == 1 and a.dtype.kind == "f" else total / (count or np.nan)


def _variance(a, axis=None, ddof=0, keepdims=False):
    difference = a - np.mean(a, axis=axis, keepdims=True)
    count = int(np.prod(_reduced(a, axis)))
    return np.sum(difference * difference, axis=axis, keepdims=keepdims) / (count - ddof)


_TAKEN_APART = {
    np.sum: _sum,
    np.max: _of_single_values,
    np.min: _of_single_values,
    np.prod: _of_single_values,
    np.mean: _mean,
    np.var: _variance,
    np.std: lambda a, axis=None, ddof=0, keepdims=False: np.sqrt(np.var(a, axis=axis, ddof=ddof, keepdims=keepdims)),
}


def rewritten(op, args):
    """The same value by other ops on Tensors, or None where the op is best as it is."""
    apart = _TAKEN_APART.get(numpy_function(op))
    return None if apart is None else apart(*args)


# -- operands in one dtype ------------------------------------------------------------------------------

_CAST = 1 << 16  # entries: beyond, NumPy's own cast on the way is cheaper than an array of its own


def in_one_dtype(statements):
    """The statements with truths made floats before they meet floats, which NumPy does slowly on the way.

    And without the cast of a count that is added to a float64.
    """
    casts, found = {}, []
    for s in statements:
        if isinstance(s, Node) and s.kind == "op" and s.elementwise:
            if s.ndim:
                s.args = tuple([_cast(x, s, casts, found) for x in s.args])
            elif s.dtype == float:
                s.args = tuple([x.args[0] if _is_counted(x) else x for x in s.args])
        found.append(s)
    return found


def _cast(x, node, casts, found):
    floats = {a.dtype for a in node.args if isinstance(a, Node) and a.ndim and a.dtype.kind == "f"}
    if not (isinstance(x, Node) and x.shape == node.shape and x.dtype.kind == "b" and len(floats) == 1):
        return x
    if x.array.size > _CAST or not isinstance(x, Node) or x.kind == "constant":
        return x
    dtype = floats.pop()
    if (x, dtype) not in casts:
        op = next(op for op in registry.values() if numpy_function(op) is np.astype)
        example = Example(x.shape, dtype)
        casts[x, dtype] = Node("op", example, f"{x.name}_astype", op, (x, dtype.type), node.section)
        found.append(casts[x, dtype])
    return casts[x, dtype]


def _is_counted(x):
    """True for a count of truths that was made a float."""
    cast = isinstance(x, Node) and x.kind == "op" and not x.ndim and numpy_function(x.op) is np.astype
    counted = cast and isinstance(x.args[0], Node) and x.args[0].kind == "op" and x.args[0].args[0]
    return isinstance(counted, Node) and counted.dtype.kind == "b" and numpy_function(x.args[0].op) is np.sum


# -- steps that do nothing ------------------------------------------------------------------------------

# Not «+ 0»: it makes 0 of −0.
_NEUTRAL_ON_THE_RIGHT = {np.subtract: 0, np.multiply: 1, np.divide: 1, np.power: 1}
_NEUTRAL_ON_THE_LEFT = {np.multiply: 1}


def simplified(op, values, out):
    """Simpler arguments for an op that gave the array `out`, and the Node it is equal to where there is one."""
    function = numpy_function(op)
    if out.size and function in (np.reshape, np.broadcast_to, np.transpose, np.squeeze, np.ravel, np.expand_dims):
        a = values[0]
        same_order = function is not np.transpose or a.ndim < 2
        if _is_node(a) and a.shape == out.shape and same_order:
            return values, a
    if function is np.moveaxis and values[1] == values[2] and _is_node(values[0]):
        return values, values[0]
    if not isinstance(function, np.ufunc) or function.signature:
        return values, None
    if function is np.positive and _passes(values[0], out):
        return values, values[0]
    if out.ndim:
        for i in range(len(values)):  # one after the other: somebody has to have the shape of the result
            values = (*values[:i], _small(values, i, out), *values[i + 1 :])
    if len(values) == 2:
        a, b = values
        if _passes(a, out) and _is_number(b) and _NEUTRAL_ON_THE_RIGHT.get(function) == b:
            return values, a
        if _passes(b, out) and _is_number(a) and _NEUTRAL_ON_THE_LEFT.get(function) == a:
            return values, b
    return values, None


def _is_node(x):
    return hasattr(x, "kind")


def _is_number(x):
    return type(x) in (int, float)


def _passes(x, out):
    """True if a Node could stand for the result: same shape and dtype."""
    return _is_node(x) and x.kind != "constant" and x.array.shape == out.shape and x.array.dtype == out.dtype


def _small(values, i, out):
    """The i-th argument of an elementwise function, as a number or unrepeated where that gives the same."""
    x, others = values[i], [v for j, v in enumerate(values) if j != i]
    full = [v for v in others if _is_node(v) and v.kind != "constant" and v.array.shape == out.shape]
    if type(x) is int and full and full[0].array.dtype.kind == "f" and abs(x) < 2**24:
        return float(x)  # 1 and 1.0 are the same computation
    if not _is_node(x) or not full:
        return x
    if x.kind == "constant" and x.array.size and x.array.dtype == full[0].array.dtype and x.array.dtype.kind == "f":
        first = x.array.flat[0]
        return float(first) if x.array.tobytes() == np.full_like(x.array, first).tobytes() else x
    if x.kind == "op" and numpy_function(x.op) is np.broadcast_to:
        return x.args[0]
    return x
