def batches(x, y, size):
    raise NotImplementedError


def steps_per_epoch(samples, size):
    raise NotImplementedError
