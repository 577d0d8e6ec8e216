def momentum(w, v, gradient, learning_rate, beta):
    raise NotImplementedError


def averaged(w, v, gradient, learning_rate, beta):
    raise NotImplementedError
