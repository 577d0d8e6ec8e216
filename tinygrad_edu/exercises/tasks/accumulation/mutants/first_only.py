# refused: first_only
def accumulate(stored, contributions):
    result = dict(stored)
    for name, gradient in contributions:
        result.setdefault(name, gradient)
    return result


def train(gradient, w, parts, learning_rate, steps):
    path = [w]
    for _ in range(steps):
        total = 0.0
        for part in parts:
            total = total + gradient(w, part)
        w = w - learning_rate * total
        path.append(w)
    return path
