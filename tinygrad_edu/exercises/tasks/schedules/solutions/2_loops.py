import numpy as np


def step_decay(rate, step, every, factor):
    while step >= every:
        rate, step = rate * factor, step - every
    return rate


def exponential_decay(rate, step, every, factor):
    return rate * np.exp(np.log(factor) * step / every)


def cosine_decay(rate, step, total):
    if step >= total:
        return 0.0
    return rate * np.cos(np.pi * step / total / 2) ** 2
