import numpy as np


def sigmoid(z):
    raise NotImplementedError


def loss(z, y):
    raise NotImplementedError


def loss_gradient(z, y):
    raise NotImplementedError
