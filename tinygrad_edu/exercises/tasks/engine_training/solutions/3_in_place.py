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
            raise ValueError("no gradient is wanted")
        for tensor, g in pull(self, gradient):
            if tensor.grad is None:
                tensor.grad = np.zeros(tensor.shape)
            tensor.grad = tensor.grad + g

    def detach(self):
        return Tensor(self.data * 1.0, requires_grad=False)


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
    return np.sum(g, axis=ones, keepdims=True)


def made(data, inputs, rules):
    result = Tensor(data)
    for source in inputs:
        if source.requires_grad:
            result.requires_grad, result.inputs, result.rules = True, inputs, rules
    return result


def pull(output, gradient, wanted=None):
    """Pairs of a leaf, or of one that is wanted, and its gradient."""
    if gradient is None:
        if output.data.size != 1:
            raise ValueError("give a gradient, or sum")
        gradient = np.ones(output.shape)
    waiting = {output: np.array(gradient, dtype=float)}
    for tensor in order(output)[::-1]:
        g = waiting.pop(tensor, None)
        if g is None:
            continue
        if not tensor.inputs if wanted is None else tensor in wanted:
            yield tensor, g
        for source, rule in zip(tensor.inputs, tensor.rules):
            if source.requires_grad:
                part = unbroadcast(rule(g), source.shape)
                waiting[source] = waiting[source] + part if source in waiting else part * 1.0


def gradients(output, inputs, gradient=None):
    found = dict(pull(output, gradient, set(inputs)))
    return [found[one] if one in found else np.zeros(one.shape) for one in inputs]


def descend(loss, parameters, learning_rate, steps):
    def step():
        for parameter in parameters:
            parameter.grad = None
        value = loss()
        value.backward()
        for parameter in parameters:
            parameter.data -= learning_rate * parameter.grad
        return float(value.data)

    return [step() for _ in range(steps)]
