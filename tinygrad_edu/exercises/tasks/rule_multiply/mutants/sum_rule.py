# refused: sum_rule
def multiply(a, b):
    return a * b


def multiply_rule(g, out, a, b):
    return g, g
