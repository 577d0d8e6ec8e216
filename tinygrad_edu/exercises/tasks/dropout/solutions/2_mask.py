def factor(u, rate, training):
    return (u >= rate) / (1 - rate) if training else 1.0


def dropout(x, u, rate, training):
    return x * factor(u, rate, training)


def dropout_rule(g, x, u, rate, training):
    return g * factor(u, rate, training)
