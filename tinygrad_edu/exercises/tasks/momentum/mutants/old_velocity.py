# refused: old_velocity
def momentum(w, v, gradient, learning_rate, beta):
    old = v
    v = beta * v - learning_rate * gradient
    return w + old, v


def averaged(w, v, gradient, learning_rate, beta):
    v = beta * v + (1 - beta) * gradient
    return w - learning_rate * v, v
