import math


def batches(x, y, size):
    while len(x):
        yield x[:size], y[:size]
        x, y = x[size:], y[size:]


def steps_per_epoch(samples, size):
    return math.ceil(samples / size)
