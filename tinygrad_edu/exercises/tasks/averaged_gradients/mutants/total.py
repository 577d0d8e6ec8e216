# refused: total


def averaged(gradients, sizes):
    total = 0.0
    for gradient, size in zip(gradients, sizes):
        total = total + gradient
    return total


def full_gradient(gradient, x, y, size):
    gradients, sizes = [], []
    for start in range(0, len(x), size):
        part = slice(start, start + size)
        gradients.append(gradient(x[part], y[part]))
        sizes.append(len(x[part]))
    return averaged(gradients, sizes)
