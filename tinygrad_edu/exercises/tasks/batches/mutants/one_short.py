# refused: lengths
def batches(x, y, size):
    parts = []
    for start in range(0, len(x), size):
        parts.append((x[start : start + size - 1], y[start : start + size - 1]))
    return parts


def steps_per_epoch(samples, size):
    return -(-samples // size)
