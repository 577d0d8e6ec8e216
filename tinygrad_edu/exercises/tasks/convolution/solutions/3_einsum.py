import numpy as np


def convolve(x, kernel, stride):
    windows = np.lib.stride_tricks.sliding_window_view(x, kernel.shape)[::stride, ::stride]
    return np.einsum("ijkl,kl->ij", windows, kernel)


def kernel_rule(g, x, kernel, stride):
    windows = np.lib.stride_tricks.sliding_window_view(x, kernel.shape)[::stride, ::stride]
    return np.einsum("ij,ijkl->kl", g, windows)


def input_rule(g, x, kernel, stride):
    height, width = kernel.shape
    spread = np.zeros((x.shape[0] - height + 1, x.shape[1] - width + 1))
    spread[::stride, ::stride] = g
    around = np.pad(spread, ((height - 1,), (width - 1,)))
    return convolve(around, kernel[::-1, ::-1], 1)
