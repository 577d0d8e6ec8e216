def accumulate(stored, contributions):
    raise NotImplementedError


def train(gradient, w, parts, learning_rate, steps):
    raise NotImplementedError
