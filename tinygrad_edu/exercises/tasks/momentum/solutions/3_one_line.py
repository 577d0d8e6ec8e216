def momentum(w, v, gradient, learning_rate, beta):
    return w - learning_rate * gradient + beta * v, v - (1 - beta) * v - learning_rate * gradient


def averaged(w, v, gradient, learning_rate, beta):
    return [w - (gradient + beta * (v - gradient)) * learning_rate, gradient + beta * (v - gradient)]
