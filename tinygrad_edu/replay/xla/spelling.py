"""How the value of a Node is computed under XLA: by the function of its name in `jax.numpy`.

An op says in its declaration which NumPy function it is, and JAX has most of these under the same names. An op without
one says in `xla=` how JAX computes it. Dtypes are those that NumPy gave, whatever JAX would choose.
"""

import numpy as np

from ..step import Node, Number, nodes_in, numpy_function
from ..tape import TraceError


def function_for(op, jax):
    """The function of JAX's arrays that means the same as an op.

    Raises:
        TraceError: JAX has none.
    """
    if op.xla is not None:
        return lambda *args, **options: op.xla(jax, *args, **options)
    function = numpy_function(op)
    inner = jax.numpy.linalg if "linalg" in (getattr(function, "__module__", None) or "") else jax.numpy
    found = None if function is None else getattr(inner, function.__name__, None)
    if found is None:
        raise TraceError(f"XLA has no form of the op '{op.name}'")
    return found


def compute(node, value, jax):
    """The value of a Node of kind "op".

    Args:
        node: the Node.
        value: a function that gives the JAX array of a Node or a Number.
        jax: the module.
    """
    function, op, common = function_for(node.op, jax), node.op, _common_dtype(node)

    def given(x):
        if isinstance(x, Node):
            array = value(x)
            return array.astype(common) if common is not None and array.dtype != common else array
        if isinstance(x, Number):
            return value(x).astype(common or (node.dtype if node.dtype.kind == "f" else np.float64))
        if isinstance(x, (tuple, list)) and any(True for _ in nodes_in(x)):
            return type(x)([given(part) for part in x])
        return x

    names = [name if name in op.defaults else None for name in op.parameters]
    names += [None] * (len(node.args) - len(names))
    plain = [given(x) for name, x in zip(names, node.args) if name is None]
    options = {
        name: given(x)
        for name, x in zip(names, node.args)
        if name is not None and not _is_default(op.defaults[name], x)
    }
    out = function(*plain, **options)
    return out if out.dtype == node.dtype else out.astype(node.dtype)


def _common_dtype(node):
    """The dtype in which NumPy computes an elementwise function of arrays of several; None where it is theirs."""
    function = numpy_function(node.op)
    if not isinstance(function, np.ufunc) or function.nin < 2:
        return None
    dtypes = [x.dtype for x in node.args if isinstance(x, Node)]
    if len(dtypes) < 2 or len(set(dtypes)) == 1:
        return None
    found = np.result_type(*dtypes)
    return found if found.kind == "f" else None


def _is_default(default, x):
    """True if an option has its default."""
    return type(x) is type(default) and isinstance(x, (int, float, str, bool, type(None), tuple)) and x == default
