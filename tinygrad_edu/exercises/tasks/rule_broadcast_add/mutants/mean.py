# refused: mean


def unbroadcast(g, shape):
    while g.ndim > len(shape):
        g = g.mean(axis=0)
    for axis, size in enumerate(shape):
        if size == 1:
            g = g.mean(axis=axis, keepdims=True)
    return g


def add_rule(g, out, a, b):
    return unbroadcast(g, a.shape), unbroadcast(g, b.shape)
