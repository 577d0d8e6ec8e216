class Value:
    """A number that remembers what it was computed from."""

    def __init__(self, data, inputs=(), rules=()):
        self.data = data
        self.inputs = inputs  # the Values that it was computed from
        self.rules = rules  # for each of them, a function: gradient of the result -> gradient of the input
        self.grad = None  # set by the backward pass, in the next exercise

    def __add__(self, other):
        raise NotImplementedError

    def __mul__(self, other):
        raise NotImplementedError

    def __radd__(self, other):
        raise NotImplementedError

    def __rmul__(self, other):
        raise NotImplementedError
