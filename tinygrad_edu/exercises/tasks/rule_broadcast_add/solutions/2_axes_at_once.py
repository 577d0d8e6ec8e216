def unbroadcast(g, shape):
    padded = (1,) * (g.ndim - len(shape)) + tuple(shape)
    axes = tuple(axis for axis, size in enumerate(padded) if size == 1)
    return g.sum(axis=axes, keepdims=True).reshape(shape)


def add_rule(g, out, a, b):
    return tuple(unbroadcast(g, array.shape) for array in (a, b))
