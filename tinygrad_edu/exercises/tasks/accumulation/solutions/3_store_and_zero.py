from collections import defaultdict


def accumulate(stored, contributions):
    result = defaultdict(float, stored)
    for name, gradient in contributions:
        result[name] = result[name] + gradient
    return dict(result)


def train(gradient, w, parts, learning_rate, steps):
    path, grad = [w], {}
    for _ in range(steps):
        grad = accumulate(grad, [("w", gradient(w, part)) for part in parts])
        w = w - learning_rate * grad.get("w", 0.0)
        path.append(w)
        grad.clear()
    return path
