import numpy as np


def l1(w, rate):
    return rate * np.linalg.norm(w.ravel(), 1)


def l2(w, rate):
    return rate * np.vdot(w, w)


def l1_gradient(w, rate):
    return rate * ((w > 0) * 1.0 - (w < 0))


def l2_gradient(w, rate):
    return 2.0 * np.multiply(rate, w)
