# refused: transposed
def matmul(a, b):
    return a @ b


def matmul_rule(g, out, a, b):
    return b @ g.T, g.T @ a
