# refused: same_slope
def step(w, gradient, learning_rate):
    return w - learning_rate * gradient


def descend(slope, w, learning_rate, steps):
    path = [w]
    gradient = slope(w)
    for _ in range(steps):
        w = step(w, gradient, learning_rate)
        path.append(w)
    return path
