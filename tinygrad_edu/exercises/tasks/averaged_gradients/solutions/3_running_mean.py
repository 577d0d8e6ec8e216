def averaged(gradients, sizes):
    mean, seen = 0.0, 0
    for gradient, size in zip(gradients, sizes):
        seen += size
        mean = mean + (gradient - mean) * size / seen
    return mean


def full_gradient(gradient, x, y, size):
    starts = range(0, len(x), size)
    sizes = [min(size, len(x) - start) for start in starts]
    return averaged([gradient(x[i : i + n], y[i : i + n]) for i, n in zip(starts, sizes)], sizes)
