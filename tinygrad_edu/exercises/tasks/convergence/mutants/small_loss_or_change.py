# refused: small_loss
def converged(losses, tolerance, patience):
    if len(losses) <= patience:
        return False
    recent = losses[-patience - 1 :]
    return all(abs(new - old) < tolerance or new < tolerance for old, new in zip(recent, recent[1:]))


def train(loss, gradient, w, learning_rate, tolerance, max_steps):
    losses = [loss(w)]
    while len(losses) <= max_steps and not converged(losses, tolerance, 1):
        w = w - learning_rate * gradient(w)
        losses.append(loss(w))
    return w, len(losses) - 1
