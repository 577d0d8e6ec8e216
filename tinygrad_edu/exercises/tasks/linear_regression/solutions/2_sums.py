def predict(b, w, x):
    return w * x + b


def loss(b, w, x, y):
    return sum((y - predict(b, w, x)) ** 2) / len(x)


def gradients(b, w, x, y):
    db = dw = 0.0
    for one_x, one_y in zip(x, y):
        error = b + w * one_x - one_y
        db += 2 * error / len(x)
        dw += 2 * error * one_x / len(x)
    return db, dw
