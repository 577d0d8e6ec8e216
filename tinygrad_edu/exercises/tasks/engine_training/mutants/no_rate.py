# refused: no_rate
import numpy as np


class Tensor:
    """An array that remembers what it was computed from."""

    __array_ufunc__ = None  # array * Tensor asks the Tensor

    def __init__(self, data, requires_grad=False):
        self.data = np.asarray(data, dtype=float)
        self.requires_grad = requires_grad
        self.inputs = ()
        self.rules = ()
        self.grad = None

    @property
    def shape(self):
        return self.data.shape

    def __add__(self, other):
        other = as_tensor(other)
        return made(self.data + other.data, (self, other), (lambda g: g, lambda g: g))

    def __mul__(self, other):
        other = as_tensor(other)
        return made(self.data * other.data, (self, other), (lambda g: g * other.data, lambda g: g * self.data))

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
        return made(self.data**exponent, (self,), (lambda g: g * exponent * self.data ** (exponent - 1),))

    def exp(self):
        out = np.exp(self.data)
        return made(out, (self,), (lambda g: g * out,))

    def log(self):
        return made(np.log(self.data), (self,), (lambda g: g / self.data,))

    def tanh(self):
        out = np.tanh(self.data)
        return made(out, (self,), (lambda g: g * (1 - out**2),))

    def relu(self):
        return made(np.maximum(self.data, 0), (self,), (lambda g: g * (self.data > 0),))

    def sum(self, axis=None, keepdims=False):
        def rule(g):
            if axis is not None and not keepdims:
                g = np.expand_dims(g, axis)
            return g * np.ones(self.shape)

        return made(self.data.sum(axis=axis, keepdims=keepdims), (self,), (rule,))

    def __matmul__(self, other):
        other = as_tensor(other)
        return made(self.data @ other.data, (self, other), (lambda g: g @ other.data.T, lambda g: self.data.T @ g))

    def __rmatmul__(self, other):
        return as_tensor(other) @ self

    def transpose(self):
        return made(self.data.T, (self,), (lambda g: g.T,))

    def reshape(self, *shape):
        return made(self.data.reshape(*shape), (self,), (lambda g: g.reshape(self.shape),))

    def mean(self, axis=None, keepdims=False):
        total = self.sum(axis, keepdims)
        return total * (total.data.size / self.data.size)

    def __getitem__(self, index):
        def rule(g):
            result = np.zeros(self.shape)
            np.add.at(result, index, g)
            return result

        return made(self.data[index], (self,), (rule,))

    def backward(self, gradient=None):
        if not self.requires_grad:
            raise ValueError("This was computed from nothing that requires a gradient.")
        for tensor, g in arriving(self, gradient).items():
            if not tensor.inputs:
                tensor.grad = g if tensor.grad is None else tensor.grad + g

    def detach(self):
        return Tensor(self.data.copy())


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
            waiting.extend((source, False) for source in tensor.inputs if source.requires_grad)
    return found


def unbroadcast(g, shape):
    g = np.sum(g, axis=tuple(range(g.ndim - len(shape))))
    ones = tuple(axis for axis, size in enumerate(shape) if size == 1)
    return np.sum(g, axis=ones, keepdims=True)


def arriving(output, gradient=None):
    """The gradient that comes to each Tensor that requires one, by Tensor."""
    if gradient is None:
        if output.data.size != 1:
            raise ValueError("Several numbers need a gradient each: reduce them first, with sum.")
        gradient = np.ones(output.shape)
    found = {output: np.array(gradient, dtype=float)}
    for tensor in reversed(order(output)):
        for source, rule in zip(tensor.inputs, tensor.rules):
            if source.requires_grad:
                found[source] = found.get(source, 0.0) + unbroadcast(rule(found[tensor]), source.shape)
    return found


def made(data, inputs, rules):
    result = Tensor(data, any(source.requires_grad for source in inputs))
    if result.requires_grad:
        result.inputs, result.rules = inputs, rules
    return result


def gradients(output, inputs, gradient=None):
    found = arriving(output, gradient)
    return [found.get(source, np.zeros(source.shape)) for source in inputs]


def descend(loss, parameters, learning_rate, steps):
    losses = []
    for _ in range(steps):
        for parameter in parameters:
            parameter.grad = None
        value = loss()
        value.backward()
        losses.append(float(value.data))
        for parameter in parameters:
            parameter.data = parameter.data - parameter.grad
    return losses
