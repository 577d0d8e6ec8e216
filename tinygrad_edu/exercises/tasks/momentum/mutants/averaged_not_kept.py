# refused: not_kept
def momentum(w, v, gradient, learning_rate, beta):
    v = beta * v - learning_rate * gradient
    return w + v, v


def averaged(w, v, gradient, learning_rate, beta):
    return w - learning_rate * (beta * v + (1 - beta) * gradient), v
