# refused: moved_within
def accumulate(stored, contributions):
    result = dict(stored)
    for name, gradient in contributions:
        result[name] = result[name] + gradient if name in result else gradient
    return result


def train(gradient, w, parts, learning_rate, steps):
    path = [w]
    for _ in range(steps):
        for part in parts:
            w = w - learning_rate * gradient(w, part)
        path.append(w)
    return path
