# refused: from_ahead
def nesterov(w, v, slope, learning_rate, beta):
    ahead = w + beta * v
    v = beta * v - learning_rate * slope(ahead)
    return ahead + v, v


def keras_nesterov(w, v, gradient, learning_rate, beta):
    v = beta * v - learning_rate * gradient
    return w + beta * v - learning_rate * gradient, v
