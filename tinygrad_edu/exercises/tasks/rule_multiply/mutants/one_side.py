# refused: one_side
def multiply(a, b):
    return a * b


def multiply_rule(g, out, a, b):
    return g * b, 0 * g
