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
        gradients = {id(value): 0.0 for value in order(self)}
        gradients[id(self)] = 1.0
        for value in order(self)[::-1]:
            for source, rule in zip(value.inputs, value.rules):
                gradients[id(source)] += rule(gradients[id(value)])
            if not value.inputs:
                value.grad = (value.grad or 0.0) + gradients[id(value)]


def as_value(x):
    return x if isinstance(x, Value) else Value(x)


def order(output):
    uses, waiting = {}, [output]  # how often each value is used
    while waiting:
        for source in waiting.pop().inputs:
            if source not in uses:
                uses[source] = 0
                waiting.append(source)
            uses[source] += 1
    ready, found = [output], []
    while ready:
        found.append(ready.pop())
        for source in found[-1].inputs:
            uses[source] -= 1
            if uses[source] == 0:
                ready.append(source)
    return found[::-1]
