"""A step as data: what a traced function computes and changes, in order. The writers of programs read it.

A `Step` has inputs and statements. A statement is a `Node` (a value), an `Assignment` (a Tensor gets new values), an
`Update` (an optimizer makes its step, see `update`) or an `AfterRun` (a function is called with values). A float that
Python computes anew for each run, such as a learning rate, is a `Number`: a tree of its own among the arguments.
"""

from math import prod

import numpy as np


class Node:
    """A value of the traced computation.

    Attributes:
        kind: "input", "read" (a Tensor from outside), "draw" (random numbers), "constant" or "op".
        op, args: for an op, what computes the value: Nodes, Numbers and plain values.
        array: the value that the trace saw: an example of its shape and dtype.
        tensor: a Tensor with that value.
        name: what the source calls it.
        section: the part of the step it belongs to: "forward", "loss", "backward", …
        function: for random numbers, the function that draws new ones.
    """

    def __init__(self, kind, array, name=None, op=None, args=(), section=None, tensor=None, function=None):
        self.kind, self.array, self.name = kind, array, name
        self.op, self.args, self.section, self.tensor, self.function = op, args, section, tensor, function

    shape = property(lambda self: self.array.shape)
    ndim = property(lambda self: self.array.ndim)
    dtype = property(lambda self: self.array.dtype)

    @property
    def elementwise(self):
        """True if each entry of the result depends on the entries at the same place alone."""
        function = numpy_function(self.op)
        return isinstance(function, np.ufunc) and function.nout == 1 and not function.signature

    def inputs(self):
        """The Nodes among the arguments."""
        return list(nodes_in(self.args))

    def forget_example(self):
        """Let go of the values that the trace saw, but for a constant's and those of a Tensor from outside."""
        if self.kind != "constant":
            self.array = Example(self.shape, self.dtype, self.array.base is not None)
            self.tensor = self.tensor if self.kind == "read" else None


class Example:
    """The shape and dtype of a value, where the value itself is not kept.

    Attributes:
        base: what the value may be a view of: something, or None where it is none.
    """

    def __init__(self, shape, dtype, shows=False):
        self.shape, self.dtype, self.ndim, self.size = shape, np.dtype(dtype), len(shape), prod(shape)
        self.base = self if shows else None


class Number:
    """A Python float that is another at every run: one with a name, or a formula of Numbers and floats.

    Attributes:
        name: what the source calls it, "rate"; None for a formula.
        function: what gives the value of the next run, called without arguments; None where the program is not asked.
        variable, plus: where the value is that of a Variable and a whole number, these: a program reads it at once.
        symbol, args: for a formula its operator, such as "+", or the name of a function, and what it is applied to.
        binds: how tightly the operator binds, from 1 to 9, so that parentheses stand where they must.
    """

    def __init__(self, name=None, function=None, variable=None, plus=0, *, symbol=None, args=(), binds=9):
        self.name, self.function, self.variable, self.plus = name, function, variable, plus
        self.symbol, self.args, self.binds = symbol, args, binds

    @property
    def text(self):
        """The number in Python."""
        if self.symbol is None:
            return self.name
        if self.binds == 9:
            return f"{self.symbol}({', '.join(map(number_text, self.args))})"
        if len(self.args) == 1:
            return f"{self.symbol}{_inside(self.args[0], 9)}"
        a, b = self.args
        to_the_right = self.symbol == "**"  # a ** b ** c is a ** (b ** c), all others begin at the left
        left, right = (self.binds + 1, self.binds) if to_the_right else (self.binds, self.binds + 1)
        return f"{_inside(a, left)} {self.symbol} {_inside(b, right)}"

    def leaves(self):
        """The Numbers with a name that this one is computed from."""
        if self.symbol is None:
            return [self]
        return list(dict.fromkeys(leaf for x in self.args if isinstance(x, Number) for leaf in x.leaves()))


def _inside(x, least):
    """A part of a formula, in parentheses where it binds less than that, or is negative."""
    text = number_text(x)
    loose = x.binds < least if isinstance(x, Number) else text.startswith("-")
    return f"({text})" if loose else text


def number_text(x):
    """A number as Python writes it."""
    if isinstance(x, Number):
        return x.text
    if isinstance(x, (float, np.floating)) and not np.isfinite(x):
        return "np.nan" if x != x else "np.inf" if x > 0 else "-np.inf"
    return repr(x)


class Assignment:
    """The step gives a leaf Tensor new values: a running mean, say."""

    def __init__(self, tensor, value):
        self.tensor, self.value = tensor, value

    def inputs(self):
        """The Node of the new values."""
        return [self.value]


class AfterRun:
    """A Python function to call after each run, with some of the values: a metric of the user's own."""

    def __init__(self, function, values):
        self.function, self.values = function, values

    def inputs(self):
        """The Nodes among the values."""
        return [value for value in self.values if isinstance(value, Node)]


class Step:
    """A traced function as data: its statements in order, its inputs and its outputs.

    Attributes:
        inputs: the Nodes of the arguments.
        outputs: the Nodes of what it returns.
        statements: Nodes, Assignments, Updates and AfterRuns, in the order in which they were noted.
        reads: the Nodes of Tensors from outside.
        generators: the generators that random numbers are drawn from; None for that of `tg.random`.
    """

    def __init__(self):
        self.inputs, self.outputs, self.statements, self.reads, self.generators = [], [], [], [], []

    def of(self, kind):
        """The statements of this class."""
        return [statement for statement in self.statements if isinstance(statement, kind)]

    def forget_examples(self):
        """Let go of the arrays of the trace: how values are computed, their shapes and dtypes stay."""
        for statement in self.statements:
            for node in [statement] if isinstance(statement, Node) else statement.inputs():
                for one in [node, *node.inputs()]:
                    one.forget_example()
        for node in self.inputs:
            node.forget_example()

    def outline(self):
        """The computations by name, as far as they should be the same at every step: without the arrays."""
        return outline(self.statements)

    def calls(self):
        """The values with which functions are called after a run, as the trace saw them."""
        return [[x.array if isinstance(x, Node) else x for x in call.values] for call in self.of(AfterRun)]


def outline(statements):
    """The computation of statements, by name: their ops and arguments, how numbers are drawn, where values go."""
    nodes = [
        (s.name, s.op, repr(getattr(s.function, "alike", s.function)) if s.kind == "draw" else _looks(s.args))
        for s in statements
        if isinstance(s, Node)
    ]
    assigned = [s for s in statements if isinstance(s, Assignment)]
    return nodes + [(s.tensor.path or "a Tensor", None, _looks([s.value])) for s in assigned]


def numpy_function(op):
    """The NumPy function that means the same as the op, or None."""
    return op.numpy[0] if isinstance(op.numpy, tuple) else op.numpy


def nodes_in(values):
    """The Nodes among arguments, those inside tuples and lists included."""
    for x in values:
        if isinstance(x, Node):
            yield x
        elif isinstance(x, (tuple, list)):
            yield from nodes_in(x)


def alive(statements, wanted):
    """The statements without dead code: those that change something, and what they and `wanted` are made from."""
    needed, kept = set(wanted), []
    for statement in reversed(list(statements)):
        if not isinstance(statement, Node) or statement in needed:
            kept.append(statement)
            needed.update(statement.inputs())
    return kept[::-1]


def first_difference(mine, theirs):
    """The name of the first value of one outline that another computes in another way, or None."""
    found = next((a[0] for a, b in zip(mine, theirs) if a[1:] != b[1:]), None)
    return found or ("a later op" if len(mine) != len(theirs) else None)


def _looks(x):
    """An argument as far as it should be the same at every step: constants by value, other Nodes by name."""
    if isinstance(x, (tuple, list)):
        return [_looks(part) for part in x]
    if isinstance(x, Node):
        return (x.kind, x.shape, x.array.tobytes() if x.kind == "constant" else x.name)
    return number_text(x)
