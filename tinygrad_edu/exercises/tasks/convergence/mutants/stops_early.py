# refused: stops_early
def converged(losses, tolerance, patience):
    recent = losses[-patience - 1 :]
    return len(recent) > patience and all(abs(b - a) < tolerance for a, b in zip(recent, recent[1:]))


def train(loss, gradient, w, learning_rate, tolerance, max_steps):
    for steps in range(max_steps):
        new = w - learning_rate * gradient(w)
        if abs(loss(new) - loss(w)) < tolerance:
            return w, steps
        w = new
    return w, max_steps
