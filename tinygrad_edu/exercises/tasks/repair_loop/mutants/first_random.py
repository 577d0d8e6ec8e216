# refused: few_explained
import numpy as np

import tinygrad_edu as tg


def learn(x, y, x_new, epochs):
    rng = np.random.default_rng(0)
    w = tg.Tensor(0.01 * rng.normal(size=(2, 12)), requires_grad=True)
    b = tg.Tensor(np.zeros(12), requires_grad=True)
    v = tg.Tensor(np.zeros((12, 1)), requires_grad=True)
    c = tg.Tensor(np.zeros(1), requires_grad=True)
    optimizer = tg.optim.SGD(0.02, parameters=[w, b, v, c])

    def network(x):
        return np.tanh(x @ w + b) @ v + c

    losses = []
    for _ in range(epochs):
        loss = np.mean((network(x) - y) ** 2)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    return losses, network(x_new)
