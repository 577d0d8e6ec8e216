def step(w, gradient, learning_rate):
    change = -learning_rate * gradient
    return w + change


def descend(slope, w, learning_rate, steps):
    path = [w]
    while len(path) < steps + 1:
        path.append(step(path[-1], slope(path[-1]), learning_rate))
    return path
