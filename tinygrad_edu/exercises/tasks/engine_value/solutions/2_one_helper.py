class Value:
    """A number that remembers what it was computed from."""

    def __init__(self, data, inputs=(), rules=()):
        self.data = data
        self.inputs = inputs  # the Values that it was computed from
        self.rules = rules  # for each of them, a function: gradient of the result -> gradient of the input
        self.grad = None  # set by the backward pass, in the next exercise

    def __add__(self, other):
        return op(lambda a, b: a + b, lambda a, b: (1.0, 1.0), self, other)

    def __mul__(self, other):
        return op(lambda a, b: a * b, lambda a, b: (b, a), self, other)

    __radd__ = __add__

    def __rmul__(self, other):
        return op(lambda a, b: a * b, lambda a, b: (b, a), other, self)


def op(forward, slopes, *inputs):
    inputs = [x if isinstance(x, Value) else Value(x) for x in inputs]
    data = [x.data for x in inputs]
    rules = [lambda g, slope=slope: g * slope for slope in slopes(*data)]
    return Value(forward(*data), inputs, rules)
