import numpy as np


def seen_by(x, row, column, kernel, stride):
    """The factors of one entry of the kernel, one in every window."""
    height, width = kernel.shape
    last_row, last_column = x.shape[0] - height + row + 1, x.shape[1] - width + column + 1
    return x[row:last_row:stride, column:last_column:stride]


def convolve(x, kernel, stride):
    out = 0
    for (row, column), weight in np.ndenumerate(kernel):
        out = out + weight * seen_by(x, row, column, kernel, stride)
    return out


def kernel_rule(g, x, kernel, stride):
    result = np.zeros_like(kernel)
    for row, column in np.ndindex(kernel.shape):
        result[row, column] = np.sum(g * seen_by(x, row, column, kernel, stride))
    return result


def input_rule(g, x, kernel, stride):
    result = np.zeros_like(x)
    for (row, column), weight in np.ndenumerate(kernel):
        view = seen_by(result, row, column, kernel, stride)
        view += weight * g
    return result
