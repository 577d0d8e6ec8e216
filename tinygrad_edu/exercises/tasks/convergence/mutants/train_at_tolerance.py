# refused: at_tolerance
def converged(losses, tolerance, patience):
    in_a_row = 0
    for i in range(1, len(losses)):
        in_a_row = in_a_row + 1 if abs(losses[i] - losses[i - 1]) < tolerance else 0
    return in_a_row >= patience


def train(loss, gradient, w, learning_rate, tolerance, max_steps):
    steps, change = 0, float("inf")
    while steps < max_steps and change > tolerance:
        old = loss(w)
        w -= learning_rate * gradient(w)
        change = abs(loss(w) - old)
        steps += 1
    return w, steps
