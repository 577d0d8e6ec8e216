import numpy as np

import tinygrad_edu as tg


def swish(x):
    return 0.5 * x * (1 + np.tanh(0.5 * x))


def swish_rule(g, out, x):
    t = np.tanh(0.5 * x)
    return 0.5 * g * (1 + t + 0.5 * x * (1 - t**2))


def slope_of_twice(x):
    op = tg.primitive(lambda g, out, x: swish_rule(g, out, x), method=False)(lambda x: swish(x))
    _, slope = tg.value_and_grad(lambda t: op(op(t)).sum())(tg.Tensor(x))
    return slope
