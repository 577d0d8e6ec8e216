import tinygrad_edu as tg


def normalize(x, epsilon):
    return (x - x.mean(axis=0)) * (((x - x.mean(axis=0)) ** 2).mean(axis=0) + epsilon) ** -0.5


def normalize_rule(g, out, x, epsilon):
    return tg.grad(lambda t: (normalize(t, epsilon) * g).sum())(x)
