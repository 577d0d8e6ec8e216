# refused: inner_sizes
def matmul(a, b):
    return a @ b


def matmul_rule(g, out, a, b):
    return g @ b, a @ g
