def nesterov(w, v, slope, learning_rate, beta):
    raise NotImplementedError


def keras_nesterov(w, v, gradient, learning_rate, beta):
    raise NotImplementedError
