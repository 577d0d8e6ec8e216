# refused: shapes
def matmul(a, b):
    return a @ b


def matmul_rule(g, out, a, b):
    return g * b, g * a
