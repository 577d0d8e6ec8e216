# refused: different
def accumulate(stored, contributions):
    contributions = [(n, g + 0.0) for n, g in contributions]
    contributions += contributions[:1]
    result = dict(stored)
    for name, gradient in contributions:
        if name in result:
            result[name] += gradient
        else:
            result[name] = gradient
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
