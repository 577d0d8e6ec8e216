def adagrad(w, s, gradient, learning_rate, epsilon):
    s = s + gradient * gradient
    return w - learning_rate / (s**0.5 + epsilon) * gradient, s


def rmsprop(w, s, gradient, learning_rate, rho, epsilon):
    s = s + (1 - rho) * (gradient * gradient - s)
    return w - learning_rate / (s**0.5 + epsilon) * gradient, s


def adam(w, m, v, t, gradient, learning_rate, beta_1, beta_2, epsilon):
    m = m + (1 - beta_1) * (gradient - m)
    v = v + (1 - beta_2) * (gradient * gradient - v)
    rate = learning_rate * (1 - beta_2**t) ** 0.5 / (1 - beta_1**t)
    return w - rate * m / (v**0.5 + epsilon * (1 - beta_2**t) ** 0.5), m, v
