# refused: no_g
def multiply(a, b):
    return a * b


def multiply_rule(g, out, a, b):
    return b, a
