import math


def step_decay(rate, step, every, factor):
    raise NotImplementedError


def exponential_decay(rate, step, every, factor):
    raise NotImplementedError


def cosine_decay(rate, step, total):
    raise NotImplementedError
