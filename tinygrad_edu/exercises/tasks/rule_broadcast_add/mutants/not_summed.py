# refused: not_summed


def unbroadcast(g, shape):
    return g


def add_rule(g, out, a, b):
    return unbroadcast(g, a.shape), unbroadcast(g, b.shape)
