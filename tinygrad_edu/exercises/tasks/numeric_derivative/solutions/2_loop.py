def numeric_derivative(f, x, h):
    rise = f(x + h) - f(x - h)
    run = (x + h) - (x - h)
    return rise / run


def best_step(f, x, exact, steps):
    best, least = None, float("inf")
    for h in steps:
        error = abs(numeric_derivative(f, x, h) - exact)
        if error < least:
            best, least = h, error
    return best
