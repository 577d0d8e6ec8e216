import numpy as np


def l1(w, rate):
    raise NotImplementedError


def l2(w, rate):
    raise NotImplementedError


def l1_gradient(w, rate):
    raise NotImplementedError


def l2_gradient(w, rate):
    raise NotImplementedError
