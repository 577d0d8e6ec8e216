# refused: wrong_shape
def multiply(a, b):
    return a * b


def multiply_rule(g, out, a, b):
    return (g * b).sum(), (g * a).sum()
