import numpy as np


def forward(x, w1, b1, w2, b2):
    raise NotImplementedError


def gradients(x, y, w1, b1, w2, b2):
    raise NotImplementedError
