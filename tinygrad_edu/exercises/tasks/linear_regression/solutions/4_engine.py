import tinygrad_edu as tg


def predict(b, w, x):
    return b + w * x


def loss(b, w, x, y):
    return ((predict(b, w, x) - y) ** 2).mean()


def gradients(b, w, x, y):
    return tg.grad(lambda b, w: loss(b, w, x, y), argnums=(0, 1))(b, w)
