# refused: columns


def shuffled(x, y, seed):
    return x[:, [2, 0, 1]], y
