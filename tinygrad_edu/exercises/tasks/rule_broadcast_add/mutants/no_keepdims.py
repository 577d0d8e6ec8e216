# refused: wrong_shape


def unbroadcast(g, shape):
    while g.ndim > len(shape):
        g = g.sum(axis=0)
    for axis, size in reversed(list(enumerate(shape))):
        if size == 1:
            g = g.sum(axis=axis)
    return g


def add_rule(g, out, a, b):
    return unbroadcast(g, a.shape), unbroadcast(g, b.shape)
