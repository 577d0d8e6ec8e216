# refused: minus_bias
def dense(x, w, b):
    return x @ w - b


def dense_rule(g, x, w, b):
    return g @ w.T, x.T @ g, g.sum(axis=0)
