"""NumPy by hand, in two styles: plain expressions as in a course, and everything that a careful programmer does.

The second is the bar: one flat vector for all weights, one for the gradients and for each of Adam's slots, every
buffer planned, every result written with out=, and for each call the spelling that measured fastest.
"""

import numpy as np
from numpy import add, count_nonzero, divide, equal, exp, greater, log, logaddexp, multiply, sqrt, subtract

BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-7
BLOCK = 32768  # floats of each vector that Adam takes at a time, so that they stay in the cache


def step_size(problem, t):
    """Adam's rate at step t, with the corrections for the slots' start at zero."""
    return problem.rate * (1 - BETA_2**t) ** 0.5 / (1 - BETA_1**t)


# -- as a course writes it ---------------------------------------------------------------------------------


def plain_adam(problem, weights):
    """Adam on a dict of arrays, by plain expressions: gives `update(gradients)`."""
    m = {name: np.zeros_like(w) for name, w in weights.items()}
    v = {name: np.zeros_like(w) for name, w in weights.items()}
    t = 0

    def update(gradients):
        nonlocal t
        t += 1
        rate = step_size(problem, t)
        for name, g in gradients.items():
            m[name] = BETA_1 * m[name] + (1 - BETA_1) * g
            v[name] = BETA_2 * v[name] + (1 - BETA_2) * g**2
            weights[name] -= rate * m[name] / (np.sqrt(v[name]) + EPSILON)

    return update


def named(weights):
    """A list of (kernel, bias) as a dict W1, b1, W2, b2, …"""
    return {f"{letter}{i}": w for i, pair in enumerate(weights, 1) for letter, w in zip("Wb", pair, strict=True)}


def plain(problem):
    """The step as a course writes it."""
    x_all, y_all = problem.one_hot()
    weights, depth = named(problem.weights()), len(problem.shapes)
    update = plain_adam(problem, weights)

    def step(rows):
        x, y = x_all[rows], y_all[rows]
        a = {0: x}
        for i in range(1, depth):
            a[i] = np.maximum(0, a[i - 1] @ weights[f"W{i}"] + weights[f"b{i}"])
        z = a[depth - 1] @ weights[f"W{depth}"] + weights[f"b{depth}"]
        if problem.binary:
            p = 1 / (1 + np.exp(-z))
            loss = -np.mean(y * np.log(p + EPSILON) + (1 - y) * np.log(1 - p + EPSILON))
        else:
            e = np.exp(z - z.max(axis=1, keepdims=True))
            p = e / e.sum(axis=1, keepdims=True)
            loss = -np.mean(np.sum(y * np.log(p + EPSILON), axis=1))
        dz = (p - y) / len(y)
        gradients = {}
        for i in range(depth, 0, -1):
            gradients[f"W{i}"] = a[i - 1].T @ dz
            gradients[f"b{i}"] = dz.sum(axis=0)
            if i > 1:
                dz = (dz @ weights[f"W{i}"].T) * (a[i - 1] > 0)
        update(gradients)
        return loss

    return step


# -- flat, with out= ---------------------------------------------------------------------------------------


def constant(value):
    """A number as a float32 array without axes, which NumPy's functions take faster than a Python number."""
    return np.array(value, "float32")


def flat(problem, metric=True):
    """The step as a careful programmer writes it; with `metric` it counts the right answers as well."""
    x_all, y_all = problem.one_hot()
    classes = y_all.argmax(axis=1)
    layers, gradient, update = flat_adam(problem)
    head = (sigmoid_head if problem.binary else softmax_head)(metric)
    plans = {}
    right = 0

    def plan(n):
        """The buffers for batches of n rows."""
        x, z = (np.empty((n, size), "float32") for size in (problem.sizes[0], problem.sizes[-1]))
        a, hidden = x, []
        for (w, b), (gw, gb) in zip(layers[:-1], gradient[:-1], strict=True):
            h, mask, dh = (np.empty((n, len(b)), "float32") for _ in range(3))
            hidden.append((a, w, b, h, mask, dh, a.T, w.T, gw, gb))
            a = h
        y, ones = np.empty_like(z), np.ones(n, "float32")
        return x, y, z, ones, constant(n), hidden, hidden[::-1], a, a.T, *layers[-1], *gradient[-1], head(y, z, ones)

    def step(rows):
        nonlocal right
        n = len(rows)
        if n not in plans:
            plans[n] = plan(n)
        x, y, z, ones, count, hidden, reverse, a, a_t, w, b, gw, gb, loss_and_slope = plans[n]
        x_all.take(rows, 0, x, "clip")
        y_all.take(rows, 0, y, "clip")
        for below, w0, b0, h, mask, *_ in hidden:
            below.dot(w0, h)
            add(h, b0, h)
            greater(h, ZERO, mask)
            multiply(h, mask, h)
        a.dot(w, z)
        add(z, b, z)
        loss, hits = loss_and_slope(rows, classes)  # leaves the slope of the loss in z
        right += hits
        divide(z, count, z)
        a_t.dot(z, gw)
        ones.dot(z, gb)
        slope, w_t = z, w.T
        for _, _, _, _, mask, dh, below_t, next_t, gw0, gb0 in reverse:
            slope.dot(w_t, dh)
            multiply(dh, mask, dh)
            below_t.dot(dh, gw0)
            ones.dot(dh, gb0)
            slope, w_t = dh, next_t
        update()
        return loss / n

    return step


ZERO, HALF = constant(0), constant(0.5)


def sigmoid_head(metric):
    """From the logits in z to the summed binary cross-entropy, the right answers, and sigmoid(z) − y in z."""

    def head(y, z, ones):
        soft, right = np.empty_like(z), np.empty(z.shape, bool)
        z_line, y_line, soft_line = z.ravel(), y.ravel(), soft.ravel()

        def run(rows, classes):
            logaddexp(ZERO, z, soft)
            loss, hits = ones.dot(soft_line) - z_line.dot(y_line), 0
            subtract(z, soft, z)
            exp(z, z)
            if metric:
                greater(z, HALF, right)
                hits = count_nonzero(equal(right, y, right))
            subtract(z, y, z)
            return loss, hits

        return run

    return head


def softmax_head(metric):
    """From the logits in z to the summed cross-entropy, the right answers, and softmax(z) − y in z."""

    def head(y, z, ones):
        n = len(z)
        per_row, right = np.empty((n, 1), "float32"), np.empty(n, bool)
        answer, wanted = np.empty(n, np.intp), np.empty(n, np.intp)
        z_line, y_line, row_line = z.ravel(), y.ravel(), per_row.ravel()

        def run(rows, classes):
            hits = 0
            np.maximum.reduce(z, 1, None, per_row, True)
            subtract(z, per_row, z)
            if metric:
                z.argmax(1, answer)
                classes.take(rows, 0, wanted, "clip")
                hits = count_nonzero(equal(answer, wanted, right))
            of_class = z_line.dot(y_line)
            exp(z, z)
            add.reduce(z, 1, None, per_row, True)
            divide(z, per_row, z)
            subtract(z, y, z)
            log(per_row, per_row)
            return ones.dot(row_line) - of_class, hits

        return run

    return head


def flat_adam(problem):
    """All weights in one vector: gives the views of each layer, those of their gradients, and `update()`."""
    start = problem.weights()
    size = sum(w.size + b.size for w, b in start)
    weights, gradients, m, v = (np.zeros(size, "float32") for _ in range(4))
    layers, slopes = views(weights, start), views(gradients, start)
    for views_now, values in zip(layers, start, strict=True):
        for view, value in zip(views_now, values, strict=True):
            view[...] = value
    scratch = np.empty(min(size, BLOCK), "float32")
    blocks = []
    for i in range(0, size, BLOCK):
        block = [vector[i : i + BLOCK] for vector in (weights, gradients, m, v)]
        blocks.append((*block, scratch[: len(block[0])]))
    keep_1, keep_2, new_1, new_2 = map(constant, (BETA_1, BETA_2, 1 - BETA_1, 1 - BETA_2))
    epsilon, rate, t = constant(EPSILON), constant(0), 0

    def update():
        nonlocal t
        t += 1
        rate[()] = step_size(problem, t)
        for w, g, m, v, s in blocks:
            multiply(m, keep_1, m)
            multiply(g, new_1, s)
            add(m, s, m)
            multiply(v, keep_2, v)
            multiply(g, g, g)
            multiply(g, new_2, g)
            add(v, g, v)
            sqrt(v, s)
            add(s, epsilon, s)
            divide(m, s, s)
            multiply(s, rate, s)
            subtract(w, s, w)

    return layers, slopes, update


def views(vector, pairs):
    """A flat vector cut into arrays with the shapes of `pairs`."""
    found, at = [], 0
    for pair in pairs:
        cut = []
        for array in pair:
            cut.append(vector[at : at + array.size].reshape(array.shape))
            at += array.size
        found.append(tuple(cut))
    return found
