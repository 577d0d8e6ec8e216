# refused: order
def dense(x, w, b):
    return x @ w + b


def dense_rule(g, x, w, b):
    return x.T @ g, g @ w.T, g.sum(axis=0)
