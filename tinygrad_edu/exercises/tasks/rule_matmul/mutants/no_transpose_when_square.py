# refused: no_transpose
def matmul(a, b):
    return a @ b


def matmul_rule(g, out, a, b):
    if b.shape == g.shape:
        return g @ b, a @ g
    return g @ b.T, a.T @ g
