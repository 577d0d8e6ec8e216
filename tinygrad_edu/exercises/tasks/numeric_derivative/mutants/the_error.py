# refused: not_a_step
def numeric_derivative(f, x, h):
    return (f(x + h) - f(x - h)) / (2 * h)


def best_step(f, x, exact, steps):
    return min(abs(numeric_derivative(f, x, h) - exact) for h in steps)
