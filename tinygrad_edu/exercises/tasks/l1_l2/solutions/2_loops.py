import numpy as np


def l1(w, rate):
    return sum(rate * abs(float(weight)) for weight in w.ravel())


def l2(w, rate):
    return sum(rate * float(weight) ** 2 for weight in w.ravel())


def l1_gradient(w, rate):
    return np.where(w > 0, rate, -rate)


def l2_gradient(w, rate):
    return rate * (w + w)
