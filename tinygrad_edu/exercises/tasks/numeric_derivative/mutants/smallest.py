# refused: smallest_step
def numeric_derivative(f, x, h):
    return (f(x + h) - f(x - h)) / (2 * h)


def best_step(f, x, exact, steps):
    return min(steps)
