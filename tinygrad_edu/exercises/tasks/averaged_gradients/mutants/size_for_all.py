# refused: unweighted


def averaged(gradients, sizes):
    total = 0.0
    for gradient, size in zip(gradients, sizes):
        total = total + gradient * size
    return total / sum(sizes)


def full_gradient(gradient, x, y, size):
    gradients, sizes = [], []
    for start in range(0, len(x), size):
        part = slice(start, start + size)
        gradients.append(gradient(x[part], y[part]))
        sizes.append(size)
    return averaged(gradients, sizes)
