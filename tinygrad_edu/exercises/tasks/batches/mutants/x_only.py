# refused: wrong_count
def batches(x, y, size):
    parts = []
    for start in range(0, len(x), size):
        parts.append(x[start : start + size])
    return parts


def steps_per_epoch(samples, size):
    return -(-samples // size)
