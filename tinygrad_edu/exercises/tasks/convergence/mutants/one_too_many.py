# refused: one_too_many
def converged(losses, tolerance, patience):
    if len(losses) <= patience:
        return False
    recent = losses[-patience - 1 :]
    return all(abs(new - old) < tolerance for old, new in zip(recent, recent[1:]))


def train(loss, gradient, w, learning_rate, tolerance, max_steps):
    losses = [loss(w)]
    while len(losses) <= max_steps and not converged(losses, tolerance, 1):
        w = w - learning_rate * gradient(w)
        losses.append(loss(w))
    w = w - learning_rate * gradient(w)
    return w, len(losses)
