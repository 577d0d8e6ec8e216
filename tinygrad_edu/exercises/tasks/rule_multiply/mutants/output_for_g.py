# refused: output_for_g
def multiply(a, b):
    return a * b


def multiply_rule(g, out, a, b):
    return out * b, out * a
