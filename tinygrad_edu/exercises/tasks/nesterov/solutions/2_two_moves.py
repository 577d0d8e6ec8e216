def nesterov(w, v, slope, learning_rate, beta):
    ahead = w + beta * v
    new = ahead - learning_rate * slope(ahead)
    return new, new - w


def keras_nesterov(w, v, gradient, learning_rate, beta):
    step = learning_rate * gradient
    return w + beta**2 * v - (1 + beta) * step, beta * v - step
