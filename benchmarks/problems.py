"""The training problems of the bench: their data, their first weights, and the order of their batches.

Every peer gets the same rows in float32, takes them in a new order each epoch, a smaller last batch included, and
computes the loss of each batch.
"""

import numpy as np


class Problem:
    """A fully connected network, relu inside, trained by Adam at 0.001.

    With one output it has a sigmoid and binary cross-entropy, with more a softmax and cross-entropy.

    Args:
        name: what the command line calls it.
        sizes: the width of the input, of each hidden layer, of the output.
        batch: rows a step.
        rows: rows an epoch.
        epochs: epochs a turn, so that a turn takes 50 ms or more.
    """

    rate = 1e-3

    def __init__(self, name, sizes, batch, rows, epochs):
        self.name, self.sizes, self.batch, self.rows, self.epochs = name, sizes, batch, rows, epochs
        self.binary = sizes[-1] == 1
        self.shapes = list(zip(sizes, sizes[1:], strict=False))
        self.batches = -(-rows // batch)  # an epoch
        self.steps = self.batches * epochs  # a turn

    def data(self):
        """x, shape (rows, inputs), and what a linear teacher says: 0.0 or 1.0, shape (rows, 1), or class numbers."""
        rng = np.random.default_rng(0)
        x = rng.normal(size=(self.rows, self.sizes[0])).astype("float32")
        if self.binary:
            return x, (x.sum(axis=1, keepdims=True) > 0).astype("float32")
        return x, (x @ rng.normal(size=(self.sizes[0], self.sizes[-1]))).argmax(axis=1)

    def one_hot(self):
        """The data with targets as the network's outputs should be, shape (rows, outputs)."""
        x, y = self.data()
        return x, (y if self.binary else np.eye(self.sizes[-1], dtype="float32")[y])

    def weights(self):
        """The first weights, Glorot-uniform: a (kernel, bias) for each layer."""
        rng = np.random.default_rng(1)
        return [
            (rng.uniform(-1, 1, (m, n)).astype("float32") * (6 / (m + n)) ** 0.5, np.zeros(n, "float32"))
            for m, n in self.shapes
        ]

    def trainer(self, step):
        """What a turn runs: the epochs, with `step(rows)` on the numbers of the rows of each batch; gives the loss."""
        rng = np.random.default_rng(2)

        def run():
            for _ in range(self.epochs):
                order, total = rng.permutation(self.rows), 0.0
                for start in range(0, self.rows, self.batch):
                    total += step(order[start : start + self.batch])
            return float(total) / self.batches

        return run


def network_loss(np, weights, x, y):
    """The loss of a batch, for everything that has NumPy's functions under the name np; y as by `one_hot`."""
    for kernel, bias in weights[:-1]:
        x = np.maximum(x @ kernel + bias, 0.0)
    kernel, bias = weights[-1]
    z = x @ kernel + bias
    if z.shape[1] == 1:
        return np.mean(np.logaddexp(0.0, z) - y * z)
    z = z - np.max(z, axis=1, keepdims=True)
    return np.mean(np.log(np.sum(np.exp(z), axis=1)) - np.sum(y * z, axis=1))
