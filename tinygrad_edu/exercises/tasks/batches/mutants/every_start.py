# refused: samples_twice
def batches(x, y, size):
    parts = []
    for start in range(len(x)):
        parts.append((x[start : start + size], y[start : start + size]))
    return parts


def steps_per_epoch(samples, size):
    return -(-samples // size)
