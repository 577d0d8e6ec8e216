# refused: wrong_shape
def matmul(a, b):
    return (a @ b).T


def matmul_rule(g, out, a, b):
    return g @ b.T, a.T @ g
