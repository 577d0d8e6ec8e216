# refused: not_kept
def momentum(w, v, gradient, learning_rate, beta):
    return w + beta * v - learning_rate * gradient, v


def averaged(w, v, gradient, learning_rate, beta):
    v = beta * v + (1 - beta) * gradient
    return w - learning_rate * v, v
