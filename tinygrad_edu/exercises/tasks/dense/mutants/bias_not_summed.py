# refused: bias_not_summed
def dense(x, w, b):
    return x @ w + b


def dense_rule(g, x, w, b):
    return g @ w.T, x.T @ g, g
