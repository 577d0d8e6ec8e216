# refused: base_e
import math


def step_decay(rate, step, every, factor):
    return rate * factor ** (step // every)


def exponential_decay(rate, step, every, factor):
    return rate * math.exp(-factor * step / every)


def cosine_decay(rate, step, total):
    done = min(step, total) / total
    return rate * (1 + math.cos(math.pi * done)) / 2
