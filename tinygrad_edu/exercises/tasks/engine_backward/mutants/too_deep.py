# refused: too_deep
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


def as_value(x):
    return x if isinstance(x, Value) else Value(x)


def order(output):
    found = []

    def visit(value):
        for source in value.inputs:
            visit(source)
        if value not in seen:
            seen.add(value)
            found.append(value)

    seen = set()
    visit(output)
    return found
