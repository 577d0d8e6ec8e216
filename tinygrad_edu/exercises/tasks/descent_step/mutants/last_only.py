# refused: wrong_type
def step(w, gradient, learning_rate):
    return w - learning_rate * gradient


def descend(slope, w, learning_rate, steps):
    path = [w]
    for _ in range(steps):
        w = step(w, slope(w), learning_rate)
        path.append(w)
    return w
