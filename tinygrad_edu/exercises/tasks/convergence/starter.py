def converged(losses, tolerance, patience):
    raise NotImplementedError


def train(loss, gradient, w, learning_rate, tolerance, max_steps):
    raise NotImplementedError
