"""Values that are not computed yet: a shape, a dtype, and the call that will give them.

`Input` makes the first one. Layers, operators and NumPy's functions on symbolic values compute nothing: they note a
`SymbolicCall` and give symbolic values again, and those links are the graph of a functional model.
"""

from importlib import import_module
from math import prod

import numpy as np

from ..common.budget import spend
from ..common.floats import floatx
from ..common.naming import Named, unique_name
from ..common.structure import flatten, is_nested, map_structure, rebuild

_LOOKED_AT = 8  # entries of a list, to tell symbolic values from numbers
_BATCH, _UNKNOWN = 2, 16  # lengths in trials


class Symbolic(Named):
    """A value that is not computed yet.

    Attributes:
        shape: the length of each axis; None for the batch, and where it may vary.
        dtype: the name of its type.
        name: the name of the layer or the op that gives it.
        call: the SymbolicCall that gives it; None for a value that stands alone, to ask what a layer would make of it.
        index: the number of the value among those of the call.

    Example:
        >>> from tinygrad_edu.nn import Dense, Input
        >>> x = Input((3,), name="x")
        >>> x
        <Symbolic shape=(None, 3), dtype=float32, name=x>
        >>> Dense(4)(2.0 * x).shape
        (None, 4)
    """

    keras_name = "KerasTensor"

    def __init__(self, shape, dtype=None, name=None, call=None, index=0):
        self.shape, self.dtype = tuple(shape), np.dtype(dtype or floatx()).name
        self.name, self.call, self.index = name or unique_name("keras_tensor"), call, index

    ndim = property(lambda self: len(self.shape), doc="The number of axes.")
    T = property(lambda self: self.transpose(), doc="The value with its axes in reverse order.")

    def __array_ufunc__(self, ufunc, method, *inputs, **options):
        if method != "__call__":
            raise TypeError(f"np.{ufunc.__name__}.{method} has no op on symbolic values.")
        return self.__array_function__(ufunc, None, inputs, options)

    def __array_function__(self, function, types, inputs, options):
        from .tensor import numpy_functions

        if options.pop("out", None) is not None or function not in numpy_functions:
            raise TypeError(f"np.{function.__name__} has no op on symbolic values: write it in a layer of your own.")
        return numpy_functions[function](*inputs, **options)

    def _has_no_values(self, *_, **__):
        raise TypeError(
            f"{self!r} has no values yet: a functional model computes them. Use layers, operators and NumPy's "
            "functions on it, and np.where in place of an if."
        )

    __array__ = __bool__ = __float__ = __int__ = __index__ = __len__ = __iter__ = __setitem__ = _has_no_values
    __hash__, __eq__, __ne__ = object.__hash__, object.__eq__, object.__ne__  # np.equal compares what they will be

    def __repr__(self):
        return f"<Symbolic shape={self.shape}, dtype={self.dtype}, name={self.name}>"


class SymbolicCall:
    """A call of a layer or an op with symbolic values.

    Args:
        callee: the layer or the Operation; it has a `name` and a list `symbolic_calls`, which gets the call.
        args, named: what it is called with, structures with symbolic values among their leaves.
        form: the structure of what it gives, with any leaves.
        specs: (shape, dtype) of each value that it gives.

    Attributes:
        inputs: the symbolic values among the arguments, in their order.
        outputs: the symbolic values that it gives, as a list.
        returned: the same in their structure.
        number: the number of the call among those of its callee.
    """

    def __init__(self, callee, args, named, form, specs):
        self.callee, self.args, self.named = callee, args, named
        self.inputs = [leaf for leaf in flatten((args, named)) if type(leaf) is Symbolic]
        self.number = len(callee.symbolic_calls)
        self.outputs = [Symbolic(*spec, callee.name, self, index) for index, spec in enumerate(specs)]
        self.returned = rebuild(form, self.outputs)
        callee.symbolic_calls.append(self)

    def filled(self, values):
        """(args, named) with values in place of the symbolic ones, by the id of each."""
        return map_structure(lambda x: values[id(x)] if type(x) is Symbolic else x, (self.args, self.named))


class Operation:
    """An op in a graph of symbolic values; like a layer it has a name and calls.

    Args:
        op: the op.
        name: its name; that of the op with a number by default.
    """

    def __init__(self, op, name=None):
        self.op, self.name = op, name or unique_name(op.name.strip("_"))
        self.symbolic_calls = []

    weights = ()

    @property
    def output_shape(self):
        """The shape of what it gave when it was called first."""
        return self.symbolic_calls[0].returned.shape

    @property
    def dtype(self):
        """The type of what it gave when it was called first."""
        return self.symbolic_calls[0].returned.dtype

    @property
    def input_shape(self):
        """The shape of what it was called with first; of several a list."""
        shapes = [value.shape for value in self.symbolic_calls[0].inputs]
        return shapes[0] if len(shapes) == 1 else shapes

    def __call__(self, *args):
        return self.op.call(*args)

    def symbolic_specs(self, *args):
        """The structure of what the op gives with these arguments, and (shape, dtype) of each value in a list."""
        with np.errstate(all="ignore"):
            return tried(self.op.call, args)

    def __deepcopy__(self, memo):
        return Operation(self.op, self.name)

    def __reduce__(self):
        return _operation, (self.op.call.__module__, self.op.name, self.name)


def _operation(module, op, name):
    """The Operation of the op that a module has under this name."""
    return Operation(getattr(import_module(module), op).op, name)


def applied(op, args):
    """The symbolic value of an op with these arguments, some of which are symbolic."""
    operation = Operation(op)
    return SymbolicCall(operation, tuple(args), {}, *operation.symbolic_specs(*args)).returned


def tried(function, args, named=None):
    """The structure of what a function gives, and (shape, dtype) of each value in a list: found by two trials.

    The trials differ in all unknown lengths, so a length that differs in the results is unknown too.

    Args:
        function: a function of arrays.
        args, named: its arguments, with symbolic values among their leaves.
    """

    def ones(x, n):
        if type(x) is not Symbolic:
            return x
        lengths = [length or (_UNKNOWN if axis else _BATCH) + n for axis, length in enumerate(x.shape)]
        spend(meanwhile=8 * prod(lengths))
        return np.ones(lengths, x.dtype)

    found = []
    for n in (0, 1):
        given, options = map_structure(lambda x: ones(x, n), (tuple(args), named or {}))  # noqa: B023
        found.append(function(*given, **options))
    pairs = zip(*[[np.asarray(x) if np.isscalar(x) else x for x in flatten(result)] for result in found])
    specs = [([i if i == j else None for i, j in zip(a.shape, b.shape)], np.dtype(a.dtype).name) for a, b in pairs]
    return map_structure(lambda _: 0, found[0]), specs


def is_symbolic(value):
    """True for a symbolic value, and for a structure that has some.

    Example:
        >>> from tinygrad_edu.nn import Input
        >>> is_symbolic([Input((3,)), 1.0]), is_symbolic([1.0, 2.0])
        (True, False)
    """
    if not is_nested(value):
        return type(value) is Symbolic
    parts = value.values() if isinstance(value, dict) else value[:_LOOKED_AT]
    return any([is_symbolic(part) for part in parts])
