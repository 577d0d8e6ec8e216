def numeric_derivative(f, x, h):
    raise NotImplementedError


def best_step(f, x, exact, steps):
    raise NotImplementedError
