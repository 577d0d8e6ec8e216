# refused: leading_only
import numpy as np


class Tensor:
    """An array that remembers what it was computed from."""

    __array_ufunc__ = None  # array * Tensor asks the Tensor

    def __init__(self, data, inputs=(), rules=()):
        self.data = np.asarray(data, dtype=float)
        self.inputs = inputs
        self.rules = rules
        self.grad = None

    @property
    def shape(self):
        return self.data.shape

    def __add__(self, other):
        other = as_tensor(other)
        return Tensor(self.data + other.data, (self, other), (lambda g: g, lambda g: g))

    def __mul__(self, other):
        other = as_tensor(other)
        return Tensor(self.data * other.data, (self, other), (lambda g: g * other.data, lambda g: g * self.data))

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __neg__(self):
        return self * -1.0

    def __sub__(self, other):
        return self + -as_tensor(other)

    def __rsub__(self, other):
        return as_tensor(other) - self

    def __truediv__(self, other):
        return self * as_tensor(other) ** -1.0

    def __rtruediv__(self, other):
        return as_tensor(other) / self

    def __pow__(self, exponent):
        return Tensor(self.data**exponent, (self,), (lambda g: g * exponent * self.data ** (exponent - 1),))

    def exp(self):
        out = np.exp(self.data)
        return Tensor(out, (self,), (lambda g: g * out,))

    def log(self):
        return Tensor(np.log(self.data), (self,), (lambda g: g / self.data,))

    def tanh(self):
        out = np.tanh(self.data)
        return Tensor(out, (self,), (lambda g: g * (1 - out**2),))

    def relu(self):
        return Tensor(np.maximum(self.data, 0), (self,), (lambda g: g * (self.data > 0),))

    def sum(self, axis=None, keepdims=False):
        def rule(g):
            if axis is not None and not keepdims:
                g = np.expand_dims(g, axis)
            return g * np.ones(self.shape)

        return Tensor(self.data.sum(axis=axis, keepdims=keepdims), (self,), (rule,))

    def backward(self, gradient=None):
        if gradient is None:
            if self.data.size != 1:
                raise ValueError("Several numbers need a gradient each: reduce them first, with sum.")
            gradient = np.ones(self.shape)
        gradients = {self: np.array(gradient, dtype=float)}
        for tensor in reversed(order(self)):
            g = gradients.pop(tensor)
            for source, rule in zip(tensor.inputs, tensor.rules):
                gradients[source] = gradients.get(source, 0.0) + unbroadcast(rule(g), source.shape)
            if not tensor.inputs:
                tensor.grad = g if tensor.grad is None else tensor.grad + g


def as_tensor(x):
    return x if isinstance(x, Tensor) else Tensor(x)


def order(output):
    found, seen, waiting = [], set(), [(output, False)]
    while waiting:
        tensor, ready = waiting.pop()
        if ready:
            found.append(tensor)
        elif tensor not in seen:
            seen.add(tensor)
            waiting.append((tensor, True))
            waiting.extend((source, False) for source in tensor.inputs)
    return found


def unbroadcast(g, shape):
    g = np.sum(g, axis=tuple(range(g.ndim - len(shape))))
    ones = tuple(axis for axis, size in enumerate(shape) if size == 1)
    return g
