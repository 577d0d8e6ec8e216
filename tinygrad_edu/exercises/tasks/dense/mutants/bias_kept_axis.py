# refused: bias_kept_axis
def dense(x, w, b):
    return x @ w + b


def dense_rule(g, x, w, b):
    return g @ w.T, x.T @ g, g.sum(axis=0, keepdims=True)
