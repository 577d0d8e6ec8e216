import random


def shuffled(x, y, seed):
    draw = random.Random(seed)
    order = list(range(len(x)))
    for last in range(len(order) - 1, 0, -1):
        other = draw.randrange(last + 1)
        order[last], order[other] = order[other], order[last]
    return x[order], y[order]
