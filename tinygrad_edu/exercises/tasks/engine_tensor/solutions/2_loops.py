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
        kept = self.data.sum(axis=axis, keepdims=True)
        out = kept if keepdims else self.data.sum(axis=axis)
        return Tensor(out, (self,), (lambda g: np.broadcast_to(g.reshape(kept.shape), self.shape),))

    def backward(self, gradient=None):
        if gradient is None and self.data.size > 1:
            raise ValueError(f"shape {self.shape}: sum first")
        arrived = {self: [np.ones(self.shape) if gradient is None else np.array(gradient)]}
        for tensor in order(self)[::-1]:
            g = sum(arrived[tensor])
            for source, rule in zip(tensor.inputs, tensor.rules):
                arrived.setdefault(source, []).append(unbroadcast(rule(g), source.shape))
            if len(tensor.inputs) == 0:
                tensor.grad = g + (0 if tensor.grad is None else tensor.grad)


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
    while np.ndim(g) > len(shape):
        g = g.sum(axis=0)
    for axis, size in enumerate(shape):
        if size == 1 and g.shape[axis] > 1:
            g = g.sum(axis=axis, keepdims=True)
    return g
