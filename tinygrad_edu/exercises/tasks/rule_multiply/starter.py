def multiply(a, b):
    raise NotImplementedError


def multiply_rule(g, out, a, b):
    raise NotImplementedError
