# refused: no_exponent
import math


class Value:
    """A number that remembers what it was computed from."""

    def __init__(self, data, inputs=(), rules=()):
        self.data = data
        self.inputs = inputs
        self.rules = rules
        self.grad = None

    def __add__(self, other):
        other = as_value(other)
        return Value(self.data + other.data, (self, other), (lambda g: g, lambda g: g))

    def __mul__(self, other):
        other = as_value(other)
        return Value(self.data * other.data, (self, other), (lambda g: g * other.data, lambda g: g * self.data))

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def backward(self):
        gradients = {self: 1.0}
        for value in reversed(order(self)):
            g = gradients[value]
            for source, rule in zip(value.inputs, value.rules):
                gradients[source] = gradients.get(source, 0.0) + rule(g)
            if not value.inputs:
                value.grad = g if value.grad is None else value.grad + g

    def __neg__(self):
        return self * -1.0

    def __sub__(self, other):
        return self + -as_value(other)

    def __rsub__(self, other):
        return as_value(other) - self

    def __truediv__(self, other):
        return divided(self, as_value(other))

    def __rtruediv__(self, other):
        return as_value(other) / self

    def __pow__(self, exponent):
        return Value(self.data**exponent, (self,), (lambda g: g * self.data ** (exponent - 1),))

    def exp(self):
        out = math.exp(self.data)
        return Value(out, (self,), (lambda g: g * out,))

    def log(self):
        return Value(math.log(self.data), (self,), (lambda g: g / self.data,))

    def tanh(self):
        out = math.tanh(self.data)
        return Value(out, (self,), (lambda g: g * (1 - out**2),))

    def relu(self):
        return Value(max(self.data, 0.0), (self,), (lambda g: g if self.data > 0 else 0.0,))


def as_value(x):
    return x if isinstance(x, Value) else Value(x)


def divided(a, b):
    ratio = a.data / b.data
    return Value(ratio, (a, b), (lambda g: g / b.data, lambda g: -g * ratio / b.data))


def order(output):
    found, seen, waiting = [], set(), [(output, False)]
    while waiting:
        value, ready = waiting.pop()
        if ready:
            found.append(value)
        elif value not in seen:
            seen.add(value)
            waiting.append((value, True))
            waiting.extend((source, False) for source in value.inputs)
    return found
