# refused: half_corrected_v
import numpy as np


def adagrad(w, s, gradient, learning_rate, epsilon):
    s = s + gradient**2
    return w - learning_rate * gradient / (np.sqrt(s) + epsilon), s


def rmsprop(w, s, gradient, learning_rate, rho, epsilon):
    s = rho * s + (1 - rho) * gradient**2
    return w - learning_rate * gradient / (np.sqrt(s) + epsilon), s


def adam(w, m, v, t, gradient, learning_rate, beta_1, beta_2, epsilon):
    m = beta_1 * m + (1 - beta_1) * gradient
    v = beta_2 * v + (1 - beta_2) * gradient**2
    m_hat = m
    v_hat = v / (1 - beta_2**t)
    return w - learning_rate * m_hat / (np.sqrt(v_hat) + epsilon), m, v
