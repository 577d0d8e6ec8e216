# refused: swapped
def multiply(a, b):
    return a * b


def multiply_rule(g, out, a, b):
    return g * a, g * b
