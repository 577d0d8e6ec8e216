import numpy as np


def step_decay(rate, step, every, factor):
    return np.prod([rate] + [factor] * int(np.floor(step / every)))


def exponential_decay(rate, step, every, factor):
    per_step = factor ** (1 / every)
    return rate * per_step**step


def cosine_decay(rate, step, total):
    angle = np.interp(step, [0, total], [0, np.pi])
    return 0.5 * rate + 0.5 * rate * np.cos(angle)
