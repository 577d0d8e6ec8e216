import numpy as np


def predict(b, w, x):
    raise NotImplementedError


def loss(b, w, x, y):
    raise NotImplementedError


def gradients(b, w, x, y):
    raise NotImplementedError
