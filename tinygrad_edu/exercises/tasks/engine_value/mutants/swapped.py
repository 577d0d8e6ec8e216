# refused: swapped
class Value:
    """A number that remembers what it was computed from."""

    def __init__(self, data, inputs=(), rules=()):
        self.data = data
        self.inputs = inputs  # the Values that it was computed from
        self.rules = rules  # for each of them, a function: gradient of the result -> gradient of the input
        self.grad = None  # set by the backward pass, in the next exercise

    def __add__(self, other):
        other = as_value(other)
        return Value(self.data + other.data, (self, other), (lambda g: g, lambda g: g))

    def __mul__(self, other):
        other = as_value(other)
        return Value(self.data * other.data, (self, other), (lambda g: g * self.data, lambda g: g * other.data))

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other


def as_value(x):
    return x if isinstance(x, Value) else Value(x)
