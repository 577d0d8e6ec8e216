# refused: too_early
def converged(losses, tolerance, patience):
    return True


def train(loss, gradient, w, learning_rate, tolerance, max_steps):
    losses = [loss(w)]
    while len(losses) <= max_steps and not converged(losses, tolerance, 1):
        w = w - learning_rate * gradient(w)
        losses.append(loss(w))
    return w, len(losses) - 1
