def nesterov(w, v, slope, learning_rate, beta):
    v = v * beta
    v = v - slope(w + v) * learning_rate
    return [w + v, v]


def keras_nesterov(w, v, gradient, learning_rate, beta):
    old = v
    v = beta * old - learning_rate * gradient
    w = w + v
    return w + beta * v - beta * old, v
