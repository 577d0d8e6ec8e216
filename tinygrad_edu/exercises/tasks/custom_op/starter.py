import numpy as np

import tinygrad_edu as tg


def swish(x):
    raise NotImplementedError


def swish_rule(g, out, x):
    raise NotImplementedError


def slope_of_twice(x):
    raise NotImplementedError
