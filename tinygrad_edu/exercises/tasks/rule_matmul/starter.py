def matmul(a, b):
    raise NotImplementedError


def matmul_rule(g, out, a, b):
    raise NotImplementedError
