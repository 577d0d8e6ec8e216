import numpy as np


def adagrad(w, s, gradient, learning_rate, epsilon):
    raise NotImplementedError


def rmsprop(w, s, gradient, learning_rate, rho, epsilon):
    raise NotImplementedError


def adam(w, m, v, t, gradient, learning_rate, beta_1, beta_2, epsilon):
    raise NotImplementedError
