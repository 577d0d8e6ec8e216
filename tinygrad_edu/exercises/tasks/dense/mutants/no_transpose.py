# refused: inner_sizes
def dense(x, w, b):
    return x @ w + b


def dense_rule(g, x, w, b):
    return g @ w, x.T @ g, g.sum(axis=0)
