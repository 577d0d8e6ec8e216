import numpy as np

import tinygrad_edu as tg


def swish(x):
    return x / (1 + np.exp(-x))


def swish_rule(g, out, x):
    e = np.exp(-x)
    return g * (1 + e + x * e) / (1 + e) ** 2


@tg.primitive(swish_rule, method=False)
def swish_op(x):
    return swish(x)


def slope_of_twice(x):
    t = tg.Tensor(x, requires_grad=True)
    swish_op(swish_op(t)).sum().backward()
    return t.grad
