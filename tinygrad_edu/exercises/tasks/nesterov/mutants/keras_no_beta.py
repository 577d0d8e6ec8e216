# refused: no_beta
def nesterov(w, v, slope, learning_rate, beta):
    ahead = w + beta * v
    v = beta * v - learning_rate * slope(ahead)
    return w + v, v


def keras_nesterov(w, v, gradient, learning_rate, beta):
    v = beta * v - learning_rate * gradient
    return w + v - learning_rate * gradient, v
