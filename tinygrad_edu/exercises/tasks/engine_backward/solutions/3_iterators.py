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
        arrived = {self: [1.0]}
        for value in order(self)[::-1]:
            g = sum(arrived.pop(value))
            for source, rule in zip(value.inputs, value.rules):
                arrived.setdefault(source, []).append(rule(g))
            if not value.inputs:
                value.grad = g + (0.0 if value.grad is None else value.grad)


def as_value(x):
    return x if isinstance(x, Value) else Value(x)


def order(output):
    found, path = {}, [(output, iter(output.inputs))]
    while path:
        value, rest = path[-1]
        source = next((one for one in rest if one not in found), None)
        if source is None:
            found[value] = True
            path.pop()
        else:
            path.append((source, iter(source.inputs)))
    return list(found)
