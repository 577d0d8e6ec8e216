# refused: not_summed


def unbroadcast(g, shape):
    while g.ndim > len(shape):
        g = g.sum(axis=0)
    return g


def add_rule(g, out, a, b):
    return unbroadcast(g, a.shape), unbroadcast(g, b.shape)
