# refused: gradient
def multiply(a, b):
    return a * b


def multiply_rule(g, out, a, b):
    return 2 * g * b, 2 * g * a
