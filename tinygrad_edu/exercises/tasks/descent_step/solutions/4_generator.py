def step(w, gradient, learning_rate):
    w -= learning_rate * gradient
    return w


def descend(slope, w, learning_rate, steps):
    yield w
    for _ in range(steps):
        w = step(w, slope(w), learning_rate)
        yield w
