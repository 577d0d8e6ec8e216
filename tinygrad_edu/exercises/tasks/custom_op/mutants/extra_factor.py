# refused: gradient
import numpy as np

import tinygrad_edu as tg


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def swish(x):
    return x * sigmoid(x)


def swish_rule(g, out, x):
    s = sigmoid(x)
    return 2 * g * (s + out * (1 - s))


def slope_of_twice(x):
    op = tg.primitive(swish_rule, method=False)(swish)
    return tg.grad(lambda x: op(op(x)).sum())(x)
