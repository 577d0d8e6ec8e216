# refused: order
def matmul(a, b):
    return a @ b


def matmul_rule(g, out, a, b):
    return a.T @ g, g @ b.T
