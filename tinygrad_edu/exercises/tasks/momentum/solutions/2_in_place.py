def momentum(w, v, gradient, learning_rate, beta):
    v *= beta
    v -= learning_rate * gradient
    w += v
    return w, v


def averaged(w, v, gradient, learning_rate, beta):
    v += (1 - beta) * (gradient - v)
    w -= learning_rate * v
    return w, v
