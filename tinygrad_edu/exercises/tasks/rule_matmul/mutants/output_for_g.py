# refused: output_for_g
def matmul(a, b):
    return a @ b


def matmul_rule(g, out, a, b):
    return out @ b.T, a.T @ out
