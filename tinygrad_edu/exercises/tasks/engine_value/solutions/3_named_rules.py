class Value:
    """A number that remembers what it was computed from."""

    def __init__(self, data, inputs=(), rules=()):
        self.data = data
        self.inputs = inputs  # the Values that it was computed from
        self.rules = rules  # for each of them, a function: gradient of the result -> gradient of the input
        self.grad = None  # set by the backward pass, in the next exercise

    def __add__(self, other):
        if not isinstance(other, Value):
            other = Value(other)

        def to_either(g):
            return g

        return Value(self.data + other.data, (self, other), (to_either, to_either))

    def __mul__(self, other):
        if not isinstance(other, Value):
            other = Value(other)

        def to_self(g):
            return other.data * g

        def to_other(g):
            return self.data * g

        return Value(self.data * other.data, (self, other), (to_self, to_other))

    def __radd__(self, other):
        return Value(other) + self

    def __rmul__(self, other):
        return Value(other) * self
