# refused: without_rate
import numpy as np


def l1(w, rate):
    return rate * np.sum(np.abs(w))


def l2(w, rate):
    return rate * np.sum(w**2)


def l1_gradient(w, rate):
    return rate * np.sign(w)


def l2_gradient(w, rate):
    return 2 * w
