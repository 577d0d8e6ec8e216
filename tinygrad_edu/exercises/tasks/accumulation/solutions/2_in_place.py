def accumulate(stored, contributions):
    for name, gradient in contributions:
        stored[name] = stored.get(name, 0) + gradient
    return stored


def train(gradient, w, parts, learning_rate, steps):
    path = [w]
    while len(path) <= steps:
        path.append(path[-1] - learning_rate * sum(gradient(path[-1], part) for part in parts))
    return path
