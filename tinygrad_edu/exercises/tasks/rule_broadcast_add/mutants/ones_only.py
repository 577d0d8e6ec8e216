# refused: not_summed


def unbroadcast(g, shape):
    for axis, size in enumerate(shape[: g.ndim]):
        if size == 1:
            g = g.sum(axis=axis, keepdims=True)
    return g


def add_rule(g, out, a, b):
    return unbroadcast(g, a.shape), unbroadcast(g, b.shape)
