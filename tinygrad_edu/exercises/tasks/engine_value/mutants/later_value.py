# refused: later_value
class Value:
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
        out = Value(self.data * other.data, (self, other))
        out.rules = (lambda g: g * out.data / self.data, lambda g: g * self.data)
        if self.inputs:
            out.rules = (lambda g: g * out.data / other.data, lambda g: g * self.data)
        return out

    __radd__ = __add__
    __rmul__ = __mul__


def as_value(x):
    return x if isinstance(x, Value) else Value(x)
