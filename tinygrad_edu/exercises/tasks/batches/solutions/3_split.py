import numpy as np


def batches(x, y, size):
    ends = np.arange(size, len(x), size)
    return list(zip(np.split(x, ends), np.split(y, ends)))


def steps_per_epoch(samples, size):
    steps, left = divmod(samples, size)
    return steps + 1 if left else steps
