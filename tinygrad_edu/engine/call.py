"""The call of an op that gave a Tensor, and the backward step through it: edges, rules, un-broadcasting.

This is the one place where rules are read from a graph: the backward pass, the gradient check and the pictures
all stand on it.
"""

from typing import NamedTuple

import numpy as np

from .tensor import Tensor


class Edge(NamedTuple):
    """A differentiable use of a Tensor: the position among the arguments, the Tensor, and the rule for it."""

    position: int
    input: object
    rule: object


class Call:
    """The call of an op that gave a Tensor.

    Attributes:
        op: the Op.
        args: what it was called with: Tensors, arrays and options, defaults filled in.
        arrays: the same, with the array of every Tensor; not to be written.
        result: the Tensor that it gave.

    Example:
        >>> a, b = Tensor(2.0, requires_grad=True, name="a"), Tensor(3.0, requires_grad=True, name="b")
        >>> call = (a * b).call
        >>> call.op, [(position, x.name) for position, x, rule in call.edges()]
        (<op multiply>, [(0, 'a'), (1, 'b')])
        >>> call.pull(np.float64(10.0))
        [np.float64(30.0), np.float64(20.0)]
    """

    __slots__ = ("op", "args", "arrays", "result")

    def __init__(self, result):
        self.op, self.args, self.arrays, self.result = result.op, result._args, result._arrays, result

    def edges(self):
        """The Edge of each argument that a gradient flows to, in their order."""
        rules = self.op.rules_for(len(self.args))
        return [
            Edge(i, x, rule)
            for i, (x, rule) in enumerate(zip(self.args, rules))
            if rule is not None and isinstance(x, Tensor) and x.requires_grad
        ]

    def pull(self, gradient):
        """The contribution to the gradient of each edge's input, un-broadcast, in the order of `edges()`.

        Args:
            gradient: that of the result: an array, which gives arrays, or a Tensor, which gives Tensors.
        """
        return [unbroadcast(self.apply(edge, gradient), edge.input.array, self.op) for edge in self.edges()]

    def apply(self, edge, gradient, out=None, arrays=None):
        """The contribution along one Edge before un-broadcasting, at the values of this call or at others.

        Args:
            edge: one of `edges()`.
            gradient: as in `pull`.
            out, arrays: values of the result and of the arguments in place of those of the call.
        """
        on_tensors = isinstance(gradient, Tensor)
        out = (self.result if on_tensors else self.result.array) if out is None else out
        arrays = (self.args if on_tensors else self.arrays) if arrays is None else arrays
        return edge.rule(gradient, out, *arrays)


def unbroadcast(g, values, op):
    """Sum a gradient over the axes along which its input was repeated, and give it the input's dtype.

    Where the forward pass repeated a value, the chain rule adds up what flows back to the copies.
    """
    if not isinstance(g, (np.ndarray, np.generic, Tensor)):
        raise TypeError(f"A rule of '{op.name}' gave {g!r}; expected an array. Does it multiply by g?")
    shape = values.shape
    if g.shape != shape:
        extra = len(g.shape) - len(shape)
        if extra < 0 or any(n not in (1, m) for n, m in zip(shape, g.shape[extra:])):
            raise ValueError(f"A rule of '{op.name}' gave shape {g.shape} for an input of shape {shape}.")
        repeated = [extra + i for i, n in enumerate(shape) if n == 1 and g.shape[extra + i] != 1]
        g = g.sum(axis=(*range(extra), *repeated)).reshape(shape)
    if g.dtype != values.dtype:
        g = g.astype(values.dtype)
    return g
