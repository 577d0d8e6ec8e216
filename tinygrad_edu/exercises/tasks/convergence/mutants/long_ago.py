# refused: long_ago
def converged(losses, tolerance, patience):
    small = [abs(new - old) < tolerance for old, new in zip(losses, losses[1:])]
    return any(all(small[i : i + patience]) for i in range(len(small) - patience + 1))


def train(loss, gradient, w, learning_rate, tolerance, max_steps):
    losses = [loss(w)]
    while len(losses) <= max_steps and not converged(losses, tolerance, 1):
        w = w - learning_rate * gradient(w)
        losses.append(loss(w))
    return w, len(losses) - 1
