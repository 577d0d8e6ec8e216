import numpy as np


def scaled(gradient, squares, epsilon):
    return np.divide(gradient, np.add(np.sqrt(squares), epsilon))


def adagrad(w, s, gradient, learning_rate, epsilon):
    s += np.square(gradient)
    w -= learning_rate * scaled(gradient, s, epsilon)
    return w, s


def rmsprop(w, s, gradient, learning_rate, rho, epsilon):
    s *= rho
    s += (1 - rho) * np.square(gradient)
    w -= learning_rate * scaled(gradient, s, epsilon)
    return w, s


def adam(w, m, v, t, gradient, learning_rate, beta_1, beta_2, epsilon):
    m *= beta_1
    m += (1 - beta_1) * gradient
    v *= beta_2
    v += (1 - beta_2) * np.square(gradient)
    w -= learning_rate * scaled(m / (1 - beta_1**t), v / (1 - beta_2**t), epsilon)
    return w, m, v
