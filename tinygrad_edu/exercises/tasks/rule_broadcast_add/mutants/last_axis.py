# refused: wrong_axes


def unbroadcast(g, shape):
    while g.ndim > len(shape):
        square = g.ndim == 2 and g.shape[0] == g.shape[1]
        g = g.sum(axis=-1 if square else 0)
    for axis, size in enumerate(shape):
        if size == 1:
            g = g.sum(axis=axis, keepdims=True)
    return g


def add_rule(g, out, a, b):
    return unbroadcast(g, a.shape), unbroadcast(g, b.shape)
