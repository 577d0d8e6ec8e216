# refused: divided
def step(w, gradient, learning_rate):
    return w - gradient / learning_rate


def descend(slope, w, learning_rate, steps):
    path = [w]
    for _ in range(steps):
        w = step(w, slope(w), learning_rate)
        path.append(w)
    return path
