# refused: not_kept
def nesterov(w, v, slope, learning_rate, beta):
    ahead = w + beta * v
    return ahead - learning_rate * slope(ahead), v


def keras_nesterov(w, v, gradient, learning_rate, beta):
    v = beta * v - learning_rate * gradient
    return w + beta * v - learning_rate * gradient, v
