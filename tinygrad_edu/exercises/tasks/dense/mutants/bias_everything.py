# refused: bias_everything
def dense(x, w, b):
    return x @ w + b


def dense_rule(g, x, w, b):
    return g @ w.T, x.T @ g, 0 * b + g.sum()
