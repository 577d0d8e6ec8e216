def step(w, gradient, learning_rate):
    raise NotImplementedError


def descend(slope, w, learning_rate, steps):
    raise NotImplementedError
