# refused: rule_stride_ignored
import numpy as np


def places(x, kernel, stride):
    """Each place of the result, and the window of x that it comes from."""
    height, width = kernel.shape
    for i, row in enumerate(range(0, x.shape[0] - height + 1, stride)):
        for j, column in enumerate(range(0, x.shape[1] - width + 1, stride)):
            yield (i, j), (slice(row, row + height), slice(column, column + width))


def convolve(x, kernel, stride):
    rows = (x.shape[0] - kernel.shape[0]) // stride + 1
    columns = (x.shape[1] - kernel.shape[1]) // stride + 1
    out = np.zeros((rows, columns))
    for place, window in places(x, kernel, stride):
        out[place] = np.sum(x[window] * kernel)
    return out


def kernel_rule(g, x, kernel, stride):
    result = np.zeros_like(kernel)
    for place, window in places(x, kernel, stride):
        result += g[place] * x[window]
    return result


def input_rule(g, x, kernel, stride):
    result = np.zeros_like(x)
    for place, window in places(x, kernel, stride):
        i, j = place
        result[i : i + kernel.shape[0], j : j + kernel.shape[1]] += g[place] * kernel
    return result
